# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other ways to run the same playbooks, the oldest ansible-core and the built artefact, and the way back: teardown.yml."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import (
    TABLE,
    Cluster,
    bring_up,
    copy_project,
    needs_sandbox,
)
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

OLDEST = PROJECT / ".venv-oldest/bin/python"
CAN_RUN = OLDEST.exists() or bool(os.environ.get("CI"))
pytestmark = [*needs_sandbox, pytest.mark.skipif(not CAN_RUN, reason=f"{OLDEST} does not exist: make setup")]

FOREIGN = {"table_id": TABLE, "destination": "10.99.0.0/16", "next_hop_id": "i-sandbox-n1", "name": "somebody else"}
# Of another owner, within the flannel network.
NEIGHBOUR = {"table_id": TABLE, "destination": "10.24.250.0/24", "next_hop_id": "i-sandbox-n2", "name": "other/n2"}
OURS = {
    "/etc/cni/net.d/10-flannel.conflist",
    "/usr/local/sbin/flannel-firewall",
    "/etc/systemd/system/flannel-subnet.service",
    "/run/flannel/subnet.env",
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Two bare hosts, one of them etcd's only member, in a VPC that others use, too."""
    for cluster in bring_up("ways", tmp_path_factory.mktemp("ways"), nodes=2, etcd=1):
        for entry in (FOREIGN, NEIGHBOUR):
            cluster.sandbox.request("POST", "entry", entry)
        yield cluster


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the artefact from a clean copy and install it, without a network, into an empty folder; return the folder."""
    folder = tmp_path_factory.mktemp("artefact")
    galaxy = [str(Path(sys.executable).with_name("ansible-galaxy")), "collection"]
    source = copy_project(folder / "source")
    subprocess.run([*galaxy, "build", str(source), "--output-path", str(folder)], check=True, capture_output=True)
    (archive,) = folder.glob("*.tar.gz")
    target = folder / "collections"
    subprocess.run([*galaxy, "install", "--offline", str(archive), "--collections-path", str(target)], check=True, capture_output=True)
    return target


def test_oldest_ansible_core_installs_a_cluster(cluster: Cluster) -> None:
    run = cluster.site("-vv", python=str(OLDEST))
    assert run.rc == 0, run.messages()
    assert "[core 2.16." in run.stdout
    again = cluster.site(python=str(OLDEST))
    assert again.rc == 0, again.messages()
    assert again.stats["changed"] == {}


def test_artefact_does_the_same(cluster: Cluster, installed: Path) -> None:
    before = cluster.revision()
    cluster.sandbox.reset_calls()
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(installed), "ANSIBLE_SSH_PIPELINING": "1"}
    run = cluster.play("alicloud.flannel.site", project=installed, environment=environment)
    assert run.rc == 0, run.messages() or run.stdout
    assert run.stats["changed"] == {}
    assert (cluster.sandbox.calls()["writes"], cluster.revision()) == (0, before)


def test_teardown_needs_the_guard(cluster: Cluster) -> None:
    before = cluster.remember()
    run = cluster.play("playbooks/teardown.yml")
    assert run.rc != 0
    assert "flannel_teardown=true" in run.messages()
    part = cluster.play("playbooks/teardown.yml", "--limit", "n1", variables={"flannel_teardown": True})
    assert part.rc != 0
    assert "without --limit" in part.messages()
    assert cluster.remember() == before


def traces(cluster: Cluster, node: str) -> tuple[set[str], bool]:
    """Return which files of ours a node has, and whether its firewall has rules of ours."""
    files = cluster.sandbox.host_exec(node, ["ls", "--directory", *OURS]).stdout.split()
    return set(files), "ALICLOUD-FLANNEL" in cluster.sandbox.host_exec(node, ["iptables-save"]).stdout


def test_teardown_removes_what_is_ours_and_only_that(cluster: Cluster) -> None:
    assert [traces(cluster, node) for node in ("n1", "n2")] == [(OURS, True)] * 2
    entries = cluster.entries()
    run = cluster.play("playbooks/teardown.yml", variables={"flannel_teardown": True})
    assert run.rc == 0, run.messages()
    assert cluster.entries() == {destination: entries[destination] for destination in ("10.24.250.0/24", "10.99.0.0/16")}
    assert cluster.read_keys() == {}
    assert [traces(cluster, node) for node in ("n1", "n2")] == [(set(), False)] * 2


def test_second_teardown_finds_nothing_to_do(cluster: Cluster) -> None:
    before = cluster.revision()
    cluster.sandbox.reset_calls()
    run = cluster.play("playbooks/teardown.yml", variables={"flannel_teardown": True})
    assert run.rc == 0, run.messages()
    assert run.stats["changed"] == {}
    assert (cluster.sandbox.calls()["writes"], cluster.revision()) == (0, before)
