# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads the files that a member is made of, and which of them its process can't have read yet."""

from __future__ import annotations

import typing as t

from ..._core.host.files import read_states
from ..._core.host.owners import group_name, user_name

State = t.Dict[str, t.Any]

_NANOSECONDS = 1_000_000_000


def read_member_files(paths: t.Iterable[str], started_at: float | None) -> dict[str, State | None]:
    """Return what is at each path, None for nothing."""
    listed = list(paths)
    states = read_states(listed, sums=True)
    return {path: _state(states[path], started_at) if path in states else None for path in listed}


def _state(found: t.Mapping[str, t.Any], started_at: float | None) -> State:
    changed_at = found["modified_ns"] / _NANOSECONDS
    return {
        "kind": found["kind"],
        "sha256": found["sha256"],
        "target": found["target"],
        "mode": found["mode"],
        "owner": user_name(found["uid"]),
        "group": group_name(found["gid"]),
        "changed_at": changed_at,
        "is_newer_than_start": None if started_at is None else changed_at > started_at,
    }
