# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the route engine tries again, how long, and what it says when the time is up. Time is virtual."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID, build_state
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import Region, node_routes, serve, states
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

TIMEOUT = 120
CONFLICT = ApiError("TaskConflict", "The operation is too frequent.", 400)
MOVED = [{**route, "next_hop_id": "i-sandbox-n3"} for route in node_routes(2)]


def changes_meanwhile(destination: str, **fields: str) -> t.Callable[..., None]:
    """Return a fault's run: another writer changes an entry."""

    def change(state: t.Any, request: t.Any) -> None:
        for entry in state.entries_of(TABLE_ID, destination):
            vars(entry).update(fields)

    return change


@pytest.fixture
def region() -> t.Iterator[Region]:
    """Serve a region that takes its time."""
    yield from serve(build_state(settle_seconds=2.0))


def test_whoever_kept_the_cloud_busy_may_have_changed_the_entry_and_it_is_read_again(region: Region) -> None:
    region.converge(node_routes(1))
    change = changes_meanwhile("10.24.1.0/24", next_hop_id="i-sandbox-n2")
    region.server.faults.add(Fault("ModifyRouteEntry", run=change, error=CONFLICT))
    outcome = region.converge(MOVED[:1], max_disruption="100%")
    assert states(outcome) == {"10.24.1.0/24": "raced"}
    assert region.server.writes("ModifyRouteEntry") == 1
    assert region.routes() == {"10.24.1.0/24": "i-sandbox-n2"}


@pytest.mark.parametrize("code", ["TaskConflict", "IncorrectRouteEntryStatus", "Throttling.User"])
@pytest.mark.parametrize("change", ["create", "move", "delete"])
def test_a_busy_cloud_is_asked_again_until_it_has_time(region: Region, change: str, code: str) -> None:
    if change != "create":
        region.converge(node_routes(2))
    region.server.faults.add(Fault("*RouteEntr[iy]*s", times=4, error=ApiError(code, "Not now.", 400)))
    region.server.faults.add(Fault("ModifyRouteEntry", times=4, error=ApiError(code, "Not now.", 400)))
    desired = MOVED if change == "move" else node_routes(2)
    outcome = region.converge(desired, state="absent" if change == "delete" else "present", max_disruption="100%")
    assert outcome.problem is None
    assert region.routes() == ({} if change == "delete" else {route["destination"]: route["next_hop_id"] for route in desired})


def test_a_cloud_that_stays_busy_is_given_up_when_the_time_is_up(region: Region) -> None:
    region.server.faults.add(Fault("CreateRouteEntries", times=None, error=CONFLICT))
    outcome = region.converge(node_routes(3), wait_timeout=TIMEOUT)
    assert TIMEOUT * 0.8 < region.clock.now <= TIMEOUT + 5
    assert {(result["state"], result["code"]) for result in outcome.returns["results"]} == {("refused", "TaskConflict")}
    assert "Another change in this VPC is still in progress" in str(outcome.problem)
    region.server.faults.clear()
    assert region.converge(node_routes(3)).problem is None


def test_a_cloud_that_stays_busy_costs_the_time_once_and_not_for_every_write(region: Region) -> None:
    region.converge(node_routes(2))
    region.server.faults.add(Fault("ModifyRouteEntry", times=None, error=CONFLICT))
    started = region.clock.now
    outcome = region.converge(MOVED, max_disruption="100%", wait_timeout=TIMEOUT)
    assert region.clock.now - started <= TIMEOUT + 5
    assert set(states(outcome).values()) == {"refused"}
    assert "not tried: the cloud did not take an earlier write for" in str(outcome.problem)


def test_a_busy_code_of_a_single_entry_is_tried_again(region: Region) -> None:
    region.server.faults.add(Fault("CreateRouteEntries", entries={"10.24.2.0/24": "IncorrectRouteEntryStatus"}))
    outcome = region.converge(node_routes(3))
    assert (outcome.problem, set(states(outcome).values())) == (None, {"created"})
    assert region.routes() == {route["destination"]: route["next_hop_id"] for route in node_routes(3)}


@pytest.mark.parametrize("bad", [1, 30, 50])
@pytest.mark.parametrize("change", ["create", "delete"])
def test_one_entry_for_which_a_whole_batch_is_refused_does_not_keep_the_others_back(region: Region, change: str, bad: int) -> None:
    region.add_nodes(47)
    if change == "delete":
        region.converge(node_routes(50))

    def refuse(state: t.Any, request: t.Any) -> None:
        spoiled = [f"10.24.{bad}.0/24", *(entry.entry_id for entry in state.entries_of(TABLE_ID, f"10.24.{bad}.0/24"))]
        if any(value in spoiled for value in request.params.values()):
            raise ApiError("InvalidNextHopId.NotFound", "The next hop does not exist.", 404)

    region.server.faults.add(Fault("*RouteEntries", times=None, run=refuse))
    region.server.reset_calls()
    options: dict[str, t.Any] = {"state": "absent" if change == "delete" else "present", "max_disruption": "100%"}
    outcome = region.converge(node_routes(50), wait_timeout=TIMEOUT, **options)
    (refused,) = [result for result in outcome.returns["results"] if result["state"] == "refused"]
    assert (refused["destination"], refused["code"]) == (f"10.24.{bad}.0/24", "InvalidNextHopId.NotFound")
    assert len(region.routes()) == (1 if change == "delete" else 49)
    assert region.server.writes() <= 25


def test_a_timeout_between_two_batches_tells_what_is_settled_and_what_was_not_tried(region: Region) -> None:
    region.add_nodes(57)
    region.state.settle_seconds = 200.0
    outcome = region.converge(node_routes(60), wait_timeout=TIMEOUT)
    assert outcome.returns["summary"]["created"] == 50
    assert {(r["state"], r["status"]) for r in outcome.returns["results"]} == {("created", "Pending"), ("refused", None)}
    assert "0 of 50 written entries have settled, these have not: 10.24.1.0/24 (Pending)" in str(outcome.problem)
    assert "not tried: an earlier write has not settled in time" in str(outcome.problem)
    assert region.server.writes() == 1
    region.state.settle_seconds = 2.0
    again = region.converge(node_routes(60), wait_timeout=TIMEOUT)
    assert (again.problem, again.returns["summary"]["created"]) == (None, 10)


def test_a_table_that_is_full_gets_no_further_entries(region: Region) -> None:
    region.add_nodes(150)
    region.server.faults.add(Fault("CreateRouteEntries", run=lambda state, request: setattr(state, "route_quota", 20)))
    outcome = region.converge(node_routes(150))
    assert region.server.writes() == 1
    assert outcome.returns["summary"] == {**outcome.returns["summary"], "created": 20, "refused": 130}
    assert "QuotaExceeded" in str(outcome.problem)
    assert "not tried: the route table is full" in str(outcome.problem)
    region.state.route_quota = 200
    assert region.converge(node_routes(150)).returns["summary"]["created"] == 130


def test_a_refusal_by_an_assumed_quota_says_why_it_is_assumed(region: Region) -> None:
    region.add_nodes(203)
    region.server.faults.add(Fault("GetProductQuota", times=None, drop=True))
    with pytest.raises(InvalidInput, match=r"its quota is 200 \(default: quotas:GetProductQuota gave no answer\)"):
        region.converge(node_routes(201), route_table_ids=[TABLE_ID])
    region.server.faults.clear()
    region.server.faults.add(Fault("GetProductQuota", error=ApiError("Throttling", "Too many.", 400)))
    region.state.route_quota = 300
    assert region.converge(node_routes(201), route_table_ids=[TABLE_ID]).problem is None
