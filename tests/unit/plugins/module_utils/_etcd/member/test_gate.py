# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate before a member is restarted, defragmented or added: what opens it, and what the change needs to know."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.etcd_gate import etcd_gate
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    NAMES,
    client_url,
    member_id,
    peer_url,
    view,
)

# Who is up of three, the alarms, and a word of the hurdle; none where the gate is open.
TEST_GATE: list[tuple[t.Sequence[str], t.Mapping[str, str], str]] = [
    (NAMES, {}, ""),
    (NAMES, {"n2": "NOSPACE"}, ""),
    (NAMES, {"n1": "NOSPACE", "n2": "NOSPACE"}, ""),
    (("n1", "n2"), {}, "n3: connection refused"),
    (("n1", "n2"), {"n2": "NOSPACE"}, "n3: connection refused"),
    (NAMES, {"n2": "NOSPACE", "n3": "CORRUPT"}, "n3: alarm CORRUPT"),
    (("n1",), {}, "n1: no quorum"),
]


def result(up: t.Sequence[str] = NAMES, alarms: t.Mapping[str, str] | None = None, **options: t.Any) -> dict[str, t.Any]:
    cluster = view("n1", options.pop("listed", NAMES), up, leader="n2", **options)
    cluster["alarms"] = [{"member_id": member_id(name), "alarm": alarm} for name, alarm in (alarms or {}).items()]
    return {"etcd_member": {"cluster": cluster}}


@pytest.mark.parametrize(("up", "alarms", "hurdle"), TEST_GATE)
def test_only_want_of_space_is_let_pass(up: t.Sequence[str], alarms: t.Mapping[str, str], hurdle: str) -> None:
    found = etcd_gate(result(up, alarms))["hurdles"]
    assert (hurdle in found) if hurdle else found == []


def test_a_learner_does_not_count() -> None:
    answer = result((*NAMES, "n4"), listed=(*NAMES, "n4"), learners=["n4"])
    assert etcd_gate(answer)["hurdles"] == []
    assert etcd_gate(answer, peer_url=peer_url("n4"))["newcomer"] == {"is_listed": True, "is_learner": True, "member_id": "a4"}
    assert etcd_gate(answer, peer_url=peer_url("n5"))["newcomer"] == {"is_listed": False, "is_learner": False, "member_id": ""}


def test_only_those_that_are_meant_are_judged() -> None:
    answer = result(("n1", "n2"))
    assert etcd_gate(answer, ["n1", "n2"])["hurdles"] == []
    assert etcd_gate(answer, ["n1", "n9"])["hurdles"] == ["n9: it is not in etcd's list of members"]
    assert etcd_gate(answer, ["n1", "n3"])["own"] == []


def test_what_a_change_needs_to_know() -> None:
    found = etcd_gate(result(("n1", "n2")))
    assert (found["leader"], found["leader_url"], found["leads"], found["is_full"]) == ("n2", client_url("n2"), False, False)
    assert (found["others"], found["endpoints"]) == (["a2"], [client_url(name) for name in NAMES])
    assert etcd_gate(result(alarms={"n3": "NOSPACE"}))["is_full"]


def test_a_list_without_the_member_that_was_asked_opens_nothing() -> None:
    removed = result(("n2", "n3"), listed=("n2", "n3"))
    assert etcd_gate(removed)["hurdles"] == etcd_gate(removed)["own"] == ["the member that was asked is not in its own list of members"]
    empty = result((), listed=())
    assert etcd_gate(empty)["hurdles"] == etcd_gate(empty)["own"] == ["the member that was asked is not in its own list of members"]


def test_alarms_that_could_not_be_read_open_nothing() -> None:
    answer = result()
    answer["etcd_member"]["cluster"]["alarms_error"] = "no answer within 5 s"
    assert etcd_gate(answer)["hurdles"] == ["its alarms could not be read: no answer within 5 s"]
    assert etcd_gate(answer)["own"] == []


TEST_NO_ANSWER = [
    ({"msg": "No module."}, "No module."),
    ({"failed": True}, "no answer"),
    ({"etcd_member": {"cluster": None}}, "it has no data"),
    ({"etcd_member": {"cluster": {"error": "connection refused"}}}, "connection refused"),
    ({"etcd_member": {"cluster": {"error": ""}}}, "its answer.cluster.cluster_id is not text."),
]


@pytest.mark.parametrize(("answer", "word"), TEST_NO_ANSWER)
def test_no_answer_opens_nothing(answer: dict[str, t.Any], word: str) -> None:
    found = etcd_gate(answer)
    assert found["hurdles"] == found["own"] == [word]
    assert (found["leads"], found["others"], found["endpoints"]) == (False, [], [])
