# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members of etcd come, go, fail and are replaced while a client writes. The tests are chapters of one story."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import PREFIX, Cluster, Record, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.life.etcd_members import (
    converge_etcd,
    lead,
    processes,
    remove_member,
    voters,
    with_members,
)
from ansible_collections.alicloud.flannel.tests.life.writer import Writes, writing

pytestmark = needs_sandbox

THREE = ("n1", "n2", "n3")
LEASE = f"{PREFIX}/subnets/10.24.4.0-24"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Four hosts, the first one of them etcd's only member."""
    for cluster in bring_up("members", tmp_path_factory.mktemp("members"), nodes=4, etcd=1):
        run = cluster.site()
        assert run.rc == 0, run.messages()
        yield cluster


def judge(what: str, writes: Writes, record: Record) -> None:
    """State the figure, and hold it to none lost."""
    record("figure", f"{what}: {writes}")
    assert writes.lost == 0


def test_one_member_grows_to_three(cluster: Cluster, record_property: Record) -> None:
    before = processes(cluster, "n1")
    with writing(cluster, members=["n1"]) as writes:
        run = converge_etcd(cluster, *THREE)
    assert run.rc == 0, run.messages()
    assert voters(cluster) == list(THREE)
    assert processes(cluster, "n1") == before
    judge("etcd grows from one member to three", writes[0], record_property)
    again = converge_etcd(cluster, *THREE)
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()


def test_run_while_a_member_is_down(cluster: Cluster) -> None:
    cluster.sandbox.stop_host("n3")
    before = processes(cluster, "n1", "n2")
    cluster.etcdctl("del", LEASE)
    settings = {"etcd_extra_config": {"snapshot-count": 50000}}
    run = cluster.site(inventory=with_members(cluster, *THREE, "n4"), variables=settings)
    assert run.rc != 0
    assert run.stats["dark"] == {"n3": 1}
    assert "Members that don't answer: n3 (https://172.16.0.13:2380)" in run.stdout
    assert "must be restarted to pick up changes, which is postponed to a run" in run.stdout
    # A newcomer waits, and everything that is not etcd converges.
    assert "n4 can't join the cluster now: n3 (https://172.16.0.13:2380) doesn't answer" in run.messages()
    assert cluster.leases()["10.24.4.0/24"].public_ip == "172.16.0.14"
    assert processes(cluster, "n1", "n2") == before


def test_refusal_without_a_quorum(cluster: Cluster) -> None:
    cluster.sandbox.stop_host("n2")
    before = processes(cluster, "n1")
    run = converge_etcd(cluster, *THREE)
    cluster.sandbox.start_host("n2")
    assert run.rc != 0
    assert "etcd has no quorum: of its members only n1 can be started, not reachable: n2, n3" in run.messages()
    assert run.stats["changed"] == {}
    assert processes(cluster, "n1") == before


def test_dead_member_is_removed(cluster: Cluster, record_property: Record) -> None:
    refused = remove_member(cluster, "n2", *THREE)
    assert refused.rc != 0
    assert "1 of 2 members would be up, which is not a quorum. Bring these back first: n3" in refused.messages()
    with writing(cluster, members=["n1", "n2"]) as writes:
        run = remove_member(cluster, "n3", *THREE)
    assert run.rc == 0, run.messages()
    assert voters(cluster) == ["n1", "n2"]
    judge("a dead member of three is removed", writes[0], record_property)
    again = remove_member(cluster, "n3", "n1", "n2")
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()


def test_dead_member_is_replaced(cluster: Cluster, record_property: Record) -> None:
    # It comes back with what it had when it was a member.
    cluster.sandbox.start_host("n3")
    refused = converge_etcd(cluster, *THREE)
    assert "n3 has data, but not as a member of this cluster" in refused.messages()
    cleared = remove_member(cluster, "n3", *THREE)
    assert cleared.rc == 0, cleared.messages()
    # Another one than the member that is asked first: it can't pass a promotion on where users exist.
    lead(cluster, "n2")
    with writing(cluster, members=["n1", "n2"]) as writes:
        run = converge_etcd(cluster, *THREE)
    assert run.rc == 0, run.messages()
    assert voters(cluster) == list(THREE)
    judge("a removed member joins anew", writes[0], record_property)


def test_join_that_was_stopped_goes_on(cluster: Cluster) -> None:
    cluster.etcdctl("member", "add", "n4", "--learner", "--peer-urls=https://172.16.0.14:2380")
    run = converge_etcd(cluster, *THREE, "n4")
    assert run.rc == 0, run.messages()
    assert voters(cluster) == [*THREE, "n4"]


def test_live_leader_is_removed_and_its_host_cleared(cluster: Cluster, record_property: Record) -> None:
    with writing(cluster, members=THREE) as writes:
        run = remove_member(cluster, "n4", *THREE, "n4")
    assert run.rc == 0, run.messages()
    assert voters(cluster) == list(THREE)
    assert processes(cluster, "n4") == ["0"]
    assert cluster.sandbox.host_exec("n4", ["test", "-e", "/var/lib/etcd/member"]).returncode != 0
    judge("a live member of four is removed", writes[0], record_property)
