# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads what systemd knows of units."""

from __future__ import annotations

import time
import typing as t

from .commands import output

Properties = t.Mapping[str, str]


def read_units(units: t.Sequence[str], properties: t.Sequence[str]) -> dict[str, Properties]:
    """Return these properties of units, as systemd shows them, by the unit; none of one that it says nothing about."""
    text = output("systemctl", "show", f"--property={','.join(('Id', *properties))}", *units)
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n")]
    return {block["Id"]: block for block in blocks if "Id" in block}


def since_epoch(monotonic: str) -> float | None:
    """Return a time that systemd shows in microseconds since the boot in seconds since 1970; None where it shows none.

    Not the time that it shows as text, whose zone (CST) has more than one meaning.
    """
    if not monotonic.isdigit() or not int(monotonic):
        return None
    return time.time() - time.monotonic() + int(monotonic) / 1_000_000
