# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.removal import NodeRemoval, plan_node_removal, plan_node_routes

Item = t.Dict[str, t.Any]
NODES = [{"name": f"n{number}", "address": f"172.16.0.1{number}", "instance_id": f"i-{number}", "subnet": None} for number in range(1, 4)]
HOSTS = ["n1", "n2", "n3"]


def plan(nodes: t.Sequence[Item] = NODES, **asked: t.Any) -> Item:
    return plan_node_removal(nodes, NodeRemoval(**{"play_hosts": HOSTS, **asked}))


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"names": "n3"}, ["n3"]),
        ({"names": "n3, n2,n3", "count": 2}, ["n3", "n2"]),
        ({"names": ["n1", "n2"], "count": 2}, ["n1", "n2"]),
        ({"address": "172.16.0.99", "is_gone": True}, ["172.16.0.99"]),
        ({"names": "n3", "address": "172.16.0.99", "is_gone": True, "count": 2}, ["n3", "172.16.0.99"]),
    ],
)
def test_what_is_said_is_removed(asked: Item, names: list[str]) -> None:
    result = plan(**asked)
    assert result["problems"] == []
    assert [node["name"] for node in result["nodes"]] == names


def test_a_removed_node_is_told_as_far_as_it_is_known() -> None:
    result = plan(names="n3", address="172.16.0.99", is_gone=True, count=2)
    assert result["nodes"] == [
        {"name": "n3", "address": "172.16.0.13", "instance_id": "i-3"},
        {"name": "172.16.0.99", "address": "172.16.0.99", "instance_id": None},
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "No node is named"),
        ({"names": " , "}, "No node is named"),
        ({"names": "n9"}, "n9 is not a host of the group flannel_nodes"),
        ({"names": "all"}, "all is not a host"),
        ({"names": "n*"}, r"n\* is not a host"),
        ({"names": "n2,n3"}, r"2 nodes \(n2, n3\).*flannel_node_count=2"),
        ({"names": HOSTS, "count": 3}, "No node would be left.*teardown"),
        ({"names": "n3", "play_hosts": ["n1"]}, "--limit leaves out n3"),
        ({"address": "172.16.0.99"}, "is not in the inventory.*flannel_node_is_gone=true"),
        ({"address": "172.16.0.12", "is_gone": True}, "is the address of n2.*flannel_node=n2"),
        ({"address": "node-3", "is_gone": True}, "node-3 is not an IPv4 address"),
    ],
)
def test_what_was_not_meant_is_refused(asked: Item, words: str) -> None:
    problems = plan(**asked)["problems"]
    assert len(problems) == 1
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(problems[0])


def test_the_operator_is_told_what_is_left_to_do() -> None:
    assert plan(names="n3")["advice"] == [
        "Remove n3 from the group flannel_nodes now: the next site.yml or routes.yml adds every node in it."
    ]
    (_inventory, back, member) = plan(names="n3", is_gone=True, members=["n3"])["advice"]
    assert back.startswith("If n3 boots again")
    assert member.startswith("n3 remains a member of etcd")


def lease(number: int, public_ip: str) -> Item:
    return {"subnet": f"10.24.{number}.0/24", "public_ip": public_ip}


def entry(number: int, hop: str, name: str, owner: str | None = "k1") -> Item:
    return {"destination": f"10.24.{number}.0/24", "next_hop_id": hop, "name": f"k1/{name}" if owner else name, "owner": owner}


REMOVED = [{"name": "n3", "address": "172.16.0.13", "instance_id": None}]
THERE = [{"instance_id": "i-3", "primary_ip": "172.16.0.13"}, {"instance_id": "i-4", "primary_ip": "172.16.0.14"}]
ROUTE = {"destination": "10.24.3.0/24", "next_hop_id": "i-3"}


@pytest.mark.parametrize(
    ("leases", "entries", "instances", "expected"),
    [
        pytest.param([lease(3, "172.16.0.13")], [entry(3, "i-3", "n3")], THERE, [ROUTE], id="leased"),
        pytest.param([lease(3, "172.16.0.13")], [entry(3, "i-3", "old")], [], [ROUTE], id="leased, the instance is gone"),
        pytest.param([], [entry(3, "i-3", "old")], THERE, [ROUTE], id="no lease, to the instance"),
        pytest.param([], [entry(3, "i-3", "n3")], [], [ROUTE], id="no lease and no instance, by the name"),
        pytest.param([lease(3, "172.16.0.14")], [entry(3, "i-3", "n3")], THERE, [], id="leased to another node"),
        pytest.param([lease(3, "172.16.0.13")], [entry(3, "i-3", "n3", owner=None)], THERE, [], id="not ours"),
        pytest.param([lease(4, "172.16.0.14")], [entry(4, "i-4", "n4"), entry(5, "i-4", "n5")], THERE, [], id="other nodes' entries"),
        pytest.param(
            [lease(3, "172.16.0.13")],
            [entry(3, "i-3", "n3"), entry(3, "i-9", "n3")],
            THERE,
            [{"destination": "10.24.3.0/24"}],
            id="tables differ",
        ),
    ],
)
def test_the_entries_of_a_node_go_with_it(leases: list[Item], entries: list[Item], instances: list[Item], expected: list[Item]) -> None:
    tables = [{"entries": [one]} for one in entries]
    assert plan_node_routes(leases, REMOVED, instances, tables, "k1") == expected
