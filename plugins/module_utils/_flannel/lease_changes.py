# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Changes to flannel's leases as data: changes, steps and the plan made of them. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.plan import Outcome
from .._core.text import name_first, show
from .lease import Lease, Snapshot, public_leases, sorted_leases
from .lease_faults import judge_after

if t.TYPE_CHECKING:
    from ipaddress import IPv4Network

    from .network import NetworkConfig


@dataclass(frozen=True)
class LeaseChange:
    """One change, made in full or not at all.

    ``old`` is the lease that the node had, ``new`` the one that it gets. ``over`` is another
    node's lease of the same subnet, which ``new`` replaces.
    """

    old: Lease | None = None
    new: Lease | None = None
    over: Lease | None = None

    @property
    def result(self) -> str:
        """Return in one word what this does."""
        if self.new is None:
            return "deleted"
        if self.old is None:
            return "replaced" if self.over else "created"
        return "refreshed" if self.refreshes else "moved"

    @property
    def refreshes(self) -> bool:
        """Return whether this only removes the TTL of a lease."""
        return bool(self.old and self.new and self.old.key == self.new.key)

    @property
    def loses(self) -> tuple[Lease, ...]:
        """Return the leases that are gone afterwards."""
        old = None if self.refreshes else self.old
        return tuple(lease for lease in (old, self.over) if lease)

    @property
    def subject(self) -> Lease:
        """Return the lease that this is about."""
        return t.cast("Lease", self.new or self.old)


_SHOWN = 20


@dataclass(frozen=True)
class LeaseStep:
    """What becomes of one listed or purged lease; without a change it stays as it is, for a reason or none.

    ``refused`` says that this is not what was asked for.
    """

    public_ip: str | None
    subnet: IPv4Network | None
    change: LeaseChange | None = None
    reason: str | None = None
    refused: bool = False

    def public(self, change: LeaseChange | None) -> dict[str, t.Any]:
        """Return the step as the module returns it, given the change that was made for it if any."""
        found = change.subject if change else self
        return {
            "public_ip": found.public_ip,
            "subnet": str(found.subnet) if found.subnet else None,
            "result": change.result if change else "refused" if self.refused else "kept" if self.reason else "unchanged",
            **({"reason": self.reason} if self.reason else {}),
        }


@dataclass(frozen=True)
class LeasePlan:
    """The changes to make. ``written`` are those made by earlier attempts of the same run; ``origin`` is what the first attempt found."""

    snapshot: Snapshot
    steps: tuple[LeaseStep, ...]
    network: NetworkConfig | None = None
    warnings: tuple[str, ...] = ()
    written: tuple[LeaseChange, ...] = ()
    origin: Snapshot | None = None
    http_requests: int = 0

    @property
    def changes(self) -> tuple[LeaseChange, ...]:
        """Return what is left to do: first what adds, last what purges."""
        return tuple(step.change for step in self.steps if step.change)

    def leases_after(self) -> tuple[Lease, ...]:
        """Return the leases that are there once every change is made."""
        leases = {lease.key: lease for lease in self.snapshot.leases}
        for change in self.changes:
            for lease in change.loses:
                leases.pop(lease.key)
            if change.new:
                leases[change.new.key] = change.new
        return tuple(leases.values())

    def predict(self) -> Outcome:
        """Return what holds once every change is made."""
        made = (*self.written, *self.changes)
        leases = self.leases_after()
        judged = judge_after(self.snapshot, leases, self.network)
        refreshed = {change.subject.key for change in made if change.refreshes}
        return Outcome(
            changed=bool(made),
            before=_shown((self.origin or self.snapshot).leases, refreshed),
            after=_shown(leases, refreshed),
            returns={
                "leases": public_leases(judged.leases),
                "unusable": [fault.public() for fault in judged.faults],
                "network": self.network.public() if self.network else None,
                "results": self._results(),
                "http_requests": self.http_requests,
            },
            problem=self._problem(),
        )

    def _problem(self) -> str | None:
        reasons = [show(step.reason or "") for step in self.steps if step.refused]
        if not reasons:
            return None
        done = "; all others were." if len(reasons) < len(self.steps) else "."
        return f"{len(reasons)} of {len(self.steps)} leases were not written{done} {name_first(reasons, _SHOWN)}"

    def _results(self) -> list[dict[str, t.Any]]:
        earlier = {change.subject.public_ip: change for change in self.written}
        listed = [step.public(step.change or earlier.pop(step.public_ip or "", None)) for step in self.steps]
        return listed + [LeaseStep(None, None).public(change) for change in earlier.values()]


def _shown(leases: t.Iterable[Lease], refreshed: t.AbstractSet[str]) -> dict[str, str]:
    return {str(lease.subnet): lease.public_ip + _state(lease, refreshed) for lease in sorted_leases(leases)}


def _state(lease: Lease, refreshed: t.AbstractSet[str]) -> str:
    if lease.key not in refreshed:
        return ""
    return f" (lease with {lease.ttl} s left)" if lease.leased else " (reserved)"
