# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done on etcd's members together: in an order that holds, and nothing that endangers the cluster."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.changes import (
    changed,
    state,
    steps,
    unit,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    CONFIG,
    LINK,
    NAMES,
    OLD_PROGRAM,
    PROGRAM,
    VERSION,
    bare,
    converged,
    given,
    peer_url,
    plan,
    see,
)


def test_members_that_are_as_they_should_be() -> None:
    planned = plan(converged()).public()
    assert {name: (host["problems"], host["steps"], host["pending"]) for name, host in planned["hosts"].items()} == dict.fromkeys(
        NAMES, ([], {}, [])
    )
    assert (planned["is_first_start"], planned["is_live"], planned["needs_health"]) == (False, True, False)
    assert (planned["restarts"], planned["joins"], planned["warnings"], planned["answering"]) == ([], [], [], "n1")


def test_bare_hosts_start_together() -> None:
    planned = plan({name: bare(name) for name in NAMES})
    assert (planned.is_first_start, planned.needs_health, planned.restarts, planned.joins) == (True, True, (), ())
    for host in planned.hosts.values():
        assert [step.name for step in host.steps] == ["user", "install", "configure", "start"]
    details = planned.public()["hosts"]["n1"]["steps"]
    assert details["install"]["url"] == f"https://example.com/etcd/v{VERSION}/etcd-v{VERSION}-linux-amd64.tar.gz"
    assert (details["install"]["checksum"], details["install"]["unpack"]) == ("sha256:abc", True)
    assert '"initial-cluster-state": "new"' in details["configure"]["config"]
    assert f'"initial-cluster": "n1={peer_url("n1")},n2={peer_url("n2")},n3={peer_url("n3")}"' in details["configure"]["config"]


def test_the_leader_is_restarted_last() -> None:
    answers = changed(state(CONFIG, is_newer_than_start=True), *NAMES)
    assert plan(answers).restarts == ("n2", "n3", "n1")
    assert plan(see(answers, leader="n3")).restarts == ("n1", "n2", "n3")


def test_a_restart_on_demand() -> None:
    planned = plan(converged(), given(restart=True))
    assert planned.restarts == ("n2", "n3", "n1")
    assert planned.hosts["n1"].steps[0].reasons == ("etcd_restart is set",)


def test_another_version_is_a_snapshot_and_a_restart() -> None:
    answers = converged(wanted=given(install={"version": "3.5.32", "release_dir": "/opt/etcd-3.5.32"}))
    for answer in answers.values():
        for endpoint in answer["cluster"]["endpoints"]:
            endpoint["version"] = "3.5.32"
    planned = plan(answers)
    assert (planned.is_snapshot_due, planned.restarts) == (True, ("n2", "n3", "n1"))
    assert steps(answers)["install"].startswith(f"{LINK} is {OLD_PROGRAM}, not {PROGRAM}; ")


TEST_VERSIONS = [
    ("3.4.33", "can't return to an earlier minor version"),
    ("3.7.1", "upgraded one minor version at a time"),
]


@pytest.mark.parametrize(("version", "words"), TEST_VERSIONS)
def test_a_version_that_etcd_does_not_follow_is_refused(version: str, words: str) -> None:
    wanted = given(install={"version": version, "checksum": "sha256:x"})
    problems = [host.problems for host in plan(converged(), wanted).hosts.values()]
    assert all(words in " ".join(texts) for texts in problems)


def test_the_next_version_has_no_v2_store() -> None:
    found = plan(converged(), given(install={"version": "3.6.14", "checksum": "sha256:x", "release_dir": "/opt/etcd-3.6.14"}))
    step = found.hosts["n1"].steps[0]
    assert (step.name, step.details) == ("v2_store", {"program": f"/opt/etcd-{VERSION}/etcdutl"})


def test_a_host_that_is_added_joins() -> None:
    members = (*NAMES, "n4")
    answers = see({**converged(), "n4": bare("n4")})
    planned = plan(answers, members=members)
    assert (planned.joins, planned.restarts) == (("n4",), ())
    assert [step.name for step in planned.hosts["n4"].steps] == ["user", "install", "configure", "join"]
    config = planned.hosts["n4"].steps[2].details["config"]
    assert '"initial-cluster-state": "existing"' in config
    assert f"n4={peer_url('n4')}" in config
    assert "4 members survive no more failures than 3 do" in planned.warnings[0]
    assert all(planned.hosts[name].steps == () for name in NAMES)


def test_a_learner_that_an_interrupted_run_left_is_promoted() -> None:
    answers = see(converged((*NAMES, "n4")), learners=["n4"])
    planned = plan(answers, members=(*NAMES, "n4"))
    assert [step.name for step in planned.hosts["n4"].steps] == ["join"]


def test_a_member_that_is_down_holds_up_newcomers_only() -> None:
    answers = see({name: answer for name, answer in {**converged(), "n4": bare("n4")}.items() if name != "n3"}, listed=NAMES)
    planned = plan(answers, members=(*NAMES, "n4"))
    assert "n4 can't join the cluster now: n3" in planned.hosts["n4"].problems[0]
    assert (planned.down, planned.needs_health) == (("n3",), False)
    assert "Members that don't answer: n3" in planned.warnings[1]


def test_without_a_quorum_nothing_is_done() -> None:
    answers = see({"n1": converged()["n1"]}, listed=NAMES)
    planned = plan(answers, given(["n1"], restart=True))
    assert "etcd has no quorum: of its members only n1 can be started, not reachable: n2, n3" in planned.hosts["n1"].problems[0]


def test_members_that_are_all_down_are_started() -> None:
    answers = changed(unit(is_active=False, pid=0, running_program=""), *NAMES)
    planned = plan(answers)
    assert (planned.is_live, planned.is_first_start, planned.needs_health) == (False, False, True)
    assert [step.name for step in planned.hosts["n2"].steps] == ["start"]


@pytest.mark.parametrize("alarm", ["NOSPACE", "CORRUPT"])
def test_an_alarm_is_told_by_a_run_that_changes_nothing(alarm: str) -> None:
    answers = converged()
    for answer in answers.values():
        answer["cluster"]["alarms"] = [{"member_id": "a2", "alarm": alarm}]
    planned = plan(answers)
    assert planned.needs_health
    assert all(host.steps == () for host in planned.hosts.values())


def test_a_member_of_nobody_counts_and_is_told() -> None:
    planned = plan({name: converged()[name] for name in NAMES}, members=("n1", "n2"), present=("n1", "n2"))
    assert planned.unlisted == (peer_url("n3"),)
    assert any("n3" in text for text in planned.warnings)
    assert planned.is_alone is False


def test_one_member_is_alone() -> None:
    planned = plan(converged(("n1",)), given(("n1",), restart=True), members=("n1",))
    assert (planned.is_alone, planned.restarts) == (True, ("n1",))
