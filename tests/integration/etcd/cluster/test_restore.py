# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that makes a member's data from a snapshot and puts it in its place, with real etcd."""

from __future__ import annotations

import json
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer, find_binary, start_etcd
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

SCRIPT = PROJECT / "roles/etcd/files/restore.sh"
PEER = "https://192.0.2.11:2380"
# An etcdctl that writes down how it was called, and makes what a restore makes.
RECORDER = """#!/bin/sh
for word; do
  if [ "$word" = --help ]; then echo "  --data-dir FLAGS"; exit 0; fi
  case $word in --data-dir=*) mkdir -p "${word#*=}/member" ;; esac
done
printf '%s\\n' "$@" >"$0.words"
"""


def run_script(action: str, folder: Path, *arguments: str) -> str:
    """Run it as the role does, and return what it prints."""
    done = subprocess.run(
        ["sh", "-c", SCRIPT.read_text(), "sh", action, str(folder), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_state(folder: Path) -> dict[str, t.Any]:
    """Return what it says of the data in use."""
    return t.cast("dict[str, t.Any]", json.loads(run_script("state", folder)))


def stage(folder: Path, etcdctl: str, name: str = "n1", peer: str = PEER) -> None:
    """Make the new data."""
    run_script("stage", folder, "id-1", etcdctl, name, f"{name}={peer}", "token-1", peer)


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


def test_the_old_data_is_kept_and_the_new_says_what_it_is_from(etcd: EtcdServer, data: Path) -> None:
    etcdctl = find_binary(etcd.version, "etcdctl")
    assert read_state(data) == {"restored_from": "", "finished": "", "finished_at": 0}
    stage(data, etcdctl)
    stage(data, etcdctl)
    assert (data / "member/old").exists()
    assert run_script("swap", data, "id-1", "now") == "swapped\n"
    assert run_script("swap", data, "id-1", "later") == ""
    assert (data / "member.before-now/old").exists()
    assert not (data / "member.before-later").exists()
    assert {**read_state(data), "finished_at": 0} == {"restored_from": "id-1", "finished": "", "finished_at": 0}
    run_script("finish", data, "id-1")
    assert read_state(data)["finished"] == "id-1"
    assert read_state(data)["finished_at"] > 0
    assert not (data / ".restore").exists()


def test_an_exchange_that_was_stopped_half_way_is_completed(etcd: EtcdServer, data: Path) -> None:
    stage(data, find_binary(etcd.version, "etcdctl"))
    (data / "member").rename(data / "member.before-first")
    assert run_script("swap", data, "id-1", "second") == "swapped\n"
    assert not (data / "member.before-second").exists()
    assert read_state(data)["restored_from"] == "id-1"


def test_etcd_runs_with_it(etcd: EtcdServer, data: Path) -> None:
    stage(data, find_binary(etcd.version, "etcdctl"), "default", "http://127.0.0.1:2380")
    run_script("swap", data, "id-1", "now")
    run_script("finish", data, "id-1")
    content = data.rename(data.parent.with_name("content"))
    shutil.rmtree(data.parent)
    server = start_etcd(etcd.version, data.parent, v2=False, flags=(f"--data-dir={content}",))
    try:
        assert server.etcdctl("get", "/restored", "--print-value-only").strip() == "yes"
    finally:
        server.stop()


@pytest.mark.parametrize("flag", ["--bump-revision", "--other"])
def test_revisions_jump_where_the_tool_can_do_it(tmp_path: Path, flag: str) -> None:
    tool = tmp_path / "etcdctl"
    tool.write_text(RECORDER.replace("FLAGS", flag))
    tool.chmod(0o755)
    (tmp_path / ".restore").mkdir()
    stage(tmp_path, str(tool))
    words = Path(f"{tool}.words").read_text().split()
    assert ("--bump-revision=1000000000" in words) == ("--mark-compacted" in words) == (flag == "--bump-revision")
    assert words[:2] == ["snapshot", "restore"]
