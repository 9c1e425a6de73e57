# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""How fast calls to the cloud may follow one another, and when to try again. No I/O: time is injected."""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass

# Some actions take 300 calls in 60 s, counted per region and account (VPC's API quota page); for most there is no figure.
# At most BURST + 60 * PER_SECOND = 290 calls of ours fall into any 60 s, whatever their action.
BURST = 50
PER_SECOND = 4.0
SHORTEST_DISTANCE = 0.1


@dataclass(frozen=True)
class Backoff:
    """When to try again: after ``first`` seconds, then after twice as long each time up to ``longest``, plus or minus a quarter."""

    first: float = 0.5
    longest: float = 10.0
    # For a call without an answer. One that was refused is tried until the time is up.
    attempts: int = 5

    def delay(self, attempt: int, chance: float) -> float:
        """Return the seconds to wait after this attempt (the first is 1); ``chance`` is between 0 and 1."""
        return t.cast("float", min(self.longest, self.first * 2 ** (attempt - 1)) * (0.75 + chance / 2))


BACKOFF = Backoff()


class Retry:
    """The tries of one piece of work, over at most so many seconds."""

    def __init__(
        self,
        backoff: Backoff,
        seconds: float,
        clock: t.Callable[[], float],
        sleep: t.Callable[[float], None],
        chance: t.Callable[[], float],
    ) -> None:
        self._backoff = backoff
        self._deadline = clock() + seconds
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._tries = 0
        self._unanswered = 0

    def pause(self, *, unanswered: bool = False) -> bool:
        """Wait before the next try and return True; return False when there must be none.

        ``unanswered`` says that the last try got no answer: those end sooner than tries that were told to come back.
        """
        self._tries += 1
        self._unanswered += unanswered
        delay = self._backoff.delay(self._tries, self._chance())
        if self._unanswered >= self._backoff.attempts or self._clock() + delay > self._deadline:
            return False
        self._sleep(delay)
        return True


class Pace:
    """Keeps the calls of one client below a fixed rate, and further apart for a while after the cloud throttled one."""

    def __init__(self, burst: float = BURST, per_second: float = PER_SECOND, backoff: Backoff = BACKOFF) -> None:
        self._burst = burst
        self._per_second = per_second
        self._backoff = backoff
        self._free = burst
        self._last: float | None = None
        self._distance = 0.0

    def next_call(self, now: float) -> float:
        """Return how many seconds to wait before the next call, which is counted as made then."""
        since = math.inf if self._last is None else now - self._last
        self._free = min(self._burst, self._free + since * self._per_second)
        wait = max(0.0, (1 - self._free) / self._per_second, self._distance - since)
        self._free += wait * self._per_second - 1
        self._last = now + wait
        return wait

    def throttled(self) -> None:
        """Keep a distance from now on, twice the last one."""
        self._distance = min(self._backoff.longest, max(self._backoff.first, self._distance * 2))

    def answered(self) -> None:
        """Halve the distance: the cloud takes calls again."""
        self._distance = self._distance / 2 if self._distance > SHORTEST_DISTANCE else 0.0
