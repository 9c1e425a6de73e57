# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.source_dest_check import CheckPlan, InterfaceCheck
from hypothesis import given
from hypothesis import strategies as st


def checks(*states: bool | None) -> tuple[InterfaceCheck, ...]:
    return tuple(InterfaceCheck(f"i-{number}", f"eni-{number}", state) for number, state in enumerate(states))


@pytest.mark.parametrize(
    ("states", "desired", "changed"),
    [
        ((), False, []),
        ((True,), False, ["i-0"]),
        ((False,), False, []),
        ((None,), False, []),
        ((None,), True, []),
        ((True, False, None, True), False, ["i-0", "i-3"]),
        ((True, False, None, True), True, ["i-1"]),
    ],
)
def test_only_checks_that_are_not_as_desired_change(states: tuple[bool | None, ...], desired: bool, changed: list[str]) -> None:
    plan = CheckPlan(checks(*states), desired)
    assert [change.instance_id for change in plan.changes] == changed
    assert all(change.enabled is desired for change in plan.changes)
    assert plan.predict().changed is bool(changed)


STATES = st.lists(st.sampled_from([True, False, None]), max_size=10)


@given(STATES, st.booleans())
def test_planning_on_what_was_predicted_changes_nothing(states: list[bool | None], desired: bool) -> None:
    after = CheckPlan(checks(*states), desired).predict().after
    assert CheckPlan(checks(*after.values()), desired).changes == ()


@given(STATES, st.booleans())
def test_an_interface_without_the_check_is_left_alone(states: list[bool | None], desired: bool) -> None:
    outcome = CheckPlan(checks(*states), desired).predict()
    assert [value is None for value in outcome.before.values()] == [value is None for value in outcome.after.values()]


def test_an_outcome_of_half_the_changes_shows_just_these() -> None:
    plan = CheckPlan(checks(True, True), False)
    outcome = plan.outcome(plan.changes[:1], problem="no more")
    assert (outcome.before, outcome.after) == ({"i-0": True, "i-1": True}, {"i-0": False, "i-1": True})
    assert (outcome.changed, outcome.problem) == (True, "no more")
    assert outcome.returns["instances"][1] == {"instance_id": "i-1", "network_interface_id": "eni-1", "source_dest_check": True}
