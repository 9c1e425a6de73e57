# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.backup import (
    BackupSource,
    SavedSnapshot,
    choose_source,
    parse_saved_snapshot,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.cluster_view import ClusterView
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.cluster.views import silent, view

FOLDER, PREFIX = "/var/backups/etcd", "etcd-"
NAME = "etcd-20260101T000000Z-r7.db"
SUM = "a" * 64


def lonely(name: str, applied: int) -> ClusterView:
    """Return what a member sees that has no quorum."""
    return view(name, applied=applied, serves=False, read_error="no answer in 5 seconds")


@pytest.mark.parametrize(
    ("views", "preferred", "with_quorum", "member"),
    [
        ({"n1": view("n1"), "n2": view("n2")}, "n9", True, "n1"),
        ({"n1": view("n1"), "n2": view("n2")}, "n2", True, "n2"),
        ({"n1": silent(), "n2": view("n2")}, "n1", True, "n2"),
        ({"n1": lonely("n1", 9), "n2": view("n2")}, "n1", True, "n2"),
        ({"n1": lonely("n1", 7), "n2": lonely("n2", 9), "n3": lonely("n3", 8)}, "n1", False, "n2"),
        ({"n1": silent(), "n2": lonely("n2", 0)}, "n1", False, "n2"),
    ],
)
def test_who_is_backed_up(views: t.Mapping[str, ClusterView], preferred: str, with_quorum: bool, member: str) -> None:
    assert choose_source(views, preferred, with_quorum=with_quorum) == BackupSource(member)


def test_without_a_quorum_it_says_what_can_be_done() -> None:
    found = choose_source({"n1": lonely("n1", 7), "n2": silent(), "n3": silent()}, "n1", with_quorum=True)
    assert found.member == ""
    assert found.problem.startswith(
        "No member has a quorum, so nothing was saved (n1, n2, n3 were tried: no answer in 5 seconds; refused). What a member has"
    )
    assert "etcd_backup_quorum=false" in found.problem


def test_without_any_answer_it_says_where_to_look() -> None:
    found = choose_source({"n1": silent("")}, "n1", with_quorum=False)
    assert found.problem == (
        "No member responds, so nothing was saved (n1 were tried: no answer). Check the members with systemctl status etcd.service."
    )


def saved(**changes: t.Any) -> dict[str, t.Any]:
    return {"path": f"{FOLDER}/{NAME}", "name": NAME, "sha256": SUM, "revision": 7, "records": 12, "size": 20480, **changes}


def test_a_snapshot_is_read() -> None:
    assert parse_saved_snapshot(saved(), FOLDER, PREFIX) == SavedSnapshot(f"{FOLDER}/{NAME}", NAME, SUM, 7, 12, 20480)


@pytest.mark.parametrize(
    "said",
    [
        saved(path=f"{FOLDER}/.."),
        saved(path=f"{FOLDER}/../{NAME}"),
        saved(path=f"/etc/{NAME}"),
        saved(name=f"../{NAME}", path=f"{FOLDER}/../{NAME}"),
        saved(name="other-20260101T000000Z-r7.db", path=f"{FOLDER}/other-20260101T000000Z-r7.db"),
        saved(name=f"{NAME}\n", path=f"{FOLDER}/{NAME}\n"),
        saved(name="etcd-{{ x }}.db", path=f"{FOLDER}/etcd-{{{{ x }}}}.db"),
        saved(path=["x"]),
        saved(sha256="a"),
        saved(sha256="{{ x }}" + SUM),
        saved(revision="{{ x }}"),
        saved(size=None),
        {},
        [],
        "x",
    ],
)
def test_anything_else_is_no_snapshot(said: t.Any) -> None:
    with pytest.raises(CollectionError, match="did not report a snapshot"):
        parse_saved_snapshot(said, FOLDER, PREFIX)
