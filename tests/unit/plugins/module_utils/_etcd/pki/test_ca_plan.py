# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a CA: each phase and each desired state."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.ca_input import DesiredCa
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.ca_plan import STATES, plan_ca
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.ca_state import CaState
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.subject import Subject

SUBJECT = Subject("us", "CA")
ABSENT = CaState()
STABLE = CaState("stable", "old")
NEXT = CaState("next", "old", "new")
INTERRUPTED = CaState("interrupted", "old", "new")
PREVIOUS = CaState("previous", "new", "", "old")
REFUSED = ("refused",)

# The steps, by the phase: for present, next, switched, dropped.
STEPS: list[tuple[CaState, tuple[tuple[str, ...], ...]]] = [
    (ABSENT, (("make",), REFUSED, REFUSED, REFUSED)),
    (STABLE, ((), ("make next",), (), ())),
    (NEXT, ((), (), ("switch",), ())),
    (INTERRUPTED, (("switch",), REFUSED, ("switch",), REFUSED)),
    (PREVIOUS, ((), REFUSED, (), ("drop",))),
]
CASES = [(current, state, steps) for current, row in STEPS for state, steps in zip(STATES, row)]


def desire(state: str, subject: Subject | None = SUBJECT) -> DesiredCa:
    return DesiredCa(Path("/ca"), state, subject, 10)


@pytest.mark.parametrize(("current", "state", "expected"), CASES, ids=[f"{current.phase}-{state}" for current, state, _steps in CASES])
def test_steps(current: CaState, state: str, expected: tuple[str, ...]) -> None:
    if expected == REFUSED:
        with pytest.raises(InvalidInput, match="Nothing was changed"):
            plan_ca(current, desire(state))
        return
    plan = plan_ca(current, desire(state))
    assert (plan.steps, plan.predict().changed) == (expected, bool(expected))
    assert plan_ca(plan.after, desire(state)).steps == ()


def test_a_roll_over_keeps_all_certificates_until_the_last_step() -> None:
    switched = plan_ca(NEXT, desire("switched")).after
    assert switched == PREVIOUS
    assert plan_ca(INTERRUPTED, desire("present")).after == PREVIOUS
    assert plan_ca(PREVIOUS, desire("dropped")).after.current == "new"


@pytest.mark.parametrize(("current", "state"), [(ABSENT, "present"), (STABLE, "next")])
def test_without_a_name_none_is_made(current: CaState, state: str) -> None:
    with pytest.raises(InvalidInput, match="without common_name none is made"):
        plan_ca(current, desire(state, None))


def test_a_certificate_is_no_change_of_the_host() -> None:
    request: t.Any = object()
    plan = plan_ca(STABLE, dataclasses.replace(desire("present"), requests=(request,)))
    assert (plan.changes, plan.predict().changed, plan.predict().returns["certificates"]) == ([request], False, {})
