# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans what the role etcd_pki does on a host. Pure: check mode has the same plan."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

from ...module_utils._core.text import show
from ...module_utils._etcd.pki.ca_state import ABSENT, INTERRUPTED, CaState
from ...module_utils._etcd.pki.pem import certificates_only
from .ca import trusted_text
from .certificate import public_half_of_key, read_public_half
from .desired import MEMBER
from .judge import Issuing, find_renewal_reasons
from .observation import NOTHING, PUBLIC, SeenFile
from .refusals import Circumstances, find_refusals, lost_ca

if t.TYPE_CHECKING:
    from datetime import datetime

    from .desired import DesiredCertificate, DesiredPki
    from .observation import Observation, SeenPair

Item = t.Mapping[str, t.Any]

_LONGEST = 2000


@dataclass(frozen=True)
class HostPlan:
    """The refusals, or the steps in their order."""

    refusals: tuple[str, ...]
    openssl: bool
    folder: Item | None
    # What the CA's host does first: make, complete, or nothing.
    ca: str
    trust: Item | None
    # The pairs to issue, and what the CA is asked for; the pairs that are provided; and why each of them is replaced.
    issue: tuple[Item, ...]
    requests: tuple[Item, ...]
    store: tuple[Item, ...]
    reasons: tuple[str, ...]
    access: tuple[Item, ...]
    # What is said when a CA would have to be made, but a member is missing that may have a certificate.
    lost_ca: str

    def why(self) -> list[str]:
        """Return a line for each thing that changes."""
        return [
            *(["openssl: not installed"] if self.openssl else []),
            *([f"{self.folder['path']}: missing, or owner, group or mode are others"] if self.folder else []),
            *([f"the CA: {'missing' if self.ca == 'make' else 'its replacement was interrupted'}"] if self.ca else []),
            *([f"{self.trust['path']}: not what is to be trusted"] if self.trust else []),
            *self.reasons,
            *(f"{item['path']}: not {item['mode']} for {item['owner']} and {item['group']}" for item in self.access),
        ]

    def item(self) -> dict[str, t.Any]:
        """Return it as tasks read it."""
        fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        # A certificate that is on the host says in its names whatever its maker wanted.
        told = {"refusals": [show(text, _LONGEST) for text in self.refusals], "why": [show(text, _LONGEST) for text in self.why()]}
        return {**fields, **told, "is_empty": not (self.refusals or self.why())}


def plan_host(seen: Observation, desired: DesiredPki, ca: CaState | None, now: datetime, other: Circumstances) -> HostPlan:
    """Plan for a host."""
    ca = ca or CaState()
    replaced = {cert.name: list(_reasons(seen, cert, desired, ca, now)) for cert in desired.certificates}
    issue = [cert for cert in desired.issued if replaced[cert.name]]
    return HostPlan(
        refusals=tuple(find_refusals(seen, desired, ca, now, other)),
        openssl=not seen.has_openssl,
        folder=_plan_folder(seen, desired),
        ca=_plan_ca(desired, ca),
        trust=_plan_trust(seen, desired, ca),
        issue=tuple(cert.pair() for cert in issue),
        requests=tuple(cert.request(desired.cert_days) for cert in issue),
        store=tuple(cert.pair() for cert in desired.certificates if cert.is_provided and replaced[cert.name]),
        reasons=tuple(f"{cert.cert}: {', '.join(replaced[cert.name])}" for cert in desired.certificates if replaced[cert.name]),
        access=tuple(item for cert in desired.certificates for item in _plan_access(seen, cert, bool(replaced[cert.name]))),
        lost_ca=lost_ca(desired.ca_place),
    )


def _reasons(seen: Observation, cert: DesiredCertificate, desired: DesiredPki, ca: CaState, now: datetime) -> t.Iterable[str]:
    found = seen.pairs.get(cert.cert, NOTHING)
    if cert.is_provided:
        return [] if _is_stored(found, cert) else ["another one is provided"]
    return find_renewal_reasons(
        found, Issuing(ca.current, desired.renew_days, str(cert.subject), cert.requirements, cert.key), seen.time, now
    )


def _is_stored(found: SeenPair, cert: DesiredCertificate) -> bool:
    try:
        has_key = read_public_half(found.public) == public_half_of_key(cert.provided.key)
    except (TypeError, ValueError):
        return False
    return has_key and found.pem == certificates_only(cert.provided.cert)


def _plan_ca(desired: DesiredPki, ca: CaState) -> str:
    if desired.part != MEMBER or not desired.trusts_own_ca:
        return ""
    return {ABSENT: "make", INTERRUPTED: "complete"}.get(ca.phase, "")


def _plan_folder(seen: Observation, desired: DesiredPki) -> Item | None:
    if not desired.folder or seen.folders.get(desired.folder, SeenFile()).belongs_to(desired.folder_access):
        return None
    return {"path": desired.folder, **desired.folder_access._asdict()}


def _plan_trust(seen: Observation, desired: DesiredPki, ca: CaState) -> Item | None:
    if not desired.folder:
        return None
    text = trusted_text(ca if desired.trusts_own_ca else None, desired.provided_ca)
    found = seen.pairs.get(desired.bundle, NOTHING)
    if text == found.pem and found.cert.belongs_to(PUBLIC):
        return None
    return {"path": desired.bundle, "content": text or "\n"}


def _plan_access(seen: Observation, cert: DesiredCertificate, is_replaced: bool) -> t.Iterator[Item]:
    """Yield the files that stay, but whose owner, group or mode are others. A certificate that is replaced is a new file, its key stays."""
    found = seen.pairs.get(cert.cert, NOTHING)
    staying = [(cert.key, found.key, cert.access)] if not (is_replaced and cert.is_provided) else []
    staying += [(cert.cert, found.cert, PUBLIC)] if not is_replaced else []
    for path, file, access in staying:
        if file.exists and not file.belongs_to(access):
            yield {"path": path, **access._asdict()}
