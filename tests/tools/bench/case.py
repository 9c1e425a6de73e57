# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a case counted and measured, and the most that it may."""

from __future__ import annotations

import json
import time
import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """The figures of a case and the limits of some of them."""

    name: str
    figures: t.Mapping[str, t.Any]
    # Limits of what is counted: the same on every machine.
    counts: t.Mapping[str, float] = field(default_factory=dict)
    # Limits of what is timed: a busy machine may exceed them.
    times: t.Mapping[str, float] = field(default_factory=dict)
    # What is aimed at: it is shown, and whoever misses it has not failed.
    targets: t.Mapping[str, float] = field(default_factory=dict)

    def exceeded_counts(self) -> list[str]:
        """Return the names of the counts that are greater than their limit."""
        return [name for name, limit in self.counts.items() if self.figures[name] > limit]

    def exceeded(self) -> list[str]:
        """Return the names of all figures that are greater than their limit."""
        return [*self.exceeded_counts(), *(name for name, limit in self.times.items() if self.figures[name] > limit)]

    def as_json(self) -> str:
        """Return the case as one line of JSON."""
        line = {"case": self.name, **self.figures, "budget": {**self.counts, **self.times, **self.targets}}
        missed = [name for name, target in self.targets.items() if name in self.figures and self.figures[name] > target]
        shown = {"exceeded": self.exceeded(), "missed": missed}
        return json.dumps({**line, **{word: names for word, names in shown.items() if names}})


def timed(function: t.Callable[..., t.Any], *args: t.Any, **options: t.Any) -> tuple[t.Any, float]:
    """Call a function and return what it returns, and the seconds that it took."""
    started = time.monotonic()
    value = function(*args, **options)
    return value, round(time.monotonic() - started, 3)
