# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Marks in a member's data that say which restore it is from, and which one was finished.

They are a part of the data itself, so that one rename moves both.
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ..pki.files import Access, write_file

if t.TYPE_CHECKING:
    from pathlib import Path

RESTORED, FINISHED = "restored-from", "restore-finished"
_LONGEST = 64


@dataclass(frozen=True)
class Restore:
    """Where the data of a member comes from. Names are empty where there is none, times are in seconds since 1970."""

    restored_from: str = ""
    finished: str = ""
    finished_at: int = 0

    def item(self) -> dict[str, t.Any]:
        """Return it as data."""
        return {"restored_from": self.restored_from, "finished": self.finished, "finished_at": self.finished_at}


def read_restore(data_dir: Path) -> Restore:
    """Return what the data in use says."""
    member = data_dir / "member"
    return Restore(_read(member / RESTORED), _read(member / FINISHED), _read_time(member / FINISHED))


def write_mark(path: Path, name: str) -> None:
    """Write a mark; whatever was at its place, also a link, is replaced."""
    write_file(path, name, Access(mode=0o600))


def _read(path: Path) -> str:
    # The user of etcd may have put anything there.
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), encoding="ascii", errors="replace") as file:
            text = file.read(_LONGEST)
    except OSError:
        return ""
    return "".join(char for char in text if char.isalnum() or char in "-_")


def _read_time(path: Path) -> int:
    try:
        return int(path.lstat().st_mtime)
    except OSError:
        return 0
