# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.entry import (
    DesiredRoute,
    RouteEntry,
    RoutePolicy,
    is_adoptable,
    is_ours,
    same_route,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.plan import (
    BATCH_SIZE,
    CREATED,
    WRITES,
    RouteStep,
    TablePlan,
    entries_after,
    plan_table,
    plan_writes,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._routes.route_values import TABLE, entry, networks, policy, route
from hypothesis import given
from hypothesis import strategies as st

OURS = entry("10.24.1.0/24", "i-1", "k1/n1")
UNMARKED = replace(OURS, name="by hand")
OTHERS = replace(OURS, name="k2/n1")
DESIRED = route("10.24.1.0/24", "i-1", "n1")
ELSEWHERE = route("10.24.1.0/24", "i-2", "n1")
MATCHING = policy(adopt="matching")
ALL = policy(adopt="all")
ABSENT = policy(state="absent")

# entries, desired, policy -> (state, next hop, name) per step
PRESENT: dict[str, tuple[list[RouteEntry], list[DesiredRoute], RoutePolicy, list[tuple[str, str, str]]]] = {
    "nothing there": ([], [DESIRED], policy(), [("created", "i-1", "k1/n1")]),
    "no name given": ([], [route("10.24.1.0/24", "i-1")], policy(), [("created", "i-1", "k1/10.24.1.0-24")]),
    "there already": ([OURS], [DESIRED], policy(), [("unchanged", "i-1", "k1/n1")]),
    "any name will do": ([OURS], [route("10.24.1.0/24", "i-1")], policy(), [("unchanged", "i-1", "k1/n1")]),
    "another name": ([OURS], [replace(DESIRED, name="n9")], policy(), [("updated", "i-1", "k1/n9")]),
    "another description": ([OURS], [replace(DESIRED, description="d")], policy(), [("updated", "i-1", "k1/n1")]),
    "another hop": ([OURS], [ELSEWHERE], policy(), [("moved", "i-2", "k1/n1")]),
    "being deleted": ([replace(OURS, status="Deleting")], [DESIRED], policy(), [("created", "i-1", "k1/n1")]),
    "unmarked, same hop": ([UNMARKED], [DESIRED], policy(), [("unowned", "i-1", "by hand")]),
    "unmarked, same hop, adopted": ([UNMARKED], [DESIRED], MATCHING, [("adopted", "i-1", "k1/n1")]),
    "unmarked, other hop": ([UNMARKED], [ELSEWHERE], policy(), [("refused", "i-2", "k1/n1")]),
    "unmarked, other hop, matching": ([UNMARKED], [ELSEWHERE], MATCHING, [("refused", "i-2", "k1/n1")]),
    "unmarked, other hop, all": ([UNMARKED], [ELSEWHERE], ALL, [("moved", "i-2", "k1/n1")]),
    "another owner, same hop": ([OTHERS], [DESIRED], ALL, [("unowned", "i-1", "k2/n1")]),
    "another owner, other hop": ([OTHERS], [ELSEWHERE], ALL, [("refused", "i-2", "k1/n1")]),
    "former owner": ([OTHERS], [DESIRED], replace(ALL, adopt_from=frozenset({"k2"})), [("adopted", "i-1", "k1/n1")]),
    "managed": ([replace(OURS, service_type="TR")], [ELSEWHERE], ALL, [("refused", "i-2", "k1/n1")]),
    "taken by CEN": ([replace(OURS, type="CEN", next_hops=())], [DESIRED], ALL, [("refused", "i-1", "k1/n1")]),
    "ours beside CEN": ([replace(OURS, type="CEN", next_hops=()), OURS], [DESIRED], policy(), [("unchanged", "i-1", "k1/n1")]),
    "no purge": ([OURS], [], policy(), []),
    "purge": ([OURS], [], policy(purge=True), [("deleted", "i-1", "k1/n1")]),
    "purge leaves others": ([UNMARKED, replace(OTHERS, destination="10.24.2.0/24")], [], policy(purge=True), []),
    "purge leaves other scopes": ([OURS], [], policy(purge=True, scope=networks("10.24.2.0/24")), []),
    "purge keeps hops": ([OURS], [], policy(purge=True, keep_next_hops=frozenset({"i-1"})), [("unchanged", "i-1", "k1/n1")]),
    "purge keeps blocks": ([OURS], [], policy(purge=True, keep_destinations=networks("10.24.1.128/25")), [("unchanged", "i-1", "k1/n1")]),
}


@pytest.mark.parametrize(("entries", "desired", "rules", "expected"), list(PRESENT.values()), ids=list(PRESENT))
def test_present(entries: list[RouteEntry], desired: list[DesiredRoute], rules: RoutePolicy, expected: list[t.Any]) -> None:
    plan = plan_table(TABLE, entries, desired, rules)
    assert [(step.state, step.next_hop_id, step.name) for step in plan.steps] == expected


GOING: dict[str, tuple[list[RouteEntry], DesiredRoute, str]] = {
    "nothing there": ([], DESIRED, "unchanged"),
    "ours": ([OURS], DESIRED, "deleted"),
    "ours, any hop": ([OURS], route("10.24.1.0/24", None), "deleted"),
    "ours, moved since": ([OURS], ELSEWHERE, "unchanged"),
    "not ours": ([UNMARKED], DESIRED, "refused"),
    "not ours, any hop": ([OTHERS], route("10.24.1.0/24", None), "refused"),
    "not ours, another route": ([OTHERS], ELSEWHERE, "unchanged"),
    "system, which is nobody's to remove": ([replace(OURS, type="System")], DESIRED, "unchanged"),
}


@pytest.mark.parametrize(("entries", "unwanted", "state"), list(GOING.values()), ids=list(GOING))
def test_absent(entries: list[RouteEntry], unwanted: DesiredRoute, state: str) -> None:
    assert [step.state for step in plan_table(TABLE, entries, [unwanted], ABSENT).steps] == [state]


REASONS: dict[str, tuple[RouteEntry, DesiredRoute | None, RoutePolicy, str]] = {
    "refused": (
        OTHERS,
        ELSEWHERE,
        policy(),
        "the table already has 10.24.1.0/24 → i-1, and that isn't ours to move (Custom entry named 'k2/n1')",
    ),
    "refused, hop unknown": (
        replace(OURS, type="CEN", next_hops=(), name=""),
        DESIRED,
        policy(),
        "the table already has 10.24.1.0/24 → CEN, and that isn't ours to move (CEN entry without a name)",
    ),
    "unowned": (UNMARKED, DESIRED, policy(), "Custom entry named 'by hand'"),
    "of no known type": (
        replace(OURS, type="", next_hops=(("HaVip", "h-1"),)),
        DESIRED,
        policy(),
        "isn't ours to move (unknown entry named 'k1/n1')",
    ),
    "not ours to delete": (
        replace(OURS, service_type="TR"),
        DESIRED,
        ABSENT,
        "10.24.1.0/24 → i-1 isn't ours to delete (managed entry named 'k1/n1')",
    ),
    "not the route to delete": (OURS, ELSEWHERE, ABSENT, "the entry points to i-1, not to i-2, and stays"),
    "kept hop": (
        OURS,
        None,
        policy(purge=True, keep_next_hops=frozenset({"i-1"})),
        "not listed, kept: its next hop is in keep_next_hops",
    ),
    "kept block": (
        OURS,
        None,
        policy(purge=True, keep_destinations=networks("10.24.0.0/20")),
        "not listed, kept: its destination is in keep_destinations",
    ),
}


@pytest.mark.parametrize(("found", "desired", "rules", "reason"), list(REASONS.values()), ids=list(REASONS))
def test_what_is_not_done_says_why(found: RouteEntry, desired: DesiredRoute | None, rules: RoutePolicy, reason: str) -> None:
    (step,) = plan_table(TABLE, [found], [desired] if desired else [], rules).steps
    assert str(step.reason).endswith(reason)


@pytest.mark.parametrize(
    ("found", "desired", "rules"),
    [
        (OURS, DESIRED, policy()),
        (OURS, ELSEWHERE, policy()),
        (UNMARKED, DESIRED, MATCHING),
        (UNMARKED, ELSEWHERE, ALL),
        (OTHERS, DESIRED, ALL),
    ],
    ids=["unchanged", "moved", "adopted", "taken over", "unowned"],
)
def test_a_description_stays_unless_another_one_is_given(found: RouteEntry, desired: DesiredRoute, rules: RoutePolicy) -> None:
    described = replace(found, description="d")
    plan = plan_table(TABLE, [described], [desired], rules)
    assert [step.description for step in plan.steps] == [after.description for after in entries_after(plan)] == ["d"]
    (step,) = plan_table(TABLE, [described], [replace(desired, description="new")], rules).steps
    assert step.description == ("d" if step.state == "unowned" else "new")


def test_a_step_without_an_entry_has_empty_texts() -> None:
    assert plan_table(TABLE, [], [DESIRED], policy()).steps == (RouteStep("created", TABLE, "10.24.1.0/24", "i-1", "k1/n1", ""),)
    assert plan_table(TABLE, [], [DESIRED], ABSENT).steps == (RouteStep("unchanged", TABLE, "10.24.1.0/24", "i-1", "", ""),)
    assert plan_table(TABLE, [], [route("10.24.1.0/24", None)], ABSENT).steps == (
        RouteStep("unchanged", TABLE, "10.24.1.0/24", "", "", ""),
    )


def test_a_prediction_shows_every_text_of_what_will_be_there() -> None:
    plan = plan_table(TABLE, [OURS], [replace(DESIRED, name="n9", description="e"), route("10.24.2.0/24", "i-2", "n2", "f")], policy())
    expected = [
        replace(OURS, name="k1/n9", description="e"),
        replace(entry("10.24.2.0/24", "i-2", "k1/n2", description="f"), route_entry_id=""),
    ]
    assert list(entries_after(plan)) == expected


def test_additions_go_before_deletions_unless_the_quota_turns_them_round() -> None:
    current = [OURS, entry("10.24.2.0/24", "i-2", "k1/n2")]
    plan = plan_table(TABLE, current, [route("10.24.2.0/24", "i-3"), route("10.24.3.0/24", "i-3")], policy(purge=True))
    assert [step.state for step in plan.changes] == ["created", "moved", "deleted"]
    assert [step.state for step in replace(plan, deletes_first=True).changes] == ["deleted", "created", "moved"]


def test_creations_and_deletions_go_in_batches_and_modifications_alone() -> None:
    fresh = [route(f"10.24.{n}.0/24", "i-1") for n in range(120)]
    there = [entry(f"10.24.{n}.0/24", "i-1", "k1/x") for n in range(200, 206)]
    theirs = [replace(found, name="") for found in there[4:]]
    desired = [route(f"10.24.{n}.0/24", "i-2") for n in range(200, 202)] + [route(f"10.24.{n}.0/24", "i-1", "y") for n in range(202, 206)]
    gone = [entry(f"10.24.{n}.0/24", "i-1", "k1/x") for n in range(120, 180)]
    plan = plan_table(TABLE, [*there[:4], *theirs, *gone], [*fresh, *desired], replace(MATCHING, purge=True))
    modified = [*[("moved", 1)] * 2, *[("updated", 1)] * 2, *[("adopted", 1)] * 2]
    created, deleted = [("created", 50), ("created", 50), ("created", 20)], [("deleted", 50), ("deleted", 10)]
    assert [(write.state, len(write.steps)) for write in plan_writes(plan)] == [*created, *modified, *deleted]
    swapped = plan_writes(replace(plan, deletes_first=True))
    assert [(write.state, len(write.steps)) for write in swapped] == [*deleted, *created, *modified]
    assert {write.route_table_id for write in swapped} == {TABLE}
    assert [d for write in swapped for d in write.destinations] == [s.destination for write in swapped for s in write.steps]


NOBODY: frozenset[str] = frozenset()
destinations = st.builds(lambda a, length: f"10.24.{a}.0/{length}", st.integers(0, 5), st.sampled_from([24, 25]))
hops = st.sampled_from(["i-1", "i-2", "i-3"])
entries_in_a_table = st.lists(
    st.builds(
        lambda destination, hop, name, kind, status, service, hop_type: entry(
            destination, hop, name, type=kind, status=status, service_type=service, next_hops=((hop_type, hop),)
        ),
        st.one_of(destinations, st.sampled_from(["10.25.1.0/24", "0.0.0.0/0", "10.0.0.0/8", "pl-1"])),
        hops,
        st.sampled_from(["", "k1/a", "k1/b", "k2/a", "by hand"]),
        st.sampled_from(["Custom", "Custom", "Custom", "System", "CEN"]),
        st.sampled_from(["Available", "Available", "Pending", "Deleting"]),
        st.sampled_from(["", "", "TR"]),
        st.sampled_from(["Instance", "Instance", "HaVip"]),
    ),
    max_size=10,
    unique_by=lambda found: found.destination,
)
desired_routes = st.lists(
    st.builds(route, destinations, hops, st.sampled_from([None, "a", "b"]), st.sampled_from([None, "", "d"])),
    max_size=8,
    unique_by=lambda desired: desired.destination,
)
policies = st.builds(
    lambda purge, adopt, adopt_from, keep, state: (
        policy(purge=purge, adopt=adopt, adopt_from=adopt_from, keep_next_hops=keep) if state == "present" else policy(state=state)
    ),
    st.booleans(),
    st.sampled_from(["none", "matching", "all"]),
    st.sampled_from([NOBODY, frozenset({"k2"})]),
    st.sampled_from([NOBODY, frozenset({"i-3"})]),
    st.sampled_from(["present", "present", "present", "absent"]),
)
LAW = given(entries_in_a_table, desired_routes, policies)


def planned(entries: list[RouteEntry], desired: list[DesiredRoute], rules: RoutePolicy) -> TablePlan:
    return plan_table(TABLE, entries, desired, rules)


@LAW
def test_law_idempotent_nothing_is_left_to_do_afterwards(
    entries: list[RouteEntry], desired: list[DesiredRoute], rules: RoutePolicy
) -> None:
    assert planned(list(entries_after(planned(entries, desired, rules))), desired, rules).changes == ()


@LAW
def test_law_faithful_what_was_not_refused_holds_afterwards(
    entries: list[RouteEntry], desired: list[DesiredRoute], rules: RoutePolicy
) -> None:
    plan = planned(entries, desired, rules)
    after = entries_after(plan)
    done = {step.destination for step in plan.steps if step.state != "refused"}
    for one in desired:
        there = any(same_route(found, one) for found in after if found.type == "Custom" or rules.state == "present")
        assert one.destination not in done or there is (rules.state == "present")


@LAW
def test_law_respectful_only_entries_that_are_ours_or_given_to_us_change(
    entries: list[RouteEntry], desired: list[DesiredRoute], rules: RoutePolicy
) -> None:
    plan = planned(entries, desired, rules)
    for step in plan.changes:
        assert step.entry is None or is_ours(step.entry, rules) or is_adoptable(step.entry, rules)
    after = entries_after(plan)
    touched = {step.entry for step in plan.changes}
    assert all(found in after for found in plan.entries if found not in touched)
    assert all(found in after for found in plan.entries if found.owner == "k2" and "k2" not in rules.adopt_from)


@LAW
def test_law_minimal_each_change_is_needed(entries: list[RouteEntry], desired: list[DesiredRoute], rules: RoutePolicy) -> None:
    plan = planned(entries, desired, rules)
    assert len({step.destination for step in plan.changes}) == len(plan.changes)
    for step in plan.changes:
        after = entries_after(replace(plan, steps=tuple(other for other in plan.steps if other is not step)))
        assert step.destination in {left.destination for left in planned(list(after), desired, rules).changes}


@LAW
def test_law_no_gap_a_destination_that_stays_is_never_deleted(
    entries: list[RouteEntry], desired: list[DesiredRoute], rules: RoutePolicy
) -> None:
    plan = planned(entries, desired, rules)
    if rules.state == "present":
        assert not {step.destination for step in plan.of("deleted")} & {one.destination for one in desired}
    assert all(step.entry is None for step in plan.of(CREATED))


@LAW
def test_law_every_change_is_written_once_in_batches(entries: list[RouteEntry], desired: list[DesiredRoute], rules: RoutePolicy) -> None:
    plan = planned(entries, desired, rules)
    writes = plan_writes(plan)
    assert tuple(step for write in writes for step in write.steps) == plan.changes
    assert all(len(write.steps) <= BATCH_SIZE and write.state in WRITES for write in writes)
