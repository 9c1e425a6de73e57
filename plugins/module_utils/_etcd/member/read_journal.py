# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads what etcd complained of last."""

from __future__ import annotations

import json
import typing as t

from ..._core.host.commands import output

_LINES = 100
_LONGEST = 500
_QUIET = ("debug", "info")
# What does not help an operator.
_LEFT_OUT = ("level", "msg", "ts", "caller", "stacktrace", "logger")


def read_last_error(unit: str) -> str:
    """Return the last entry of the journal above the level of information in words; nothing when there is none."""
    return last_error(output("journalctl", f"--unit={unit}", "--no-pager", "--output=cat", f"--lines={_LINES}"))


def last_error(journal: str) -> str:
    """Return the last such entry of a journal of entries in JSON, as one line of bounded length."""
    for line in reversed(journal.splitlines()):
        entry = _parse(line)
        if entry and str(entry.get("level", "info")) not in _QUIET:
            text = _describe(entry)
            return "".join(char if char.isprintable() else " " for char in text[:_LONGEST])
    return ""


def _parse(line: str) -> dict[str, t.Any] | None:
    if not line.startswith("{"):
        return None
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _describe(entry: t.Mapping[str, t.Any]) -> str:
    more = [f"{name}: {value}" for name, value in entry.items() if name not in _LEFT_OUT]
    return f"{entry['level']}: {entry.get('msg', '')}" + (f" ({', '.join(more)})" if more else "")
