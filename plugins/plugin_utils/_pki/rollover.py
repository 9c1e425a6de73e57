# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans the replacement of the CA. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...module_utils._etcd.pki.ca_state import ABSENT, INTERRUPTED, NEXT, PREVIOUS, STABLE
from .ca import Authority, describe, no_ca, trusted_text
from .certificate import is_signed_by, read_certificates
from .observation import NOTHING

if t.TYPE_CHECKING:
    from datetime import datetime

    from ...module_utils._etcd.pki.ca_state import CaState
    from .observation import Observation

_PROGRESS = {
    NEXT: "The next one exists: it will sign once every host trusts it.",
    INTERRUPTED: "The switch to the next one was interrupted and will be completed.",
    PREVIOUS: "The previous one will be dropped once all certificates are reissued.",
}


@dataclass(frozen=True)
class RolloverPlan:
    """Why the CA can't be replaced; or whether the next one is to be made, whether there is anything to do, and what is said of that."""

    refusal: str = ""
    makes_next: bool = False
    is_in_progress: bool = False
    report: str = ""


def plan_rollover(ca: CaState, asked_for: str, place: str, now: datetime) -> RolloverPlan:
    """Plan the beginning. ``asked_for`` is the fingerprint of the CA that the user wants replaced."""
    if ca.phase == ABSENT:
        return RolloverPlan(no_ca(place))
    authority, name = describe(ca, now), asked_for.upper()
    if authority.has_expired:
        return RolloverPlan(_expired(authority, place))
    if ca.phase == STABLE and name not in [authority.fingerprint, *ca.replaced]:
        return RolloverPlan(_not_asked_for(authority, asked_for))
    is_named = name == authority.fingerprint
    stable = "It is to be replaced." if is_named else "The one named was replaced before: nothing to do."
    report = f"The CA that signs is {authority.fingerprint}. {_PROGRESS.get(ca.phase, stable)}"
    return RolloverPlan("", ca.phase == STABLE and is_named, ca.phase != STABLE or is_named, report)


def _expired(authority: Authority, place: str) -> str:
    return (
        f"The CA in {place} expired on {authority.ends}, so no host trusts another any more, and members cannot be restarted one at a "
        "time. docs/certificates.md, An expired or lost CA, says how to get a new one; the data is safe. Nothing was changed."
    )


def _not_asked_for(authority: Authority, asked_for: str) -> str:
    unknown = f"There never was a CA {asked_for} here. " if asked_for else ""
    return (
        f"The CA that signs is {authority.fingerprint} (until {authority.ends}), and no rollover is in progress. {unknown}To replace it, "
        f"which restarts every member twice, one at a time, name it: --extra-vars etcd_pki_rollover={authority.fingerprint}. "
        "Nothing was changed."
    )


def find_behind(seen: Observation, files: t.Mapping[str, bool], ca: CaState, provided_ca: str) -> list[str]:
    """Return the files of a host that do not follow the CA yet: what it trusts, and certificates that the CA has not signed.

    ``files`` are those that it is to have, and whether they are certificates that have a key.
    """
    trusted, signer = trusted_text(ca, provided_ca), read_certificates(ca.current)
    texts = {path: seen.pairs.get(path, NOTHING).pem for path in files}
    follows = {
        path: is_signed_by(read_certificates(texts[path]), signer) if has_key else texts[path] == trusted for path, has_key in files.items()
    }
    return [path for path, does in follows.items() if not does]
