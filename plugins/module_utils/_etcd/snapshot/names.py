# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Names of snapshots: PREFIX, the time in UTC, the revision. Their order by name is that of time. Pure."""

from __future__ import annotations

import re
import typing as t

from ..._core.errors import InvalidInput

if t.TYPE_CHECKING:
    from datetime import datetime

_PREFIX = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def check_prefix(prefix: str) -> None:
    """Refuse a prefix that could lead into another folder."""
    if not _PREFIX.fullmatch(prefix):
        raise InvalidInput(f"The prefix {prefix!r} can't begin the name of a snapshot: it needs letters, digits, underscores and hyphens.")


def snapshot_name(prefix: str, time: datetime, revision: int) -> str:
    """Return the name of a snapshot."""
    return f"{prefix}{time:%Y%m%dT%H%M%SZ}-r{revision}.db"


def is_snapshot_name(name: str, prefix: str) -> bool:
    """Say whether a file is one of these snapshots."""
    return re.fullmatch(rf"{re.escape(prefix)}[0-9]{{8}}T[0-9]{{6}}Z-r[0-9]+\.db", name, re.ASCII) is not None


def name_surplus(names: t.Iterable[str], prefix: str, keep: int, made: str = "") -> list[str]:
    """Return which snapshots are too many, the oldest; never the one that was just made, whatever the clocks say. All are kept for 0."""
    ours = sorted(name for name in names if is_snapshot_name(name, prefix))
    return [name for name in ours[: max(0, len(ours) - keep)] if name != made] if keep else []
