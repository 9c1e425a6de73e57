# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.join import plan_routes, unknown_nodes
from hypothesis import given
from hypothesis import strategies as st

VPC = "vpc-1"
Item = t.Dict[str, t.Any]


def lease(number: int, public_ip: str) -> Item:
    return {"subnet": f"10.24.{number}.0/24", "public_ip": public_ip, "leased": False, "ttl": None}


def node(name: str, address: str, instance_id: str | None = None) -> Item:
    return {"name": name, "address": address, "instance_id": instance_id}


def instance(instance_id: str, primary_ip: str | None, *more: str, vpc_id: str = VPC) -> Item:
    return {
        "instance_id": instance_id,
        "primary_ip": primary_ip,
        "private_ips": [*([primary_ip] if primary_ip else []), *more],
        "vpc_id": vpc_id,
    }


def route(number: int, instance_id: str, name: str) -> Item:
    return {"destination": f"10.24.{number}.0/24", "next_hop_id": instance_id, "name": name}


N1 = node("n1", "172.16.0.11", "i-1")
I1 = instance("i-1", "172.16.0.11")


def test_a_lease_of_a_node_makes_a_route_to_its_instance() -> None:
    nodes = [node("n10", "172.16.0.20"), N1]
    leases = [lease(10, "172.16.0.20"), lease(2, "172.16.0.11")]
    assert plan_routes(leases, nodes, [instance("i-10", "172.16.0.20"), I1], VPC) == {
        "routes": [route(2, "i-1", "n1"), route(10, "i-10", "n10")],
        "refused": [],
        "checked": [],
        "ignored": [],
        "keep_destinations": [],
        "keep_next_hops": [],
    }


REFUSED: list[tuple[str, list[Item], Item, list[str]]] = [
    ("no instance", [], node("n1", "172.16.0.11"), ["no instance in vpc-1", "ecs:DescribeInstances"]),
    ("in another VPC", [instance("i-1", "172.16.0.11", vpc_id="vpc-2")], N1, ["no instance in vpc-1"]),
    ("two instances", [I1, instance("i-2", "172.16.0.11")], N1, ["several instances", "i-1, i-2"]),
    ("wrong instance", [instance("i-9", "172.16.0.11")], N1, ["belongs to i-9", "i-1"]),
    ("secondary address", [instance("i-1", "172.16.0.50", "172.16.0.11")], N1, ["not the primary address", "i-1"]),
    ("no primary interface", [instance("i-1", None)], N1, ["no instance in vpc-1"]),
]


@pytest.mark.parametrize(("instances", "refused", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_node_that_does_not_match_is_refused_and_the_rest_gets_routes(instances: list[Item], refused: Item, words: list[str]) -> None:
    other, theirs = node("n2", "172.16.0.12"), instance("i-other", "172.16.0.12")
    result = plan_routes([lease(1, "172.16.0.11"), lease(2, "172.16.0.12")], [refused, other], [*instances, theirs], VPC)
    assert result["routes"] == [route(2, "i-other", "n2")]
    assert [(one["node"], one["address"]) for one in result["refused"]] == [("n1", "172.16.0.11")]
    assert all(word in result["refused"][0]["reason"] for word in words)
    assert result["keep_destinations"] == ["10.24.1.0/24"]


def test_a_node_without_lease_is_refused() -> None:
    result = plan_routes([], [N1], [I1], VPC)
    assert "no lease for 172.16.0.11" in result["refused"][0]["reason"]
    assert result["keep_next_hops"] == ["i-1"]


def test_a_lease_of_nobody_is_ignored_and_kept_even_when_an_instance_has_its_address() -> None:
    result = plan_routes([lease(1, "172.16.0.11"), lease(7, "172.16.0.77")], [N1], [I1, instance("i-7", "172.16.0.77")], VPC)
    assert result["routes"] == [route(1, "i-1", "n1")]
    assert result["ignored"] == [
        {"subnet": "10.24.7.0/24", "public_ip": "172.16.0.77", "reason": "172.16.0.77 is the address of no node in the inventory"}
    ]
    assert (result["keep_destinations"], result["keep_next_hops"]) == (["10.24.7.0/24"], [])


def test_what_is_left_of_a_former_address_is_kept_only_while_it_is_leased() -> None:
    former, now = lease(1, "172.16.0.99"), lease(2, "172.16.0.11")
    before, after = (plan_routes(leases, [N1], [I1], VPC) for leases in ([former, now], [now]))
    assert (before["routes"], before["keep_destinations"]) == (after["routes"], ["10.24.1.0/24"])
    assert (after["keep_destinations"], after["keep_next_hops"]) == ([], [])


def test_a_node_that_only_a_record_names_that_cannot_be_right_is_refused_with_its_key() -> None:
    record = {"key": "/x/subnets/10.24.1.0-25", "subnet": "10.24.1.0/25", "public_ip": "172.16.0.11", "problem": "its length is /25"}
    result = plan_routes([], [N1], [I1], VPC, [record])
    assert result["refused"][0]["reason"].endswith("only /x/subnets/10.24.1.0-25 (its length is /25)")
    assert (result["keep_destinations"], result["keep_next_hops"]) == (["10.24.1.0/25"], ["i-1"])


def test_a_record_around_or_in_a_route_keeps_nothing_from_a_purge() -> None:
    records = [{"key": "/x", "subnet": subnet, "public_ip": None, "problem": ""} for subnet in ("10.24.0.0/16", "10.24.1.128/25", None)]
    assert plan_routes([lease(1, "172.16.0.11")], [N1], [I1], VPC, records)["keep_destinations"] == []


def test_a_node_with_two_leases_gets_both() -> None:
    assert plan_routes([lease(2, "172.16.0.11"), lease(1, "172.16.0.11")], [N1], [I1], VPC)["routes"] == [
        route(1, "i-1", "n1"),
        route(2, "i-1", "n1"),
    ]


ADDRESSES = st.sampled_from([f"172.16.0.{number}" for number in range(6)])
LEASES = st.lists(ADDRESSES, max_size=8).map(lambda found: [lease(number, address) for number, address in enumerate(found)])
NODES = st.lists(ADDRESSES, unique=True, max_size=6).flatmap(
    lambda found: st.tuples(*(st.sampled_from([node(f"n-{a}", a), node(f"n-{a}", a, "i-0")]) for a in found)).map(list)
)
INSTANCES = st.lists(ADDRESSES, max_size=6).map(lambda found: [instance(f"i-{number}", address) for number, address in enumerate(found)])


@given(LEASES, NODES, INSTANCES)
def test_every_lease_is_either_routed_or_kept_and_every_node_routed_or_refused(
    leases: list[Item], nodes: list[Item], instances: list[Item]
) -> None:
    result = plan_routes(leases, nodes, instances, VPC)
    routed = [entry["destination"] for entry in result["routes"]]
    assert sorted(routed + result["keep_destinations"]) == sorted(one["subnet"] for one in leases)
    with_route = {entry["name"] for entry in result["routes"]}
    assert with_route | {one["node"] for one in result["refused"]} == {one["name"] for one in nodes}
    assert not with_route & {one["node"] for one in result["refused"]}


@given(LEASES, NODES, INSTANCES)
def test_a_route_leads_to_the_only_instance_with_the_address_of_its_lease(
    leases: list[Item], nodes: list[Item], instances: list[Item]
) -> None:
    result = plan_routes(leases, nodes, instances, VPC)
    address_of = {one["subnet"]: one["public_ip"] for one in leases}
    for entry in result["routes"]:
        holders = [one["instance_id"] for one in instances if one["primary_ip"] == address_of[entry["destination"]]]
        assert holders == [entry["next_hop_id"]]
        owner = next(one for one in nodes if one["name"] == entry["name"])
        assert owner["address"] == address_of[entry["destination"]]
        assert owner["instance_id"] in (None, entry["next_hop_id"])


@given(LEASES, NODES, INSTANCES)
def test_a_purge_leaves_the_instances_of_nodes_without_a_route_alone(leases: list[Item], nodes: list[Item], instances: list[Item]) -> None:
    result = plan_routes(leases, nodes, instances, VPC)
    refused = {one["address"] for one in result["refused"]}
    named = {one["instance_id"] for one in nodes if one["instance_id"] and one["address"] in refused}
    assert set(result["keep_next_hops"]) == named | {one["instance_id"] for one in instances if one["primary_ip"] in refused}


@pytest.mark.parametrize(("instances", "one", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_new_node_that_is_no_instance_is_told_before_it_gets_a_lease(instances: list[Item], one: Item, words: list[str]) -> None:
    others = [{"name": "other/n1", "owner": "other"}, {"name": "example/n10", "owner": "example"}]
    (problem,) = unknown_nodes([one], instances, [{"entries": others}], VPC, "example")
    assert [word for word in ["The node n1", *words] if word not in problem] == [], problem


def test_a_node_that_had_its_route_keeps_nobody_from_converging() -> None:
    tables: list[Item] = [{"entries": []}, {"entries": [{"name": "example/n1", "owner": "example"}]}]
    assert unknown_nodes([N1], [], tables, VPC, "example") == []
    assert unknown_nodes([N1], [I1], [], VPC, "example") == []


def test_only_instances_of_routes_have_their_check_turned_off() -> None:
    checked = {**I1, "source_dest_check": True}
    assert plan_routes([lease(2, "172.16.0.11")], [N1], [checked, {**instance("i-9", "172.16.0.99"), "source_dest_check": True}], VPC)[
        "checked"
    ] == ["i-1"]
    assert plan_routes([], [N1], [checked], VPC)["checked"] == []
    assert plan_routes([lease(2, "172.16.0.11")], [N1], [{**I1, "source_dest_check": None}], VPC)["checked"] == []
