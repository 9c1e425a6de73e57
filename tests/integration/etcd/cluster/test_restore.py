# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that makes a member's data from a snapshot and puts it in its place, with real etcd."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer, find_binary, start_etcd
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module

PEER = "https://192.0.2.11:2380"
# An etcdctl that writes down how it was called, and makes what a restore makes.
RECORDER = """#!/bin/sh
case "$*" in
  *--help*) echo "  --data-dir FLAGS"; exit 0 ;;
  *status*) echo '{"revision": 1, "totalKey": 1, "totalSize": 1}'; exit 0 ;;
esac
for word; do
  case $word in --data-dir=*) mkdir -p "${word#*=}/member" ;; esac
done
printf '%s\\n' "$@" >"$0.words"
"""


def take(state: str, folder: Path, *, check: bool = False, restore: str = "id1", **options: t.Any) -> ModuleResult:
    done = run_module("etcd_restore", {"state": state, "restore": restore, "data_dir": str(folder), **options}, check=check, diff=True)
    assert not done.failed, done.msg
    return done


def stage(folder: Path, etcdctl: str, name: str = "n1", peer: str = PEER) -> ModuleResult:
    """Make the new data."""
    cluster = f"{name}={peer}"
    return take("staged", folder, etcdctl=etcdctl, name=name, initial_cluster=cluster, initial_cluster_token="token-1", peer_url=peer)


def read(folder: Path) -> dict[str, t.Any]:
    """Return what the module that observes members says of the data."""
    seen = run_module("etcd_member_info", {"gather": ["host"], "data_dir": str(folder)})["etcd_member"]
    return t.cast("dict[str, t.Any]", seen["restore"])


@pytest.fixture
def data(etcd: EtcdServer, tmp_path: Path) -> Path:
    """Return a data folder in use, with a snapshot beside it."""
    folder = tmp_path / "restored" / "data"
    (folder / ".restore").mkdir(parents=True)
    (folder / "member").mkdir()
    (folder / "member/old").touch()
    etcd.etcdctl("put", "/restored", "yes")
    etcd.etcdctl("snapshot", "save", str(folder / ".restore/snapshot.db"))
    return folder


def before(folder: Path) -> list[Path]:
    return list(folder.glob("member.before-*"))


def test_the_old_data_is_kept_and_the_new_says_what_it_is_from(etcd: EtcdServer, data: Path) -> None:
    etcdctl = find_binary(etcd.version, "etcdctl")
    assert read(data) == {"restored_from": "", "finished": "", "finished_at": 0}
    stage(data, etcdctl)
    assert stage(data, etcdctl).changed
    assert (data / "member/old").exists()

    planned = take("swapped", data, check=True)
    assert (planned.changed, planned["data"]["restored_from"], before(data)) == (True, "id1", [])
    assert take("swapped", data).changed
    assert not take("swapped", data).changed
    (kept,) = before(data)
    assert (kept / "old").exists()
    assert read(data) == {"restored_from": "id1", "finished": "", "finished_at": 0}

    finished = take("finished", data)
    assert (finished.changed, finished["diff"]["after"]["finished"]) == (True, "id1")
    assert not take("finished", data).changed
    assert read(data)["finished"] == "id1"
    assert read(data)["finished_at"] > 0
    assert not (data / ".restore").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_the_new_data_belongs_to_whom_the_folder_does(etcd: EtcdServer, data: Path) -> None:
    os.chown(data, 4321, 4322)
    stage(data, find_binary(etcd.version, "etcdctl"))
    made = [data / ".restore/data", *(data / ".restore/data").rglob("*")]
    assert len(made) > 3
    assert {(path.lstat().st_uid, path.lstat().st_gid) for path in made} == {(4321, 4322)}


def test_an_exchange_that_was_stopped_half_way_is_completed(etcd: EtcdServer, data: Path) -> None:
    stage(data, find_binary(etcd.version, "etcdctl"))
    (data / "member").rename(data / "member.before-first")
    assert take("swapped", data).changed
    assert [path.name for path in before(data)] == ["member.before-first"]
    assert read(data)["restored_from"] == "id1"


def test_what_is_from_the_same_restore_is_replaced_only_if_told_so(etcd: EtcdServer, data: Path) -> None:
    etcdctl = find_binary(etcd.version, "etcdctl")
    for again in (False, False, True):
        (data / ".restore").mkdir(exist_ok=True)
        etcd.etcdctl("snapshot", "save", str(data / ".restore/snapshot.db"))
        stage(data, etcdctl)
        count = len(before(data))
        changed = take("swapped", data, again=again).changed
        assert changed == (again or count == 0)
        if changed:
            # A second exchange in one second would have the same name.
            before(data)[-1].rename(data / f"member.before-{count}")


def test_etcd_runs_with_it(etcd: EtcdServer, data: Path) -> None:
    stage(data, find_binary(etcd.version, "etcdctl"), "default", "http://127.0.0.1:2380")
    take("swapped", data)
    take("finished", data)
    content = data.rename(data.parent.with_name("content"))
    shutil.rmtree(data.parent)
    server = start_etcd(etcd.version, data.parent, v2=False, flags=(f"--data-dir={content}",))
    try:
        assert server.etcdctl("get", "/restored", "--print-value-only").strip() == "yes"
    finally:
        server.stop()


@pytest.mark.parametrize("flag", ["--bump-revision", "--other"])
def test_revisions_jump_where_the_tool_can_do_it(etcd: EtcdServer, data: Path, tmp_path: Path, flag: str) -> None:
    tool = tmp_path / "etcdctl"
    tool.write_text(RECORDER.replace("FLAGS", flag))
    tool.chmod(0o755)
    stage(data, str(tool))
    words = Path(f"{tool}.words").read_text().split()
    assert ("--bump-revision=1000000000" in words) == ("--mark-compacted" in words) == (flag == "--bump-revision")
    assert words[:2] == ["snapshot", "restore"]


@pytest.mark.parametrize("state", ["swapped", "finished"])
def test_no_step_is_taken_before_the_one_that_it_needs(tmp_path: Path, state: str) -> None:
    (tmp_path / "member").mkdir()
    refused = run_module("etcd_restore", {"state": state, "restore": "id1", "data_dir": str(tmp_path)})
    assert refused.failed
    assert [path.name for path in tmp_path.iterdir()] == ["member"]


def test_a_damaged_snapshot_makes_no_data(data: Path) -> None:
    snapshot = data / ".restore/snapshot.db"
    snapshot.write_bytes(snapshot.read_bytes()[:-512])
    options = {"name": "n1", "initial_cluster": f"n1={PEER}", "initial_cluster_token": "x", "peer_url": PEER}
    refused = run_module("etcd_restore", {"state": "staged", "restore": "id1", "data_dir": str(data), "etcdctl": "/nowhere", **options})
    assert "damaged" in refused.msg
    assert not (data / ".restore/data").exists()


def test_a_mark_never_writes_through_a_link(etcd: EtcdServer, data: Path, tmp_path: Path) -> None:
    stage(data, find_binary(etcd.version, "etcdctl"))
    take("swapped", data)
    (tmp_path / "target").write_text("untouched")
    (data / "member/restore-finished").symlink_to(tmp_path / "target")
    assert read(data)["finished"] == ""
    take("finished", data)
    assert (tmp_path / "target").read_text() == "untouched"
    assert read(data)["finished"] == "id1"
