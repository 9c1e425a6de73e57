# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads the state of etcd's unit, and since when its process runs."""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

from ..._core.host.units import Properties, read_units, since_epoch

_PROPERTIES = (
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "NeedDaemonReload",
    "MainPID",
    "ExecMainStartTimestampMonotonic",
    "RuntimeDirectory",
)
_RUN = Path("/run")
_RUNTIME_DIRECTORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def read_unit(unit: str) -> dict[str, t.Any]:
    """Return the unit's state; one that does not exist is not loaded."""
    found = next(iter(read_units([unit], _PROPERTIES).values()), {})
    pid = int(found.get("MainPID", "")) if found.get("MainPID", "").isdigit() else 0
    return {
        "is_loaded": found.get("LoadState") == "loaded",
        "is_active": found.get("ActiveState") == "active",
        "state": f"{found.get('ActiveState', 'unknown')} ({found.get('SubState', 'unknown')})",
        "is_enabled": found.get("UnitFileState") == "enabled",
        "needs_reload": found.get("NeedDaemonReload") == "yes",
        "pid": pid,
        "started_at": _read_start(found) if pid else None,
        "running_program": _read_program(pid) if pid else "",
    }


def _read_start(found: Properties) -> float | None:
    # systemd makes the folder anew right before each start. Its time is of the same clock as that of files, however often that was set.
    folder = found.get("RuntimeDirectory", "")
    try:
        if _RUNTIME_DIRECTORY.fullmatch(folder):
            return (_RUN / folder).stat().st_mtime
    except OSError:
        pass
    return since_epoch(found.get("ExecMainStartTimestampMonotonic", ""))


def _read_program(pid: int) -> str:
    """Return which file the process runs; one that has been replaced since has ``(deleted)`` behind its name."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""
