# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.pace import Backoff, Pace, Retry
from hypothesis import given
from hypothesis import strategies as st


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def retry(clock: Clock, seconds: float, attempts: int = 7) -> Retry:
    return Retry(Backoff(first=1, longest=8, attempts=attempts), seconds, clock.clock, clock.sleep, lambda: 0.5)


@given(st.integers(1, 100), st.floats(0, 1))
def test_a_delay_doubles_up_to_the_longest_give_or_take_a_quarter(attempt: int, chance: float) -> None:
    backoff = Backoff(first=0.5, longest=10)
    plain = min(10, 0.5 * 2 ** (attempt - 1))
    assert plain * 0.75 <= backoff.delay(attempt, chance) <= plain * 1.25


@pytest.mark.parametrize(("seconds", "slept"), [(0.9, 0), (1, 1), (14.9, 7), (15, 15), (23, 23), (30, 23)])
def test_what_was_told_to_come_back_is_tried_until_the_time_is_up(seconds: float, slept: float) -> None:
    clock = Clock()
    tries = retry(clock, seconds, attempts=2)
    while tries.pause():
        pass
    assert clock.now == slept


def test_what_gets_no_answer_is_tried_a_few_times_only() -> None:
    tries = retry(Clock(), 1000, attempts=3)
    assert [tries.pause(unanswered=True) for _try in range(3)] == [True, True, False]


def test_only_tries_without_answer_count_as_such() -> None:
    tries = retry(Clock(), 1000, attempts=2)
    assert [tries.pause(unanswered=unanswered) for unanswered in (False, True, False, False, True)] == [True, True, True, True, False]


@given(st.lists(st.floats(0, 20), min_size=1, max_size=600))
def test_no_sixty_seconds_hold_three_hundred_calls(idle: list[float]) -> None:
    pace, now, calls = Pace(), 0.0, []
    for seconds in idle:
        now += seconds if seconds > 15 else 0.0  # mostly as fast as allowed
        now += pace.next_call(now)
        calls.append(now)
    assert all(calls[number + 290] - calls[number] >= 60 for number in range(len(calls) - 290))


def test_the_first_calls_do_not_wait() -> None:
    pace = Pace(burst=3, per_second=2)
    assert [pace.next_call(100.0) for _call in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_after_a_throttled_call_the_next_ones_keep_a_distance_that_doubles_and_then_halves() -> None:
    pace, now, distances = Pace(backoff=Backoff(first=1, longest=3)), 0.0, []
    pace.next_call(now)
    for throttled in (True, True, True, False, False, False, False, False, False):
        pace.throttled() if throttled else pace.answered()
        wait = pace.next_call(now)
        now += wait
        distances.append(wait)
    assert distances == [1, 2, 3, 1.5, 0.75, 0.375, 0.1875, 0.09375, 0]
