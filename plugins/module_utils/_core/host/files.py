# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads files of a host: what they are, and the content of small ones. Bounded in time and in size."""

from __future__ import annotations

import hashlib
import os
import stat
import typing as t
from pathlib import Path

_LARGEST_HASHED = 256 * 1024 * 1024
_LARGEST_TEXT = 64 * 1024
_BLOCK = 1024 * 1024
_KINDS = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "directory"), (stat.S_ISLNK, "link"))


def read_states(paths: t.Iterable[str], *, sums: bool) -> dict[str, dict[str, t.Any]]:
    """Return what each of these is, with its sum or without; what does not exist is left out."""
    states = ((path, _read_state(path, sums)) for path in paths if path)
    return {path: state for path, state in states if state}


def _read_state(path: str, sums: bool) -> dict[str, t.Any] | None:
    try:
        found = Path(path).lstat()
        kind = next((name for is_kind, name in _KINDS if is_kind(found.st_mode)), "other")
        return {
            "kind": kind,
            "uid": found.st_uid,
            "gid": found.st_gid,
            "mode": f"{stat.S_IMODE(found.st_mode):04o}",
            "size": found.st_size,
            # Where it is a link, when the file changed that it leads to.
            "modified_ns": (Path(path).stat() if kind == "link" and Path(path).exists() else found).st_mtime_ns,
            "target": os.readlink(path) if kind == "link" else None,
            "sha256": _read_sum(path) if sums and kind == "file" and found.st_size <= _LARGEST_HASHED else None,
        }
    except OSError:
        return None


def _read_sum(path: str) -> str:
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        for block in iter(lambda: file.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def read_text(path: str) -> str | None:
    """Return the content of a small file; None when it cannot be read."""
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST_TEXT)
    except OSError:
        return None


def list_names(folder: str, most: int) -> list[str]:
    """Return the names in a folder, at most so many; none when there is no folder."""
    try:
        return sorted(path.name for path in Path(folder).iterdir())[:most] if folder else []
    except OSError:
        return []
