# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's entry points for backup, defragmentation, restore and removal, on a member that is a process of this machine.

What stops and starts units is tested on hosts of their own, in tests/life.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import (
    Certificates,
    EtcdServer,
    find_binary,
    free_port,
    start_etcd,
)
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

pytestmark = pytest.mark.skipif(os.geteuid() != 0 and not os.environ.get("CI"), reason="needs root")

VERSION = "3.5.1"
QUOTA = 16 * 1024**2


@dataclass(frozen=True)
class Member:
    """A member n1, which keeps the backups as well."""

    server: EtcdServer
    folder: Path
    peer_url: str

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def run(self, entry_point: str, *arguments: str, **variables: t.Any) -> Run:
        """Run an entry point of the role on it."""
        task = {"ansible.builtin.import_role": {"name": "alicloud.flannel.etcd", "tasks_from": entry_point}}
        (self.folder / "play.yml").write_text(json.dumps([{"hosts": "etcd", "gather_facts": False, "tasks": [task]}]))
        common = {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": sys.executable}
        groups: dict[str, t.Any] = {"etcd": {"hosts": {"n1": {}}}}
        (self.folder / "inventory.yml").write_text(json.dumps({"all": {"vars": common, "children": groups}}))
        own = {
            "_etcd_program_dir": str(self.folder / "programs"),
            "_etcd_config": str(self.folder / "etcd.yml"),
            "etcd_member_address": "127.0.0.1",
            "etcd_client_port": int(self.server.url.rsplit(":", 1)[1]),
            "etcd_peer_port": int(self.peer_url.rsplit(":", 1)[1]),
            "etcd_pki_dir": str(self.folder / "pki"),
            "etcd_data_dir": str(self.server.folder / "data"),
            "etcd_backup_host": "n1",
            "etcd_backup_dir": str(self.backups),
            "etcd_backup_keep": 2,
        }
        return run_playbook(
            lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True, check=False),
            self.folder / "run",
            str(self.folder / "play.yml"),
            inventory=self.folder / "inventory.yml",
            arguments=["--extra-vars", json.dumps({**own, **variables}), *arguments],
            environment={"ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "playbooks/collections")},
        )

    def fill(self) -> None:
        """Write the same key until etcd refuses."""
        value = "x" * 100_000
        with pytest.raises(subprocess.CalledProcessError):
            for _number in range(2 * QUOTA // len(value)):
                self.server.etcdctl("put", "/fill", value)
        assert "NOSPACE" in self.server.etcdctl("alarm", "list")


def make_pki(folder: Path, certificates: Certificates) -> None:
    """Give the role's names to certificates of the tests: root has one, and the member its own."""
    folder.mkdir()
    for name, source in (("ca", "ca"), ("root", "named-client"), ("server", "client")):
        for ending in ("crt", "key"):
            shutil.copy2(certificates.path(f"{source}.{ending}"), folder / f"{name}.{ending}")


@pytest.fixture(scope="module")
def member(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> t.Iterator[Member]:
    folder = tmp_path_factory.mktemp("entry-points")
    make_pki(folder / "pki", certificates)
    (folder / "programs").mkdir()
    for program in ("etcd", "etcdctl"):
        (folder / "programs" / program).symlink_to(find_binary(VERSION, program))
    (folder / "etcd.yml").write_text(f"# Ansible managed\nname: n1\nquota-backend-bytes: {QUOTA}\n")
    peer = f"http://127.0.0.1:{free_port()}"
    flags = ["--name=n1", f"--initial-cluster=n1={peer}", f"--initial-advertise-peer-urls={peer}", f"--listen-peer-urls={peer}"]
    flags.append(f"--quota-backend-bytes={QUOTA}")
    server = start_etcd(VERSION, folder / "etcd", certificates=certificates, v2=False, flags=flags)
    yield Member(server, folder, peer)
    server.stop()


def test_a_backup_is_planned_and_made(member: Member) -> None:
    planned = member.run("backup", "--check")
    assert (planned.rc, planned.changed > 0, member.backups.exists()) == (0, True, False), planned.messages()
    done = member.run("backup")
    assert done.rc == 0, done.messages()
    (snapshot,) = member.backups.iterdir()
    (report,) = done.results("Report the backup")
    assert report["msg"].startswith(f"{snapshot.name} in {member.backups} on n1, taken from n1: revision ")


def test_a_restore_asks_first(member: Member) -> None:
    (snapshot,) = member.backups.iterdir()
    member.server.etcdctl("put", "/later", "x")
    refused = member.run("restore", etcd_restore_snapshot=snapshot.name)
    assert (refused.rc != 0, refused.changed) == (True, 0)
    for words in (f"with the data in {snapshot.name}", "the cluster is at revision 2)", "etcd_restore=true", "Nothing was changed."):
        assert words in refused.messages()
    planned = member.run("restore", "--check", etcd_restore_snapshot=snapshot.name, etcd_restore=True)
    assert (planned.rc, planned.changed) == (0, 1), planned.messages()
    missing = member.run("restore", etcd_restore_snapshot="nothing.db", etcd_restore=True)
    assert f"nothing.db in {member.backups} on n1 can't be restored" in missing.messages()


def test_want_of_space_is_cured(member: Member) -> None:
    idle = member.run("defrag")
    assert (idle.rc, idle.changed) == (0, 0), idle.messages()
    member.fill()
    planned = member.run("defrag", "--check")
    assert (planned.rc, planned.changed) == (0, 1), planned.messages()
    done = member.run("defrag")
    assert done.rc == 0, done.messages()
    assert len(done.results("Defragment the member")) == 1
    assert member.server.etcdctl("alarm", "list") == ""
    member.server.etcdctl("put", "/again", "x")


def test_the_last_member_is_not_removed(member: Member) -> None:
    refused = member.run("remove_member", etcd_member="n1")
    assert (refused.rc != 0, refused.changed) == (True, 0)
    assert "is the cluster's last member: removing it would lose all data. Nothing was changed." in refused.messages()
    unknown = member.run("remove_member", etcd_member="n9")
    assert (unknown.rc, unknown.changed) == (0, 0), unknown.messages()


def test_a_member_that_hangs_keeps_nobody_waiting(member: Member) -> None:
    member.server.process.send_signal(signal.SIGSTOP)
    try:
        backup = member.run("backup")
        defrag = member.run("defrag")
    finally:
        member.server.process.send_signal(signal.SIGCONT)
    assert "No member has a quorum, so nothing was saved (n1 were tried: no answer in 5 seconds)" in backup.messages()
    assert "No response from etcd on n1: check journalctl" in defrag.messages()
