# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backups of etcd, and a cluster that is made anew from one while its containers go on. The tests are chapters of one story."""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import DAEMON, Cluster, Record, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run
from ansible_collections.alicloud.flannel.tests.life.traffic import traffic
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

pytestmark = needs_sandbox

MEMBERS = ("n1", "n2", "n3")
NODES = (*MEMBERS, "n4")
FOLDER = "/var/backups/etcd"
DATA = "/var/lib/etcd"
FOREIGN = ("notes.db", "other-20260101T000000Z-r9.db")
LATER = "/written/after/the/backup"
# Goes on without a host where a newer one stops.
OLDEST = PROJECT / ".venv-oldest/bin/python"
# On this host the exchange of the data fails after etcd was stopped on all.
BUSY = "n3"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three members, and a fourth node that keeps the backups; daemons on all."""
    for cluster in bring_up("backup", tmp_path_factory.mktemp("backup"), nodes=4):
        cluster.variables = dict(DAEMON)
        cluster.variables["etcd_backup_host"] = "n4"
        run = cluster.site()
        assert run.rc == 0, run.messages()
        yield cluster


def backup(cluster: Cluster, **variables: t.Any) -> str:
    """Make a backup and return its name."""
    before = set(cluster.on("n4", "sh", "-c", f"ls {FOLDER} 2>/dev/null || true").split())
    run = cluster.play("playbooks/etcd_backup.yml", variables=variables)
    assert run.rc == 0, run.messages()
    (name,) = set(cluster.on("n4", "ls", FOLDER).split()) - before
    return name


def restore(cluster: Cluster, name: str, *, guard: bool = True, **options: t.Any) -> Run:
    """Restore the cluster."""
    variables = {"etcd_restore_snapshot": name, "etcd_restore": guard}
    return cluster.play("playbooks/etcd_restore.yml", variables=variables, **options)


def left_on_members(cluster: Cluster) -> str:
    """Return what copies of the store there are on the members."""
    script = f"ls -A {FOLDER} 2>/dev/null; ls -d /var/tmp/etcd-snapshot.* 2>/dev/null || true"
    return "".join(cluster.on(member, "sh", "-c", script) for member in MEMBERS)


def processes(cluster: Cluster, unit: str, nodes: t.Sequence[str]) -> list[str]:
    """Return the process of a unit on each host."""
    return [cluster.on(node, "systemctl", "show", "--property=MainPID", "--value", unit).strip() for node in nodes]


def subnets(cluster: Cluster) -> dict[str, str]:
    """Return the address that has each subnet."""
    return {subnet: lease.public_ip for subnet, lease in cluster.leases().items()}


def test_a_backup_is_on_its_host_and_nowhere_else(cluster: Cluster) -> None:
    planned = cluster.play("playbooks/etcd_backup.yml", "--check")
    assert (planned.rc, planned.changed > 0) == (0, True), planned.messages()
    assert cluster.sandbox.host_exec("n4", ["ls", FOLDER]).returncode != 0
    name = backup(cluster)
    assert name.startswith("etcd-20")
    assert cluster.on("n4", "stat", "--format=%a %U", FOLDER, f"{FOLDER}/{name}").split("\n")[:2] == ["700 root", "600 root"]
    assert left_on_members(cluster) == ""


def test_without_the_host_that_keeps_them_nothing_is_saved(cluster: Cluster) -> None:
    cluster.on("n4", "sh", "-c", "systemctl stop ssh.socket ssh.service; pkill -x sshd || true")
    try:
        run = cluster.play("playbooks/etcd_backup.yml", environment={"TMPDIR": str(cluster.folder)})
    finally:
        cluster.on("n4", "systemctl", "start", "ssh.service")
    assert run.rc != 0
    assert run.results("Report the backup") == []
    assert left_on_members(cluster) == ""
    assert list(cluster.folder.glob("etcd-snapshot.*")) == []


def test_only_the_last_ones_are_kept(cluster: Cluster) -> None:
    cluster.on("n4", "touch", *(f"{FOLDER}/{name}" for name in FOREIGN))
    backup(cluster)
    last = backup(cluster, etcd_backup_keep=2)
    left = cluster.on("n4", "ls", "-A", FOLDER).split()
    assert len(left) == len(FOREIGN) + 2
    assert {last, *FOREIGN} <= set(left)


def test_without_the_guard_it_says_what_would_be_lost(cluster: Cluster) -> None:
    name = backup(cluster)
    cluster.etcdctl("put", LATER, "lost")
    running = processes(cluster, "etcd.service", MEMBERS)
    run = restore(cluster, name, guard=False)
    assert run.rc != 0
    for words in (name, f"the cluster is at revision {cluster.revision()}", "etcd_restore=true", "Nothing was changed"):
        assert words in run.messages()
    assert run.changed == 0
    assert processes(cluster, "etcd.service", MEMBERS) == running


def test_a_damaged_file_stops_nothing(cluster: Cluster) -> None:
    name = backup(cluster)
    running = processes(cluster, "etcd.service", MEMBERS)
    cluster.on("n4", "sh", "-c", f"cd {FOLDER} && cp {name} bad.db && printf XX | dd of=bad.db bs=1 seek=9000 conv=notrunc")
    run = restore(cluster, "bad.db")
    assert "damaged" in run.messages()
    assert run.changed == 0
    assert processes(cluster, "etcd.service", MEMBERS) == running


@pytest.mark.skipif(not OLDEST.exists() and not os.environ.get("CI"), reason=f"{OLDEST} does not exist: make setup")
def test_a_member_that_is_lost_before_etcd_is_stopped_stops_nothing(cluster: Cluster) -> None:
    name = backup(cluster)
    running = processes(cluster, "etcd.service", MEMBERS)
    copy = f"{DATA}/.restore/snapshot.db"
    cluster.on(BUSY, "sh", "-c", f"mkdir {DATA}/.restore && touch {copy} && mount --bind {copy} {copy}")
    run = restore(cluster, name, python=str(OLDEST))
    cluster.on(BUSY, "sh", "-c", f"umount {copy} && rm -r {DATA}/.restore")
    assert "etcd was not stopped" in run.messages()
    assert processes(cluster, "etcd.service", MEMBERS) == running


def test_the_cluster_is_restored_though_the_run_was_stopped(cluster: Cluster, record_property: Record) -> None:
    name = min(name for name in cluster.on("n4", "ls", FOLDER).split() if name.startswith("etcd-20"))
    cluster.etcdctl("put", LATER, "lost")
    before, entries, daemons = subnets(cluster), cluster.entries(), processes(cluster, "flanneld.service", NODES)
    cluster.on(BUSY, "mount", "--bind", f"{DATA}/member", f"{DATA}/member")
    with traffic(cluster, NODES) as losses:
        stopped = restore(cluster, name)
        assert stopped.rc != 0
        assert set(processes(cluster, "etcd.service", MEMBERS)) == {"0"}
        cluster.on(BUSY, "umount", f"{DATA}/member")
        run = restore(cluster, name)
        assert run.rc == 0, run.messages()
    assert cluster.etcdctl("get", LATER) == ""
    assert subnets(cluster) == before
    assert not set(daemons) & set(processes(cluster, "flanneld.service", NODES))
    for node in MEMBERS:
        assert len(cluster.on(node, "sh", "-c", f"ls -d {DATA}/member.before-*").split()) == 1
    assert cluster.entries() == entries
    record_property("figure", f"restore of etcd, stopped and run again: {losses[0]}")
    assert losses[0].total == 0, losses[0].lost


def test_afterwards_nothing_is_left_to_do(cluster: Cluster) -> None:
    run = cluster.site()
    assert (run.rc, run.stats["changed"]) == (0, {}), run.messages()
    name = min(name for name in cluster.on("n4", "ls", FOLDER).split() if name.startswith("etcd-20"))
    cluster.etcdctl("put", LATER, "kept")
    again = restore(cluster, name, guard=False)
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()
    assert cluster.etcdctl("get", LATER, "--print-value-only").strip() == "kept"


def test_all_data_is_gone(cluster: Cluster) -> None:
    name, before = backup(cluster), subnets(cluster)
    for node in MEMBERS:
        cluster.on(node, "sh", "-c", f"systemctl stop --no-block etcd.service; sleep 1; systemctl kill etcd.service; rm -rf {DATA}/*")
    run = restore(cluster, name)
    assert run.rc == 0, run.messages()
    assert subnets(cluster) == before
    assert cluster.etcdctl("get", LATER, "--print-value-only").strip() == "kept"


def test_a_member_that_was_left_behind_is_not_taken_for_restored(cluster: Cluster) -> None:
    name = max(name for name in cluster.on("n4", "ls", FOLDER).split() if name.startswith("etcd-20"))
    cluster.etcdctl("put", LATER, "lost")
    cluster.on(BUSY, "sh", "-c", f"systemctl stop etcd.service; rm -r {DATA}/member")
    assert "etcd_restore=true" in restore(cluster, name, guard=False).messages()
    run = restore(cluster, name)
    assert run.rc == 0, run.messages()
    for member in MEMBERS:
        assert cluster.etcdctl("get", LATER, "--print-value-only", member=member).strip() == "kept"
