# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.restore import (
    DesiredRestore,
    RestorePlan,
    last_restore,
    plan_restore,
    restored_config,
)

NAMES = ("n1", "n2", "n3")
NEEDED = ("/etc/etcd/etcd.yml", "/usr/local/bin/etcdctl")
DESIRED = DesiredRestore(
    "etcd-20260101T000000Z-r7.db", "/var/backups/etcd", "n4", "etcd", "n1=https://192.0.2.1:2380", "/var/lib/etcd", (), NEEDED
)
FILE = {"snapshot": {"sha256": "a" * 64, "problem": ""}}
Result = t.Dict[str, t.Any]


def load(text: str) -> t.Mapping[str, t.Any]:
    return t.cast("t.Mapping[str, t.Any]", json.loads(text or "{}"))


def endpoint(number: str, serves: bool) -> Result:
    """Return what a member says of itself."""
    numbers = dict.fromkeys(("raft_applied_index", "db_size", "db_size_in_use", "quota"), 1)
    status = {"member_id": f"a{number}", "leader_id": "a1", "is_leader": False, "version": "3.5.1", "revision": 40 + int(number)}
    error = "" if serves else "late"
    return {"url": f"https://192.0.2.{number}:2379", **status, **numbers, "error": "", "serves": serves, "read_error": error}


def result(
    name: str = "n1", *, restored_from: str = "", finished: str = "", serves: bool = True, answers: bool = True, **changes: t.Any
) -> Result:
    """Return what was observed on a member."""
    own = endpoint(name[1:], serves)
    member = {"id": own["member_id"], "name": name, "peer_urls": [], "client_urls": [own["url"]], "is_learner": False}
    head = {"error": "", "cluster_id": "c", "member_id": member["id"], "alarms": [], "alarms_error": ""}
    cluster = {**head, "members": [member], "endpoints": [own]}
    observed = {
        "files": {path: {"kind": "file"} for path in NEEDED},
        "config": '{"name": "n1"}',
        "restore": {"restored_from": restored_from, "finished": finished, "finished_at": 1767225600 if finished else 0},
        "cluster": cluster if answers else {"error": "refused"},
    }
    return {"etcd_member": {**observed, **changes}}


def plan(results: t.Mapping[str, Result] | None = None, snapshot: Result | None = None, desired: DesiredRestore = DESIRED) -> RestorePlan:
    everybody = {**{name: result(name) for name in NAMES}, **(results or {})}
    return plan_restore(everybody, FILE if snapshot is None else snapshot, desired, load)


ID = plan().id


def test_the_same_snapshot_for_the_same_members_is_the_same_restore() -> None:
    assert (len(ID), plan().id, plan().problem) == (16, ID, "")
    assert plan(snapshot={"snapshot": {"sha256": "b" * 64, "problem": ""}}).id != ID
    assert plan(desired=replace(DESIRED, initial_cluster="n1=https://192.0.2.9:2380")).id != ID


def test_it_says_what_would_be_lost() -> None:
    question = plan().question
    for words in (
        "stops etcd on n1, n2, n3",
        "(it is of revision 7, the cluster is at revision 43)",
        "/var/lib/etcd/member.before-<time>",
        "etcd_restore=true",
    ):
        assert words in question
    other = plan(desired=replace(DESIRED, file="notes.db")).question
    assert "is lost: leases" in other
    nobody = {name: result(name, answers=False) for name in NAMES}
    assert "is lost (no member responds now): leases" in plan(nobody).question


# The members; whether one has finished this restore; whether nothing is left to do.
CASES: dict[str, tuple[dict[str, Result], bool, bool]] = {
    "never restored": ({}, False, False),
    "restored": ({name: result(name, restored_from=ID, finished=ID) for name in NAMES}, True, True),
    "restored, and all are down": ({name: result(name, restored_from=ID, finished=ID, answers=False) for name in NAMES}, True, True),
    "restored, and others joined later": ({"n1": result("n1", restored_from=ID, finished=ID)}, True, True),
    "one was left behind": ({"n1": result("n1", restored_from=ID, finished=ID), "n3": result("n3", serves=False)}, True, False),
    "swapped, and not finished": ({name: result(name, restored_from=ID) for name in NAMES}, False, False),
    "from another one": ({name: result(name, restored_from="b" * 16, finished="b" * 16) for name in NAMES}, False, False),
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_done_before(name: str) -> None:
    results, is_again, is_finished = CASES[name]
    made = plan(results)
    assert (made.problem, made.id, made.is_again, made.is_finished) == ("", ID, is_again, is_finished)


PROBLEMS: dict[str, tuple[Result, dict[str, Result], DesiredRestore, str]] = {
    "absent": (FILE, {}, replace(DESIRED, absent=("n9",)), "not reachable: n9; without etcd: none"),
    "no etcdctl": (FILE, {"n2": result(files={**dict.fromkeys(NEEDED), NEEDED[0]: {}})}, DESIRED, "not reachable: none; without etcd: n2"),
    "no configuration": (FILE, {"n2": result(config="")}, DESIRED, "without etcd: n2"),
    "no observation": (FILE, {"n2": {}}, DESIRED, "without etcd: n2"),
    "nonsense": (FILE, {"n2": {"etcd_member": ["{{ x }}"]}}, DESIRED, "without etcd: n2"),
    "damaged": ({"snapshot": {"sha256": "", "problem": "x is damaged."}}, {}, DESIRED, "n4 can't be restored (x is damaged). Choose"),
    "not readable": ({"failed": True, "msg": "no {{ way }}"}, {}, DESIRED, "can't be restored (no { { way }}). Choose"),
    "a sum that is none": ({"snapshot": {"sha256": "x", "problem": ""}}, {}, DESIRED, "can't be restored (it can't be read)"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_prevents_a_restore(name: str) -> None:
    snapshot, results, desired, words = PROBLEMS[name]
    made = plan(results, snapshot, desired)
    assert words in made.problem
    assert made == RestorePlan(made.problem)


def test_marks_are_names_of_restores_and_nothing_else() -> None:
    made = plan({"n1": result("n1", restored_from="{{ x }}", finished="{{ x }}")})
    assert (made.problem, made.is_again) == ("", False)


def test_the_last_restore_counts() -> None:
    assert last_restore([result(), result(finished=ID), {}]) == 1767225600
    assert last_restore([]) == 0


@pytest.mark.parametrize("said", [-1, 10**12, "{{ x }}", None, True])
def test_what_is_no_time_is_never(said: t.Any) -> None:
    assert last_restore([result(restore={"restored_from": "", "finished": "", "finished_at": said})]) == 0


def test_the_configuration_keeps_what_is_not_about_the_start() -> None:
    text = '# Ansible managed\n# other\n{"name": "n1"}'
    made = restored_config(text, "n1=x", "token-1", lambda text: {"name": "n1", "initial-cluster": "old"}, json.dumps)
    head, body = made.split("\n")
    assert head == "# Ansible managed"
    assert json.loads(body) == {"name": "n1", "initial-cluster": "n1=x", "initial-cluster-state": "new", "initial-cluster-token": "token-1"}
