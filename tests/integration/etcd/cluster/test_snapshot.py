# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that makes and checks snapshots, with real etcd."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer, find_binary
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

SCRIPT = PROJECT / "roles/etcd/files/snapshot.sh"


def run_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as the role does."""
    return subprocess.run(["sh", "-c", SCRIPT.read_text(), "sh", *arguments], capture_output=True, text=True, check=False)


def save(server: EtcdServer, folder: Path) -> subprocess.CompletedProcess[str]:
    """Save a snapshot of the server."""
    etcdctl = find_binary(server.version, "etcdctl")
    return run_script("save", etcdctl, str(folder), "test-", etcdctl, f"--endpoints={server.url}")


def test_a_snapshot_is_named_by_its_revision_and_can_be_checked(etcd: EtcdServer, tmp_path: Path) -> None:
    etcd.etcdctl("put", "/snapshot", "here")
    done = save(etcd, tmp_path)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    (path,) = tmp_path.iterdir()
    assert made["path"] == str(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.name.startswith("test-2")
    assert path.name.endswith(f"Z-r{made['status']['revision']}.db")
    assert made["status"]["totalKey"] > 0
    checked = run_script("check", find_binary(etcd.version, "etcdctl"), str(path))
    assert json.loads(checked.stdout) == made
    without_tool = run_script("check", "", str(path))
    assert json.loads(without_tool.stdout) == {**made, "status": {}}


def test_a_damaged_snapshot_is_told(etcd: EtcdServer, tmp_path: Path) -> None:
    path = Path(json.loads(save(etcd, tmp_path).stdout)["path"])
    whole = path.read_bytes()
    for damaged, words in (
        (whole[:9000] + b"XX" + whole[9002:], "damaged"),
        (whole[:-32], "does not end with a checksum"),
        (whole[:-4096], "damaged"),
        (whole[: len(whole) // 2 + 7], "does not end with a checksum"),
    ):
        path.write_bytes(damaged)
        done = run_script("check", find_binary(etcd.version, "etcdctl"), str(path))
        assert done.returncode != 0
        assert words in done.stderr


def test_a_failed_save_leaves_nothing(etcd: EtcdServer, tmp_path: Path) -> None:
    etcdctl = find_binary(etcd.version, "etcdctl")
    options = ("--endpoints=http://127.0.0.1:9", "--command-timeout=2s", "--dial-timeout=1s")
    done = run_script("save", etcdctl, str(tmp_path), "test-", etcdctl, *options)
    assert done.returncode != 0
    assert "Error" in done.stderr
    assert list(tmp_path.iterdir()) == []
