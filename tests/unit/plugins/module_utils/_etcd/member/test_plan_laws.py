# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is otherwise: after the role nothing is left to do, also when a run was stopped, and every step has a reason and its place."""

from __future__ import annotations

import contextlib
import copy
import typing as t

from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.changes import (
    TEST_STEPS,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    NAMES,
    Answers,
    converged,
    given,
    make,
    plan,
    run_role,
    see,
)
from hypothesis import given as fuzz
from hypothesis import settings
from hypothesis import strategies as st

ORDER = ("v2_store", "user", "install", "configure", "start", "restart", "join")


CHANGES = {name: change for name, change, _steps in TEST_STEPS}
DRAWN = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(sorted(CHANGES)), max_size=4, unique=True))
SETTINGS: dict[str, dict[str, t.Any]] = {
    "none": {},
    "quota": {"quota_bytes": 1},
    "unit": {"unit": "[Service]\n"},
    "version": {"install": {"version": "3.5.32", "release_dir": "/opt/etcd-3.5.32"}},
}


def drawn(changes: t.Mapping[str, t.Sequence[str]]) -> Answers:
    answers = converged()
    for name, ones in changes.items():
        for one in ones:
            with contextlib.suppress(AttributeError):  # the file is gone already
                CHANGES[one](answers[name])
    return see(answers)


@fuzz(DRAWN, st.sampled_from(sorted(SETTINGS)))
def test_after_the_role_nothing_is_left_to_do(changes: dict[str, list[str]], setting: str) -> None:
    wanted = given(**copy.deepcopy(SETTINGS[setting]))
    answers = drawn(changes)
    if any(host.problems for host in plan(answers, wanted).hosts.values()):
        return
    again = plan(run_role(answers, wanted), wanted)
    assert {name: host.steps for name, host in again.hosts.items()} == dict.fromkeys(NAMES, ())
    assert again.needs_health is False


@fuzz(DRAWN, st.sampled_from(sorted(SETTINGS)))
def test_steps_are_in_order_and_have_reasons(changes: dict[str, list[str]], setting: str) -> None:
    planned = plan(drawn(changes), given(**copy.deepcopy(SETTINGS[setting])))
    for name, host in planned.hosts.items():
        names = [step.name for step in host.steps]
        assert names == sorted(names, key=ORDER.index)
        assert all(step.reasons and all(step.reasons) for step in host.steps)
        assert host.has("restart") == (name in planned.restarts)
        assert not (host.problems and host.steps)
    assert len(set(planned.restarts)) == len(planned.restarts)


@settings(max_examples=50)
@fuzz(DRAWN, st.sampled_from(sorted(SETTINGS)), st.integers(0, 12))
def test_a_run_that_was_stopped_anywhere_is_completed_by_the_next(changes: dict[str, list[str]], setting: str, at: int) -> None:
    """Steps are done on all hosts, one kind after the other; what changed is newer than what runs."""
    wanted = given(**copy.deepcopy(SETTINGS[setting]))
    answers = drawn(changes)
    planned = plan(answers, wanted)
    if any(host.problems for host in planned.hosts.values()):
        return
    todo = [(name, step) for kind in ORDER for name, host in planned.hosts.items() for step in host.steps if step.name == kind]
    for name, step in todo[:at]:
        make(answers[name], step.name, step.details, wanted[name])
    left = run_role(see(answers), wanted)
    assert {name: host.steps for name, host in plan(left, wanted).hosts.items()} == dict.fromkeys(NAMES, ())
