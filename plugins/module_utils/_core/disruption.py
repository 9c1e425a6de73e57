# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""How much of what is in use one run may take away."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WRITTEN = re.compile(r"([0-9]{1,9})(%?)")


@dataclass(frozen=True)
class MaxDisruption:
    """How many entries or leases one run may delete or move: a number, or a percentage of what exists."""

    amount: int
    percent: bool

    def limit(self, existing: int) -> int:
        """Return the number where this many exist; a percentage allows at least one."""
        return max(1, existing * self.amount // 100) if self.percent else self.amount

    def __str__(self) -> str:
        return f"{self.amount}%" if self.percent else str(self.amount)


TEN_PERCENT = MaxDisruption(10, percent=True)


def parse_max_disruption(text: str) -> MaxDisruption:
    """Read the option max_disruption; raise ValueError with what is wrong with it."""
    found = _WRITTEN.fullmatch(text.strip())
    if not found or (found.group(2) and int(found.group(1)) > 100):
        raise ValueError(f"max_disruption {text!r} must be a number, such as 3, or a percentage up to 100%, such as 10%")
    return MaxDisruption(int(found.group(1)), percent=bool(found.group(2)))
