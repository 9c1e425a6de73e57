# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, LostRace
from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import ATTEMPTS, converge


@dataclass(frozen=True)
class CounterPlan:
    current: int
    desired: int

    @property
    def changes(self) -> tuple[int, ...]:
        return tuple(range(self.current, self.desired))

    def predict(self) -> Outcome:
        return Outcome(changed=bool(self.changes), before=self.current, after=self.desired)


class Counter:
    """A resource that another writer gets in the way of, ``lost_races`` times."""

    def __init__(self, value: int, desired: int, lost_races: int = 0) -> None:
        self.value = value
        self.desired = desired
        self.lost_races = lost_races
        self.reads = 0
        self.writes = 0

    def plan(self) -> CounterPlan:
        self.reads += 1
        return CounterPlan(self.value, self.desired)

    def apply(self, plan: CounterPlan) -> Outcome:
        if self.lost_races:
            self.lost_races -= 1
            raise LostRace("The counter changed.", key="counter")
        self.writes += 1
        self.value = plan.desired
        return plan.predict()


def test_check_mode_predicts_what_the_real_run_returns_and_writes_nothing() -> None:
    predicted = converge(checked := Counter(1, 3), check_mode=True)
    done = converge(Counter(1, 3), check_mode=False)
    assert predicted == done
    assert (checked.value, checked.writes) == (1, 0)


def test_an_empty_plan_is_not_applied() -> None:
    counter = Counter(3, 3)
    assert converge(counter, check_mode=False).changed is False
    assert counter.writes == 0


def test_a_lost_race_is_planned_again_from_a_new_read() -> None:
    counter = Counter(1, 3, lost_races=ATTEMPTS - 1)
    assert converge(counter, check_mode=False).changed is True
    assert (counter.reads, counter.writes) == (ATTEMPTS, 1)


def test_a_race_that_is_always_lost_ends_with_an_error_that_says_so() -> None:
    with pytest.raises(CollectionError, match="another writer") as caught:
        converge(Counter(1, 3, lost_races=ATTEMPTS), check_mode=False)
    assert caught.value.details == {"key": "counter"}
