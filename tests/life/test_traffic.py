# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator does to a running cluster loses no packet between containers. The tests are chapters of one story."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import DAEMON, Cluster, Record, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.life.traffic import Losses, traffic

pytestmark = needs_sandbox

NODES = ("n1", "n2", "n3")
ETCD_DOWN_SECONDS = 60
SETTLED_SECONDS = 5
MORE_NODES = 20


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three hosts, each a member of etcd and a node with a daemon."""
    for cluster in bring_up("traffic", tmp_path_factory.mktemp("traffic"), nodes=3):
        cluster.variables = dict(DAEMON)
        run = cluster.site()
        assert run.rc == 0, run.messages()
        yield cluster


def judge(what: str, losses: Losses, record: Record) -> None:
    """State the figure, and hold it to none lost."""
    record("figure", f"{what}: {losses}")
    assert losses.total == 0, losses.lost


def on_all(cluster: Cluster, *command: str) -> None:
    """Run a command on every host."""
    for node in NODES:
        done = cluster.sandbox.host_exec(node, command)
        assert done.returncode == 0, done.stderr


def daemons(cluster: Cluster) -> list[str]:
    """Return the process of each node's daemon."""
    show = ["systemctl", "show", "--property", "MainPID", "--value", "flanneld.service"]
    return [cluster.sandbox.host_exec(node, show).stdout.strip() for node in NODES]


def test_second_run(cluster: Cluster, record_property: Record) -> None:
    with traffic(cluster, NODES) as losses:
        run = cluster.site()
    assert (run.rc, run.stats["changed"]) == (0, {}), run.messages()
    judge("site.yml again", losses[0], record_property)


def test_restart_of_the_daemons(cluster: Cluster, record_property: Record) -> None:
    before = cluster.leases().keys()
    with traffic(cluster, NODES) as losses:
        on_all(cluster, "systemctl", "restart", "flanneld.service")
        time.sleep(SETTLED_SECONDS)
    assert cluster.leases().keys() == before
    judge("restart of the daemons", losses[0], record_property)


def test_upgrade_of_the_daemons(cluster: Cluster, tmp_path: Path, record_property: Record) -> None:
    other = tmp_path / "flanneld"
    # As an archive of another build: the same program with other bytes.
    other.write_bytes(Path(cluster.variables["flanneld_binary"]).read_bytes() + b"\n")
    other.chmod(0o755)
    before, leases = daemons(cluster), cluster.leases().keys()
    with traffic(cluster, NODES) as losses:
        run = cluster.site("--tags", "network_config,flanneld", variables={"flanneld_binary": str(other)})
    assert run.rc == 0, run.messages()
    assert not set(before) & set(daemons(cluster))
    assert cluster.leases().keys() == leases
    judge("upgrade of the daemons", losses[0], record_property)


def test_etcd_down_for_a_minute(cluster: Cluster, record_property: Record) -> None:
    with traffic(cluster, NODES) as losses:
        on_all(cluster, "systemctl", "stop", "etcd.service")
        time.sleep(ETCD_DOWN_SECONDS)
        on_all(cluster, "systemctl", "start", "--no-block", "etcd.service")
        time.sleep(SETTLED_SECONDS)
    judge(f"etcd down for {ETCD_DOWN_SECONDS} s", losses[0], record_property)


def test_rolling_restart_of_etcd(cluster: Cluster, record_property: Record) -> None:
    with traffic(cluster, NODES) as losses:
        run = cluster.site("--tags", "etcd", variables={"etcd_extra_config": {"snapshot-count": 50000}})
    assert run.rc == 0, run.messages()
    assert len(run.results("Restart the member, and wait until it is ready")) == len(NODES)
    judge("rolling restart of etcd", losses[0], record_property)


def test_twenty_more_nodes(cluster: Cluster, record_property: Record) -> None:
    before = cluster.next_hops()
    with traffic(cluster, NODES) as losses:
        cluster.sandbox.add_nodes(MORE_NODES)
        run = cluster.site()
    assert run.rc == 0, run.messages()
    after = cluster.next_hops()
    assert len(after) == len(NODES) + MORE_NODES
    assert before.items() <= after.items()
    assert set(after) == set(cluster.leases())
    judge(f"{MORE_NODES} more nodes", losses[0], record_property)


def test_replaced_instance(cluster: Cluster, record_property: Record) -> None:
    entries, sandbox = cluster.entries(), cluster.sandbox
    path = sandbox.folder / "inventory.yml"
    with traffic(cluster, NODES) as losses:
        new = sandbox.request("POST", "instance/replace", {"instance_id": "i-sandbox-n23"})["instance_id"]
        path.write_text(path.read_text().replace("i-sandbox-n23", new))
        # Booting hosts are waited for by what asks them first.
        run = cluster.site(environment={"ANSIBLE_SSH_RETRIES": "10"})
    assert run.rc == 0, run.messages()
    moved = {old["destination"] for old in entries.values() if old["next_hop_id"] == "i-sandbox-n23"}
    after = cluster.entries()
    assert {destination for destination in after if after[destination]["next_hop_id"] == new} == moved
    judge("a replaced instance", losses[0], record_property)
