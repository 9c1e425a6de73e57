# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster with a daemon on every node, and its way to static mode and back. The tests are chapters of one story."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.site_fixtures import DAEMON, Cluster, bring_up, needs_sandbox, pings

pytestmark = needs_sandbox

UNITS = ["flanneld.service", "flannel-subnet.service"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Two bare hosts, one of them etcd's only member."""
    for cluster in bring_up("daemon", tmp_path_factory.mktemp("daemon"), nodes=2, etcd=1):
        cluster.variables = dict(DAEMON)
        yield cluster


def units(cluster: Cluster) -> list[str]:
    """Return the state of flannel's units on the second node."""
    return cluster.sandbox.host_exec("n2", ["systemctl", "is-active", *UNITS]).stdout.split()


def subnets(cluster: Cluster) -> dict[str, str]:
    """Return the address that has each subnet."""
    return {subnet: lease.public_ip for subnet, lease in cluster.leases().items()}


def test_daemons_take_the_reserved_subnets(cluster: Cluster) -> None:
    run = cluster.site()
    assert run.rc == 0, run.messages()
    assert subnets(cluster) == {"10.24.1.0/24": "172.16.0.11", "10.24.2.0/24": "172.16.0.12"}
    assert units(cluster) == ["active", "inactive"]
    again = cluster.site()
    assert again.rc == 0, again.messages()
    assert again.stats["changed"] == {}


def test_containers_reach_each_other(cluster: Cluster) -> None:
    run, report = cluster.verify()
    assert run.rc == 0, run.messages()
    assert pings(report) == [("n1", "n2", True), ("n2", "n1", True)]


def test_no_cloud_key_is_on_a_node(cluster: Cluster) -> None:
    secret = cluster.sandbox.read_environment()["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    found = cluster.sandbox.host_exec("n2", ["grep", "-raFl", secret, "/etc", "/var", "/root", "/run", "/tmp", "/opt"])
    assert found.stdout == ""


def test_subnets_stay_when_the_mode_changes(cluster: Cluster) -> None:
    before, entries = subnets(cluster), cluster.entries()
    for mode, expected in (("static", ["inactive", "active"]), ("daemon", ["active", "inactive"])):
        run = cluster.site("--tags", "network_config,flanneld", variables={"flannel_mode": mode})
        assert run.rc == 0, run.messages()
        assert units(cluster) == expected
        assert subnets(cluster) == before
    last, report = cluster.verify()
    assert last.rc == 0, last.messages()
    assert pings(report) == [("n1", "n2", True), ("n2", "n1", True)]
    assert cluster.entries() == entries
