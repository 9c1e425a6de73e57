# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.vpc.vswitch import VSwitch
from ansible_collections.alicloud.flannel.plugins.module_utils._core.disruption import TEN_PERCENT, MaxDisruption
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.entry import (
    RouteEntry,
    RoutePolicy,
    network_of,
    networks_overlap,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.guard import (
    Quota,
    find_overlaps,
    guard_addresses,
    guard_disruption,
    guard_empty,
    guard_next_hops,
    guard_overlap,
    guard_quota,
    order_for_quota,
    overlapping,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.plan import RouteStep, TablePlan, plan_table
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._routes.route_values import TABLE, entry, networks, policy, route
from hypothesis import given
from hypothesis import strategies as st

OURS = [entry(f"10.24.{n}.0/24", f"i-{n}", f"k1/n{n}") for n in range(200)]


def moved(count: int, allowed: MaxDisruption, *, purge: bool = False, keep: int = 200) -> tuple[TablePlan, RoutePolicy]:
    """Return a plan that moves the first ``count`` of 200 entries and, with purge, deletes those from ``keep`` on."""
    rules = policy(max_disruption=allowed, purge=purge)
    desired = [route(found.destination, "i-new" if n < count else found.next_hop_id) for n, found in enumerate(OURS[:keep])]
    return plan_table(TABLE, OURS, desired, rules), rules


@pytest.mark.parametrize(
    ("count", "keep", "allowed", "refused"),
    [
        (0, 200, TEN_PERCENT, False),
        (20, 200, TEN_PERCENT, False),
        (21, 200, TEN_PERCENT, True),
        (0, 180, TEN_PERCENT, False),
        (0, 179, TEN_PERCENT, True),
        (10, 190, TEN_PERCENT, False),
        (11, 190, TEN_PERCENT, True),
        (200, 200, MaxDisruption(100, percent=True), False),
        (1, 200, MaxDisruption(0, percent=False), True),
        (5, 200, MaxDisruption(5, percent=False), False),
    ],
)
def test_moves_and_deletions_of_available_entries_are_counted_together(
    count: int, keep: int, allowed: MaxDisruption, refused: bool
) -> None:
    assert bool(guard_disruption(*moved(count, allowed, purge=True, keep=keep))) is refused


def test_half_an_inventory_with_purge_is_refused_and_says_the_numbers() -> None:
    (problem,) = guard_disruption(*moved(0, TEN_PERCENT, purge=True, keep=100))
    assert "100 deletions and 0 moves" in problem
    assert "max_disruption=10% allows 20" in problem


def test_a_first_install_is_no_disruption() -> None:
    rules = policy(max_disruption=MaxDisruption(0, percent=False))
    assert guard_disruption(plan_table(TABLE, [], [route("10.24.1.0/24", "i-1")], rules), rules) == []


def test_entries_that_carry_no_traffic_yet_may_be_moved() -> None:
    rules = policy(max_disruption=MaxDisruption(0, percent=False))
    plan = plan_table(TABLE, [replace(OURS[1], status="Pending")], [route("10.24.1.0/24", "i-new")], rules)
    assert guard_disruption(plan, rules) == []


@pytest.mark.parametrize(
    ("share", "moves", "refused"), [(TEN_PERCENT, 2, False), (TEN_PERCENT, 3, True), (MaxDisruption(2, False), 3, True)]
)
def test_the_share_is_of_ours_and_of_what_is_taken_over_now(share: MaxDisruption, moves: int, refused: bool) -> None:
    rules = policy(max_disruption=share, adopt="all")
    taken_over = [replace(found, name="") for found in OURS[:17]]
    others = [*(replace(found, name="k2/x") for found in OURS[20:60]), *(replace(found, status="Pending") for found in OURS[60:100])]
    desired = [route(found.destination, "i-new" if n < moves else found.next_hop_id) for n, found in enumerate(taken_over)]
    problems = guard_disruption(plan_table(TABLE, [*taken_over, *OURS[17:20], *others], desired, rules), rules)
    assert [
        f"0 deletions and {moves} moves would touch {moves} of 20 Available entries, and max_disruption={share} allows 2" in text
        for text in problems
    ] == [True] * refused


@pytest.mark.parametrize(("allow_empty", "desired", "refused"), [(False, 0, True), (True, 0, False), (False, 1, False)])
def test_an_empty_list_needs_a_word(allow_empty: bool, desired: int, refused: bool) -> None:
    rules = policy(purge=True, allow_empty=allow_empty)
    assert bool(guard_empty(plan_table(TABLE, OURS, [], rules), desired, rules)) is refused


def test_an_empty_list_is_fine_where_nothing_is_ours() -> None:
    rules = policy(purge=True)
    assert guard_empty(plan_table(TABLE, [], [], rules), 0, rules) == []


OVERLAPS = {
    "around": ("10.0.0.0/8", {}, True),
    "inside": ("10.24.1.128/25", {}, True),
    "beside": ("10.24.2.0/24", {}, False),
    "default route": ("0.0.0.0/0", {}, False),
    "accepted": ("10.0.0.0/8", {"allow_overlap": networks("10.0.0.0/8")}, False),
    "inside what is accepted": ("10.24.1.128/25", {"allow_overlap": networks("10.0.0.0/8")}, False),
    "around what is accepted": ("10.0.0.0/8", {"allow_overlap": networks("10.24.0.0/16")}, True),
    "ipv6": ("::/1", {}, False),
    "prefix list": ("pl-1", {}, False),
}


@pytest.mark.parametrize(("foreign", "fields", "refused"), list(OVERLAPS.values()), ids=list(OVERLAPS))
@pytest.mark.parametrize("kind", ["Custom", "CEN", "BGP", "ECR"])
def test_a_new_route_may_not_overlap_a_foreign_entry_either_way(foreign: str, fields: dict[str, object], refused: bool, kind: str) -> None:
    rules = policy(**fields)
    plan = plan_table(TABLE, [entry(foreign, "i-9", "k2/x", type=kind)], [route("10.24.1.0/24", "i-1")], rules)
    assert bool(guard_overlap(plan, rules)) is refused


def test_the_systems_entries_are_the_address_guards_concern() -> None:
    plan = plan_table(TABLE, [entry("10.24.0.0/20", "", type="System")], [route("10.24.1.0/24", "i-1")], policy())
    assert guard_overlap(plan, policy()) == []


def test_an_entry_that_is_taken_over_now_is_no_foreign_one() -> None:
    rules = policy(adopt="matching")
    desired = [route("10.24.1.0/25", "i-9"), route("10.24.1.0/24", "i-1")]
    assert guard_overlap(plan_table(TABLE, [entry("10.24.1.0/25", "i-9")], desired, rules), rules) == []


def test_an_entry_without_a_hop_is_shown_by_its_type() -> None:
    plan = plan_table(
        TABLE,
        [OURS[1], entry("10.24.1.0/25", "", type="CEN", next_hops=())],
        [route("10.24.1.0/26", "i-1"), route("10.24.1.0/24", "i-1")],
        policy(),
    )
    (problem,) = guard_overlap(plan, policy())
    assert "10.24.1.0/26 overlaps 10.24.1.0/25 → CEN in vtb-1" in problem
    assert find_overlaps(plan, policy()) == ["vtb-1: 10.24.1.0/24 overlaps 10.24.1.0/25 → CEN, which isn't ours"]


def test_our_own_entries_may_overlap_each_other() -> None:
    rules = policy()
    plan = plan_table(TABLE, [entry("10.24.0.0/20", "i-9", "k1/x")], [route("10.24.1.0/24", "i-1")], rules)
    assert guard_overlap(plan, rules) == []


def test_an_overlap_that_is_there_already_is_told_but_not_refused() -> None:
    rules = policy()
    plan = plan_table(TABLE, [OURS[1], entry("10.24.1.128/25", "i-9", "k2/x")], [route("10.24.1.0/24", "i-1")], rules)
    assert guard_overlap(plan, rules) == []
    assert find_overlaps(plan, rules) == ["vtb-1: 10.24.1.0/24 overlaps 10.24.1.128/25 → i-9, which isn't ours"]


@pytest.mark.parametrize("there", [[], [entry("10.24.1.0/24", "i-9", "k2/y")]])
def test_what_is_not_ours_may_overlap_what_it_likes(there: list[RouteEntry]) -> None:
    rules = policy(state="absent")
    plan = plan_table(TABLE, [*there, entry("10.24.1.128/25", "i-9", "k2/x")], [route("10.24.1.0/24", "i-1")], rules)
    assert find_overlaps(plan, rules) == []


blocks = st.builds(
    lambda value, length: f"10.{value >> 8 & 0xFF}.{value & 0xFF}.0/{length}" if length >= 24 else f"10.{value >> 8 & 0xF8}.0.0/{length}",
    st.integers(0, 0x3FF),
    st.sampled_from([13, 24]),
)


@given(st.lists(blocks, unique=True), st.lists(blocks, unique=True))
def test_law_the_lookup_finds_what_comparing_all_pairs_finds(ours: list[str], theirs: list[str]) -> None:
    steps = [RouteStep("created", TABLE, block, "i-1") for block in ours]
    entries = [entry(block, "i-9") for block in theirs]
    expected = {(a, b) for a in ours for b in theirs if a != b and networks_overlap(network_of(a), network_of(b))}
    found = [(step.destination, other.destination) for step, other in overlapping(steps, entries)]
    assert set(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("destination", "problem"),
    [
        ("10.24.1.0/24", None),
        ("10.24.1.0/25", "overlaps vSwitch vsw-1"),
        ("10.24.0.0/16", "overlaps vSwitch vsw-1"),
        ("100.64.0.0/10", "reserves for its own services"),
        ("100.64.7.0/24", "reserves for its own services"),
        ("100.0.0.0/8", "reserves for its own services"),
    ],
)
def test_a_new_route_lies_beside_vswitches_and_service_addresses(destination: str, problem: str | None) -> None:
    rules = policy(scope=networks("10.0.0.0/8", "100.0.0.0/8"))
    vswitch = VSwitch("vsw-1", "", "vpc-1", "a", "10.24.1.0/26" if destination != "10.24.1.0/24" else "10.24.2.0/24")
    problems = guard_addresses(plan_table(TABLE, [], [route(destination, "i-1")], rules), [vswitch])
    assert [problem in found for found in problems if problem] == ([True] if problem else [])
    assert bool(problems) is bool(problem)


def test_next_hops_must_be_instances_of_this_vpc() -> None:
    rules = policy()
    plan = plan_table(
        TABLE, [OURS[3]], [route("10.24.1.0/24", "i-1"), route("10.24.2.0/24", "i-2"), route("10.24.3.0/24", "i-gone")], rules
    )
    known = {"i-1": {"vpc_id": "vpc-1"}, "i-2": {"vpc_id": "vpc-2"}}
    elsewhere, missing = guard_next_hops([plan], "vpc-1", known)
    assert elsewhere == "next hop i-2 is in vpc-2, not in vpc-1"
    assert missing.startswith("no instance i-gone was found")
    assert "ecs:DescribeInstances" in missing
    (classic,) = guard_next_hops([plan], "vpc-1", {**known, "i-2": {"vpc_id": ""}, "i-gone": known["i-1"]})
    assert classic == "next hop i-2 is in no VPC, not in vpc-1"


@pytest.mark.parametrize(("count", "tail"), [(10, "i-109 was found"), (12, "i-109 and 2 more was found")])
def test_of_many_missing_next_hops_the_first_ten_are_named(count: int, tail: str) -> None:
    desired = [route(f"10.24.{n}.0/24", f"i-{100 + n}") for n in reversed(range(count))]
    (problem,) = guard_next_hops([plan_table(TABLE, [], desired, policy())], "vpc-1", {})
    assert problem.startswith(f"no instance {', '.join(f'i-{100 + n}' for n in range(9))}, {tail}")


def test_the_next_hops_of_entries_that_stay_are_nobodys_concern() -> None:
    assert guard_next_hops([plan_table(TABLE, OURS, [route("10.24.1.0/24", "i-1")], policy())], "vpc-1", {}) == []


FOREIGN = [entry(f"172.30.{n}.0/24", "i-9") for n in range(10)]
UNCOUNTED = [
    entry("10.9.0.0/16", "", type="System"),
    entry("10.8.0.0/16", "i-9", origin="RoutePropagation"),
    entry("10.7.0.0/16", "i-9", type="CEN"),
]


@pytest.mark.parametrize(
    ("limit", "added", "purge", "refused", "deletes_first"),
    [
        (20, 10, False, True, True),
        (20, 5, False, False, False),
        (15, 5, True, False, True),
        (14, 5, True, True, True),
        (20, 5, True, False, False),
        (1, 0, True, False, True),
    ],
)
def test_the_quota_after_the_change_decides(limit: int, added: int, purge: bool, refused: bool, deletes_first: bool) -> None:
    rules = policy(purge=purge)
    desired = [route(f"10.24.{100 + n}.0/24", "i-1") for n in range(added)]
    plan = plan_table(TABLE, [*FOREIGN, *OURS[:5], *UNCOUNTED], desired, rules)
    problems = guard_quota(plan, Quota(limit, "option"))
    assert bool(problems) is refused
    assert all("15 custom entries" in problem and f"quota is {limit} (option)" in problem for problem in problems)
    assert order_for_quota(plan, Quota(limit, "option")).deletes_first is deletes_first
