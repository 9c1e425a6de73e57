# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.vpc.route_table import RouteTable
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.guard import Quota
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.plan import RouteStep
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.report import (
    Result,
    TableReport,
    changed,
    problem,
    render,
    result_of,
    returns,
    table_values,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._routes.route_values import TABLE, entry, policy

THERE = entry("10.24.1.0/24", "i-1", "k1/n1")
MOVE = RouteStep("moved", TABLE, "10.24.1.0/24", "i-2", "k1/n2", entry=THERE, reason="because")
CREATE = RouteStep("created", TABLE, "10.24.1.0/24", "i-2", "k1/n2")


def test_a_result_says_from_where_an_entry_was_moved() -> None:
    expected = Result("moved", TABLE, "10.24.1.0/24", "i-2", "k1/n2", "i-1", THERE.route_entry_id, "Available", "because")
    assert result_of(MOVE) == expected
    assert result_of(replace(MOVE, next_hop_id="i-1")).previous_next_hop_id is None


@pytest.mark.parametrize(
    ("step", "state", "entry_id", "status"),
    [
        (CREATE, None, None, "Available"),
        (CREATE, "refused", None, None),
        (replace(MOVE, state="deleted"), None, THERE.route_entry_id, None),
        (replace(MOVE, entry=replace(THERE, status="Pending")), "raced", THERE.route_entry_id, "Pending"),
        (replace(MOVE, entry=replace(THERE, route_entry_id="")), "unchanged", None, "Available"),
    ],
)
def test_a_result_tells_the_status_that_is_expected(step: RouteStep, state: str | None, entry_id: str | None, status: str | None) -> None:
    result = result_of(step, state)
    assert (result.state, result.route_entry_id, result.status) == (state or step.state, entry_id, status)
    assert result_of(step, state, status="x", reason="y", route_entry_id="z") == replace(result, status="x", reason="y", route_entry_id="z")


def results(state: str, count: int, reason: str | None = "no", **fields: t.Any) -> list[Result]:
    return [Result(state, TABLE, f"10.24.{n}.0/24", "i-1", "k1/x", reason=reason, **fields) for n in range(count)]


PLACES = ", ".join(f"10.24.{n}.0/24 in vtb-1" for n in range(5))
PROBLEMS: dict[str, tuple[list[Result], list[str], str | None]] = {
    "nothing": ([*results("created", 1), *results("unowned", 1)], [], None),
    "refused": (results("refused", 1, "no."), [], "(0 changed). 1 refused: 10.24.0.0/24 in vtb-1 (no). See results"),
    "refused by a code": (results("refused", 1, None, code="Odd"), [], "in vtb-1 (Odd). See"),
    "refused without a word": (results("refused", 1, None), [], "in vtb-1 (no reason given). See"),
    "one reason, five places": (results("raced", 5), [], f"5 raced: {PLACES} (no). See"),
    "one reason, more places": (results("raced", 7), [], f"7 raced: {PLACES} and 2 more (no). See"),
    "five reasons": ([results("raced", 1, f"r{n}")[0] for n in range(5)], [], "10.24.0.0/24 in vtb-1 (r4). See"),
    "more reasons": (
        [results("raced", 1, f"r{n}")[0] for n in range(7)],
        [],
        "(r3); 10.24.0.0/24 in vtb-1 (r4); and 2 other reasons. See",
    ),
    "stopped, with what was done": (
        [*results("created", 2), *results("refused", 1), *results("raced", 1)],
        ["it broke."],
        "(2 changed). it broke. 1 refused: 10.24.0.0/24 in vtb-1 (no). 1 raced: 10.24.0.0/24 in vtb-1 (no). See results; run again",
    ),
}


@pytest.mark.parametrize(("found", "stopped_by", "words"), list(PROBLEMS.values()), ids=list(PROBLEMS))
def test_what_is_left_to_do_is_told_by_reason(found: list[Result], stopped_by: list[str], words: str | None) -> None:
    text = problem(found, stopped_by)
    assert (text is None) is (words is None)
    assert words is None or words in str(text)


STATES = ("created", "moved", "updated", "adopted", "deleted", "unchanged", "unowned", "refused", "raced")


@pytest.mark.parametrize("state", STATES)
def test_what_was_written_is_a_change(state: str) -> None:
    assert changed(results(state, 1)) is (state in STATES[:5])


SYSTEM = RouteTable("vtb-1", "", "vpc-1", is_system=True, vswitch_ids=("vsw-1",))
ENTRIES = [
    entry("10.24.10.0/24", "i-2", "k1/n2", description="d"),
    entry("10.24.9.0/24", "i-1"),
    entry("10.24.0.0/25", "i-1", type="System"),
    entry("10.25.0.0/16", "i-1", "k1/outside"),
]


def test_a_table_reads_like_a_route_table_of_what_is_in_scope() -> None:
    empty = RouteTable("vtb-2", "", "vpc-1")
    assert render([(SYSTEM, ENTRIES), (empty, [])], policy()).splitlines() == [
        "vtb-1 (System)",
        "10.24.9.0/24 → i-1",
        '10.24.10.0/24 → i-2 "k1/n2" "d"',
        "vtb-2 (Custom)",
    ]


def test_the_returned_table_has_every_entry_in_the_order_of_addresses() -> None:
    odd = entry("pl-1", "", "k1/x", next_hops=(("Instance", "i-1"), ("HaVip", "h-1")))
    values = table_values(SYSTEM, [*ENTRIES, odd, entry("2001:db8::/32", "i-1")], Quota(7, "option"))
    entries = values.pop("entries")
    assert values == {
        "route_table_id": "vtb-1",
        "route_table_type": "System",
        "vswitch_ids": ["vsw-1"],
        "quota": {"used": 5, "limit": 7, "source": "option"},
    }
    assert [shown["destination"] for shown in entries] == [
        *("pl-1", "10.24.0.0/25", "10.24.9.0/24", "10.24.10.0/24", "10.25.0.0/16", "2001:db8::/32"),
    ]
    assert (entries[0]["next_hop_id"], entries[1]["next_hop_id"]) == (None, "i-1")
    assert entries[0]["next_hops"] == [
        {"next_hop_type": "Instance", "next_hop_id": "i-1"},
        {"next_hop_type": "HaVip", "next_hop_id": "h-1"},
    ]
    assert entries[3] == {
        "route_entry_id": "rte-10.24.10.0/24",
        "destination": "10.24.10.0/24",
        "next_hop_id": "i-2",
        "next_hops": [{"next_hop_type": "Instance", "next_hop_id": "i-2"}],
        "type": "Custom",
        "status": "Available",
        "name": "k1/n2",
        "description": "d",
        "owner": "k1",
    }


def test_results_are_returned_by_table_and_address_with_their_count_and_the_warnings_if_any() -> None:
    told = [Result("created", table, f"10.24.{n}.0/24", "i-1", "k1/x") for table in ("vtb-2", "vtb-1") for n in (10, 9)]
    report = TableReport(SYSTEM, (), (replace(THERE, route_entry_id=""),), Quota(200, "default"))
    values = returns([report], told, (), 5)
    assert [(result["route_table_id"], result["destination"]) for result in values["results"]] == [
        *(("vtb-1", "10.24.9.0/24"), ("vtb-1", "10.24.10.0/24"), ("vtb-2", "10.24.9.0/24"), ("vtb-2", "10.24.10.0/24")),
    ]
    assert values["summary"] == {**dict.fromkeys(STATES, 0), "created": 4}
    assert [entry["route_entry_id"] for table in values["tables"] for entry in table["entries"]] == [None]
    assert (values["api_calls"], "warnings" in values) == (5, False)
    assert returns([], [], ["careful"], 0)["warnings"] == ["careful"]
