# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.entry import RouteEntry
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.waiter import (
    FIRST_PROBES,
    Pending,
    SettleTime,
    Waiter,
    is_settled,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._routes.route_values import TABLE, entry
from hypothesis import given
from hypothesis import strategies as st


def probes_until(settle_time: SettleTime, seconds: float) -> tuple[int, float]:
    """Look until a write that takes so long has settled; return the looks and when the last one was."""
    for count, moment in enumerate(settle_time.probe_times(), 1):
        if moment >= seconds:
            settle_time.settled(moment)
            return count, moment
        settle_time.too_early(moment)
    raise AssertionError


@given(st.floats(2.0, 6.0))
def test_the_first_write_takes_at_most_eight_looks_and_each_later_one_two(seconds: float) -> None:
    settle_time = SettleTime()
    count, _moment = probes_until(settle_time, seconds)
    assert count <= 8
    assert all(probes_until(settle_time, seconds)[0] <= 2 for _write in range(10))


@given(st.floats(2.0, 60.0), st.integers(4, 20))
def test_a_run_of_writes_takes_little_longer_than_the_cloud_needs(seconds: float, writes: int) -> None:
    settle_time = SettleTime()
    waited = sum(probes_until(settle_time, seconds)[1] for _write in range(writes))
    assert waited <= 1.3 * writes * seconds


@given(st.lists(st.floats(0.0, 30.0), min_size=1, max_size=8))
def test_a_settle_time_that_changes_is_followed_and_looks_never_stop(times: list[float]) -> None:
    settle_time = SettleTime()
    for seconds in times:
        count, moment = probes_until(settle_time, seconds)
        assert count <= 20
        assert moment >= seconds


def test_looks_come_later_and_later_for_ever() -> None:
    moments = list(itertools.islice(SettleTime().probe_times(), 100))
    assert moments[: len(FIRST_PROBES)] == list(FIRST_PROBES)
    assert all(later > earlier for earlier, later in zip(moments, moments[1:]))


class FakeClock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Table:
    """Answers looks like the cloud: what is written becomes Available, or vanishes, at a given time."""

    def __init__(self, clock: FakeClock, entries: t.Mapping[str, tuple[float, str, str]]) -> None:
        self.clock = clock
        self.entries = entries
        self.asked: list[tuple[str, ...]] = []

    def entries_at(self, route_table_id: str, destinations: t.Sequence[str]) -> tuple[RouteEntry, ...]:
        self.asked.append(tuple(destinations))
        states = [(d, self.entries[d]) for d in destinations if d in self.entries]
        seen = [(d, then if self.clock.now >= at else now) for d, (at, now, then) in states]
        return tuple(replace(entry(d, "i-1"), status=status) for d, status in seen if status != "gone")


def waiter(clock: FakeClock, table: Table, timeout: float = 60) -> Waiter:
    return Waiter(t.cast("t.Any", table), timeout, clock, clock.sleep)


MANY = tuple(f"10.24.{n}.0/24" for n in range(50))


def test_one_call_looks_at_the_last_entries_of_a_batch_and_at_what_comes_next() -> None:
    clock = FakeClock()
    table = Table(clock, dict.fromkeys(MANY, (2.0, "Pending", "Available")))
    look = waiter(clock, table).wait(Pending(TABLE, MANY), also=("10.24.99.0/24",))
    assert look.settled
    assert table.asked[0] == ("10.24.99.0/24", *MANY[-19:])
    assert (len(table.asked), clock.now) == (4, 2.1)


def test_a_deletion_has_settled_when_the_entry_is_gone() -> None:
    clock = FakeClock()
    table = Table(clock, {MANY[0]: (2.0, "Deleting", "gone")})
    assert waiter(clock, table).wait(Pending(TABLE, leaving={MANY[0]: f"rte-{MANY[0]}"})).settled
    assert clock.now == pytest.approx(2.1)


def test_time_runs_out_exactly_and_is_told() -> None:
    clock = FakeClock()
    table = Table(clock, {MANY[0]: (1000.0, "Pending", "Available")})
    look = waiter(clock, table, timeout=5).wait(Pending(TABLE, MANY[:1]))
    assert not look.settled
    assert clock.now == pytest.approx(5)


def test_an_entry_that_somebody_takes_away_is_not_waited_for() -> None:
    clock = FakeClock()
    table = Table(clock, {MANY[0]: (1.0, "Pending", "gone")})
    assert waiter(clock, table).wait(Pending(TABLE, MANY[:1])).settled
    assert clock.now < 2


NONE: set[str] = set()
GOING = Pending(TABLE, ("10.24.1.0/24",), {"10.24.2.0/24": "rte-10.24.2.0/24"})


@pytest.mark.parametrize(
    ("destination", "entries", "missing_before", "settled"),
    [
        ("10.24.1.0/24", [entry("10.24.1.0/24", "i-1")], NONE, True),
        ("10.24.1.0/24", [entry("10.24.1.0/24", "i-1", status="Modifying")], NONE, False),
        ("10.24.1.0/24", [], NONE, False),
        ("10.24.1.0/24", [], {"10.24.1.0/24"}, True),
        ("10.24.2.0/24", [entry("10.24.2.0/24", "i-1", status="Deleting")], NONE, False),
        ("10.24.2.0/24", [], NONE, True),
        ("10.24.2.0/24", [replace(entry("10.24.2.0/24", "i-1"), route_entry_id="rte-new")], NONE, True),
        ("10.24.3.0/24", [], NONE, True),
    ],
)
def test_settled(destination: str, entries: list[RouteEntry], missing_before: set[str], settled: bool) -> None:
    assert is_settled(GOING, destination, entries, missing_before) is settled
