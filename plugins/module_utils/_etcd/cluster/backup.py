# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a member reports of a snapshot and of a restore, before another host acts on it. Pure."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass

from ..._core.errors import CollectionError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FAR_AWAY = 10**11


@dataclass(frozen=True)
class SavedSnapshot:
    """A snapshot that a member has saved; its name is a file's name on the host that keeps backups, too."""

    path: str
    name: str
    sha256: str
    revision: int
    records: int
    size: int


def parse_saved_snapshot(said: str, folder: str, prefix: str) -> SavedSnapshot:
    """Return what the member has saved in this folder; names begin with the prefix."""
    try:
        found = json.loads(said)
        path, sha256, status = str(found["path"]), str(found["sha256"]), found["status"]
        counts = [int(status[name]) for name in ("revision", "totalKey", "totalSize")]
    except (ValueError, LookupError, TypeError, RecursionError):
        path, sha256, counts = "", "", []
    name = path[len(folder) + 1 :]
    pattern = rf"{re.escape(prefix)}[0-9]{{8}}T[0-9]{{6}}Z-r[0-9]+\.db"
    if path != f"{folder}/{name}" or not re.fullmatch(pattern, name) or not _SHA256.fullmatch(sha256):
        raise CollectionError(
            f"The member did not report a snapshot that it has saved in {folder}. Nothing was copied; check that folder there."
        )
    return SavedSnapshot(path, name, sha256, *counts)


def last_restore(said: t.Sequence[str]) -> int:
    """Return when the members say that the cluster was restored last, in seconds since 1970; 0 for never."""
    return max(map(_restored_at, said), default=0)


def _restored_at(said: str) -> int:
    try:
        seconds = json.loads(said)["finished_at"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return 0
    return seconds if isinstance(seconds, int) and 0 <= seconds < _FAR_AWAY else 0
