# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the members of an etcd cluster say about their space, and which of them a defragmentation is worth. Pure."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ..._core.errors import InvalidInput

NOSPACE, CORRUPT = 1, 2
DEFAULT_QUOTA_BYTES = 2 * 1024**3
# Below this a database is not worth it, however empty: etcd takes its file in steps.
WORTH_BYTES = 10 * 1024**2
# What has to be free below the quota before writes are let in again.
ROOM_PERCENT = 10
MIB = 1024**2


@dataclass(frozen=True)
class MemberSpace:
    """What one member says of itself; sizes in bytes."""

    name: str
    member_id: int
    leads: bool
    revision: int
    size: int
    in_use: int
    quota: int

    @property
    def free_percent(self) -> float:
        """Return how much of the file holds nothing."""
        return 100 * (self.size - self.in_use) / self.size if self.size else 0.0

    def is_worth(self, min_free_percent: float) -> bool:
        """Tell whether a defragmentation gives enough back."""
        return self.size - self.in_use >= WORTH_BYTES and self.free_percent >= min_free_percent

    def has_room(self) -> bool:
        """Tell whether there is room for writes."""
        return self.size <= self.quota * (100 - ROOM_PERCENT) / 100

    def describe(self) -> str:
        """Say the sizes."""
        return f"{self.size / MIB:.1f} MiB, {self.in_use / MIB:.1f} MiB of it in use, quota {self.quota / MIB:.1f} MiB"


def parse_member_space(name: str, text: str, quota: int) -> MemberSpace | None:
    """Return what ``etcdctl endpoint status`` printed as JSON for one member; None if it did not answer."""
    answers = _load(text) or [{}]
    status = answers[0].get("Status")
    if not status:
        return None
    header = status.get("header", {})
    size = int(status.get("dbSize", 0))
    return MemberSpace(
        name=name,
        member_id=int(header.get("member_id", 0)),
        leads=status.get("leader", 0) == header.get("member_id", 1),
        revision=int(header.get("revision", 0)),
        size=size,
        in_use=int(status.get("dbSizeInUse", size)),
        quota=int(status.get("dbSizeQuota", 0)) or quota or DEFAULT_QUOTA_BYTES,
    )


def judge_space(asked: t.Sequence[t.Mapping[str, t.Any]], alarms: str, min_free_percent: float) -> dict[str, t.Any]:
    """Return which members to defragment, the leader last, and what stands in the way."""
    found = {item["name"]: parse_member_space(item["name"], item.get("status", ""), int(item.get("quota") or 0)) for item in asked}
    members = sorted((member for member in found.values() if member), key=lambda member: member.leads)
    raised = [alarm for alarm in (_load(alarms) or {}).get("alarms") or [] if alarm.get("alarm")]
    names = {member.member_id: member.name for member in members}
    return {
        "full": any(alarm["alarm"] == NOSPACE for alarm in raised),
        "corrupt": sorted(names.get(alarm["memberID"], hex(alarm["memberID"])) for alarm in raised if alarm["alarm"] == CORRUPT),
        "silent": [name for name, member in found.items() if member is None],
        "revision": max((member.revision for member in members), default=0),
        "all": [member.name for member in members],
        "worth": [member.name for member in members if member.is_worth(min_free_percent)],
        "without_room": [f"{member.name} ({member.describe()})" for member in members if not member.has_room()],
        "sizes": {member.name: member.describe() for member in members},
    }


def _load(text: str) -> t.Any:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        raise InvalidInput(f"etcdctl was expected to print JSON, and printed: {text[:200]}") from None
