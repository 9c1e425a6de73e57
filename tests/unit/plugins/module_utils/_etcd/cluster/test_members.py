# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.answer import Answer
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.members import (
    Cluster,
    MemberHost,
    choose_cluster,
    clean_version,
    quorum,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.membership import (
    MemberPlan,
    MemberRemoval,
    plan_member_removal,
    plan_members,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.cluster_view import parse_view

# How a member is, by a word.
UP, DOWN, LEARNER, LEARNER_DOWN, ADDED, UNSTARTED = "up", "down", "learner", "learner down", "added", "unstarted"
CLUSTER = 0xDEAD
NAMES = ["n1", "n2", "n3", "n4", "n5"]

Told = t.Dict[str, t.Any]


def url(name: str, port: int = 2380) -> str:
    return f"https://192.0.2.{name[1:]}:{port}"


def answer(states: t.Mapping[str, str], cluster: int = CLUSTER, leader: str = "n1") -> Told:
    """Return what a member that knows the leader says of members in these states."""
    members, endpoints = [], []
    for name, state in states.items():
        identifier = f"a{name[1:]}"
        was_started = state not in (ADDED, UNSTARTED)
        members.append(
            {
                "id": identifier,
                "name": name if state != ADDED else "",
                "peer_urls": [url(name)],
                "client_urls": [url(name, 2379)] if was_started else [],
                "is_learner": state in (LEARNER, LEARNER_DOWN, ADDED),
            }
        )
        status: Told = {"url": url(name, 2379), "error": "refused"}
        if state in (UP, LEARNER):
            numbers = dict.fromkeys(("revision", "raft_applied_index", "db_size", "db_size_in_use", "quota"), 1)
            says = {"leader_id": f"a{leader[1:]}", "is_leader": name == leader, "serves": state == UP, "read_error": "", "version": "3.5.1"}
            status = {**status, "error": "", "member_id": identifier, **says, **numbers}
        endpoints += [status] if was_started else []
    own = {"error": "", "cluster_id": f"{cluster:x}", "member_id": "a1", "alarms": [], "alarms_error": ""}
    return {**own, "members": members, "endpoints": endpoints}


def parse_cluster(told: Told | None) -> Cluster | None:
    return parse_view(Answer(told, "its answer")).cluster() if told else None


def found(name: str, told: Told | None = None, *, data: bool = True, new: bool = False) -> MemberHost:
    return MemberHost(name, "", is_reached=True, has_data=data, was_started_new=new, installed="3.5.1", cluster=parse_cluster(told))


def parse_hosts(desired: t.Sequence[str], observed: t.Sequence[MemberHost]) -> list[MemberHost]:
    """Return the hosts of an inventory, each with its URL, as they were found."""
    known = {host.name: host for host in observed}
    return [replace(known.get(name, MemberHost(name, "")), peer_url=peer) for name, peer in (text.split("=") for text in desired)]


def hosts(desired: t.Sequence[str], *observed: MemberHost) -> list[MemberHost]:
    return parse_hosts([f"{name}={url(name)}" for name in desired], observed)


def plan(desired: int, states: t.Mapping[str, str], without_data: t.Sequence[str] = (), unreached: t.Sequence[str] = ()) -> MemberPlan:
    """Plan for the first hosts; those that the cluster knows have data and answer when they are up."""
    told = answer(states)
    observed = [
        found(name, told if states.get(name) == UP else None, data=name in states and name not in without_data)
        for name in NAMES[:desired]
        if name not in unreached
    ]
    return plan_members(hosts(NAMES[:desired], *observed))


THREE = {"n1": UP, "n2": UP, "n3": UP}


def test_an_answer_is_read() -> None:
    cluster = parse_cluster(answer({"n1": UP, "n2": DOWN, "n3": LEARNER}))
    assert cluster is not None
    assert [(member.member_id, member.is_up, member.leads, member.is_learner, member.version) for member in cluster.members] == [
        ("a1", True, True, False, "3.5.1"),
        ("a2", False, False, False, ""),
        ("a3", True, False, True, "3.5.1"),
    ]
    assert (cluster.cluster_id, cluster.has_quorum, [member.name for member in cluster.down]) == ("dead", False, ["n2"])


def test_no_answer_is_no_cluster() -> None:
    assert parse_cluster({"error": "no answer in 5 seconds"}) is None


def test_a_list_without_status_has_nobody_up() -> None:
    cluster = parse_cluster({**answer(THREE), "endpoints": []})
    assert cluster is not None
    assert not cluster.has_quorum


@pytest.mark.parametrize(("voters", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_quorum(voters: int, needed: int) -> None:
    assert quorum(voters) == needed


# Wanted hosts; the cluster; hosts without data; hosts not reached; who joins; who has a problem, and a word of it; a word of the warnings.
CASES: dict[str, tuple[int, dict[str, str], list[str], list[str], list[str], dict[str, str], str]] = {
    "as desired": (3, THREE, [], [], [], {}, ""),
    "one more": (4, THREE, [], [], ["n4"], {}, ""),
    "one grows to three": (3, {"n1": UP}, [], [], ["n2", "n3"], {}, ""),
    "three grow to five, one out of reach": (5, THREE, [], ["n4"], ["n5"], {}, ""),
    "added, not started": (4, {**THREE, "n4": ADDED}, ["n4"], [], ["n4"], {}, ""),
    "started, not promoted": (4, {**THREE, "n4": LEARNER}, [], [], ["n4"], {}, ""),
    "started, stopped, not promoted": (4, {**THREE, "n4": LEARNER_DOWN}, [], [], ["n4"], {}, "don't answer: n4"),
    "the first start goes on": (3, {"n1": UP, "n2": UP, "n3": UNSTARTED}, ["n3"], [], [], {}, "don't answer: n3"),
    "lost its data": (3, {"n1": UP, "n2": UP, "n3": DOWN}, ["n3"], [], [], {"n3": "lost its data"}, "don't answer: n3"),
    "one down": (3, {"n1": UP, "n2": UP, "n3": DOWN}, [], ["n3"], [], {}, "don't answer: n3"),
    "one down bars the way": (4, {"n1": UP, "n2": UP, "n3": DOWN}, [], ["n3"], [], {"n4": "can't join"}, "don't answer: n3"),
    "one down, a learner waits": (4, {"n1": UP, "n2": UP, "n3": DOWN, "n4": LEARNER}, [], ["n3"], [], {}, "stays a non-voting learner"),
    "no longer in the inventory": (2, THREE, [], [], [], {}, "not in the inventory: n3 (https://192.0.2.3:2380)"),
    "a foreign learner": (4, {**THREE, "n9": LEARNER}, [], [], [], {"n4": "etcd_member=a9"}, "not in the inventory: n9"),
}


@pytest.mark.parametrize("name", CASES)
def test_plan_for_a_live_cluster(name: str) -> None:
    desired, states, without_data, unreached, joins, problems, warning = CASES[name]
    made = plan(desired, states, without_data, unreached)
    assert (made.is_live, [join.name for join in made.joins], list(made.problems)) == (True, joins, list(problems))
    assert all(word in made.problems[host][0] for host, word in problems.items())
    assert warning in " ".join(made.warnings)
    assert bool(made.warnings) == bool(warning)


def test_each_newcomer_is_told_of_those_before_it() -> None:
    first, second = plan(3, {"n1": UP}).joins
    assert first.initial_cluster == f"n1={url('n1')},n2={url('n2')}"
    assert second.initial_cluster == f"n1={url('n1')},n2={url('n2')},n3={url('n3')}"


def test_a_member_that_was_added_is_not_told_twice() -> None:
    (join,) = plan(2, {"n1": UP, "n2": ADDED}, ["n2"]).joins
    assert join.initial_cluster == f"n1={url('n1')},n2={url('n2')}"


def test_another_address_is_refused() -> None:
    told = answer(THREE)
    desired = [f"n1={url('n1')}", f"n2={url('n2')}", f"n3={url('n7')}"]
    made = plan_members(parse_hosts(desired, [found("n1", told), found("n2", told), found("n3", told)]))
    assert list(made.problems) == ["n3"]
    assert "a member as https://192.0.2.3:2380, but the inventory says https://192.0.2.7:2380" in made.problems["n3"][0]


def test_the_address_of_another_member_is_refused() -> None:
    told = answer(THREE)
    observed = [found("n1", told), found("n2", told), found("new", data=False)]
    made = plan_members(parse_hosts([f"n1={url('n1')}", f"n2={url('n2')}", f"new={url('n3')}"], observed))
    assert "has the address of the member n3" in made.problems["new"][0]
    assert made.joins == []


# The inventory; on which of its hosts there is data; the members that these tell; which host has a problem, and words of it.
RENAMED = [
    pytest.param({"node1": "n1"}, {"n1": UP}, "node1", "restore the name n1", id="the only member"),
    pytest.param({"n1": "n1", "n2": "n2", "node3": "n3"}, THREE, "node3", "has the address of the member n3", id="one of three"),
    pytest.param({"n1": "n1", "n2": "n2", "n3": "n2"}, THREE, "n3", "restore the name n2", id="a member's name, another's address"),
    pytest.param({"n1": "n1", "n2": "n2", "node3": "n7"}, THREE, "node3", "one of n1 (https://192.0.2.1:2380), n2", id="name and address"),
]


@pytest.mark.parametrize(("desired", "states", "host", "words"), RENAMED)
def test_a_member_under_another_name_is_left_alone(desired: dict[str, str], states: dict[str, str], host: str, words: str) -> None:
    told = answer(states)
    parsed = parse_hosts([f"{name}={url(address)}" for name, address in desired.items()], [found(name, told) for name in desired])
    planned, removed = plan_members(parsed).problems, plan_member_removal(parsed, host)
    assert list(planned) == [host]
    assert words in planned[host][0]
    assert f"etcd_member={host} " not in planned[host][0]
    assert (removed.member_id, list(removed.problems)) == ("", planned[host])


@pytest.mark.parametrize("told", [None, answer({"n1": UP, "n2": UP, "n3": DOWN})], ids=["silent", "answers for a moment after its start"])
def test_a_removed_member_that_comes_back_is_cleared(told: Told | None) -> None:
    now = answer({"n1": UP, "n2": UP})
    parsed = hosts(NAMES[:3], found("n1", now), found("n2", now), found("n3", told))
    assert "etcd_member=n3 moves its data away" in plan_members(parsed).problems["n3"][0]
    assert plan_member_removal(parsed, "n3") == MemberRemoval("n3")


@pytest.mark.parametrize("own", [None, answer({"n4": UP}, cluster=0xBEEF, leader="n4")])
def test_data_of_another_cluster_is_refused(own: Told | None) -> None:
    told = answer(THREE)
    made = plan_members(hosts(NAMES[:4], *(found(name, told) for name in NAMES[:3]), found("n4", own)))
    assert list(made.problems) == ["n4"]
    assert "not as a member of this cluster" in made.problems["n4"][0]
    assert "etcd_member=n4" in made.problems["n4"][0]


def test_two_clusters_of_one_size_are_refused() -> None:
    observed = [found("n1", answer({"n1": UP})), found("n2", answer({"n2": UP}, cluster=0xBEEF, leader="n2"))]
    desired = hosts(NAMES[:2], *observed)
    assert choose_cluster(desired) is None
    made = plan_members(desired)
    assert made.problems.keys() == {"n1", "n2"}
    assert "clusters of the same size" in made.problems["n1"][0]


# Reached hosts with data; those that were started new without data; those with nothing; who has a problem.
STARTS = [
    pytest.param(["n1", "n2", "n3"], [], [], {}, id="all stopped"),
    pytest.param(["n1", "n2"], [], [], {}, id="enough stopped"),
    pytest.param(["n1"], ["n2", "n3"], [], {}, id="first start killed"),
    pytest.param(["n1"], [], [], {"n1": "no quorum"}, id="two out of reach"),
    pytest.param(["n1", "n2"], [], ["n3"], {"n3": "has no data"}, id="one without data"),
    pytest.param(["n1"], [], ["n3"], {"n1": "no quorum", "n3": "no quorum"}, id="one out of reach, one without data"),
]


@pytest.mark.parametrize(("data", "new", "nothing", "problems"), STARTS)
def test_plan_for_a_cluster_that_does_not_answer(data: list[str], new: list[str], nothing: list[str], problems: dict[str, str]) -> None:
    observed = [found(name, data=name in data, new=name in new) for name in (*data, *new, *nothing)]
    made = plan_members(hosts(NAMES[:3], *observed))
    assert (made.is_live, made.joins, list(made.problems)) == (False, [], list(problems))
    assert all(word in made.problems[host][0] for host, word in problems.items())


def removal(states: t.Mapping[str, str], desired: str, *, reached: t.Sequence[str] = ("n1", "n2"), leader: str = "n1") -> MemberRemoval:
    told = answer(states, leader=leader)
    return plan_member_removal(hosts(NAMES[:3], *(found(name, told if states.get(name) == UP else None) for name in reached)), desired)


def test_removal_of_a_dead_member() -> None:
    assert removal({"n1": UP, "n2": UP, "n3": DOWN}, "n3") == MemberRemoval(
        "n3", "a3", f"n3 ({url('n3')})", on="n1", endpoints=(url("n1", 2379), url("n2", 2379))
    )


def test_a_leader_hands_over_first_and_others_are_asked() -> None:
    made = removal(THREE, "n1")
    assert (made.on, made.endpoints, made.new_leader, made.problems) == ("n2", (url("n2", 2379), url("n3", 2379)), "a2", ())


def test_a_member_without_name_is_removed_by_its_id() -> None:
    made = removal({"n1": UP, "n2": UP, "n3": ADDED}, "a3")
    assert (made.name, made.member_id) == ("n3", "a3")


def test_a_member_outside_of_the_inventory_is_removed() -> None:
    assert removal({**THREE, "n9": DOWN}, "n9").member_id == "a9"


def test_who_is_no_member_needs_no_removal() -> None:
    assert removal({"n1": UP, "n2": UP}, "n3") == MemberRemoval("n3")


REFUSALS = [
    pytest.param({"n1": UP}, "n1", "last member", id="last"),
    pytest.param(
        {"n1": UP, "n2": UP, "n3": DOWN}, "n2", "1 of 2 members would be up, which is not a quorum. Bring these back first: n3", id="down"
    ),
    pytest.param({"n1": UP, "n2": DOWN, "n3": DOWN}, "n3", "etcd has no quorum", id="no quorum now"),
]


@pytest.mark.parametrize(("states", "desired", "word"), REFUSALS)
def test_refused_removals(states: dict[str, str], desired: str, word: str) -> None:
    (problem,) = removal(states, desired).problems
    assert word in problem


# A member that lies: it can say what it likes of itself, and of all others.
LIES = [
    "{{ lookup('ansible.builtin.pipe', 'touch /tmp/owned') }}",
    "n2=https://192.0.2.9:2380,n9",
    "--endpoints=x",
    "n1; reboot",
    "n1\nn2",
    "n1 \u202e",
]


@pytest.mark.parametrize("lie", LIES)
def test_what_a_member_calls_itself_is_no_more_than_a_name(lie: str) -> None:
    told = answer(THREE)
    told["members"][2].update(name=lie, peer_urls=[lie], client_urls=[f"https://{lie}"])
    cluster = parse_cluster(told)
    assert cluster is not None
    said = [text for member in cluster.members for text in (member.name, *member.peer_urls, *member.client_urls)]
    assert [text for text in said if set(text) & set("{}=;,' \n\u202e")] == []


@pytest.mark.parametrize("version", [*LIES, "3.5", "", "3.5.1 {{ x }}"])
def test_what_is_no_version_is_none(version: str) -> None:
    told = answer(THREE)
    for endpoint in told["endpoints"]:
        endpoint["version"] = version
    cluster = parse_cluster(told)
    assert cluster is not None
    assert {member.version for member in cluster.members} == {""}
    assert clean_version(version) == ""
