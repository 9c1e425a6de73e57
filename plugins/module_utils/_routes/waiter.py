# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Waits for the cloud to carry out what it accepted, with as few polls as possible."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .entry import AVAILABLE, RouteEntry
from .read import DESTINATIONS_PER_CALL

if t.TYPE_CHECKING:
    from .read import RouteReader

# When to poll, in seconds after a write, while nothing is known. From one second on each poll is at most 1.4 times later than the last.
FIRST_PROBES = (0.2, 1.0, 1.5, 2.1, 2.8, 3.6, 4.7, 6.1)
GROWTH = 1.3
LONGEST_STEP = 10.0
# Replies do not always take the same time.
MARGIN = 0.05


class SettleTime:
    """How long a write takes to settle: somewhere between the last poll that was too early and the first that wasn't."""

    def __init__(self) -> None:
        self._low = 0.0
        self._high: float | None = None

    def probe_times(self) -> t.Iterator[float]:
        """Yield when to poll, in seconds after the write; endless."""
        last = -1.0
        for moment in (*self._known(), *FIRST_PROBES):
            if moment > last:
                yield moment
                last = moment
        while True:
            last = min(last * GROWTH, last + LONGEST_STEP)
            yield last

    def too_early(self, seconds: float) -> None:
        """Learn that a write had not settled after so long."""
        self._low = seconds
        if self._high is not None and self._high <= seconds:
            self._high = None

    def settled(self, seconds: float) -> None:
        """Learn that a write had settled after so long."""
        found = seconds + MARGIN
        self._high = found if self._high is None else min(self._high, found)
        self._low = min(self._low, self._high)

    def _known(self) -> tuple[float, ...]:
        if self._high is None:
            # Shorter than what was too early last time isn't worth a poll.
            return (self._low,) if self._low else ()
        narrow = self._high - self._low <= max(self._high * 0.1, 2 * MARGIN)
        return (self._high,) if narrow else ((self._low + self._high) / 2, self._high)


@dataclass(frozen=True)
class Pending:
    """What a write started in one table: entries that shall become Available, and ids of entries that shall go."""

    route_table_id: str
    arriving: tuple[str, ...] = ()
    leaving: t.Mapping[str, str] = field(default_factory=dict)

    @property
    def destinations(self) -> tuple[str, ...]:
        """Return the destinations to poll."""
        return (*self.arriving, *self.leaving)


@dataclass(frozen=True)
class Poll:
    """The last poll: what was asked for, what was found, and whether all of it had settled."""

    route_table_id: str
    destinations: tuple[str, ...]
    entries: tuple[RouteEntry, ...]
    settled: bool


class Waiter:
    """Polls the last entries of a write until they have settled; what was written last settles last."""

    def __init__(
        self,
        reader: RouteReader,
        timeout: float,
        clock: t.Callable[[], float],
        sleep: t.Callable[[float], None],
    ) -> None:
        self.timeout = timeout
        self._reader = reader
        self._settle_time = SettleTime()
        self._clock = clock
        self._sleep = sleep

    def wait(self, pending: Pending, also: t.Sequence[str] = ()) -> Poll:
        """Return once the write has settled or the time is up. ``also`` are destinations to read in the same calls."""
        room = DESTINATIONS_PER_CALL - len(also)
        destinations = (*also, *pending.destinations[-room:])
        started = self._clock()
        missing: set[str] = set()
        for moment in self._settle_time.probe_times():
            last = moment >= self.timeout
            self._sleep(max(0.0, started + min(moment, self.timeout) - self._clock()))
            elapsed = self._clock() - started
            poll = self._poll(pending, destinations, missing)
            if poll.settled:
                self._settle_time.settled(elapsed)
                return poll
            self._settle_time.too_early(elapsed)
            if last:
                return poll
            missing = set(destinations) - {entry.destination for entry in poll.entries}
        raise AssertionError("probe_times is endless")  # pragma: no cover

    def _poll(self, pending: Pending, destinations: tuple[str, ...], missing_before: set[str]) -> Poll:
        entries = self._reader.entries_at(pending.route_table_id, destinations)
        settled = all(is_settled(pending, destination, entries, missing_before) for destination in destinations)
        return Poll(pending.route_table_id, destinations, entries, settled)


def is_settled(pending: Pending, destination: str, entries: t.Iterable[RouteEntry], missing_before: t.Container[str]) -> bool:
    """Return whether what was written for the destination has settled; an entry missing in two consecutive polls was removed."""
    there = [entry for entry in entries if entry.destination == destination]
    if destination in pending.leaving:
        return all(entry.route_entry_id != pending.leaving[destination] for entry in there)
    if destination in pending.arriving:
        return all(entry.status == AVAILABLE for entry in there) if there else destination in missing_before
    return True
