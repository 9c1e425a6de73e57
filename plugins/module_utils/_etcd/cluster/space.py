# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""How much space the members of an etcd cluster use, and which of them are worth defragmenting. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .status import EndpointStatus, load_answer, parse_statuses

NOSPACE, CORRUPT = 1, 2
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
    status: EndpointStatus
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


def parse_member_space(name: str, text: str, quota: int) -> MemberSpace | None:
    """Return what ``etcdctl endpoint status`` printed for one member; None if it did not answer. ``quota`` is the configured one, or 0."""
    statuses = parse_statuses(text)
    return MemberSpace(name, statuses[0], statuses[0].quota or quota or DEFAULT_QUOTA_BYTES) if statuses else None


def plan_defrag(asked: t.Sequence[t.Mapping[str, t.Any]], alarms: str, min_free_percent: float) -> dict[str, t.Any]:
    """Return which members to defragment, the leader last, and what prevents it."""
    found = {item["name"]: parse_member_space(item["name"], item.get("status", ""), int(item.get("quota") or 0)) for item in asked}
    members = sorted((member for member in found.values() if member), key=lambda member: member.status.leads)
    raised = [alarm for alarm in (load_answer(alarms) or {}).get("alarms") or [] if alarm.get("alarm")]
    names = {member.status.member_id: member.name for member in members}
    return {
        "full": any(alarm["alarm"] == NOSPACE for alarm in raised),
        "corrupt": sorted(names.get(alarm["memberID"], hex(alarm["memberID"])) for alarm in raised if alarm["alarm"] == CORRUPT),
        "silent": [name for name, member in found.items() if member is None],
        "revision": max((member.status.revision for member in members), default=0),
        "all": [member.name for member in members],
        "worth": [member.name for member in members if member.is_worth(min_free_percent)],
        "without_room": [f"{member.name} ({member.describe()})" for member in members if not member.has_room()],
        "sizes": {member.name: member.describe() for member in members},
    }
