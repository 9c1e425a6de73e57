# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Why nothing may be changed on a host. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...module_utils._etcd.pki.ca_state import ABSENT
from .ca import no_ca, trusted_text
from .certificate import is_trusted
from .desired import MEMBER
from .judge import find_problems
from .observation import NOTHING

if t.TYPE_CHECKING:
    from datetime import datetime

    from ...module_utils._etcd.pki.ca_state import CaState
    from .desired import DesiredCertificate, DesiredPki
    from .observation import Observation


@dataclass(frozen=True)
class Circumstances:
    """What holds beside the host itself: whether other members have certificates, and who has one of the role's CA."""

    in_use: bool = False
    dependents: tuple[str, ...] | None = None
    check_mode: bool = False


def find_refusals(seen: Observation, desired: DesiredPki, ca: CaState, now: datetime, other: Circumstances) -> list[str]:
    """Return all of them."""
    trusted = trusted_text(ca if desired.trusts_own_ca else None, desired.provided_ca)
    provided = [cert for cert in desired.certificates if cert.is_provided]
    judged = [*provided, desired.identity] if desired.identity and not desired.trusts_own_ca else provided
    return [
        *([desired.objection] if desired.objection else []),
        *(refusal for cert in judged for refusal in _provided_refusals(desired.host, cert, trusted, now)),
        *_cut_off_refusals(seen, desired, now),
        *_dependent_refusals(desired, ca, now, other.dependents),
        *(_ca_refusals(desired, other) if ca.phase == ABSENT and desired.issued and not desired.objection else ()),
    ]


def _provided_refusals(host: str, desired: DesiredCertificate, trusted: str, now: datetime) -> t.Iterator[str]:
    problems = find_problems(desired.provided.cert, desired.provided.key, trusted, desired.requirements, now)
    if problems:
        yield (
            f"The certificate provided as etcd_pki_{desired.name}_cert for {host} can't be used: {'; '.join(problems)}. "
            "Provide a better one. Nothing was changed."
        )


def _cut_off_refusals(seen: Observation, desired: DesiredPki, now: datetime) -> t.Iterator[str]:
    """Refuse provided certificates where members that have restarted would be cut off from those that have not."""
    if desired.part != MEMBER or desired.trusts_own_ca:
        return
    used_ca = seen.pairs.get(desired.bundle, NOTHING).pem
    server, peer = (cert for cert in desired.certificates if cert.name in ("server", "peer"))
    used = [pem for pem in (seen.pairs.get(cert.cert, NOTHING).pem for cert in (server, peer)) if pem]
    new_is_trusted = all(is_trusted(cert.provided.cert, used_ca, now) for cert in (server, peer))
    if used and used_ca and not (new_is_trusted and all(is_trusted(pem, desired.provided_ca, now) for pem in used)):
        yield (
            f"The certificates provided for {desired.host} and those in use are not all issued by CAs that both sides trust, so members "
            "that have restarted would be cut off from those that have not. Change the CA in three runs of site.yml: first "
            "etcd_pki_ca_cert with both CAs, then the new certificates, and then etcd_pki_ca_cert with the new CA only. "
            "Nothing was changed."
        )


def find_dependents(desired: DesiredPki, clients: t.Mapping[str, str]) -> tuple[str, ...]:
    """Return who has a certificate of the role's CA, where the members have none; ``clients`` are the provided certificates by host."""
    if desired.trusts_own_ca:
        return ()
    modules = [] if desired.identity else ["the modules (etcd_pki_identity_cert)"]
    return (*modules, *(f"{name} (etcd_pki_client_cert)" for name, cert in clients.items() if not cert))


def _dependent_refusals(desired: DesiredPki, ca: CaState, now: datetime, dependents: t.Sequence[str] | None) -> t.Iterator[str]:
    if dependents and ca.phase != ABSENT and not is_trusted(trusted_text(ca, ""), desired.provided_ca, now):
        yield (
            f"etcd_pki_ca_cert lacks the role's CA (ca.crt in {desired.ca_place}), which issued the certificates of: "
            f"{', '.join(dependents)}. Provide theirs, too, or leave that CA in etcd_pki_ca_cert. Nothing was changed."
        )


def _ca_refusals(desired: DesiredPki, other: Circumstances) -> t.Iterator[str]:
    if desired.part == MEMBER and other.in_use:
        yield lost_ca(desired.ca_place)
    if desired.part != MEMBER and not other.check_mode:
        yield no_ca(desired.ca_place)


def lost_ca(place: str) -> str:
    """Return what to do where there is no CA, but may be certificates of it."""
    return (
        f"There is no CA in {place}, but members have certificates, or are not in this run, so that this is not known. A new CA would cut "
        "them off from each other. Put the CA's folder back, set etcd_pki_ca_host to the host that has it, or provide certificates "
        "(etcd_pki_ca_cert, etcd_pki_server_cert …); nothing was replaced."
    )
