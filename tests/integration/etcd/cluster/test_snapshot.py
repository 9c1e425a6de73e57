# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that make and check snapshots, with real etcd."""

from __future__ import annotations

import os
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer, find_binary
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module

OLD = ("test-20200101T000000Z-r1.db", "test-20200102T000000Z-r2.db")
FOREIGN = ("other-20200101T000000Z-r1.db", "test-notes.db", "testx20200101T000000Z-r1.db")


def save(server: EtcdServer, folder: Path, **options: t.Any) -> ModuleResult:
    """Save a snapshot of the server."""
    args = {"folder": str(folder), "prefix": "test-", "etcdctl": find_binary(server.version, "etcdctl"), "endpoint": server.url}
    check = options.pop("check", False)
    return run_module("etcd_snapshot", {**args, **options}, check=check, diff=True)


def inspect(path: Path, etcdctl: str | None = None) -> dict[str, t.Any]:
    """Check a file."""
    return t.cast("dict[str, t.Any]", run_module("etcd_snapshot_info", {"path": str(path), "etcdctl": etcdctl}, check=True)["snapshot"])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_snapshot_is_named_by_its_revision_and_can_be_checked(etcd: EtcdServer, tmp_path: Path) -> None:
    etcd.etcdctl("put", "/snapshot", "here")
    folder = tmp_path / "new" / "folder"
    planned = save(etcd, folder, check=True)
    assert (planned.changed, planned["snapshot"], folder.exists()) == (True, None, False)
    done = save(etcd, folder)
    assert (done.failed, done.changed) == (False, True), done.msg
    made = done["snapshot"]
    (path,) = folder.iterdir()
    assert (made["path"], made["name"]) == (str(path), path.name)
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert path.name.startswith("test-2")
    assert path.name.endswith(f"Z-r{made['revision']}.db")
    assert made["records"] > 0
    counts = {name: made[name] for name in ("sha256", "revision", "records", "size")}
    assert inspect(path, find_binary(etcd.version, "etcdctl")) == {"path": str(path), "problem": "", **counts}
    without_tool = inspect(path)
    assert (without_tool["sha256"], without_tool["revision"], without_tool["problem"]) == (made["sha256"], None, "")


def test_a_member_with_certificates_is_asked_with_those_that_there_are(etcd_tls: EtcdServer, tmp_path: Path) -> None:
    assert etcd_tls.certificates
    files = etcd_tls.certificates.client_args()
    fallback = {"ca_cert": files["ca_cert"], "fallback_cert": files["client_cert"], "fallback_key": files["client_key"]}
    done = save(etcd_tls, tmp_path, client_cert="/nowhere.crt", client_key="/nowhere.key", **fallback)
    assert not done.failed, done.msg


def test_a_damaged_snapshot_is_told(etcd: EtcdServer, tmp_path: Path) -> None:
    path = Path(save(etcd, tmp_path)["snapshot"]["path"])
    whole = path.read_bytes()
    for damaged, words in (
        (whole[:9000] + b"XX" + whole[9002:], "damaged"),
        (whole[:-32], "does not end with a checksum"),
        (whole[:-4096], "damaged"),
        (whole[: len(whole) // 2 + 7], "does not end with a checksum"),
        (b"", "does not end with a checksum"),
    ):
        path.write_bytes(damaged)
        found = inspect(path, find_binary(etcd.version, "etcdctl"))
        assert (words in found["problem"], found["sha256"]) == (True, "")
    path.unlink()
    assert "can't be read" in inspect(path)["problem"]


def test_a_file_that_only_has_the_right_sum_is_told(tmp_path: Path) -> None:
    import hashlib

    path = tmp_path / "x.db"
    path.write_bytes(bytes(4096) + hashlib.sha256(bytes(4096)).digest())
    assert inspect(path)["problem"] == ""
    assert "can't read" in inspect(path, find_binary("3.5.1", "etcdctl"))["problem"]


def test_a_failed_save_leaves_nothing(etcd: EtcdServer, tmp_path: Path) -> None:
    (tmp_path / OLD[0]).touch()
    tool = tmp_path / "etcdctl"
    tool.write_text(f'#!/bin/sh\nexec {find_binary(etcd.version, "etcdctl")} "$@" --command-timeout=2s --dial-timeout=1s\n')
    tool.chmod(0o755)
    done = save(etcd, tmp_path, endpoint="http://127.0.0.1:9", etcdctl=str(tool), keep=1)
    assert done.failed
    assert "etcdctl failed: " in done.msg
    assert names(tmp_path) == {OLD[0], "etcdctl"}


@pytest.mark.parametrize(("keep", "left"), [(0, {*OLD}), (1, set()), (2, {OLD[1]}), (9, {*OLD})])
def test_the_oldest_are_removed(etcd: EtcdServer, tmp_path: Path, keep: int, left: set[str]) -> None:
    for name in (*OLD, *FOREIGN):
        (tmp_path / name).touch()
    done = save(etcd, tmp_path, keep=keep)
    assert names(tmp_path) == {*left, *FOREIGN, done["snapshot"]["name"]}
    assert set(done["removed"]) == {*OLD} - left
    assert set(done["diff"]["after"]["snapshots"]) == {*left, done["snapshot"]["name"]}


def test_one_from_the_future_does_not_cost_the_new_one(etcd: EtcdServer, tmp_path: Path) -> None:
    future = "test-29990101T000000Z-r9.db"
    (tmp_path / future).touch()
    assert names(tmp_path / Path(save(etcd, tmp_path, keep=1)["snapshot"]["path"]).parent) >= {future}
    assert len(names(tmp_path)) == 2


def test_what_a_killed_run_left_is_removed_a_day_later(etcd: EtcdServer, tmp_path: Path) -> None:
    for name in (".saving.old", ".saving.new"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / ".saving.old", (time.time() - 90_000,) * 2)
    save(etcd, tmp_path)
    assert {name for name in names(tmp_path) if name.startswith(".")} == {".saving.new"}


def test_a_copy_is_checked_before_it_has_its_name(etcd: EtcdServer, tmp_path: Path) -> None:
    made = save(etcd, tmp_path / "member")["snapshot"]
    content = Path(made["path"]).read_bytes()
    store = {"folder": str(tmp_path), "prefix": "test-", "name": made["name"], "keep": 1}
    (tmp_path / OLD[0]).touch()
    source = tmp_path / ".incoming"
    source.write_bytes(content[:-512])
    damaged = run_module("etcd_snapshot", {**store, "source": str(source)})
    assert "damaged" in damaged.msg
    assert names(tmp_path) == {"member", OLD[0], ".incoming"}
    source.write_bytes(content)
    done = run_module("etcd_snapshot", {**store, "source": str(source)})
    assert done["snapshot"] == {
        **dict.fromkeys(("revision", "records", "size")),
        "path": str(tmp_path / made["name"]),
        "name": made["name"],
        "sha256": made["sha256"],
    }
    assert names(tmp_path) == {"member", made["name"]}


@pytest.mark.parametrize(
    "options",
    [
        {"prefix": "../x-"},
        {"prefix": ""},
        {"keep": -1},
        {"source": "/nowhere", "name": "test-../x.db"},
        {"source": "/nowhere", "name": "other-20200101T000000Z-r1.db"},
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, options: dict[str, t.Any]) -> None:
    refused = run_module("etcd_snapshot", {"folder": str(tmp_path / "new"), "prefix": "test-", **options})
    assert refused.failed
    assert not (tmp_path / "new").exists()
