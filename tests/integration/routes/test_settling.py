# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries on their way: what an earlier run left, and what this one leaves."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import (
    DESIRED,
    Region,
    node_routes,
    states,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault


def test_entries_that_an_earlier_run_left_on_their_way_are_waited_for(region: Region) -> None:
    due = region.state.clock() + 0.4
    region.state.put_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n1", name="k1/n1", status="Pending", due=due)
    region.state.put_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n3", name="k2/x", status="Deleting", due=due)
    outcome = region.converge(node_routes(3))
    assert states(outcome) == {"10.24.1.0/24": "unchanged", "10.24.2.0/24": "created", "10.24.3.0/24": "created"}
    assert (outcome.problem, region.routes()) == (None, DESIRED)
    assert region.server.writes() == 1


def test_a_route_that_is_on_its_way_is_not_there_yet(region: Region) -> None:
    region.state.put_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n1", name="k1/n1", status="Pending", due=region.state.clock() + 0.4)
    outcome = region.converge(node_routes(1))
    assert outcome.changed is False
    assert [entry["status"] for entry in outcome.returns["tables"][0]["entries"]] == ["Available"]


def test_a_desired_destination_that_another_is_giving_up_is_waited_for(region: Region) -> None:
    region.state.put_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n3", name="k2/x", status="Deleting", due=0.4)
    assert region.converge(node_routes(3)).problem is None
    assert (region.server.writes(), region.routes()) == (1, DESIRED)


def test_the_entries_of_others_are_not_waited_for(region: Region) -> None:
    region.converge(node_routes(1))
    region.state.put_entry(TABLE_ID, "10.24.9.0/24", "i-sandbox-n1", name="k2/x", status="Pending", due=region.clock.now + 1000)
    before = region.clock.now
    assert region.converge(node_routes(1)).changed is False
    assert region.clock.now == before


def test_entries_that_never_come_to_rest_end_the_run_before_it_writes(region: Region) -> None:
    region.state.put_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n1", name="k1/n1", status="Pending", due=0.1)

    def stir(state: t.Any, request: t.Any) -> None:
        (entry,) = state.entries_of(TABLE_ID, "10.24.1.0/24")
        entry.status, entry.due = "Modifying", state.clock() + 1000

    region.server.faults.add(Fault("DescribeRouteEntryList", skip=2, run=stir))
    with pytest.raises(CollectionError, match="still has pending entries"):
        region.converge(node_routes(2))
    assert region.server.writes() == 0


def test_a_timeout_tells_what_has_not_settled_and_the_next_run_finishes(region: Region) -> None:
    region.state.settle_seconds = 3.0
    outcome = region.converge(node_routes(3), wait_timeout=1)
    assert "0 of 3 written entries have settled, these have not: 10.24.1.0/24 (Pending), 10.24.2.0/24 (Pending)" in str(outcome.problem)
    assert [entry["status"] for entry in outcome.returns["tables"][0]["entries"]] == ["Pending"] * 3
    with pytest.raises(CollectionError, match=re.escape(f"{TABLE_ID} still has pending entries after 1 s")):
        region.converge(node_routes(3), wait_timeout=1)
    again = region.converge(node_routes(3))
    assert (again.changed, again.problem) == (False, None)
    assert {entry["status"] for entry in again.returns["tables"][0]["entries"]} == {"Available"}


def test_without_wait_the_last_write_is_not_waited_for(region: Region) -> None:
    region.state.settle_seconds = 1.0
    outcome = region.converge(node_routes(3), wait=False)
    assert outcome.problem is None
    assert {entry["status"] for entry in outcome.returns["tables"][0]["entries"]} == {"Pending"}
    assert region.probes() == 0
    region.converge([])  # waits for them
    region.add_nodes(1)
    region.server.reset_calls()
    outcome = region.converge(node_routes(2, start=3), purge=True, max_disruption="100%", wait=False)
    assert outcome.returns["summary"] == {**outcome.returns["summary"], "created": 1, "deleted": 2}
    assert [entry["destination"] for entry in outcome.returns["tables"][0]["entries"]][:2] == ["10.24.3.0/24", "10.24.4.0/24"]
    assert "10.24.1.0/24" not in str(outcome.after)
    assert region.probes() > 0  # the creation had to settle before the deletion
    assert all(call.http_status == 200 for call in region.server.calls)


@pytest.mark.parametrize(("seconds", "status"), [(5.0, "Available"), (1000.0, "Pending")])
def test_one_entry_that_takes_longer_than_its_batch_is_waited_for_too(region: Region, seconds: float, status: str) -> None:
    """Looks are at the last entries of a batch; the first one is late."""
    region.add_nodes(37)

    def delay(state: t.Any, request: t.Any) -> None:
        (entry,) = state.entries_of(TABLE_ID, "10.24.1.0/24")
        entry.status, entry.due = "Pending", state.clock() + seconds

    region.server.faults.add(
        Fault("DescribeRouteEntryList", skip=2, run=delay), Fault("CreateRouteEntries", entries={"10.24.40.0/24": "SomeNewCode"})
    )
    outcome = region.converge(node_routes(40))
    assert [(r["destination"], r["status"]) for r in outcome.returns["results"] if r["status"] not in ("Available", None)] == (
        [] if status == "Available" else [("10.24.1.0/24", "Pending")]
    )
    expected = f"{TABLE_ID}: 38 of 39 written entries have settled, these have not: 10.24.1.0/24 (Pending). "
    assert (expected in str(outcome.problem)) is (status == "Pending")
    assert "1 refused: 10.24.40.0/24" in str(outcome.problem)


def test_without_wait_a_batch_that_keeps_the_next_one_waiting_is_told(region: Region) -> None:
    region.add_nodes(57)
    region.state.settle_seconds = 1000.0
    outcome = region.converge(node_routes(60), wait=False)
    late = ", ".join(f"10.24.{n}.0/24 (Pending)" for n in range(1, 6))
    assert f"0 of 50 written entries have settled, these have not: {late} and 45 more. " in str(outcome.problem)
    assert outcome.returns["summary"]["refused"] == 10
