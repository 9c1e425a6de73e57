# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a write: partial failures, lost replies, a busy VPC, a missing right."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import (
    DESIRED,
    Region,
    foreign_entry,
    node_routes,
    states,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault


@pytest.mark.parametrize("failing", ["10.24.1.0/24", "10.24.11.0/24"])
def test_one_entry_of_a_batch_fails_and_only_that_one_is_reported(region: Region, failing: str) -> None:
    desired = [*node_routes(3), {"destination": "10.24.11.0/24", "next_hop_id": "i-sandbox-n1", "name": "n1b"}]
    region.server.faults.add(Fault("CreateRouteEntries", entries={failing: "SomeNewCode"}))
    outcome = region.converge(desired)
    assert states(outcome) == {**dict.fromkeys([*DESIRED, "10.24.11.0/24"], "created"), failing: "refused"}
    (failed,) = [result for result in outcome.returns["results"] if result["state"] == "refused"]
    assert (failed["code"], bool(failed["request_id"])) == ("SomeNewCode", True)
    assert "SomeNewCode" in str(outcome.problem)
    assert region.probes() == 1  # a final answer needs no reading back
    assert region.converge(desired).problem is None


@pytest.mark.parametrize("failing", ["10.24.1.0/24", "10.24.3.0/24"])
@pytest.mark.parametrize("change", ["move", "delete"])
def test_one_change_is_refused_and_the_others_are_made(region: Region, change: str, failing: str) -> None:
    region.converge(node_routes(3))
    entry_ids = {entry.entry_id: entry.destination for entry in region.entries()}

    def refuse(state: t.Any, request: t.Any) -> None:
        if entry_ids.get(request.params.get("RouteEntryId", "")) == failing:
            raise ApiError("SomeNewCode", "No.", 400)

    region.server.faults.add(
        Fault("DeleteRouteEntries", entries={failing: "SomeNewCode"}), Fault("ModifyRouteEntry", times=None, run=refuse)
    )
    desired = [{**route, "next_hop_id": "i-sandbox-n2"} for route in node_routes(3)] if change == "move" else []
    outcome = region.converge(desired, purge=True, allow_empty=True, max_disruption="100%")
    done = dict.fromkeys(DESIRED, "deleted") if change == "delete" else {**dict.fromkeys(DESIRED, "moved"), "10.24.2.0/24": "unchanged"}
    assert states(outcome) == {**done, failing: "refused"}
    assert region.routes()[failing] == DESIRED[failing]
    assert "SomeNewCode" in str(outcome.problem)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["dropped", "HTTP 500"])
@pytest.mark.parametrize("change", ["create", "move", "delete"])
def test_a_lost_reply_is_resolved_by_reading_back(region: Region, when: str, kind: str, change: str) -> None:
    action = {"create": "CreateRouteEntries", "move": "ModifyRouteEntry", "delete": "DeleteRouteEntries"}[change]
    if change != "create":
        region.converge(node_routes(3))
    desired = node_routes(3)
    if change == "move":
        desired[0]["next_hop_id"] = "i-sandbox-n2"
    error = None if kind == "dropped" else ApiError("InternalError", "It failed.", 500)
    region.server.faults.add(Fault(action, drop=kind == "dropped", error=error, when=when))
    region.server.reset_calls()
    outcome = region.converge(desired, state="absent" if change == "delete" else "present", max_disruption="100%")
    assert outcome.problem is None
    done = {"create": "created", "move": "moved", "delete": "deleted"}[change]
    assert [state for state in states(outcome).values() if state != "unchanged"] == [done] * (1 if change == "move" else 3)
    assert region.routes() == ({} if change == "delete" else {r["destination"]: r["next_hop_id"] for r in desired})
    assert region.server.writes() == (2 if when == "before" else 1)


def test_a_write_that_lands_after_its_reply_was_given_up_is_our_own(region: Region) -> None:
    region.server.faults.add(
        Fault("CreateRouteEntries", drop=True),
        Fault("CreateRouteEntries", run=foreign_entry("10.24.2.0/24", "i-sandbox-n2", "k1/n2")),
    )
    outcome = region.converge(node_routes(3))
    assert (outcome.problem, set(states(outcome).values())) == (None, {"created"})


def test_a_busy_vpc_is_tried_again(region: Region) -> None:
    region.server.faults.add(Fault("CreateRouteEntries", times=3, error=ApiError("TaskConflict", "Too frequent.", 400)))
    outcome = region.converge(node_routes(3))
    assert (outcome.problem, region.routes()) == (None, DESIRED)


def test_a_write_that_may_not_be_made_stops_the_run_and_is_told_once(region: Region) -> None:
    region.converge(node_routes(1, start=3))
    region.server.faults.add(Fault("*RouteEntries", times=None, error=ApiError("Forbidden.RAM", "You may not.", 403)))
    region.server.reset_calls()
    outcome = region.converge(node_routes(2), purge=True)
    assert region.server.writes() == 1
    assert (outcome.changed, set(states(outcome).values())) == (False, {"refused"})
    assert str(outcome.problem).count("was refused: Forbidden.RAM") == 1
    assert "vpc:CreateRouteEntries" in str(outcome.problem)
    tried = [result for result in outcome.returns["results"] if result["destination"] != "10.24.3.0/24"]
    assert {(r["code"], bool(r["request_id"]), "vpc:CreateRouteEntries" in r["reason"]) for r in tried} == {("Forbidden.RAM", True, True)}


def test_what_was_refused_is_not_waited_for(region: Region) -> None:
    region.server.faults.add(Fault("CreateRouteEntries", entries=dict.fromkeys(DESIRED, "SomeNewCode")))
    assert set(states(region.converge(node_routes(3))).values()) == {"refused"}
    assert (region.clock.now, region.probes()) == (0.0, 0)


def test_a_table_that_gets_full_half_way_still_gives_entries_away(region: Region) -> None:
    region.converge([{"destination": f"10.24.{n}.0/24", "next_hop_id": "i-sandbox-n1"} for n in (1, 8, 9)])
    region.server.faults.add(Fault("CreateRouteEntries", run=lambda state, request: setattr(state, "route_quota", 4)))
    moved = [{**node_routes(1)[0], "next_hop_id": "i-sandbox-n2"}]
    outcome = region.converge([*moved, *node_routes(2, start=2)], purge=True, max_disruption="100%")
    assert list(states(outcome).values()) == ["moved", "created", "refused", "deleted", "deleted"]
    assert region.converge([*moved, *node_routes(2, start=2)]).problem is None


def test_a_run_that_breaks_off_in_the_middle_tells_what_it_did(region: Region) -> None:
    region.server.faults.add(Fault("CreateRouteEntries", entries={"10.24.1.0/24": "SomeNewCode"}))
    region.server.faults.add(Fault("DescribeRouteEntryList", skip=3, times=None, error=ApiError("Forbidden.RAM", "You may not.", 403)))
    with pytest.raises(CollectionError, match="vpc:DescribeRouteEntryList") as caught:
        region.converge(node_routes(3))
    assert caught.value.details["changed"] is True
    assert {result["destination"]: result["state"] for result in caught.value.details["results"]} == {
        **dict.fromkeys(DESIRED, "created"),
        "10.24.1.0/24": "refused",
    }
