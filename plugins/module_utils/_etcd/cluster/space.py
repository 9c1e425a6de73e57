# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""How much space the members of an etcd cluster use, and which of them are worth defragmenting. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from ..member.cluster_view import ClusterView, Endpoint

CORRUPT = "CORRUPT"
DEFAULT_QUOTA_BYTES = 2 * 1024**3
# Smaller amounts are not worth it, however empty the file is: etcd allocates it in steps.
WORTH_BYTES = 10 * 1024**2
# How much must be free below the quota before writes are allowed again.
ROOM_PERCENT = 10
MIB = 1024**2


@dataclass(frozen=True)
class MemberSpace:
    """The space that one member takes, of at most ``quota`` bytes."""

    name: str
    status: Endpoint
    quota: int

    @property
    def free_percent(self) -> float:
        """Return how much of the file is unused."""
        return 100 * (self.status.size - self.status.in_use) / self.status.size if self.status.size else 0.0

    def is_worth(self, min_free_percent: float) -> bool:
        """Say whether a defragmentation would reclaim enough."""
        return self.status.size - self.status.in_use >= WORTH_BYTES and self.free_percent >= min_free_percent

    def has_room(self) -> bool:
        """Say whether there is room for writes."""
        return self.status.size <= self.quota * (100 - ROOM_PERCENT) / 100

    def describe(self) -> str:
        """Return the sizes in words."""
        size, in_use, quota = (f"{count / MIB:.1f} MiB" for count in (self.status.size, self.status.in_use, self.quota))
        return f"{size}, {in_use} of it in use, quota {quota}"


@dataclass(frozen=True)
class DefragPlan:
    """Which members to defragment, the leader last; with a problem none.

    ``is_full`` says that etcd accepts no writes for want of space. Then all revisions up to ``revision`` are compacted first, ``on`` one
    member.
    """

    problem: str
    members: tuple[str, ...]
    is_full: bool
    revision: int
    on: str
    sizes: t.Mapping[str, str]
    # The members whose data takes nearly all of the quota.
    without_room: tuple[str, ...]


def plan_defrag(
    views: t.Mapping[str, ClusterView], quotas: t.Mapping[str, int], min_free_percent: float, absent: t.Sequence[str] = ()
) -> DefragPlan:
    """Plan from what each member says of itself; the quotas are the configured ones, 0 for the default."""
    found = [MemberSpace(name, view.own, _quota(view.own, quotas.get(name, 0))) for name, view in views.items() if not view.own.error]
    members = sorted(found, key=lambda member: member.status.is_leader)
    readable = next((view for view in views.values() if not view.error and not view.alarms_error), None)
    is_full = readable is not None and readable.is_full
    return DefragPlan(
        problem=_problem(views, readable, absent),
        members=tuple(member.name for member in members if is_full or member.is_worth(min_free_percent)),
        is_full=is_full,
        revision=max((member.status.revision for member in members), default=0),
        on=members[0].name if members else "",
        sizes={member.name: member.describe() for member in members},
        without_room=tuple(f"{member.name} ({member.describe()})" for member in members if not member.has_room()),
    )


def _quota(status: Endpoint, configured: int) -> int:
    return status.quota or configured or DEFAULT_QUOTA_BYTES


def _problem(views: t.Mapping[str, ClusterView], readable: ClusterView | None, absent: t.Sequence[str]) -> str:
    """Return what a defragmentation does not repair."""
    if absent:
        return (
            "A member does not serve while it is defragmented, so all others have to be healthy. Not in this run, or not reachable: "
            f"{', '.join(absent)}. Run without --limit when all of them can be reached."
        )
    silent = [name for name, view in views.items() if view.own.error]
    if silent:
        return (
            f"No response from etcd on {', '.join(silent)}: check journalctl --unit=etcd.service there, and run again when all members are "
            "healthy."
        )
    if readable is None:
        why = next((view.alarms_error for view in views.values() if view.alarms_error), "nothing was read")
        return (
            f"Every member responds, but the alarms of the cluster cannot be read, as without a quorum ({why}): check the members with "
            "journalctl --unit=etcd.service, and run again."
        )
    return _corruption(readable)


def _corruption(view: ClusterView) -> str:
    labels = {member.member_id: member.label for member in view.members}
    corrupt = sorted(labels.get(alarm.member_id, alarm.member_id) for alarm in view.alarms if alarm.alarm == CORRUPT)
    if not corrupt:
        return ""
    return (
        f"etcd reports that the data of {', '.join(corrupt)} differs from that of the other members (alarm CORRUPT): remove that member "
        "and let it join again, or restore a backup."
    )


def report_space(
    before: t.Mapping[str, str], chosen: t.Collection[str], after: t.Mapping[str, str], *, is_planned: bool
) -> list[dict[str, t.Any]]:
    """Return one line a member, and whether it is a change that check mode predicts, from the sizes by name before and after."""
    remarks = {name: "(would be defragmented)" if is_planned else f"-> {after.get(name, 'unknown')}" for name in chosen}
    return [
        {"text": f"{name}: {size} {remarks.get(name, '(not worthwhile)')}", "is_change": is_planned and name in remarks}
        for name, size in before.items()
    ]
