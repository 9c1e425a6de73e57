# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Makes a CA, replaces it, and lets it sign."""

from __future__ import annotations

import shutil
import typing as t

from ..._core.errors import CollectionError
from .ca_input import CA_EXTENSIONS, DesiredCa, Request, parse_ca
from .ca_plan import DROP, MAKE, MAKE_NEXT, CaPlan, plan_ca, predict_step
from .ca_state import CERT, INTERRUPTED, KEY, NEXT, PREVIOUS, read_ca
from .files import Access, find_file, locked, write_file
from .openssl import OpenSSL, Signer

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible.module_utils.basic import AnsibleModule

    from ..._core.plan import Outcome
    from .subject import Subject

_PUBLIC = Access(mode=0o644)


class CaResource:
    """The CA in a folder."""

    def __init__(self, openssl: OpenSSL, desired: DesiredCa) -> None:
        self._openssl = openssl
        self._desired = desired
        self._folder = desired.folder

    def plan(self) -> CaPlan:
        """Read the CA and plan."""
        return plan_ca(read_ca(self._folder), self._desired)

    def apply(self, plan: CaPlan) -> Outcome:
        """Take the steps, then sign."""
        if plan.steps:
            _make_folder(self._folder)
        with locked(self._folder):
            # Another run may have taken them in the meantime.
            for step in plan_ca(read_ca(self._folder), self._desired).steps:
                self._take(step)
            signed = {request.name: self._sign(request) for request in plan.requests}
            return plan.outcome(read_ca(self._folder), signed)

    def _take(self, step: str) -> None:
        if step in (MAKE, MAKE_NEXT):
            self._make(self._folder if step == MAKE else self._folder / "next", t.cast("Subject", self._desired.subject))
        elif step == DROP:
            drop(self._folder)
        else:
            switch(self._folder)

    def _make(self, folder: Path, subject: Subject) -> None:
        """Make a CA; its certificate completes it, and a key that is there already is taken."""
        _make_folder(folder)
        key = folder / KEY
        found = find_file(str(key))
        if found is None or not found.text:
            write_file(key, self._openssl.make_key())
        request = self._openssl.request(str(key), subject)
        write_file(folder / CERT, self._openssl.certify(request, Signer(None, key), self._desired.days, CA_EXTENSIONS), _PUBLIC)

    def _sign(self, request: Request) -> str:
        """Sign a request, if its subject is the one that was agreed on."""
        found = self._openssl.requested_subject(request.text)
        if found != request.subject.lines():
            shown = "".join(f"/{name}" for name in found)
            raise CollectionError(f"The request is for {shown}, expected was {request.subject}: not signed.")
        signer = Signer(self._folder / CERT, self._folder / KEY)
        return self._openssl.certify(request.text, signer, request.days, request.extensions)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as exc:
        raise CollectionError(f"The CA's folder {folder} can't be made: {exc.strerror}. Nothing was changed.") from None


def switch(folder: Path) -> None:
    """Let the next CA sign. The old certificate is kept first, then the key is replaced, and the certificate completes it."""
    state = read_ca(folder)
    if state.phase in (NEXT, INTERRUPTED):
        _make_folder(folder / "previous")
        write_file(folder / "previous" / CERT, state.current, _PUBLIC)
        if state.phase == NEXT:
            (folder / "next" / KEY).replace(folder / KEY)
        (folder / "next" / CERT).replace(folder / CERT)
        shutil.rmtree(folder / "next")


def drop(folder: Path) -> None:
    """Trust the previous CA no longer. It is remembered first."""
    state = read_ca(folder)
    if state.phase == PREVIOUS:
        replaced = predict_step(state, DROP).replaced
        write_file(folder / "replaced", "".join(f"{name}\n" for name in replaced))
        shutil.rmtree(folder / "previous")


def make_ca(module: AnsibleModule) -> CaResource:
    """Return the CA that the module's options describe."""
    return CaResource(OpenSSL(module), parse_ca(module.params))
