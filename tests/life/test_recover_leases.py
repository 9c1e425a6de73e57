# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""etcd loses all its data and there is no backup; containers go on as if nothing had happened. The tests are chapters of one story."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import DAEMON, Cluster, Record, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.life.traffic import traffic

pytestmark = needs_sandbox

NODES = ("n1", "n2", "n3")
# Not the subnets that an allocation gives out once the first one is the usual one again.
FIRST_SUBNET = "10.24.40.0"
SUBNETS = {"10.24.40.0/24": "172.16.0.11", "10.24.41.0/24": "172.16.0.12", "10.24.42.0/24": "172.16.0.13"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three hosts, each a member of etcd and a node."""
    for cluster in bring_up("recover", tmp_path_factory.mktemp("recover"), nodes=3):
        run = cluster.site(variables={"network_config_subnet_min": FIRST_SUBNET})
        assert run.rc == 0, run.messages()
        assert subnets(cluster) == SUBNETS
        yield cluster


def subnets(cluster: Cluster) -> dict[str, str]:
    """Return the address that has each subnet."""
    return {subnet: lease.public_ip for subnet, lease in cluster.leases().items()}


def lose_etcd(cluster: Cluster) -> None:
    """Stop every member and delete all data."""
    for command in (["systemctl", "stop", "etcd.service"], ["find", "/var/lib/etcd", "-mindepth", "1", "-delete"]):
        for node in NODES:
            done = cluster.sandbox.host_exec(node, command)
            assert done.returncode == 0, done.stderr


def test_leases_come_back_from_the_routes(cluster: Cluster, record_property: Record) -> None:
    entries = cluster.entries()
    cluster.sandbox.reset_calls()
    with traffic(cluster, NODES) as losses:
        lose_etcd(cluster)
        refused = cluster.site()
        assert refused.rc != 0 and "3 entries of sandbox" in refused.messages() and "recover_leases" in refused.messages()
        assert cluster.leases() == {}
        run = cluster.play("playbooks/recover_leases.yml")
        assert run.rc == 0, run.messages()
        assert subnets(cluster) == SUBNETS
        for playbook in ("recover_leases", "site", "routes"):
            again = cluster.play(f"playbooks/{playbook}.yml")
            assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()
    assert (cluster.entries(), cluster.sandbox.calls()["writes"], subnets(cluster)) == (entries, 0, SUBNETS)
    record_property("figure", f"etcd lost, leases from the routes, static: {losses[0]}")
    assert losses[0].total == 0, losses[0].lost


def test_daemons_keep_their_subnets_in_one_run(cluster: Cluster, record_property: Record) -> None:
    cluster.variables = dict(DAEMON)
    run = cluster.site("--tags", "network_config,flanneld")
    assert run.rc == 0, run.messages()
    entries = cluster.entries()
    cluster.sandbox.reset_calls()
    with traffic(cluster, NODES) as losses:
        lose_etcd(cluster)
        run = cluster.site(variables={"flannel_recover": "from_routes"})
        assert run.rc == 0, run.messages()
        assert subnets(cluster) == SUBNETS
        for node in NODES:
            assert cluster.sandbox.host_exec(node, ["systemctl", "restart", "flanneld.service"]).returncode == 0
        again = cluster.site()
        assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()
    assert (cluster.entries(), cluster.sandbox.calls()["writes"], subnets(cluster)) == (entries, 0, SUBNETS)
    record_property("figure", f"etcd lost, leases from the routes, daemons: {losses[0]}")
    assert losses[0].total == 0, losses[0].lost
