# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster with a daemon on every node. Its controllers share nothing, and reach nothing but SSH and the cloud's API."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import (
    DAEMON,
    Cluster,
    bring_up,
    copy_project,
    needs_sandbox,
    pings,
)

pytestmark = needs_sandbox


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Two bare hosts, one of them etcd's only member."""
    for cluster in bring_up("daemon", tmp_path_factory.mktemp("daemon"), nodes=2, etcd=1, operator="ssh-only"):
        cluster.variables = dict(DAEMON)
        yield cluster


def test_daemons_take_the_reserved_subnets(cluster: Cluster, tmp_path: Path) -> None:
    run = cluster.site(project=copy_project(tmp_path / "first"))
    assert run.rc == 0, run.messages()
    assert {subnet: lease.public_ip for subnet, lease in cluster.leases().items()} == {
        "10.24.1.0/24": "172.16.0.11",
        "10.24.2.0/24": "172.16.0.12",
    }
    assert cluster.next_hops() == {"10.24.1.0/24": "i-sandbox-n1", "10.24.2.0/24": "i-sandbox-n2"}
    assert cluster.sandbox.host_exec("n2", ["systemctl", "is-active", "flanneld.service"]).stdout == "active\n"


def test_another_controller_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """What the first one had is gone, its home folder included."""
    before = cluster.revision()
    cluster.sandbox.reset_calls()
    run = cluster.site(project=copy_project(tmp_path / "second"))
    assert run.rc == 0, run.messages()
    assert run.stats["changed"] == {}
    assert (cluster.sandbox.calls()["writes"], cluster.revision()) == (0, before)


def test_containers_reach_each_other(cluster: Cluster) -> None:
    run, report = cluster.verify()
    assert run.rc == 0, run.messages()
    assert pings(report) == [("n1", "n2", True), ("n2", "n1", True)]


def test_no_cloud_key_is_on_a_node(cluster: Cluster) -> None:
    secret = cluster.sandbox.read_environment()["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    found = cluster.sandbox.host_exec("n2", ["grep", "-raFl", secret, "/etc", "/var", "/root", "/run", "/tmp", "/opt"])
    assert found.stdout == ""
