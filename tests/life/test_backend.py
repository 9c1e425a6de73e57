# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster whose daemons come and go, and that moves to VXLAN and back. The tests are chapters of one story."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import (
    DAEMON,
    Cluster,
    Record,
    bring_up,
    needs_sandbox,
    pings,
)
from ansible_collections.alicloud.flannel.tests.life.traffic import Losses, traffic

pytestmark = needs_sandbox

NODES = ("n1", "n2")
ROUTES = {"10.24.1.0/24": "i-sandbox-n1", "10.24.2.0/24": "i-sandbox-n2"}
# Packets of one pair, 10 a second, that may be lost while both nodes change over.
CHANGE_OVER = 20
MOVE = {"flannel_backend_change": True}

# Next hops of the routes, which nodes have the interface of VXLAN, and the interface from each to the other's containers.
State = t.Tuple[t.Dict[str, str], t.List[bool], t.List[str]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Two bare hosts, one of them etcd's only member."""
    for cluster in bring_up("backend", tmp_path_factory.mktemp("backend"), nodes=2, etcd=1):
        cluster.variables = {**DAEMON, "flannel_backend": "auto"}
        yield cluster


def on_nodes(cluster: Cluster, *command: str) -> list[str]:
    """Run a command on every node and return what each said."""
    return [cluster.sandbox.host_exec(node, command).stdout.strip() for node in NODES]


def overlays(cluster: Cluster) -> list[bool]:
    """Return which nodes have the interface of VXLAN."""
    return ["flannel.1" in links for links in on_nodes(cluster, "ls", "/sys/class/net")]


def mtus(cluster: Cluster) -> list[str]:
    """Return the MTU that containers get on each node."""
    return on_nodes(cluster, "sed", "-n", "s/^FLANNEL_MTU=//p", "/run/flannel/subnet.env")


def ways(cluster: Cluster) -> list[str]:
    """Return the interface through which each node reaches the other one's containers."""
    routes = [
        cluster.sandbox.host_exec(node, ["ip", "route", "get", address]).stdout
        for node, address in (("n1", "10.24.2.9"), ("n2", "10.24.1.9"))
    ]
    return [route.split(" dev ")[1].split()[0] for route in routes]


def reserved(cluster: Cluster) -> dict[str, str]:
    """Return the address that has each subnet."""
    return {subnet: lease.public_ip for subnet, lease in cluster.leases().items()}


def assert_works(cluster: Cluster) -> None:
    """Hold verify.yml to finding nothing."""
    run, report = cluster.verify()
    assert run.rc == 0, run.messages()
    assert pings(report) == [("n1", "n2", True), ("n2", "n1", True)]


def judge(what: str, losses: Losses, allowed: int, record: Record) -> None:
    """State the figure and hold it to what is allowed."""
    record("figure", f"{what}: {losses}")
    assert all(lost <= allowed for lost in losses.lost.values()), losses.lost


def test_auto_needs_the_daemon_beyond_the_quota(cluster: Cluster) -> None:
    run = cluster.site("--tags", "network_config", variables={"flannel_mode": "static", "network_config_route_quota": 1})
    assert run.rc == 2
    assert "Set flannel_mode to daemon" in run.messages()


def test_auto_takes_the_routes_that_fit(cluster: Cluster) -> None:
    run = cluster.site()
    assert run.rc == 0, run.messages()
    (said,) = run.results("Refuse to change the backend of a live cluster")
    assert "The backend is vpc: every node's route fits the quota. With an entry for every node: 198 route(s) left" in said["msg"]
    assert cluster.next_hops() == ROUTES
    assert mtus(cluster) == ["1500", "1500"]


def test_auto_stays_and_refuses_when_the_quota_is_too_small(cluster: Cluster) -> None:
    before = cluster.revision()
    run = cluster.site("--tags", "network_config", variables={"network_config_route_quota": 1})
    assert run.rc == 2
    assert "1 route entries more than fit in" in run.messages()
    assert "or move to VXLAN" in run.messages()
    assert cluster.revision() == before


def test_daemons_go_and_come_back(cluster: Cluster, record_property: Record) -> None:
    before = reserved(cluster)
    for mode in ("static", "daemon"):
        with traffic(cluster, NODES) as losses:
            run = cluster.site("--tags", "network_config,flanneld", variables={"flannel_mode": mode})
        assert run.rc == 0, run.messages()
        assert reserved(cluster) == before
        judge(f"to flannel_mode {mode}", losses[0], 0, record_property)


def test_site_moves_no_cluster(cluster: Cluster) -> None:
    before = cluster.remember()
    run = cluster.site("--tags", "network_config", variables={"flannel_backend": "vxlan"})
    assert run.rc == 2
    assert "runs with the backend vpc, desired is vxlan. To change it, run alicloud.flannel.change_backend" in run.messages()
    unguarded = cluster.play("playbooks/change_backend.yml", variables={"flannel_backend": "vxlan"})
    assert unguarded.rc == 2
    assert "flannel_backend_change=true" in unguarded.messages()
    assert cluster.remember() == before


def test_to_vxlan(cluster: Cluster, record_property: Record) -> None:
    before = reserved(cluster)
    cluster.variables["flannel_backend"] = "vxlan"
    with traffic(cluster, NODES) as losses:
        run = cluster.play("playbooks/change_backend.yml", variables=MOVE)
    assert run.rc == 0, run.messages()
    assert reserved(cluster) == before
    assert (cluster.next_hops(), overlays(cluster), ways(cluster)) == ({}, [True, True], ["flannel.1", "flannel.1"])
    assert mtus(cluster) == ["1450", "1450"]
    judge("vpc to vxlan", losses[0], CHANGE_OVER, record_property)
    assert_works(cluster)


def test_vxlan_is_a_state_to_stay_in(cluster: Cluster) -> None:
    again = cluster.site()
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()
    # The job that runs on a schedule goes by the cluster, whatever the inventory says.
    run = cluster.play("playbooks/routes.yml", variables={"flannel_backend": "vpc"})
    assert run.rc == 0, run.messages()
    assert cluster.next_hops() == {}


def test_back_to_the_vpc(cluster: Cluster, record_property: Record) -> None:
    before = reserved(cluster)
    cluster.variables["flannel_backend"] = "vpc"
    with traffic(cluster, NODES) as losses:
        run = cluster.play("playbooks/change_backend.yml", variables=MOVE)
    assert run.rc == 0, run.messages()
    assert reserved(cluster) == before
    assert (cluster.next_hops(), overlays(cluster), ways(cluster)) == (ROUTES, [False, False], ["eth0", "eth0"])
    assert mtus(cluster) == ["1500", "1500"]
    judge("vxlan to vpc", losses[0], CHANGE_OVER, record_property)
    again = cluster.play("playbooks/change_backend.yml", variables=MOVE)
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()
    assert_works(cluster)


@pytest.mark.parametrize(
    ("backend", "stay", "halfway", "end"),
    [
        pytest.param("vxlan", "The routes in the VPC stay", (ROUTES, [True, False], ["eth0"] * 2), ({}, [True] * 2, ["flannel.1"] * 2)),
        pytest.param("vpc", "The interfaces of VXLAN stay", (ROUTES, [True] * 2, ["flannel.1"] * 2), (ROUTES, [False] * 2, ["eth0"] * 2)),
    ],
)
def test_a_node_that_does_not_follow_is_not_cut_off(
    cluster: Cluster, backend: str, stay: str, halfway: State, end: State, record_property: Record
) -> None:
    cluster.variables["flannel_backend"] = backend
    failing = {**MOVE, "flanneld_cni_bin_dir": "{{ '/nowhere' if inventory_hostname == 'n2' else '' }}"}
    with traffic(cluster, NODES) as losses:
        run = cluster.play("playbooks/change_backend.yml", variables=failing)
    assert run.rc != 0
    assert f"These nodes did not follow: n2. {stay}" in run.messages()
    assert (cluster.next_hops(), overlays(cluster), ways(cluster)) == halfway
    judge(f"to {backend} without one node", losses[0], CHANGE_OVER, record_property)
    again = cluster.play("playbooks/change_backend.yml", variables=MOVE)
    assert again.rc == 0, again.messages()
    assert (cluster.next_hops(), overlays(cluster), ways(cluster)) == end
