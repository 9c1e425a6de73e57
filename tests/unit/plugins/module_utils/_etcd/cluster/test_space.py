# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.space import DefragPlan, plan_defrag, report_space
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.cluster_view import Alarm, ClusterView
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.cluster.views import MIB, silent, view

FULL = Alarm("a1", "NOSPACE")


def member(name: str, size: float, in_use: float, alarms: t.Sequence[Alarm] = (), **status: t.Any) -> ClusterView:
    """Return a member that takes so much space in MiB; n1 leads."""
    return view(name, alarms, size=int(size * MIB), in_use=int(in_use * MIB), is_leader=name == "n1", revision=7, **status)


def plan(*members: ClusterView, quota: float = 100, percent: float = 40, absent: t.Sequence[str] = ()) -> DefragPlan:
    views = {f"n{number}": view for number, view in enumerate(members, 1)}
    return plan_defrag(views, dict.fromkeys(views, int(quota * MIB)), percent, absent)


def test_the_leader_comes_last() -> None:
    found = plan(member("n1", 90, 10), member("n2", 90, 10), member("n3", 90, 10))
    assert (found.problem, found.members, found.on, found.revision) == ("", ("n2", "n3", "n1"), "n2", 7)
    assert found.sizes["n1"] == "90.0 MiB, 10.0 MiB of it in use, quota 100.0 MiB"


TEST_WORTH: list[tuple[float, float, float, bool]] = [
    (90, 10, 40, True),
    (90, 60, 40, False),
    (90, 60, 30, True),
    (100, 60, 40, True),
    (15, 5.5, 40, False),
    (15, 5, 40, True),
    (0.02, 0.01, 40, False),
    (0, 0, 0, False),
]


@pytest.mark.parametrize(("size", "in_use", "percent", "worth"), TEST_WORTH)
def test_a_little_is_not_worth_it(size: float, in_use: float, percent: float, worth: bool) -> None:
    assert plan(member("n1", size, in_use), percent=percent).members == (("n1",) if worth else ())


@pytest.mark.parametrize(("size", "quota", "room"), [(90, 100, True), (91, 100, False), (1800, 0, True), (1900, 0, False)])
def test_room_is_a_tenth_of_the_quota(size: float, quota: float, room: bool) -> None:
    assert (plan(member("n1", size, size), quota=quota).without_room == ()) is room


def test_a_quota_that_the_member_states_counts() -> None:
    assert plan(member("n1", 91, 91, quota=200 * MIB)).without_room == ()


def test_all_are_defragmented_where_one_is_full() -> None:
    found = plan(member("n1", 50, 50, [FULL]), member("n2", 50, 50, [FULL]))
    assert (found.problem, found.is_full, found.members) == ("", True, ("n2", "n1"))


PROBLEMS = [
    pytest.param([member("n1", 1, 1), silent(), silent()], (), "No response from etcd on n2, n3: ", id="silent"),
    pytest.param([member("n1", 1, 1)], ("n2", "n3"), "Not in this run, or not reachable: n2, n3.", id="absent"),
    pytest.param([member("n1", 1, 1, [Alarm("a2", "CORRUPT")])], (), "the data of n2 differs", id="corrupt"),
    pytest.param([member("n1", 1, 1, [Alarm("ff", "CORRUPT")])], (), "the data of ff differs", id="an unknown one corrupt"),
    pytest.param([member("n1", 1, 1, alarms_error="it was late")], (), "as without a quorum (it was late)", id="no alarms"),
]


@pytest.mark.parametrize(("members", "absent", "words"), PROBLEMS)
def test_what_a_defragmentation_does_not_repair(members: list[ClusterView], absent: tuple[str, ...], words: str) -> None:
    assert words in plan(*members, absent=absent).problem


def test_one_that_could_read_the_alarms_is_enough() -> None:
    found = plan(member("n1", 1, 1, alarms_error="late"), member("n2", 1, 1, [FULL]))
    assert (found.problem, found.is_full) == ("", True)


def test_no_member_at_all() -> None:
    found = plan()
    assert (found.members, found.on, found.revision) == ((), "", 0)
    assert found.problem


def test_each_member_is_reported() -> None:
    before, after = {"n1": "90 MiB", "n2": "10 MiB", "n3": "80 MiB"}, {"n1": "10 MiB", "n2": "10 MiB"}
    done = report_space(before, ["n1", "n3"], after, is_planned=False)
    assert [line["text"] for line in done] == ["n1: 90 MiB -> 10 MiB", "n2: 10 MiB (not worthwhile)", "n3: 80 MiB -> unknown"]
    assert not any(line["is_change"] for line in done)
    planned = report_space(before, ["n1"], before, is_planned=True)
    assert [line["text"] for line in planned][:2] == ["n1: 90 MiB (would be defragmented)", "n2: 10 MiB (not worthwhile)"]
    assert [line["is_change"] for line in planned] == [True, False, False]
