# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder for what is worth keeping from one sandbox to the next."""

from __future__ import annotations

import fcntl
import os
import typing as t
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder, which need not exist."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "alicloud-flannel"


@contextmanager
def locked(name: str) -> t.Iterator[Path]:
    """Give the folder to one process at a time, for one kind of work."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
