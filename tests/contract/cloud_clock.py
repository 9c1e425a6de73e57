# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time that passes only when a test says so."""

from __future__ import annotations


class Clock:
    """A region's clock."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def settle(self) -> None:
        """Let more time pass than any task of the region takes."""
        self.now += 60.0
