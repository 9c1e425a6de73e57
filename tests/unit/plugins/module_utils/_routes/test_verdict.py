# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.entry import RouteEntry
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.plan import RouteStep
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.verdict import (
    ABOUT_ONE_ENTRY,
    WriteFailure,
    after_all,
    after_failure,
    before_writing,
    is_undone,
    refused,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._routes.route_values import TABLE, entry

DESTINATION = "10.24.1.0/24"
THERE = entry(DESTINATION, "i-1", "k1/n1")
NEW = entry(DESTINATION, "i-2", "k1/n1")
CREATE = RouteStep("created", TABLE, DESTINATION, "i-2", "k1/n1")
MOVE = RouteStep("moved", TABLE, DESTINATION, "i-2", "k1/n1", entry=THERE)
DELETE = RouteStep("deleted", TABLE, DESTINATION, "i-1", "k1/n1", entry=THERE)
LOST = WriteFailure(None, "no answer", lost=True)
DUPLICATE = WriteFailure("VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE", "exists", "req-1")
BUSY = WriteFailure("VPC_ROUTE_ENTRY_STATUS_ERROR", "busy", "req-1")
NOT_THERE = WriteFailure("VPC_ROUTER_ENTRY_NOT_EXIST", "gone", "req-1")
AGAIN = replace(THERE, route_entry_id="rte-again")

# step, what is there now, failure, a try before this one was lost -> state; None: try again
CASES: dict[str, tuple[RouteStep, RouteEntry | None, WriteFailure, bool, str | None]] = {
    "create, lost, there": (CREATE, NEW, LOST, False, "created"),
    "create, lost, not there": (CREATE, None, LOST, False, None),
    "create, lost, other hop": (CREATE, THERE, LOST, False, "raced"),
    "create, lost, same hop, ours but for the text": (CREATE, replace(NEW, description="x"), LOST, False, "raced"),
    "create, duplicate, other hop, not ours": (CREATE, replace(THERE, name="k2/x"), DUPLICATE, False, "raced"),
    "create, lost, same hop, not ours": (CREATE, replace(NEW, name="x"), LOST, False, "unowned"),
    "create, lost, there but being deleted": (CREATE, replace(NEW, status="Deleting"), LOST, False, None),
    "create, duplicate, same": (CREATE, NEW, DUPLICATE, False, "unchanged"),
    "create, duplicate after a lost try": (CREATE, NEW, DUPLICATE, True, "created"),
    "create, duplicate, other hop": (CREATE, THERE, DUPLICATE, False, "raced"),
    "create, duplicate, same hop, not ours": (CREATE, replace(NEW, name="x"), DUPLICATE, False, "unowned"),
    "create, duplicate, gone again": (CREATE, None, DUPLICATE, False, "refused"),
    "create, busy, being deleted": (CREATE, replace(THERE, status="Deleting"), BUSY, False, None),
    "create, busy, there": (CREATE, replace(NEW, status="Pending"), BUSY, False, "unchanged"),
    "move, lost, done": (MOVE, replace(NEW, status="Modifying"), LOST, False, "moved"),
    "move, lost, not done": (MOVE, THERE, LOST, False, None),
    "move, lost, third hop": (MOVE, replace(THERE, next_hops=(("Instance", "i-3"),)), LOST, False, "raced"),
    "move, gone": (MOVE, None, NOT_THERE, False, "raced"),
    "move, another entry": (MOVE, AGAIN, NOT_THERE, False, "raced"),
    "delete, lost, gone": (DELETE, None, LOST, False, "deleted"),
    "delete, lost, going": (DELETE, replace(THERE, status="Deleting"), LOST, False, "deleted"),
    "delete, lost, there": (DELETE, THERE, LOST, False, None),
    "delete, lost, made again by another": (DELETE, AGAIN, LOST, False, "deleted"),
    "delete, not there": (DELETE, None, NOT_THERE, False, "unchanged"),
    "delete, not there after a lost try": (DELETE, None, NOT_THERE, True, "deleted"),
    "delete, busy": (DELETE, THERE, BUSY, False, None),
    "delete, marked by another": (DELETE, replace(THERE, name="k2/n1"), BUSY, False, "raced"),
}


@pytest.mark.parametrize(("step", "now", "failure", "sent_before", "state"), list(CASES.values()), ids=list(CASES))
def test_what_is_there_decides(
    step: RouteStep, now: RouteEntry | None, failure: WriteFailure, sent_before: bool, state: str | None
) -> None:
    result = after_failure(step, now, failure, sent_before)
    assert (result.state if result else None) == state


def test_a_refusal_keeps_the_clouds_words() -> None:
    result = after_failure(CREATE, None, DUPLICATE)
    assert result is not None
    assert (result.code, result.reason, result.request_id) == ("VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE", "exists", "req-1")


BEFORE: dict[str, tuple[RouteStep, RouteEntry | None, str | None]] = {
    "as planned": (MOVE, THERE, None),
    "as planned, still settling": (MOVE, replace(THERE, status="Modifying"), None),
    "done by another": (MOVE, NEW, "unchanged"),
    "hop changed": (MOVE, replace(THERE, next_hops=(("Instance", "i-3"),)), "raced"),
    "mark changed": (DELETE, replace(THERE, name="k2/n1"), "raced"),
    "gone": (MOVE, None, "raced"),
    "gone already": (DELETE, None, "unchanged"),
    "going already": (DELETE, replace(THERE, status="Deleting"), "unchanged"),
    "another entry in its place": (MOVE, AGAIN, "raced"),
}


@pytest.mark.parametrize(("step", "now", "state"), list(BEFORE.values()), ids=list(BEFORE))
def test_an_entry_that_is_not_as_planned_is_not_written(step: RouteStep, now: RouteEntry | None, state: str | None) -> None:
    result = before_writing(step, now)
    assert (result.state if result else None) == state


@pytest.mark.parametrize(
    ("step", "now", "state"),
    [
        (CREATE, NEW, "created"),
        (CREATE, None, "raced"),
        (MOVE, NEW, "moved"),
        (MOVE, THERE, "raced"),
        (DELETE, None, "deleted"),
        (DELETE, THERE, "raced"),
    ],
)
def test_the_last_read_decides_what_is_reported(step: RouteStep, now: RouteEntry | None, state: str) -> None:
    result = after_all(step, now)
    assert result.state == state
    assert state != "created" or result.route_entry_id == NEW.route_entry_id


def test_a_deletion_names_the_entry_that_went_whatever_came_after_it() -> None:
    assert after_all(DELETE, AGAIN).route_entry_id == THERE.route_entry_id


@pytest.mark.parametrize(
    ("failure", "is_final", "may_retry"),
    [
        (LOST, False, True),
        (WriteFailure("TaskConflict", "busy", busy=True), False, True),
        (DUPLICATE, False, False),
        (BUSY, False, True),
        (NOT_THERE, False, False),
        (WriteFailure("QuotaExceeded", "full"), True, False),
    ],
)
def test_codes_about_the_entrys_state_are_settled_by_reading(failure: WriteFailure, is_final: bool, may_retry: bool) -> None:
    assert (failure.is_final, failure.may_retry) == (is_final, may_retry)


OF_THE_STATE = """
    VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE InvalidCIDRBlock.Duplicate InvalidRouteEntry.Duplicate RouterEntryConflict.Duplicated
    RouteConflict.AlreadyExist Duplicated.VpcNextHop
    VPC_ROUTER_ENTRY_NOT_EXIST InvalidRouteEntry.NotFound InvalidRouteEntry InvalidRouteEntryId.NotFound
"""


@pytest.mark.parametrize("code", OF_THE_STATE.split())
def test_a_code_that_speaks_of_the_entrys_state_is_no_final_answer(code: str) -> None:
    assert not WriteFailure(code, "").is_final
    assert code in ABOUT_ONE_ENTRY


ADVICE = {
    "overlaps neither a vSwitch": "InvalidCidrBlock InvalidCidrBlock.Malformed IllegalParam.CidrBlock InvalidDestinationCidrBlock",
    "an instance that exists in this VPC": """
        InvalidNextHop.NotFound InvalidNexthop.NotFound InvalidNextHopId.NotFound InvalidInstanId.NotFound IllegalParam.NextHopId
        OperationFailed.InstanceDismatchCurrentVpc OperationFailed.InvalidNexthop
    """,
    "leave it alone": """
        OperationDenied OperationDenied.DeleteManagedRouteEntry OperationDenied.RouteTableTypeNotPermitted
        OperationDenied.DeleteGatewayEndpointRoute
    """,
}


@pytest.mark.parametrize(("code", "words"), [(code, words) for words, codes in ADVICE.items() for code in codes.split()])
def test_a_refusal_says_what_to_do(code: str, words: str) -> None:
    assert words in str(refused(CREATE, WriteFailure(code, "No.")).reason)
    assert code in ABOUT_ONE_ENTRY


@pytest.mark.parametrize("code", ["SomethingNew", None])
def test_a_refusal_repeats_the_cloud(code: str | None) -> None:
    result = refused(CREATE, WriteFailure(code, "As the cloud said.", "req-1"))
    assert (result.state, result.reason, result.code, result.request_id) == ("refused", "As the cloud said.", code, "req-1")


CHANGED = replace(THERE, next_hops=(("Instance", "i-3"),), name="k2/x")
NOW = '10.24.1.0/24 → i-3, named "k2/x"'


@pytest.mark.parametrize(
    ("step", "now", "state", "reason"),
    [
        (MOVE, CHANGED, "raced", f"another writer changed the entry in the meantime; it is now {NOW}"),
        (MOVE, replace(CHANGED, status="Deleting"), "raced", "another writer removed the entry in the meantime"),
        (replace(CREATE, next_hop_id="i-3"), CHANGED, "unowned", f"another writer made the route in the meantime: {NOW}"),
        (CREATE, NEW, "unchanged", "another run made the same change in the meantime"),
        (DELETE, None, "unchanged", "another run removed the entry in the meantime"),
    ],
)
def test_what_another_writer_did_is_told_with_what_the_cloud_said(step: RouteStep, now: RouteEntry | None, state: str, reason: str) -> None:
    result = after_failure(step, now, DUPLICATE)
    assert result is not None
    assert (result.state, result.reason, result.code, result.request_id) == (state, reason, DUPLICATE.code, "req-1")
    assert state != "unowned" or result.route_entry_id == CHANGED.route_entry_id
    early = before_writing(step, now)
    assert early is not None
    assert (early.state, early.reason, early.code) == (state, reason, None)


KEEP = RouteStep("unchanged", TABLE, DESTINATION, "i-1", "k1/n1", entry=THERE)
LEAVE = RouteStep("unchanged", TABLE, DESTINATION, "i-1")


@pytest.mark.parametrize(
    ("step", "state", "now", "undone"),
    [
        (KEEP, "unchanged", THERE, False),
        (KEEP, "unchanged", NEW, True),
        (KEEP, "unchanged", None, True),
        (LEAVE, "unchanged", None, False),
        (LEAVE, "unchanged", THERE, False),
        (CREATE, "unchanged", NEW, False),
        (CREATE, "unchanged", THERE, True),
        (DELETE, "unchanged", None, False),
        (CREATE, "unowned", replace(NEW, name="x"), False),
        (CREATE, "unowned", THERE, True),
        (CREATE, "unowned", None, True),
        (CREATE, "unowned", replace(NEW, status="Deleting"), True),
        (CREATE, "raced", None, False),
    ],
)
def test_what_was_as_desired_without_us_is_held_to_the_last_read(step: RouteStep, state: str, now: RouteEntry | None, undone: bool) -> None:
    assert is_undone(step, state, now) is undone
