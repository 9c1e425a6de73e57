# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks refuse about networks and nodes: with a message that names it, and with nothing written."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID, VSWITCH_ID
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import (
    THREE_NODES,
    ControlPlane,
    control_plane,
    plain_etcd,
    running,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import operations

__all__ = ["control_plane", "plain_etcd", "running"]

NETWORK_PART = ("--tags", "network_config")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        pytest.param({"flannel_network": "172.16.128.0/17"}, ["172.16.128.0/17", "VPC vpc-sandbox"], id="network in the VPC"),
        pytest.param({"flannel_network": "172.16.0.0/20"}, ["172.16.0.0/20", "vSwitch vsw-sandbox-a"], id="network over a vSwitch"),
        pytest.param({"flannel_network": "100.100.0.0/16"}, ["100.100.0.0/16", "100.64.0.0/10"], id="network of the cloud's services"),
        pytest.param({"network_config_subnet_len": 12}, ["SubnetLen 12 does not fit"], id="subnets larger than the network"),
        pytest.param({"network_config_subnet_max": "10.25.1.0"}, ["SubnetMax 10.25.1.0 is outside"], id="last subnet outside"),
        pytest.param({"network_config_subnet_max": "10.24.2.0"}, ["3 nodes", "10.24.1.0 to 10.24.2.0"], id="more nodes than subnets"),
    ],
)
def test_network_is_refused(control_plane: ControlPlane, variables: dict[str, t.Any], words: list[str]) -> None:
    before = control_plane.written()
    run = control_plane.run("site.yml", variables, arguments=NETWORK_PART)
    assert run.rc != 0
    assert [word for word in [*words, "cannot be used", "othing was changed"] if word not in run.messages()] == [], run.messages()
    assert control_plane.written() == before


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        pytest.param({}, ["flannel_nodes"], id="no node"),
        pytest.param(
            {"n1": {"ansible_host": "172.16.0.11"}, "twin": {"ansible_host": "172.16.0.11"}},
            ["n1", "twin", "172.16.0.11"],
            id="one address twice",
        ),
        pytest.param(
            {"n1": {"ansible_host": "172.16.0.11", "flannel_subnet": "10.99.1.0/24"}},
            ["10.99.1.0/24", "10.24.0.0/16"],
            id="reservation outside the network",
        ),
        pytest.param(
            {
                "n1": {"ansible_host": "172.16.0.11", "flannel_subnet": "10.24.5.0/24"},
                "n2": {"ansible_host": "172.16.0.12", "flannel_subnet": "10.24.5.0/24"},
            },
            ["10.24.5.0/24", "n1, n2"],
            id="one reservation for two nodes",
        ),
    ],
)
def test_inventory_is_refused(control_plane: ControlPlane, nodes: dict[str, t.Any], words: list[str]) -> None:
    before = control_plane.written()
    run = control_plane.run("site.yml", nodes=nodes, arguments=NETWORK_PART)
    assert run.rc != 0, run.stdout
    assert [word for word in words if word not in run.messages()] == [], run.messages()
    assert control_plane.written() == before


@pytest.mark.parametrize(
    ("node", "words"),
    [
        pytest.param({"ansible_host": "172.16.0.99"}, "no instance in vpc-sandbox has the primary address 172.16.0.99", id="no instance"),
        pytest.param({"ansible_host": "172.16.0.13", "alicloud_instance_id": "i-other"}, "belongs to i-sandbox-n3", id="another instance"),
    ],
)
def test_a_node_that_is_no_instance_is_refused_before_it_gets_a_lease(
    control_plane: ControlPlane, node: dict[str, t.Any], words: str
) -> None:
    before = control_plane.written()
    run = control_plane.run("site.yml", nodes={**THREE_NODES, "n3": node}, arguments=NETWORK_PART)
    assert run.rc != 0
    assert [word for word in ("The node n3", words, "Nothing was changed") if word not in run.messages()] == [], run.messages()
    assert control_plane.written() == before


def test_an_instance_that_is_gone_keeps_no_other_node_from_converging(running: ControlPlane) -> None:
    operations.release_instance(running.region.state, "i-sandbox-n3")
    running.region.add_nodes(4)
    nodes = {**THREE_NODES, "n4": {"ansible_host": "172.16.0.14"}}
    run = running.run("site.yml", nodes=nodes, arguments=["--tags", "network_config"])
    assert run.rc == 0, run.messages()
    assert len(running.leases()) == 4


def test_an_etcd_of_ones_own_needs_no_members(control_plane: ControlPlane) -> None:
    run = control_plane.run("site.yml", members=[], arguments=NETWORK_PART)
    assert run.rc == 0, run.messages()
    assert len(control_plane.leases()) == 3


def test_nodes_without_their_instances_are_refused_and_the_rest_converges(control_plane: ControlPlane) -> None:
    for instance_id in ("i-twin-a", "i-twin-b"):
        control_plane.region.state.add_instance(VSWITCH_ID, "172.16.0.77", instance_id)
    nodes = {
        "n1": THREE_NODES["n1"],
        "n2": THREE_NODES["n2"],
        "lost": {"ansible_host": "172.16.0.99"},
        "twin": {"ansible_host": "172.16.0.77"},
        "other": {"ansible_host": "172.16.0.13", "alicloud_instance_id": "i-sandbox-n9"},
    }
    control_plane.publish()
    run = control_plane.run("routes.yml", nodes=nodes)
    assert run.rc != 0
    lost = ["lost", "no instance in vpc-sandbox has the primary address 172.16.0.99", "ecs:DescribeInstances"]
    words = [*lost, "twin", "172.16.0.77", "i-twin-a, i-twin-b", "other", "172.16.0.13 belongs to i-sandbox-n3", "i-sandbox-n9"]
    assert [word for word in words if word not in run.messages()] == [], run.messages()
    assert control_plane.region.routes() == {"10.24.1.0/24": "i-sandbox-n1", "10.24.2.0/24": "i-sandbox-n2"}
    before = control_plane.written()
    assert control_plane.run("routes.yml", nodes=nodes).rc != 0
    assert control_plane.written() == before


def test_routes_that_overlap_foreign_entries_are_refused(control_plane: ControlPlane) -> None:
    foreign = {"10.24.0.0/23": "i-sandbox-n3", "10.24.2.128/25": "i-sandbox-n3"}
    for destination, next_hop in foreign.items():
        control_plane.region.state.add_route_entry(TABLE_ID, destination, next_hop, name="somebody else")
    control_plane.publish()
    run = control_plane.run("routes.yml")
    assert run.rc != 0
    words = ["10.24.1.0/24 overlaps 10.24.0.0/23", "10.24.2.0/24 overlaps 10.24.2.128/25", "allow_overlap"]
    assert [word for word in words if word not in run.messages()] == [], run.messages()
    assert control_plane.region.routes() == foreign
    assert control_plane.region.server.writes() == 0


def test_destination_with_a_foreign_hop_is_refused_and_the_rest_converges(control_plane: ControlPlane) -> None:
    control_plane.region.state.add_route_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n3", name="somebody else")
    foreign = control_plane.region.fingerprint("10.24.2.0/24")
    control_plane.publish()
    run = control_plane.run("routes.yml")
    assert run.rc != 0
    assert "10.24.2.0/24" in run.messages()
    assert control_plane.region.routes() == {
        "10.24.1.0/24": "i-sandbox-n1",
        "10.24.2.0/24": "i-sandbox-n3",
        "10.24.3.0/24": "i-sandbox-n3",
    }
    assert control_plane.region.fingerprint("10.24.2.0/24") == foreign
    assert control_plane.region.server.writes("ModifyNetworkInterfaceAttribute") == 3


def test_half_an_inventory_with_purge_is_refused(control_plane: ControlPlane) -> None:
    control_plane.publish()
    assert control_plane.run("routes.yml").rc == 0
    before, routes = control_plane.written(), control_plane.region.routes()
    run = control_plane.run("routes.yml", {"flannel_purge": True}, nodes={"n1": THREE_NODES["n1"]})
    assert run.rc != 0
    assert "max_disruption" in run.messages(), run.messages()
    assert (control_plane.written(), control_plane.region.routes()) == (before, routes)


def test_purge_takes_the_lease_and_the_route_of_a_node_that_left(control_plane: ControlPlane) -> None:
    control_plane.publish()
    assert control_plane.run("routes.yml").rc == 0
    stay = {name: THREE_NODES[name] for name in ("n1", "n3")}
    run = control_plane.run("routes.yml", {"flannel_purge": True}, nodes=stay)
    assert run.rc == 0, run.messages()
    assert control_plane.region.routes() == {"10.24.1.0/24": "i-sandbox-n1", "10.24.3.0/24": "i-sandbox-n3"}
    assert control_plane.leases() == [f"{control_plane.prefix}/subnets/10.24.{number}.0-24" for number in (1, 3)]


def test_a_node_that_left_keeps_lease_and_route_without_purge(control_plane: ControlPlane) -> None:
    control_plane.publish()
    assert control_plane.run("routes.yml").rc == 0
    before, routes = control_plane.written(), control_plane.region.routes()
    run = control_plane.run("routes.yml", nodes={"n1": THREE_NODES["n1"]})
    assert run.rc == 0, run.messages()
    (reported,) = run.results("Report leases that belong to no node of the inventory")
    unknown = "is the address of no node in the inventory"
    assert [line.partition(": ")[2] for line in reported["msg"]] == [f"{address} {unknown}" for address in ("172.16.0.12", "172.16.0.13")]
    assert (control_plane.written(), control_plane.region.routes()) == (before, routes)
