# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls that came in, for tests that count them."""

from __future__ import annotations

import collections
import threading
import typing as t
from dataclasses import dataclass

READS = ("Describe", "Get", "List", "AssumeRole")
NOT_KEPT = {"Signature", "SecurityToken", "OIDCToken"}


@dataclass(frozen=True)
class Call:
    action: str
    product: str
    params: t.Mapping[str, str]
    time: float
    http_status: int  # 0: no whole reply was sent
    code: str | None

    @property
    def is_write(self) -> bool:
        """A dry run is no write."""
        return not self.action.startswith(READS) and self.params.get("DryRun", "").lower() != "true"


class Recorder:
    """The calls since the last reset."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def reset(self) -> None:
        with self._lock:
            self._calls.clear()

    @property
    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def count(self, action: str | None = None) -> int:
        return sum(action in (None, call.action) for call in self.calls)

    def writes(self, action: str | None = None) -> int:
        return sum(call.is_write and action in (None, call.action) for call in self.calls)

    def summary(self) -> dict[str, t.Any]:
        calls = self.calls
        return {
            "total": len(calls),
            "writes": sum(call.is_write for call in calls),
            "by_action": dict(collections.Counter(call.action for call in calls)),
        }


def kept(params: t.Mapping[str, str]) -> dict[str, str]:
    """Return the parameters without what must not be kept."""
    return {name: value for name, value in params.items() if name not in NOT_KEPT}
