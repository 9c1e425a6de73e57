# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which members are restarted: those of the plan that are still there, and those whose CA has changed since, one after the other."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.etcd_restart_order import etcd_restart_order
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import NAMES, converged, given, plan
from hypothesis import given as fuzz
from hypothesis import strategies as st

TEST_ORDER: list[tuple[t.Sequence[str], t.Sequence[str], t.Sequence[str], str, list[str]]] = [
    (["n2"], NAMES, [], "", ["n2"]),
    (NAMES, NAMES, [], "", ["n2", "n3", "n1"]),
    (NAMES, NAMES, [], "n3", ["n2", "n1", "n3"]),
    (NAMES, ["n1", "n3"], [], "", ["n3", "n1"]),
    ([], NAMES, ["n1", "n2"], "", ["n2", "n1"]),
    (["n2"], NAMES, ["n2", "n1"], "", ["n2", "n1"]),
    ([], ["n2"], ["n1"], "", []),
    ([], [], NAMES, "n1", []),
]


def restarts(due: t.Sequence[str], present: t.Sequence[str], renewed: t.Sequence[str], leader: str = "") -> list[str]:
    wanted = {name: {**one, "restart": name in due} for name, one in given().items()}
    return etcd_restart_order(plan(converged(), wanted).public(), present, renewed, {"leader": leader})


@pytest.mark.parametrize(("due", "present", "renewed", "leader", "expected"), TEST_ORDER)
def test_the_leader_is_last(
    due: t.Sequence[str], present: t.Sequence[str], renewed: t.Sequence[str], leader: str, expected: list[str]
) -> None:
    assert restarts(due, present, renewed, leader) == expected


def test_a_member_that_does_not_run_needs_no_restart_for_a_new_ca() -> None:
    answers = converged()
    answers["n2"]["unit"].update(is_active=False, pid=0)
    assert etcd_restart_order(plan(answers).public(), NAMES, NAMES, {"leader": "n1"}) == ["n3", "n1"]


SETS = st.lists(st.sampled_from(NAMES), unique=True)


@fuzz(SETS, SETS, SETS, st.sampled_from(["", *NAMES]))
def test_nobody_is_restarted_twice_or_without_a_reason(due: list[str], present: list[str], renewed: list[str], leader: str) -> None:
    found = restarts(due, present, renewed, leader)
    assert len(set(found)) == len(found)
    assert set(found) == set(present) & (set(due) | set(renewed))
    assert (leader or "n1") not in found[:-1]
