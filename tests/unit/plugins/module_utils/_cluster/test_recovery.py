# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.join import plan_routes
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.recovery import plan_recovery
from hypothesis import given
from hypothesis import strategies as st

VPC = "vpc-1"
CONFIG = {"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}}
Item = t.Dict[str, t.Any]


def node(number: int, **more: t.Any) -> Item:
    return {"name": f"n{number}", "address": f"172.16.0.{number}", "instance_id": None, "subnet": None, **more}


def subnet(number: int) -> str:
    return f"10.24.{number}.0/24"


def instance(number: int, **more: t.Any) -> Item:
    address = f"172.16.0.{number}"
    return {"instance_id": f"i-{number}", "primary_ip": address, "private_ips": [address], "vpc_id": VPC, **more}


def entry(destination: int | str, hop: int, name: str | None = None, **more: t.Any) -> Item:
    name = f"k1/n{hop}" if name is None else name
    return {
        "route_entry_id": "rte-1",
        "description": "",
        "destination": subnet(destination) if isinstance(destination, int) else destination,
        "next_hops": [{"next_hop_type": "Instance", "next_hop_id": f"i-{hop}"}],
        "type": "Custom",
        "status": "Available",
        "name": name,
        "owner": name.partition("/")[0] if "/" in name else None,
        **more,
    }


def table(*entries: Item, number: int = 1) -> Item:
    return {"route_table_id": f"vtb-{number}", "entries": list(entries)}


def recover(tables: list[Item], nodes: list[Item], instances: list[Item] | None = None, **options: t.Any) -> dict[str, t.Any]:
    instances = [instance(number) for number in range(1, 10)] if instances is None else instances
    return plan_recovery(tables, nodes, instances, VPC, "k1", CONFIG, **options)


def leases(*pairs: tuple[int, int]) -> list[Item]:
    return [{"public_ip": f"172.16.0.{number}", "subnet": subnet(third)} for third, number in pairs]


TWO = [node(1), node(2)]
BOTH = [entry(5, 1), entry(3, 2)]
TWO_HOPS = [{"next_hop_type": "Instance", "next_hop_id": f"i-{number}"} for number in (1, 2)]
OVER_A_GATEWAY = [{"next_hop_type": "NatGateway", "next_hop_id": "ngw-1"}]

TAKEN: list[tuple[str, list[Item], list[Item], list[Item], list[str]]] = [
    ("each node's own", [table(*BOTH)], TWO, leases((3, 2), (5, 1)), []),
    ("tables that agree", [table(*BOTH), table(*BOTH, number=2)], TWO, leases((3, 2), (5, 1)), []),
    ("tables that hold a part each", [table(BOTH[0]), table(BOTH[1], number=2)], TWO, leases((3, 2), (5, 1)), []),
    ("a node without entry", [table(BOTH[0])], TWO, leases((5, 1)), ["n2 has no route entry"]),
    ("a renamed node", [table(entry(5, 1, "k1/old-name"))], [node(1)], leases((5, 1)), []),
    ("an instance that is no node", [table(*BOTH, entry(9, 7))], TWO, leases((3, 2), (5, 1), (9, 7)), ["reserved for 172.16.0.7"]),
    ("another owner's", [table(*BOTH, entry(9, 1, "k2/n1"))], TWO, leases((3, 2), (5, 1)), ["10.24.9.0/24", "isn't k1's"]),
    ("an unmarked one beside", [table(*BOTH, entry(9, 1, ""))], TWO, leases((3, 2), (5, 1)), ["10.24.9.0/24", "lacks the owner's mark"]),
    ("several hops", [table(*BOTH, entry(9, 1, next_hops=TWO_HOPS))], TWO, leases((3, 2), (5, 1)), ["no single instance"]),
    ("no instance", [table(*BOTH, entry(9, 1, next_hops=OVER_A_GATEWAY))], TWO, leases((3, 2), (5, 1)), ["no single instance"]),
    ("a larger one of others", [table(*BOTH, entry("10.0.0.0/8", 1, ""))], TWO, leases((3, 2), (5, 1)), ["10.0.0.0/8"]),
    ("what is being deleted", [table(*BOTH, entry(9, 1, status="Deleting"))], TWO, leases((3, 2), (5, 1)), []),
    ("a system entry", [table(*BOTH, entry(9, 1, type="System"))], TWO, leases((3, 2), (5, 1)), []),
    ("outside the network", [table(*BOTH, entry("10.99.1.0/24", 1))], TWO, leases((3, 2), (5, 1)), []),
    ("IPv6 and prefix lists", [table(*BOTH, entry("fd00::/64", 1), entry("pl-1", 1))], TWO, leases((3, 2), (5, 1)), []),
    ("two, and the inventory settles it", [table(entry(5, 1), entry(6, 1))], [node(1, subnet=subnet(6))], leases((6, 1)), []),
    ("unmarked, and the inventory settles it", [table(*BOTH, entry(9, 4, ""))], [*TWO, node(4, subnet=subnet(9))],
     leases((3, 2), (5, 1), (9, 4)), []),
    ("a replaced instance, and the inventory settles it", [table(entry(5, 99, "k1/n1"))], [node(1, subnet=subnet(5))], leases((5, 1)), []),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "nodes", "expected", "words"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_what_is_recovered(tables: list[Item], nodes: list[Item], expected: list[Item], words: list[str]) -> None:
    result = recover(tables, nodes)
    assert (result["problems"], result["leases"]) == ([], expected)
    assert [word for word in words if word not in " ".join(result["reported"])] == []
    assert bool(result["reported"]) == bool(words)


I1 = instance(1)
REFUSED: list[tuple[str, list[Item], list[Item], list[Item] | None, list[str]]] = [
    ("two for one node", [entry(5, 1), entry(6, 1)], [node(1)], None, ["10.24.5.0/24, 10.24.6.0/24 could each be", "flannel_subnet of n1"]),
    ("two for one stranger", [entry(5, 7), entry(6, 7), entry(3, 2)], TWO, None, ["could each be the subnet of 172.16.0.7"]),
    ("the instance of another", [entry(5, 2, "k1/n1")], TWO, None, ["has the name of n1", "the instance of n2"]),
    ("nobody's instance", [entry(5, 7, "k1/n1")], TWO, None, ["has the name of n1", "not its instance"]),
    ("an instance that is gone", [entry(5, 99, "k1/gone")], TWO, None, ["to i-99", "no instance that is visible in vpc-1", "Delete"]),
    ("no right to see instances", [entry(5, 1)], [node(1)], [], ["has the name of n1", "not its instance"]),
    ("the inventory says otherwise", [entry(5, 1)], [node(1, instance_id="i-9")], None, ["points to n1", "alicloud_instance_id i-9"]),
    ("one address twice", [entry(5, 1)], [node(1)], [I1, instance(1, instance_id="i-1b")], ["several instances"]),
    ("another length", [entry("10.24.5.0/25", 1)], [node(1)], None, ["10.24.5.0/25", "SubnetLen is 24"]),
    ("below the first", [entry(0, 1)], [node(1)], None, ["10.24.0.0/24", "the range that flannel assigns from"]),
    ("not one of the choices", [entry(5, 1)], [node(1, subnet=subnet(8))], None, ["10.24.5.0/24 could", "flannel_subnet 10.24.8.0/24"]),
    ("claimed from another", [entry(5, 1)], [node(1), node(2, subnet=subnet(5))], None, ["points to n1", "gives it to n2"]),
    ("all that leads there is unmarked", [entry(5, 1, ""), entry(3, 2)], TWO, None, ["lacks the owner's mark", "flannel_subnet of n1"]),
    ("no entry at all", [], TWO, None, ["hold no entry of k1 in 10.24.0.0/16", "flannel_owner"]),
    ("only another owner's", [entry(5, 1, "k2/n1")], [node(1)], None, ["hold no entry of k1"]),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "nodes", "instances", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_in_doubt(entries: list[Item], nodes: list[Item], instances: list[Item] | None, words: list[str]) -> None:
    problems = recover([table(*entries)], nodes, instances)["problems"]
    assert len(problems) == 1
    assert [word for word in words if word not in problems[0]] == []


def test_entries_are_of_a_cluster_with_routes() -> None:
    vxlan = {**CONFIG, "Backend": {"Type": "vxlan"}}
    (problem,) = plan_recovery([table(*BOTH)], TWO, [instance(1), instance(2)], VPC, "k1", vxlan)["problems"]
    assert "but flannel_backend means vxlan. Set flannel_backend to vpc to recover." in problem
    assert "run alicloud.flannel.change_backend" in problem


def test_tables_that_disagree() -> None:
    tables = [table(entry(5, 1)), table(entry(5, 2), entry(6, 2), number=2)]
    (problem,) = recover(tables, TWO)["problems"]
    assert "disagree" in problem and "vtb-1" in problem and "vtb-2" in problem


@pytest.mark.parametrize(
    ("held", "refused"),
    [
        pytest.param((5, 1), False, id="the same lease"),
        pytest.param((8, 9), False, id="somebody else's other subnet"),
        pytest.param((8, 1), True, id="the node holds another subnet"),
        pytest.param((5, 9), True, id="another holds the node's subnet"),
    ],
)
def test_leases_that_etcd_holds(held: tuple[int, int], refused: bool) -> None:
    problems = recover([table(*BOTH)], TWO, leases=leases(held))["problems"]
    assert ["but the route entries say otherwise" in problem for problem in problems] == [True] * refused


NUMBERS = st.lists(st.integers(1, 250), unique=True, min_size=1, max_size=30)


@given(NUMBERS, st.randoms(), st.integers(1, 3))
def test_leases_become_routes_and_routes_become_leases(numbers: list[int], random: t.Any, count: int) -> None:
    third = list(range(1, 251))
    random.shuffle(third)
    nodes, instances = [node(number) for number in numbers], [instance(number) for number in numbers]
    before = sorted(leases(*zip(third, numbers)), key=lambda lease: int(lease["subnet"].split(".")[2]))
    desired = plan_routes(before, nodes, instances, VPC)["routes"]
    entries = [entry(route["destination"], int(route["next_hop_id"][2:]), f"k1/{route['name']}") for route in desired]
    tables = [table(*entries, number=number) for number in range(count)]
    result = recover(tables, nodes, instances)
    assert result == {"leases": before, "problems": [], "reported": []}
    assert plan_routes(result["leases"], nodes, instances, VPC)["routes"] == desired


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(1, 5), st.sampled_from(["k1/n1", "k1/n2", "k1/n3", "k1/x", "k2/n1", ""])), max_size=6
    ),
    st.lists(st.integers(1, 4), unique=True, max_size=4),
)
def test_nobody_gets_two_subnets_or_anothers(entries: list[tuple[int, int, str]], numbers: list[int]) -> None:
    tables = [table(*(entry(third, hop, name) for third, hop, name in entries))]
    result = recover(tables, [node(number) for number in numbers], [instance(number) for number in range(1, 5)])
    assert len({lease["public_ip"] for lease in result["leases"]}) == len({lease["subnet"] for lease in result["leases"]})
    hops = {(subnet(third), f"172.16.0.{hop}") for third, hop, name in entries if name.startswith("k1/")}
    assert {(lease["subnet"], lease["public_ip"]) for lease in result["leases"]} <= hops
