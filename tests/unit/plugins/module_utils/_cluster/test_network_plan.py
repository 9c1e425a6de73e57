# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.network_plan import (
    Cloud,
    DesiredNetwork,
    NetworkPlan,
    plan_network,
)

NODES = [
    {"name": "n1", "address": "172.16.0.11", "instance_id": "i-1", "subnet": None},
    {"name": "n2", "address": "172.16.0.12", "instance_id": None, "subnet": "10.24.7.0/24"},
]
DESIRED = DesiredNetwork(
    network="10.24.0.0/16",
    limits={},
    backend="vpc",
    backend_options={},
    backend_change=False,
    daemon=True,
    nodes=NODES,
    owner="us",
    vpc_id="vpc-1",
    recover="",
    purge=False,
    keep_ttl_below=39600,
)
NETWORK = {"Network": "10.24.0.0/16", "SubnetLen": 24, "SubnetMin": "10.24.1.0", "SubnetMax": "10.24.255.0", "Backend": {"Type": "alloc"}}
VPC = {
    "vpc_id": "vpc-1",
    "cidr_block": "172.16.0.0/16",
    "secondary_cidr_blocks": [],
    "vswitches": [{"vswitch_id": "vsw-1", "cidr_block": "172.16.0.0/24", "route_table_id": "vtb-1"}],
}
CLOUD = Cloud(VPC)


def lease(number: int, address: str, **more: t.Any) -> dict[str, t.Any]:
    return {"subnet": f"10.24.{number}.0/24", "public_ip": address, "leased": False, "ttl": None, **more}


LEASES = [lease(1, "172.16.0.11"), lease(7, "172.16.0.12")]
PUBLISHED: dict[str, t.Any] = {"network": NETWORK, "leases": LEASES, "advice": []}


def plan(published: dict[str, t.Any] | None = None, cloud: Cloud = CLOUD, **changes: t.Any) -> NetworkPlan:
    return plan_network(replace(DESIRED, **changes), {**PUBLISHED, **(published or {})}, cloud)


def test_a_converged_cluster_needs_nothing() -> None:
    found = plan()
    assert (found.publish, found.reserve, found.recover, found.needs_entries) == (False, False, False, False)
    assert (found.unfit, found.refusal, found.config) == ("", "", {"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}})


def test_defaults_that_are_spelled_out_are_the_same_config() -> None:
    assert not plan(limits={"SubnetLen": 24, "SubnetMin": "10.24.1.0"}).publish
    assert plan(limits={"SubnetMax": "10.24.200.0"}).publish


def test_a_new_cluster_needs_both() -> None:
    found = plan({"network": None, "leases": []})
    assert (found.publish, found.reserve) == (True, True)
    assert found.needs_entries, "leases may have been lost"


@pytest.mark.parametrize(
    "published",
    [
        {"leases": LEASES[:1]},
        {"leases": [*LEASES, lease(9, "172.16.0.11")]},
        {"leases": [LEASES[0], lease(8, "172.16.0.12")]},
        {"leases": [lease(1, "172.16.0.11", leased=True, ttl=39599), LEASES[1]]},
        {"leases": [lease(1, "172.16.0.11", leased=True), LEASES[1]]},
        {"leases": [{**LEASES[0], "subnet": "10.24.0.0/24"}, LEASES[1]]},
        {"advice": ["/coreos.com/network/subnets-10.24.3.0-24: flannel treats these as leases"]},
    ],
    ids=["missing", "two", "other subnet", "expires soon", "unknown ttl", "unusable", "advice"],
)
def test_leases_that_are_not_as_they_should_be_are_written(published: dict[str, t.Any]) -> None:
    assert plan(published).reserve


def test_leases_of_daemons_with_time_left_and_of_others_stay() -> None:
    leases = [lease(1, "172.16.0.11", leased=True, ttl=39600), LEASES[1], lease(9, "172.16.0.99")]
    assert not plan({"leases": leases}).reserve
    assert plan({"leases": leases}, purge=True).reserve
    assert not plan(purge=True).reserve


def test_a_config_with_credentials_is_written_anew() -> None:
    assert plan({"advice": ["/coreos.com/network/config holds cloud credentials"]}).publish


def test_lost_leases_are_recovered_or_looked_for_as_the_inventory_says() -> None:
    lost = {"leases": LEASES[:1]}
    assert plan(lost).needs_entries
    assert not plan(lost, recover="fresh").needs_entries
    found = plan(lost, recover="from_routes")
    assert (found.needs_entries, found.recover) == (False, True)
    assert not plan(recover="from_routes").recover
    vxlan = {"leases": LEASES[:1], "network": {**NETWORK, "Backend": {"Type": "vxlan"}}}
    assert not plan(vxlan, backend="vxlan").needs_entries, "with VXLAN there are no entries"


TEST_UNFIT: list[tuple[dict[str, t.Any], dict[str, t.Any], list[str]]] = [
    ({}, {"cidr_block": "10.0.0.0/8"}, ["VPC vpc-1"]),
    ({}, {"secondary_cidr_blocks": ["10.24.128.0/20"]}, ["secondary CIDR of VPC vpc-1"]),
    ({}, {"vswitches": [{"vswitch_id": "vsw-1", "cidr_block": "10.24.3.0/24", "route_table_id": "vtb-1"}]}, ["vSwitch vsw-1"]),
    ({"network": "100.64.0.0/16"}, {}, ["100.64.0.0/10"]),
    ({"network": "10.24.0.0/30"}, {}, ["/30"]),
    ({"nodes": [{**NODES[0], "subnet": "10.99.1.0/24"}]}, {}, ["n1 cannot have the subnet 10.99.1.0/24: it is outside"]),
    ({"nodes": [{**NODES[0], "subnet": "10.24.1.0/25"}]}, {}, ["n1 cannot have the subnet 10.24.1.0/25: its length"]),
    ({"nodes": [{**NODES[0], "subnet": "10.24.1.7/24"}]}, {}, ["n1 cannot have the subnet 10.24.1.7/24: it is not"]),
    ({"nodes": [{**node, "subnet": "10.24.7.0/24"} for node in NODES]}, {}, ["(n1, n2) have the flannel_subnet 10.24.7.0/24"]),
    ({"backend": "vxlan", "daemon": False}, {}, ["Set flannel_mode to daemon"]),
]


@pytest.mark.parametrize(("changes", "vpc", "expected"), TEST_UNFIT)
def test_what_does_not_fit_is_named(changes: dict[str, t.Any], vpc: dict[str, t.Any], expected: list[str]) -> None:
    found = plan({"network": None, "leases": []}, Cloud({**VPC, **vpc}), **changes).unfit
    assert found.startswith(f"The network {changes.get('network', '10.24.0.0/16')} cannot be used; nothing was changed. ")
    assert all(part in found for part in expected)
    assert found.count("Correct flannel_subnet") <= 1


def test_nodes_that_are_no_instances_are_named() -> None:
    found = plan(cloud=Cloud(VPC, (), [])).unfit.splitlines()
    assert [line.partition(" can't get a route")[0] for line in found] == ["The node n1", "The node n2", "Nothing was changed."]
    assert plan({"network": {**NETWORK, "Backend": {"Type": "vxlan"}}}, Cloud(VPC, (), []), backend="vxlan").unfit == ""


TEST_REFUSAL: list[tuple[dict[str, t.Any], dict[str, t.Any], str]] = [
    ({}, {"network": "10.25.0.0/16"}, "Network is 10.24.0.0/16, desired is 10.25.0.0/16"),
    ({}, {"limits": {"SubnetLen": 25}}, "SubnetLen is 24, desired is 25"),
    ({}, {"limits": {"SubnetMin": "10.24.2.0"}}, "The lease 10.24.1.0/24 of 172.16.0.11 would be lost"),
    ({}, {"backend": "vxlan"}, "desired is vxlan"),
    ({"leases": []}, {"network": "10.25.0.0/16"}, ""),
]


@pytest.mark.parametrize(("published", "changes", "expected"), TEST_REFUSAL)
def test_a_live_network_is_not_changed(published: dict[str, t.Any], changes: dict[str, t.Any], expected: str) -> None:
    found = plan(published, **changes).refusal
    assert expected in found
    assert ("Nothing was changed." in found) == bool(expected)
