# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What etcdctl prints as JSON: the status of members. Pure."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ..._core.errors import InvalidInput


@dataclass(frozen=True)
class EndpointStatus:
    """What a member says of itself. Sizes are in bytes; ``quota`` is 0 where its version does not report it."""

    member_id: int
    leader_id: int  # 0 without one
    version: str
    revision: int
    size: int
    in_use: int
    quota: int

    @property
    def leads(self) -> bool:
        """Say whether the member is the leader."""
        return self.leader_id != 0 and self.leader_id == self.member_id


def parse_statuses(text: str) -> list[EndpointStatus]:
    """Return what ``etcdctl endpoint status`` printed of each member that answered."""
    statuses = [one["Status"] for one in load_answer(text) or [] if one.get("Status")]
    return [_parse_status(status, status.get("header", {})) for status in statuses]


def _parse_status(status: t.Mapping[str, t.Any], header: t.Mapping[str, t.Any]) -> EndpointStatus:
    size = int(status.get("dbSize", 0))
    return EndpointStatus(
        member_id=int(header.get("member_id", 0)),
        leader_id=int(status.get("leader", 0)),
        version=str(status.get("version", "")),
        revision=int(header.get("revision", 0)),
        size=size,
        in_use=int(status.get("dbSizeInUse", size)),
        quota=int(status.get("dbSizeQuota", 0)),
    )


def load_answer(text: str) -> t.Any:
    """Return the JSON that etcdctl printed; None when it printed nothing."""
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        raise InvalidInput(f"etcdctl should have printed JSON, but printed: {text[:200]}") from None
