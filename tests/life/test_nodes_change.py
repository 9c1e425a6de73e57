# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leases and routes when nodes come, change and go, by the playbooks that never contact a node."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import (
    THREE_NODES,
    ControlPlane,
    Variables,
    control_plane,
    plain_etcd,
    running,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import operations

__all__ = ["control_plane", "plain_etcd", "running"]

Nodes = t.Dict[str, t.Dict[str, t.Any]]
N1, N2, N3, N4 = (f"10.24.{number}.0/24" for number in range(1, 5))
FORMER, NOW = "172.16.0.13", "172.16.0.33"
TWO_NODES: Nodes = {name: THREE_NODES[name] for name in ("n1", "n2")}
MOVED: Nodes = {**TWO_NODES, "n3": {"ansible_host": NOW}}
PURGE = {"flannel_purge": True}
FORCED = {**PURGE, "flannel_purge_force": True}
GONE = {"flannel_node_address": FORMER, "flannel_node_is_gone": True}
HOPS = {N1: "i-sandbox-n1", N2: "i-sandbox-n2", N3: "i-sandbox-n3"}


def subnets(running: ControlPlane) -> list[str]:
    """Return the subnets that are held."""
    return [key.rpartition("/")[2].replace("-", "/") for key in running.leases()]


def give_to_daemon(running: ControlPlane, seconds: int) -> None:
    """Put the third node's lease as a daemon does."""
    lease = running.etcd.etcdctl("lease", "grant", str(seconds)).split()[1]
    running.etcd.etcdctl("put", "--lease", lease, f"{running.prefix}/subnets/10.24.3.0-24", f'{{"PublicIP":"{FORMER}"}}')


def converge(running: ControlPlane, variables: Variables, nodes: Nodes) -> None:
    """Run routes.yml, which must succeed."""
    run = running.run("routes.yml", variables, nodes=nodes)
    assert run.rc == 0, run.messages()


def test_a_reservation_of_a_former_node_goes_with_its_route_only_by_a_purge(running: ControlPlane) -> None:
    converge(running, {}, TWO_NODES)
    assert (subnets(running), running.region.routes()) == ([N1, N2, N3], HOPS)
    converge(running, PURGE, TWO_NODES)
    assert (subnets(running), running.region.routes()) == ([N1, N2], {N1: "i-sandbox-n1", N2: "i-sandbox-n2"})


def test_a_daemons_lease_and_its_route_stay_until_it_runs_out_or_the_purge_is_forced(running: ControlPlane) -> None:
    give_to_daemon(running, 86400)
    converge(running, PURGE, TWO_NODES)
    assert (subnets(running), running.region.routes()) == ([N1, N2, N3], HOPS)
    converge(running, FORCED, TWO_NODES)
    assert (subnets(running), running.region.routes()) == ([N1, N2], {N1: "i-sandbox-n1", N2: "i-sandbox-n2"})


def test_a_purge_takes_no_more_than_its_guards_allow(running: ControlPlane) -> None:
    one = {"n1": THREE_NODES["n1"]}
    before = running.written()
    refused = running.run("routes.yml", PURGE, nodes=one)
    assert refused.rc != 0
    assert "max_disruption" in refused.messages()
    assert running.written() == before
    converge(running, {**PURGE, "network_config_max_disruption": "2", "vpc_routes_max_disruption": "2"}, one)
    assert (subnets(running), running.region.routes()) == ([N1], {N1: "i-sandbox-n1"})


@pytest.mark.parametrize(("seconds", "changed"), [(39000, 1), (40000, 0)])
def test_a_lease_is_kept_before_it_runs_out(running: ControlPlane, seconds: int, changed: int) -> None:
    give_to_daemon(running, seconds)
    run = running.run("routes.yml")
    assert (run.rc, run.changed) == (0, changed), run.messages()


def test_an_instance_under_the_same_address_gets_the_route_in_place(running: ControlPlane) -> None:
    operations.replace_instance(running.region.state, "i-sandbox-n3", "i-new")
    stale = {**TWO_NODES, "n3": {"ansible_host": FORMER, "alicloud_instance_id": "i-sandbox-n3"}}
    before = running.written()
    refused = running.run("routes.yml", nodes=stale)
    assert refused.rc != 0
    assert "belongs to i-new, but the inventory says alicloud_instance_id i-sandbox-n3" in refused.messages()
    assert running.written() == before
    converge(running, {}, {**stale, "n3": {"ansible_host": FORMER, "alicloud_instance_id": "i-new"}})
    assert running.region.routes() == {**HOPS, N3: "i-new"}
    actions = running.region.actions()
    assert (actions["ModifyRouteEntry"], [name for name in actions if name.startswith("Delete")]) == (1, [])


def test_another_address_gets_another_subnet_and_the_former_one_is_purged(running: ControlPlane) -> None:
    operations.readdress_instance(running.region.state, "i-sandbox-n3", NOW)
    converge(running, {}, MOVED)
    assert (subnets(running), running.region.routes()) == ([N1, N2, N3, N4], {**HOPS, N4: "i-sandbox-n3"})
    converge(running, PURGE, MOVED)
    assert (subnets(running), running.region.routes()) == ([N1, N2, N4], {N1: "i-sandbox-n1", N2: "i-sandbox-n2", N4: "i-sandbox-n3"})


def test_another_address_keeps_the_subnet_when_that_is_said(running: ControlPlane) -> None:
    give_to_daemon(running, 86400)
    operations.readdress_instance(running.region.state, "i-sandbox-n3", NOW)
    before, _revision = running.written()
    converge(running, FORCED, {**MOVED, "n3": {"ansible_host": NOW, "flannel_subnet": N3}})
    assert (subnets(running), running.region.routes()) == ([N1, N2, N3], HOPS)
    assert running.etcd.etcdctl("get", "--print-value-only", f"{running.prefix}/subnets/10.24.3.0-24").strip() == f'{{"PublicIP":"{NOW}"}}'
    assert running.written()[0] == before


def test_a_node_that_has_left_the_inventory_is_removed_by_its_address(running: ControlPlane) -> None:
    give_to_daemon(running, 86400)
    before = running.written()
    refused = running.run("remove_node.yml", {**GONE, "flannel_node_is_gone": False}, nodes=TWO_NODES)
    assert "say flannel_node_is_gone=true. Nothing was changed" in refused.messages()
    planned = running.run("remove_node.yml", GONE, nodes=TWO_NODES, arguments=["--check"])
    assert (planned.rc, planned.changed) == (0, 2), planned.messages()
    assert running.written() == before
    for changed in (2, 0):
        run = running.run("remove_node.yml", GONE, nodes=TWO_NODES)
        assert (run.rc, run.changed) == (0, changed), run.messages()
        assert (subnets(running), running.region.routes()) == ([N1, N2], {N1: "i-sandbox-n1", N2: "i-sandbox-n2"})


def test_twenty_nodes_at_once_are_reserved_in_one_write(running: ControlPlane) -> None:
    running.region.add_nodes(20)
    nodes: Nodes = {**THREE_NODES, **{f"n{number}": {"ansible_host": f"172.16.0.{10 + number}"} for number in range(4, 24)}}
    (_writes, revision) = running.written()
    converge(running, {}, nodes)
    assert running.written()[1] == revision + 1
    assert running.region.routes() == {f"10.24.{number}.0/24": f"i-sandbox-n{number}" for number in range(1, 24)}
