# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members of etcd that are killed, cut off, down while site.yml runs, and full, while a client writes. No acknowledged write is lost."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import Cluster, Record, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.life.etcd_members import lead, leader
from ansible_collections.alicloud.flannel.tests.life.writer import Writes, writing

pytestmark = needs_sandbox

MEMBERS = ("n1", "n2", "n3")
QUOTA_BYTES = 64 * 2**20
LARGE_VALUE_BYTES = 2**20
HEALTHY_SECONDS = 60
CUT_OFF_SECONDS = 15
# What can be told of a cluster whose nodes are not yet set up.
PARTS = ("--tags", "etcd,network_config")
WRITING_SECONDS = 3
CUT_OFF = """
table inet cut {
  chain in { type filter hook input priority -300; policy drop; iif lo accept; }
  chain out { type filter hook output priority -300; policy drop; oif lo accept; }
}
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three members, with little room."""
    for cluster in bring_up("faults", tmp_path_factory.mktemp("faults"), nodes=3):
        cluster.variables["etcd_quota_backend_bytes"] = QUOTA_BYTES
        run = cluster.site(*PARTS)
        assert run.rc == 0, run.messages()
        yield cluster


def wait_healthy(cluster: Cluster, member: str) -> None:
    """Wait until a member takes part in writes again."""
    command = cluster.etcdctl_command("--endpoints", "https://127.0.0.1:2379", "endpoint", "health")
    until = time.monotonic() + HEALTHY_SECONDS
    while cluster.sandbox.host_exec(member, command).returncode != 0:
        assert time.monotonic() < until, f"{member} is not healthy"
        time.sleep(0.5)


def judge(what: str, writes: Writes, record: Record) -> None:
    """State the figure, and hold it to none lost."""
    record("figure", f"{what}: {writes}")
    assert writes.acknowledged > 0
    assert writes.lost == 0


def test_members_killed_one_after_the_other(cluster: Cluster, record_property: Record) -> None:
    with writing(cluster) as result:
        for member in MEMBERS:
            before = cluster.on(member, "systemctl", "show", "--property", "MainPID", "--value", "etcd.service")
            cluster.on(member, "systemctl", "kill", "--signal", "KILL", "etcd.service")
            time.sleep(1)
            wait_healthy(cluster, member)
            assert cluster.on(member, "systemctl", "show", "--property", "MainPID", "--value", "etcd.service") != before
        time.sleep(WRITING_SECONDS)
    judge("etcd: every member killed with -9, one after the other", result[0], record_property)


def test_leader_cut_off_the_network(cluster: Cluster, record_property: Record) -> None:
    lead(cluster, "n3")
    with writing(cluster) as result:
        cluster.on("n3", "nft", "-f", "-", stdin=CUT_OFF)
        time.sleep(CUT_OFF_SECONDS)
        assert leader(cluster) != "n3"
        cluster.on("n3", "nft", "delete", "table", "inet", "cut")
        wait_healthy(cluster, "n3")
        time.sleep(WRITING_SECONDS)
    judge(f"etcd: the leader cut off the network for {CUT_OFF_SECONDS} s", result[0], record_property)


def test_site_while_a_member_is_down(cluster: Cluster, record_property: Record) -> None:
    before = cluster.remember()
    with writing(cluster) as result:
        cluster.sandbox.stop_host("n3")
        run = cluster.site(*PARTS, variables={"etcd_health_timeout_seconds": 20})
        assert run.rc != 0
        assert run.stats["dark"] == {"n3": 1}
        assert cluster.remember() == before
        cluster.sandbox.start_host("n3")
        wait_healthy(cluster, "n3")
        time.sleep(WRITING_SECONDS)
    judge("etcd: site.yml while a member's host is down", result[0], record_property)
    again = cluster.site(*PARTS)
    assert again.rc == 0, again.messages()
    assert cluster.remember() == before


def test_quota_filled(cluster: Cluster, record_property: Record) -> None:
    leases = cluster.leases()
    command = cluster.etcdctl_command("--endpoints", "https://127.0.0.1:2379", "put")
    with writing(cluster) as result:
        time.sleep(WRITING_SECONDS)
        for number in range(2 * QUOTA_BYTES // LARGE_VALUE_BYTES):
            done = cluster.sandbox.host_exec("n2", [*command, f"/filling/{number}"], stdin="x" * LARGE_VALUE_BYTES)
            if done.returncode != 0:
                break
        assert "database space exceeded" in done.stderr
        time.sleep(WRITING_SECONDS)
    assert "NOSPACE" in cluster.etcdctl("alarm", "list")
    assert cluster.leases() == leases
    judge("etcd: quota filled", result[0], record_property)
