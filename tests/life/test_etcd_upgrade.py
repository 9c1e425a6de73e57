# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""etcd is upgraded from one minor version to the next while a client writes. The tests are chapters of one story."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import Cluster, Record, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.life.etcd_members import converge_etcd, processes, versions
from ansible_collections.alicloud.flannel.tests.life.writer import Writes, writing
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.mirror import make_mirror

pytestmark = needs_sandbox

THREE = ("n1", "n2", "n3")
OLD, NEW = "3.4.23", "3.5.1"
PATIENCE = 300
RESTARTED = "Restart the member, and wait until it is ready"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three members of the older version."""
    for cluster in bring_up("upgrade", tmp_path_factory.mktemp("upgrade"), nodes=3):
        run = converge_etcd(cluster, *THREE, variables=older())
        assert run.rc == 0, run.messages()
        assert versions(cluster, *THREE) == [OLD] * 3
        yield cluster


def older() -> dict[str, str]:
    """Return the variables that ask for the older version."""
    return {"etcd_version": OLD, "etcd_checksum": make_mirror(print).etcd_debian.checksum}


def judge(what: str, writes: Writes, record: Record) -> None:
    """State the figure, and hold it to none lost."""
    record("figure", f"{what}: {writes}")
    assert writes.lost == 0


def kill_run_after_the_first_member(cluster: Cluster) -> None:
    """Upgrade, and kill the run as soon as one member has the new version."""
    command = ["ansible-playbook", "playbooks/site.yml", "--tags", "etcd", "--extra-vars", json.dumps(cluster.variables)]
    argv = cluster.sandbox.operator_command([*command, "--inventory", str(cluster.folder / "inventory.yml")])
    environment = {**cluster.sandbox.read_environment(), "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")}
    with subprocess.Popen(argv, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True) as run:
        end = time.monotonic() + PATIENCE
        while NEW not in versions(cluster, *THREE):
            assert run.poll() is None, "the run ended before any member was upgraded"
            assert time.monotonic() < end
            time.sleep(0.2)
        os.killpg(run.pid, signal.SIGKILL)


def test_upgrade_that_is_stopped_goes_on(cluster: Cluster, record_property: Record) -> None:
    with writing(cluster) as writes:
        kill_run_after_the_first_member(cluster)
        assert sorted(versions(cluster, *THREE)) == [OLD, OLD, NEW]
        run = converge_etcd(cluster, *THREE)
    assert run.rc == 0, run.messages()
    assert versions(cluster, *THREE) == [NEW] * 3
    assert len(run.results(RESTARTED)) == 2
    judge(f"rolling upgrade from {OLD} to {NEW}, killed after the first member", writes[0], record_property)
    snapshots = [cluster.sandbox.host_exec(node, ["sh", "-c", "ls /var/backups/etcd/*.db"]).stdout.split() for node in THREE]
    assert len([path for paths in snapshots for path in paths]) == 2
    again = converge_etcd(cluster, *THREE)
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()


def test_way_back_is_refused(cluster: Cluster) -> None:
    before = processes(cluster, *THREE)
    run = converge_etcd(cluster, *THREE, variables=older())
    assert run.rc != 0
    assert f"n1 runs {NEW}, desired is {OLD}: etcd can't return to an earlier minor version" in run.messages()
    assert run.stats["changed"] == {}
    assert processes(cluster, *THREE) == before


def test_skipped_version_is_refused(cluster: Cluster) -> None:
    run = converge_etcd(cluster, *THREE, variables={"etcd_version": "3.6.14"})
    assert run.rc != 0
    assert "it is safe only from 3.5.26 on" in run.messages()
    assert run.stats["changed"] == {}


def test_unit_that_a_killed_run_left_is_taken_over(cluster: Cluster) -> None:
    script = 'cp "$1" /root/unit && echo >>"$1" && systemctl daemon-reload && systemctl restart etcd.service && cat /root/unit >"$1"'
    cluster.on("n1", "sh", "-c", script, "sh", "/etc/systemd/system/etcd.service")
    run = converge_etcd(cluster, *THREE)
    assert run.rc == 0, run.messages()
    assert len(run.results(RESTARTED)) == 1
    assert cluster.on("n1", "systemctl", "show", "--property=NeedDaemonReload", "--value", "etcd.service").strip() == "no"
    again = converge_etcd(cluster, *THREE)
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()


def test_members_outside_the_inventory_count(cluster: Cluster) -> None:
    cluster.on("n3", "systemctl", "stop", "etcd.service")
    before = processes(cluster, "n1")
    run = converge_etcd(cluster, "n1", variables={"etcd_restart": True})
    cluster.on("n3", "systemctl", "start", "etcd.service")
    assert run.rc == 0, run.messages()
    assert processes(cluster, "n1") == before


def test_rolling_restart_on_demand(cluster: Cluster, record_property: Record) -> None:
    before = processes(cluster, *THREE)
    with writing(cluster) as writes:
        run = converge_etcd(cluster, *THREE, variables={"etcd_restart": True})
    assert run.rc == 0, run.messages()
    assert not set(before) & set(processes(cluster, *THREE))
    judge("rolling restart", writes[0], record_property)
