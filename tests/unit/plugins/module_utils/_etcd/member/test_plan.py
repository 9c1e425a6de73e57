# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done on etcd's members: nothing without a reason, in an order that holds, and nothing that endangers the cluster."""

from __future__ import annotations

import contextlib
import copy
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    ACCESS,
    CA,
    CONFIG,
    DATA,
    LINK,
    NAMES,
    OLD_PROGRAM,
    PASSWORD,
    PROGRAM,
    TOOL,
    UNIT,
    VERSION,
    Answer,
    Answers,
    bare,
    client_url,
    converged,
    dump,
    given,
    make,
    peer_url,
    plan,
    run_role,
    see,
)
from hypothesis import given as fuzz
from hypothesis import settings
from hypothesis import strategies as st

ORDER = ("v2_store", "user", "install", "configure", "start", "restart", "join")
Change = t.Callable[[Answer], None]


def steps(answers: t.Mapping[str, t.Any], name: str = "n1", **options: t.Any) -> dict[str, str]:
    """Return the reasons of each step of a host."""
    return {step.name: "; ".join(step.reasons) for step in plan(answers, **options).hosts[name].steps}


def changed(change: Change, *names: str, wanted: t.Any = None) -> Answers:
    """Return members of which some are otherwise."""
    answers = converged(wanted=wanted)
    for name in names or ("n1",):
        change(answers[name])
    return see(answers)


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


def test_a_first_start_needs_every_member() -> None:
    planned = plan({name: bare(name) for name in ("n1", "n2")})
    (told,) = {planned.hosts[name].problems for name in ("n1", "n2")}
    assert told[0].startswith("No member has data, so this is the cluster's first start, which needs every member at once.")
    assert "Not in this run, or not reachable: n3. Run without --limit and serial" in told[0]
    odd = {name: bare(name) for name in NAMES}
    odd["n3"]["host"]["architecture"] = "s390x"
    planned = plan(odd)
    assert "s390x" in planned.hosts["n3"].problems[0]
    assert "Not in this run, or not reachable: n3" in planned.hosts["n1"].problems[0]


def unit(**changes: t.Any) -> Change:
    return lambda answer: answer["unit"].update(changes)


def state(path: str, **changes: t.Any) -> Change:
    return lambda answer: answer["files"][path].update(changes)


def gone(path: str) -> Change:
    return lambda answer: answer["files"].update({path: None})


def program(path: str, version: str = "3.5.32") -> Change:
    return lambda answer: answer.update(program={"path": path, "version": version})


# What is otherwise on a member, and the steps that this makes, each with a word of its reasons.
TEST_STEPS: list[tuple[str, Change, dict[str, str]]] = [
    ("another program", program(OLD_PROGRAM), {"install": OLD_PROGRAM, "restart": LINK}),
    ("no program", program("", ""), {"install": "missing", "restart": LINK}),
    ("no tool", gone(TOOL), {"install": TOOL}),
    ("a tool of another kind", state(TOOL, kind="file", target=None), {"install": TOOL}),
    ("a tool of another version", state(TOOL, target="/opt/etcd-3.5.32/etcdctl"), {"install": "is /opt/etcd-3.5.32/etcdctl, not"}),
    ("a process of another program", unit(running_program=OLD_PROGRAM), {"restart": LINK}),
    ("a program that was deleted", unit(running_program=f"{PROGRAM} (deleted)"), {"restart": LINK}),
    ("another configuration", state(CONFIG, sha256="0" * 64), {"configure": CONFIG, "restart": CONFIG}),
    ("no configuration", gone(CONFIG), {"configure": CONFIG, "restart": CONFIG}),
    ("a configuration for all", state(CONFIG, mode="0644"), {"configure": CONFIG}),
    ("another owner of the configuration", state(CONFIG, owner="etcd"), {"configure": CONFIG}),
    ("a configuration that was not read", state(CONFIG, is_newer_than_start=True), {"restart": CONFIG}),
    ("another unit", state(UNIT, sha256="0" * 64), {"configure": UNIT, "restart": UNIT}),
    ("a link instead of the unit", state(UNIT, kind="link"), {"configure": UNIT, "restart": UNIT}),
    ("a unit that was not read", unit(needs_reload=True), {"start": "has not read"}),
    ("a CA that was not read", state(CA, is_newer_than_start=True), {"restart": CA}),
    ("data of nobody", state(DATA, owner="0", group="0"), {"user": DATA, "configure": DATA}),
    ("data for all", state(DATA, mode="0755"), {"configure": DATA}),
    ("etcd is down", unit(is_active=False, pid=0, running_program=""), {"start": "does not run"}),
    ("etcd waits for others", unit(is_active=False), {"start": "does not run"}),
    ("etcd does not boot", unit(is_enabled=False), {"start": "at boot"}),
]


@pytest.mark.parametrize(("change", "expected"), [case[1:] for case in TEST_STEPS], ids=[case[0] for case in TEST_STEPS])
def test_what_is_otherwise_is_corrected_for_a_reason(change: Change, expected: dict[str, str]) -> None:
    answers = changed(change)
    found = steps(answers)
    assert list(found) == list(expected)
    assert all(word in found[step] for step, word in expected.items())
    assert steps(answers, "n2") == {}


def test_a_process_that_is_down_has_nothing_to_pick_up() -> None:
    down = changed(lambda answer: (unit(is_active=False, pid=0, running_program="")(answer), state(CONFIG, sha256="0")(answer))[0])
    assert list(steps(down)) == ["configure", "start"]
    assert plan(down).hosts["n1"].pending == ()


def test_a_process_that_waits_for_others_is_restarted_with_what_is_new() -> None:
    waiting = changed(lambda answer: (unit(is_active=False)(answer), state(CONFIG, sha256="0")(answer))[0])
    assert list(steps(waiting)) == ["configure", "start", "restart"]


def test_what_is_pending_is_told_without_what_is_planned() -> None:
    planned = plan(changed(lambda answer: (state(CA, is_newer_than_start=True)(answer), state(UNIT, sha256="0")(answer))[0]))
    assert planned.hosts["n1"].pending == (CA,)


def test_the_leader_is_restarted_last() -> None:
    answers = changed(state(CONFIG, is_newer_than_start=True), *NAMES)
    assert plan(answers).restarts == ("n2", "n3", "n1")
    assert plan(see(answers, leader="n3")).restarts == ("n1", "n2", "n3")


def test_a_restart_on_demand() -> None:
    planned = plan(converged(), given(restart=True))
    assert planned.restarts == ("n2", "n3", "n1")
    assert planned.hosts["n1"].steps[0].reasons == ("etcd_restart is set",)


def test_a_changed_setting_is_a_new_configuration_which_keeps_how_the_cluster_began() -> None:
    answers = converged(wanted=given(token="first"))
    planned = plan(answers, given(extra={"snapshot-count": 5}, token="second"))
    (configure, restart) = planned.hosts["n1"].steps
    assert (configure.name, restart.name) == ("configure", "restart")
    assert '"snapshot-count": 5' in configure.details["config"]
    assert '"initial-cluster-token": "first"' in configure.details["config"]
    assert '"initial-cluster-state": "new"' in configure.details["config"]


def test_what_a_host_wrote_is_kept_only_where_it_can_be_meant() -> None:
    answers = converged()
    answers["n1"]["config"] = "#\n" + dump(
        {"initial-cluster": "{{ x }}", "initial-cluster-state": "odd", "initial-cluster-token": "{{ lookup('pipe', 'x') }}"}
    )
    odd = plan(answers, given(quota_bytes=1)).hosts["n1"].steps[0].details["config"]
    assert "{{" not in odd
    assert '"initial-cluster-token": "etcd"' in odd and '"initial-cluster-state": "existing"' in odd


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


def test_a_package_has_no_version_of_ours() -> None:
    package = {"method": "package", "version": "3.4.0", "program_dir": "/usr/bin"}
    answers = {name: bare(name) for name in NAMES}
    planned = plan(answers, given(install=package)).public()
    assert planned["hosts"]["n1"]["steps"]["install"] == {
        "method": "package",
        "mask": True,
        "reasons": ["/usr/bin/etcd is missing"],
    }


def test_another_archive_on_the_controller_is_unpacked_anew() -> None:
    archive = f"/var/cache/etcd-v{VERSION}-linux-amd64.tar.gz"
    answers = changed(lambda answer: answer["files"].update({archive: {**answer["files"][CA], "sha256": "b" * 64}}))
    own = {"method": "file", "source": "c" * 64}
    assert steps(answers, wanted=given(install=own))["install"] == f"{archive} differs from the controller's"
    assert steps(answers, wanted=given(install={**own, "source": "b" * 64})) == {}


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


def test_a_host_outside_the_group_is_refused() -> None:
    planned = plan({**converged(), "n9": bare("n9")})
    assert "The members are the hosts of the group etcd (etcd_group), and n9 is none of them" in planned.hosts["n9"].problems[0]
    assert planned.hosts["n1"].problems == ()


def test_an_address_that_the_host_does_not_have_is_refused() -> None:
    answers = converged()
    answers["n1"]["host"]["addresses"] = ["127.0.0.1", "192.0.2.99"]
    told = plan(answers).hosts["n1"].problems[0]
    assert "etcd_member_address is 192.0.2.11; the host has 127.0.0.1, 192.0.2.99; all members: 192.0.2.11, 192.0.2.12" in told


def test_an_unknown_checksum_is_refused() -> None:
    told = plan({name: bare(name) for name in NAMES}, given(install={"version": "3.5.99"})).hosts["n1"].problems[0]
    assert f"No checksum is known for etcd 3.5.99 on amd64 (known: {VERSION}, 3.5.32)" in told


def test_wrong_variables_are_told_alone() -> None:
    wanted = given()
    wanted["n1"] = {"problems": ["etcd_client_port is no port."]}
    planned = plan(converged(), wanted)
    assert planned.hosts["n1"].problems == ("etcd_client_port is no port.",)
    assert planned.hosts["n2"] == plan(converged()).hosts["n2"]
    everywhere = plan(converged(), {name: {"problems": ["Wrong."]} for name in NAMES})
    assert {host.problems for host in everywhere.hosts.values()} == {("Wrong.",)}


def test_a_host_of_the_run_that_was_not_observed_is_a_problem_of_its_own() -> None:
    answers = converged()
    del answers["n2"]
    planned = plan(see(answers, listed=NAMES), given(), present=NAMES)
    assert planned.hosts["n2"].problems == ("Nothing was observed on n2. Run again.",)
    assert planned.hosts["n1"].problems == ()


CHANGES = {name: change for name, change, _steps in TEST_STEPS}
DRAWN = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(sorted(CHANGES)), max_size=4, unique=True))
SETTINGS: dict[str, dict[str, t.Any]] = {
    "none": {},
    "quota": {"quota_bytes": 1},
    "unit": {"unit": "[Service]\n"},
    "version": {"install": {"version": "3.5.32", "release_dir": "/opt/etcd-3.5.32"}},
}


def drawn(changes: t.Mapping[str, t.Sequence[str]]) -> Answers:
    answers = converged()
    for name, ones in changes.items():
        for one in ones:
            with contextlib.suppress(AttributeError):  # the file is gone already
                CHANGES[one](answers[name])
    return see(answers)


@fuzz(DRAWN, st.sampled_from(sorted(SETTINGS)))
def test_after_the_role_nothing_is_left_to_do(changes: dict[str, list[str]], setting: str) -> None:
    wanted = given(**copy.deepcopy(SETTINGS[setting]))
    answers = drawn(changes)
    if any(host.problems for host in plan(answers, wanted).hosts.values()):
        return
    again = plan(run_role(answers, wanted), wanted)
    assert {name: host.steps for name, host in again.hosts.items()} == dict.fromkeys(NAMES, ())
    assert again.needs_health is False


@fuzz(DRAWN, st.sampled_from(sorted(SETTINGS)))
def test_steps_are_in_order_and_have_reasons(changes: dict[str, list[str]], setting: str) -> None:
    planned = plan(drawn(changes), given(**copy.deepcopy(SETTINGS[setting])))
    for name, host in planned.hosts.items():
        names = [step.name for step in host.steps]
        assert names == sorted(names, key=ORDER.index)
        assert all(step.reasons and all(step.reasons) for step in host.steps)
        assert host.has("restart") == (name in planned.restarts)
        assert not (host.problems and host.steps)
    assert len(set(planned.restarts)) == len(planned.restarts)


@settings(max_examples=50)
@fuzz(DRAWN, st.sampled_from(sorted(SETTINGS)), st.integers(0, 12))
def test_a_run_that_was_stopped_anywhere_is_completed_by_the_next(changes: dict[str, list[str]], setting: str, at: int) -> None:
    """Steps are done on all hosts, one kind after the other; what changed is newer than what runs."""
    wanted = given(**copy.deepcopy(SETTINGS[setting]))
    answers = drawn(changes)
    planned = plan(answers, wanted)
    if any(host.problems for host in planned.hosts.values()):
        return
    todo = [(name, step) for kind in ORDER for name, host in planned.hosts.items() for step in host.steps if step.name == kind]
    for name, step in todo[:at]:
        make(answers[name], step.name, step.details, wanted[name])
    left = run_role(see(answers), wanted)
    assert {name: host.steps for name, host in plan(left, wanted).hosts.items()} == dict.fromkeys(NAMES, ())


def places(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    yield path
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def put(value: t.Any, path: tuple[t.Any, ...], new: t.Any) -> t.Any:
    if not path:
        return new
    changed_value = copy.copy(value)
    changed_value[path[0]] = put(value[path[0]], path[1:], new)
    return changed_value


NONSENSE: tuple[t.Any, ...] = (
    12.5,
    -1,
    "{{ 1 / 0 }}" * 10_000,
    "{% x %}$(id)\x1b[0m",
    ["x"] * 10_001,
    [[[{}]]],
    {"x": [float("nan")]},
    {3: None},
)


@pytest.mark.parametrize("path", list(places(converged()["n1"])), ids=lambda path: ".".join(map(str, path)))
def test_nonsense_costs_the_host_that_says_it(path: tuple[t.Any, ...]) -> None:
    for nonsense in NONSENSE:
        answers = {**converged(), "n3": put(converged()["n3"], path, nonsense)}
        planned = plan(answers)
        assert [planned.hosts[name].problems for name in ("n1", "n2")] == [(), ()]
        told = str(planned.public())
        assert len(told) < 30_000
        assert "{{" not in told and "{%" not in told and "\x1b" not in told


# What is otherwise about users, and whether the module for them has something to do.
TEST_ACCESS: list[tuple[str, Change, dict[str, t.Any], bool]] = [
    ("as it should be", lambda _answer: None, {}, False),
    ("off", lambda answer: answer["auth"].update(is_enabled=False), {}, True),
    ("others", lambda answer: answer["auth"].update(digest="0"), {}, True),
    ("not told", lambda answer: answer["auth"].update(digest=""), {}, True),
    ("lost password", gone(PASSWORD), {}, True),
    ("kept elsewhere", lambda _answer: None, {"password_host": "elsewhere"}, True),
    ("other prefixes", lambda _answer: None, {"prefixes": ["/other"]}, True),
    ("to be off", lambda _answer: None, {"is_wanted": False}, True),
    ("off already", lambda answer: (answer["auth"].update(is_enabled=False), gone(PASSWORD)(answer))[0], {"is_wanted": False}, False),
    ("off, with a password left", lambda answer: answer["auth"].update(is_enabled=False), {"is_wanted": False}, True),
]


@pytest.mark.parametrize(("change", "wish", "is_due"), [case[1:] for case in TEST_ACCESS], ids=[case[0] for case in TEST_ACCESS])
def test_users_are_looked_at_closely_only_where_something_may_be_due(change: Change, wish: dict[str, t.Any], is_due: bool) -> None:
    answers = converged()
    for name in NAMES if is_due is False else ("n1",):
        change(answers[name])
    assert plan(answers, given(access={**ACCESS, **wish})).is_access_due is is_due


def test_nobody_has_told_of_users_before_the_first_start() -> None:
    assert plan({name: bare(name) for name in NAMES}).is_access_due


def test_what_authentication_does_not_protect_is_told_once() -> None:
    planned = plan(converged(), given(access={**ACCESS, "has_root": False}, extra={"enable-v2": True}))
    assert [text.split(",")[0] for text in planned.warnings] == [
        "etcd's authentication stays off",
        "etcd_extra_config turns API v2 on",
    ]


def test_client_urls_are_those_of_the_inventory() -> None:
    assert client_url("n1") == "https://192.0.2.11:2379"
