# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The CA in its folder, and the state of its rollover, which is what files there are.

======================  =================================================
C(ca.crt), C(ca.key)    what signs
C(next/)                if it exists: the next CA, trusted as well, will sign
C(previous/ca.crt)      if it exists: the previous CA, still trusted
C(replaced)             fingerprints of earlier CAs
======================  =================================================
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import CollectionError
from .files import find_file
from .pem import certificates_only

if t.TYPE_CHECKING:
    from pathlib import Path

    from ..._core.item import Item

ABSENT = "absent"
STABLE = "stable"
# Two are trusted, the old one signs.
NEXT = "next"
# A switch to the next one was not completed: the key and the certificate that sign don't fit.
INTERRUPTED = "interrupted"
# Two are trusted, the new one signs.
PREVIOUS = "previous"

CERT = "ca.crt"
KEY = "ca.key"


@dataclass(frozen=True)
class CaState:
    """The certificates of the CA that signs, the next and the previous one; empty where there is none."""

    phase: str = ABSENT
    current: str = ""
    next: str = ""
    previous: str = ""
    replaced: tuple[str, ...] = ()

    def item(self, folder: Path) -> Item:
        """Return it as modules show it."""
        certificates = {"current": self.current, "next": self.next, "previous": self.previous}
        return {"folder": str(folder), "phase": self.phase, **certificates, "replaced": list(self.replaced)}


def read_ca(folder: Path) -> CaState:
    """Return the state of the CA in a folder."""
    current = _read_certificate(folder / CERT)
    if not (current and _is_filled(folder / KEY)):
        return CaState()
    following, previous = _read_certificate(folder / "next" / CERT), _read_certificate(folder / "previous" / CERT)
    phase = _phase(following, _is_filled(folder / "next" / KEY), previous)
    replaced = find_file(str(folder / "replaced"))
    names = tuple((replaced.text or "").split()) if replaced else ()
    return CaState(phase, current, following, previous if phase == PREVIOUS else "", names)


def _phase(following: str, has_next_key: bool, previous: str) -> str:
    if following:
        return NEXT if has_next_key else INTERRUPTED
    return PREVIOUS if previous else STABLE


def _read_certificate(path: Path) -> str:
    found = find_file(str(path))
    if found is None or found.text == "":
        return ""
    text = certificates_only(found.text or "")
    if not text:
        raise CollectionError(f"{path} holds no certificate in PEM format. Put the CA's folder back from its backup. Nothing was changed.")
    return text


def _is_filled(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
