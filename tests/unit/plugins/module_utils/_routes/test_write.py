# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a writer makes of replies, those that the emulated cloud never gives included."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import (
    ApiError,
    CredentialsError,
    Forbidden,
    TaskConflict,
    Throttled,
    UnknownOutcome,
    Unreachable,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.entry import RouteEntry
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.plan import RouteStep, Write
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.write import RouteWriter
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._routes.route_values import TABLE, entry

A, B, C = "10.24.1.0/24", "10.24.2.0/24", "10.24.3.0/24"


@dataclass
class Cloud:
    """Answers writes and reads from a script, and remembers what it was asked and when there was a pause."""

    replies: list[dict[str, t.Any] | ApiError]
    reads: list[list[RouteEntry]] = field(default_factory=list)
    pauses: int = 99
    log: list[t.Any] = field(default_factory=list)

    def call_once(self, product: str, action: str, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        self.log.append([action, *(p.get("RouteEntryId") or p["DstCidrBlock"] for p in params.get("RouteEntries", [params]))])
        reply = self.replies.pop(0)
        if isinstance(reply, ApiError):
            raise reply
        return {"RequestId": "req-1", **reply}

    def retry(self) -> Cloud:
        return self

    def pause(self, *, unanswered: bool) -> bool:
        self.log.append("unanswered" if unanswered else "pause")
        self.pauses -= 1
        return self.pauses >= 0

    def entries_at(self, route_table_id: str, destinations: t.Sequence[str]) -> tuple[RouteEntry, ...]:
        if not destinations:
            return ()
        self.log.append(("read", route_table_id, *destinations))
        return tuple(self.reads.pop(0))


def creation(destination: str, hop: str = "i-1") -> RouteStep:
    return RouteStep("created", TABLE, destination, hop, "k1/x")


def made(step: RouteStep, **fields: t.Any) -> RouteEntry:
    """Return the entry as the step leaves it."""
    return entry(step.destination, step.next_hop_id, step.name, **fields)


def failed(*items: tuple[str, str, str]) -> dict[str, t.Any]:
    """Return the reply of a creating batch in which these failed: destination, hop, code."""
    return {
        "FailedCount": len(items),
        "FailedRouteEntries": [{"DstCidrBlock": d, "NextHop": h, "FailedCode": c, "FailedMessage": "No."} for d, h, c in items],
    }


def error(kind: type[ApiError], code: str | None = None) -> ApiError:
    return kind("It failed.", action="CreateRouteEntries", code=code, request_id="req-e")


NEW = (creation(A), creation(B), creation(C))
OLD = [entry(d, "i-1", "k1/x") for d in (A, B, C)]
GOING = tuple(RouteStep("deleted", TABLE, e.destination, "i-1", "k1/x", entry=e) for e in OLD)
MOVING = (RouteStep("moved", TABLE, A, "i-2", "k1/x", entry=OLD[0]),)
SENT = ["CreateRouteEntries", A, B, C]
BUSY, LOST, SPOILED = error(TaskConflict, "TaskConflict"), error(UnknownOutcome), error(ApiError, "InvalidNextHopId.NotFound")
GO = ["DeleteRouteEntries", f"rte-{A}"]
UNNAMED = {"FailedCount": 1, "FailedRouteEntries": [{"DstCidrBlock": A, "NextHop": "i-other", "FailedCode": "X"}]}

# steps, the cloud, the state of each step, what happened in which order
CASES: dict[str, tuple[tuple[RouteStep, ...], Cloud, list[str], list[t.Any]]] = {
    "all made": (NEW, Cloud([{}]), ["created"] * 3, [SENT]),
    "one fails for good": (NEW, Cloud([failed((B, "i-1", "Odd"))]), ["created", "refused", "created"], [SENT]),
    "one fails without a code": (
        NEW[:2],
        Cloud([{"FailedCount": 1, "FailedRouteEntries": [{"DstCidrBlock": A, "NextHop": "i-1"}]}]),
        ["refused", "created"],
        [SENT[:3]],
    ),
    "one exists": (
        NEW,
        Cloud([failed((B, "i-1", "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE"))], [[entry(B, "i-9", "x")]]),
        ["created", "raced", "created"],
        [SENT, ("read", TABLE, B)],
    ),
    "one is busy, one fails for good": (
        NEW,
        Cloud([failed((B, "i-1", "TaskConflict"), (C, "i-1", "Odd")), {}]),
        ["created", "created", "refused"],
        [SENT, "pause", ["CreateRouteEntries", B]],
    ),
    "a failure that names none of ours": (
        NEW,
        Cloud([UNNAMED, {}], [[made(NEW[0]), made(NEW[2])]]),
        ["created"] * 3,
        [SENT, "unanswered", ("read", TABLE, A, B, C), ["CreateRouteEntries", B]],
    ),
    "a failure that names none of ours beside one that does": (
        NEW,
        Cloud([{**failed((B, "i-1", "Odd")), "FailedCount": 2}, {}], [[made(NEW[0])]]),
        ["created", "refused", "created"],
        [SENT, "unanswered", ("read", TABLE, A, C), ["CreateRouteEntries", C]],
    ),
    "a failure that names none of ours beside one that is busy": (
        NEW[:2],
        Cloud([{**failed((B, "i-1", "TaskConflict")), "FailedCount": 2}, {}], [[made(NEW[0])]]),
        ["created"] * 2,
        [SENT[:3], "unanswered", ("read", TABLE, A), ["CreateRouteEntries", B]],
    ),
    "no reply, done": (NEW, Cloud([LOST], [[made(s) for s in NEW]]), ["created"] * 3, [SENT, "unanswered", ("read", TABLE, A, B, C)]),
    "no reply, busy, and then our own first try is there": (
        NEW[:1],
        Cloud([LOST, BUSY, failed((A, "i-1", "InvalidCIDRBlock.Duplicate"))], [[], [made(NEW[0])]]),
        ["created"],
        [SENT[:2], "unanswered", ("read", TABLE, A), SENT[:2], "pause", SENT[:2], ("read", TABLE, A)],
    ),
    "busy: a creation is made again as it is": (NEW, Cloud([BUSY, {}]), ["created"] * 3, [SENT, "pause", SENT]),
    "throttled: likewise": (NEW[:1], Cloud([error(Throttled), {}]), ["created"], [SENT[:2], "pause", SENT[:2]]),
    "busy: a move is read again": (
        MOVING,
        Cloud([BUSY, {}], [OLD[:1]]),
        ["moved"],
        [["ModifyRouteEntry", f"rte-{A}"], "pause", ("read", TABLE, A), ["ModifyRouteEntry", f"rte-{A}"]],
    ),
    "busy: a deletion is read again": (
        GOING[:2],
        Cloud([BUSY, {}], [[OLD[0], entry(B, "i-1", "k2/x")]]),
        ["deleted", "raced"],
        [[*GO, f"rte-{B}"], "pause", ("read", TABLE, A, B), GO],
    ),
    "busy until the time is up": (NEW[:1], Cloud([BUSY], pauses=0), ["refused"], [SENT[:2], "pause"]),
    "no reply until the time is up": (
        NEW[:2],
        Cloud([error(Unreachable)], [[made(NEW[1])]], pauses=0),
        ["refused", "created"],
        [SENT[:3], "unanswered", ("read", TABLE, A, B)],
    ),
    "no reply until the time is up, but all done": (
        NEW[:1],
        Cloud([error(Unreachable)], [[made(NEW[0])]], pauses=0),
        ["created"],
        [SENT[:2], "unanswered", ("read", TABLE, A)],
    ),
    "one deletion of several fails, by id": (
        GOING,
        Cloud([{"FailedCount": 1, "FailedRouteEntries": [{"RouteEntryId": OLD[1].route_entry_id, "FailedCode": "Odd"}]}]),
        ["deleted", "refused", "deleted"],
        [[*GO, f"rte-{B}", f"rte-{C}"]],
    ),
    "one deletion of several fails, by destination and hop": (
        GOING,
        Cloud([failed((C, "i-1", "VPC_ROUTER_ENTRY_NOT_EXIST"))], [[]]),
        ["deleted", "deleted", "unchanged"],
        [[*GO, f"rte-{B}", f"rte-{C}"], ("read", TABLE, C)],
    ),
    "one that the call doesn't name spoils it for all": (
        NEW,
        Cloud([SPOILED, {}, SPOILED, SPOILED, {}]),
        ["created", "refused", "created"],
        [SENT, SENT[:2], "pause", ["CreateRouteEntries", B, C], ["CreateRouteEntries", B], "pause", ["CreateRouteEntries", C]],
    ),
}


@pytest.mark.parametrize(("steps", "cloud", "states", "log"), list(CASES.values()), ids=list(CASES))
def test_every_step_gets_one_result_and_nothing_is_asked_in_vain(
    steps: tuple[RouteStep, ...], cloud: Cloud, states: list[str], log: list[t.Any]
) -> None:
    cloud = replace(cloud, replies=[*cloud.replies], reads=[*cloud.reads], log=[])
    written = RouteWriter(t.cast("t.Any", cloud), t.cast("t.Any", cloud)).write(Write(TABLE, steps[0].state, steps))
    results = sorted((result.destination, result.state) for result in written.results)
    assert results == sorted(zip([s.destination for s in steps], states))
    assert cloud.log == log
    assert written.gave_up is (cloud.pauses < 0 and "refused" in states)


@pytest.mark.parametrize("kind", [Forbidden, CredentialsError])
def test_what_no_further_write_can_get_past_is_raised(kind: type[ApiError]) -> None:
    cloud = t.cast("t.Any", Cloud([error(kind)]))
    with pytest.raises(kind):
        RouteWriter(cloud, cloud).write(Write(TABLE, "created", NEW))


def test_a_failure_of_a_batch_is_told_in_the_clouds_words_with_code_request_and_advice() -> None:
    cloud = t.cast("t.Any", Cloud([failed((A, "i-1", "QuotaExceeded"))]))
    (result,) = RouteWriter(cloud, cloud).write(Write(TABLE, "created", NEW[:1])).results
    assert (result.code, result.request_id) == ("QuotaExceeded", "req-1")
    assert str(result.reason).startswith("QuotaExceeded: No. Remove what is not needed")


def test_a_failure_of_the_call_keeps_its_code_and_request() -> None:
    cloud = t.cast("t.Any", Cloud([error(ApiError, "Odd")]))
    (result,) = RouteWriter(cloud, cloud).write(Write(TABLE, "created", NEW[:1])).results
    assert (result.reason, result.code, result.request_id) == ("It failed.", "Odd", "req-e")


@dataclass
class Notebook(Cloud):
    """Remembers the parameters as they are."""

    def call_once(self, product: str, action: str, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        self.log.append((product, action, params))
        return {}


HOP = {"NewNextHopId": "i-2", "NewNextHopType": "Instance"}


@pytest.mark.parametrize(
    ("step", "action", "params"),
    [
        (
            replace(NEW[0], description="d"),
            "CreateRouteEntries",
            {"RouteTableId": TABLE, "DstCidrBlock": A, "NextHop": "i-1", "NextHopType": "Instance", "Name": "k1/x", "Description": "d"},
        ),
        (
            NEW[0],
            "CreateRouteEntries",
            {"RouteTableId": TABLE, "DstCidrBlock": A, "NextHop": "i-1", "NextHopType": "Instance", "Name": "k1/x"},
        ),
        (GOING[0], "DeleteRouteEntries", {"RouteTableId": TABLE, "RouteEntryId": f"rte-{A}"}),
        (MOVING[0], "ModifyRouteEntry", HOP),
        (replace(MOVING[0], next_hop_id="i-1", name="k1/y"), "ModifyRouteEntry", {"RouteEntryName": "k1/y"}),
        (replace(MOVING[0], next_hop_id="i-1", description="d"), "ModifyRouteEntry", {"Description": "d"}),
        (
            replace(MOVING[0], name="k1/y", description="d"),
            "ModifyRouteEntry",
            {**HOP, "RouteEntryName": "k1/y", "Description": "d"},
        ),
    ],
)
def test_a_write_names_the_entry_by_id_and_only_what_changes(step: RouteStep, action: str, params: dict[str, str]) -> None:
    cloud = Notebook([])
    RouteWriter(t.cast("t.Any", cloud), t.cast("t.Any", cloud)).write(Write(TABLE, step.state, (step,)))
    expected = {"RouteEntryId": f"rte-{A}", **params} if action == "ModifyRouteEntry" else {"RouteEntries": [params]}
    assert cloud.log == [("vpc", action, expected)]
