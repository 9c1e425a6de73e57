# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts made from the disk of a node: none takes that node's subnet, nor shares it. The tests are chapters of one story."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import DAEMON, Cluster, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.pods import add_pod, remove_pod

pytestmark = needs_sandbox

# What a disk has of flannel, and subnet.env, for images of disks on which /run is kept.
PARTS = [
    *["etc/flannel", "etc/cni", "etc/sysctl.d", "etc/systemd/system", "var/lib/cni", "run/flannel"],
    *["opt/alicloud-flannel", "usr/local/bin", "usr/local/sbin"],
]
SAVE = f"cd / && tar -cz --ignore-failed-read --exclude etcd.service --exclude 'bin/etcd*' {' '.join(PARTS)} 2>/dev/null | base64"
STATE = "cat /run/flannel/subnet.env; ls /var/lib/cni/networks/flannel"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Two nodes in static mode, the first with a container."""
    for cluster in bring_up("clones", tmp_path_factory.mktemp("clones"), nodes=2, etcd=1):
        run = cluster.site()
        assert run.rc == 0, run.messages()
        add_pod(cluster.sandbox, "n1")
        yield cluster
        remove_pod(cluster.sandbox, "n1")


def clone(cluster: Cluster) -> str:
    """Add a host that boots from a copy of the first node's disk, and return its name."""
    sandbox = cluster.sandbox
    image = sandbox.host_exec("n1", ["sh", "-c", SAVE]).stdout
    (name,) = sandbox.add_nodes(1)
    unpack = ["sh", "-c", "base64 -d | tar -xz -C /"]
    assert sandbox.host_exec(name, unpack, stdin=image).returncode == 0
    sandbox.stop_host(name)
    sandbox.start_host(name)
    # Where /run is no file system of its own.
    assert sandbox.host_exec(name, unpack, stdin=image).returncode == 0
    assert "FLANNEL_SUBNET=10.24.1.1/24" in look(cluster, name)
    assert "10.24.1.2" in look(cluster, name)
    return name


def look(cluster: Cluster, node: str) -> list[str]:
    """Return the lines of subnet.env and the addresses that host-local has given out."""
    return cluster.sandbox.host_exec(node, ["sh", "-c", STATE]).stdout.split()


def holders(cluster: Cluster) -> dict[str, str]:
    """Return the address that has each subnet."""
    return {subnet: lease.public_ip for subnet, lease in cluster.leases().items()}


def judge(cluster: Cluster, name: str, number: int) -> None:
    """Run site.yml; the clone then is a node like every other one, and all reach each other."""
    before = holders(cluster)
    original = look(cluster, "n1")
    run = cluster.site()
    assert run.rc == 0, run.messages()
    assert holders(cluster) == {**before, f"10.24.{number}.0/24": f"172.16.0.1{number}"}
    assert cluster.next_hops()[f"10.24.{number}.0/24"] == f"i-sandbox-{name}"
    state = look(cluster, name)
    assert f"FLANNEL_SUBNET=10.24.{number}.1/24" in state
    assert [line for line in state if line.startswith("10.24.1.")] == []
    assert [line for line in look(cluster, "n1") if line.startswith("10.24.1.")] == [
        line for line in original if line.startswith("10.24.1.")
    ]
    verified, _report = cluster.verify()
    assert verified.rc == 0, verified.messages()


def test_a_clone_of_a_static_node(cluster: Cluster) -> None:
    before = cluster.remember()
    name = clone(cluster)
    assert cluster.remember() == before
    judge(cluster, name, 3)


def test_a_clone_of_a_static_node_gets_a_daemon(cluster: Cluster) -> None:
    name = clone(cluster)
    cluster.variables = dict(DAEMON)
    judge(cluster, name, 4)


def test_a_clone_of_a_node_with_a_daemon(cluster: Cluster) -> None:
    before = holders(cluster)
    name = clone(cluster)
    # It was told its original's address, which the host does not have.
    assert cluster.sandbox.host_exec(name, ["systemctl", "is-active", "flanneld.service"]).stdout.strip() != "active"
    assert holders(cluster) == before
    judge(cluster, name, 5)
