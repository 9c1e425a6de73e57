# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads which etcd is installed."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from ..._core.host.commands import output

_VERSION = re.compile(r"^etcd Version: (\d{1,4}\.\d{1,4}\.\d{1,4}[0-9A-Za-z.+-]{0,20})$", re.ASCII | re.MULTILINE)


def read_program(path: str) -> dict[str, t.Any]:
    """Return where the program is, through all links, and its version; both are empty where there is none."""
    try:
        found = str(Path(path).resolve(strict=True))
    except (OSError, RuntimeError):
        return {"path": "", "version": ""}
    return {"path": found, "version": parse_version(output(found, "--version"))}


def parse_version(printed: str) -> str:
    """Return the version in what ``etcd --version`` prints; nothing when there is none."""
    found = _VERSION.search(printed)
    return found.group(1) if found else ""
