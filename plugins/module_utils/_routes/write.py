# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Writes route entries. Ambiguity is resolved by reading back: no write on this path has an idempotency token."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._alicloud.errors import (
    ApiError,
    CredentialsError,
    Forbidden,
    TaskConflict,
    Throttled,
    UnknownOutcome,
    Unreachable,
    kind_of,
)
from .entry import INSTANCE, RouteEntry
from .plan import CREATED, DELETED, RouteStep, Write
from .report import Result, result_of
from .verdict import ABOUT_ONE_ENTRY, WriteFailure, after_failure, refused

if t.TYPE_CHECKING:
    from .._alicloud.client import AlicloudClient
    from .read import RouteReader


@dataclass(frozen=True)
class Written:
    """What became of every step of a write. ``gave_up`` says that the cloud never accepted a part of it, and won't accept another now."""

    results: tuple[Result, ...]
    gave_up: bool = False


class RouteWriter:
    """Makes one write at a time and finds out what became of each of its steps."""

    def __init__(self, client: AlicloudClient, reader: RouteReader) -> None:
        self._client = client
        self._reader = reader

    def write(self, write: Write) -> Written:
        """Find out what became of every step; raise only when no further write can succeed.

        What isn't done is tried again, from an entry that is read after the pause: whoever kept the cloud busy may have changed it.
        """
        results: list[Result] = []
        left, lost = write.steps, False
        retry = self._client.retry()
        while left:
            failures = self._send(write.state, left)
            results.extend(result_of(step) for step in left if step not in failures)
            results.extend(refused(step, failure) for step, failure in failures.items() if failure.is_final)
            doubtful = {step: failure for step, failure in failures.items() if not failure.is_final}
            unanswered = any(failure.lost for failure in doubtful.values())
            out_of_time = any(failure.may_retry for failure in doubtful.values()) and not retry.pause(unanswered=unanswered)
            left = self._read_back(write.route_table_id, doubtful, lost, results)
            if out_of_time and left:
                results.extend(refused(step, doubtful[step]) for step in left)
                return Written(tuple(results), gave_up=True)
            lost = lost or unanswered
        return Written(tuple(results))

    def _read_back(
        self, route_table_id: str, doubtful: t.Mapping[RouteStep, WriteFailure], lost: bool, results: list[Result]
    ) -> tuple[RouteStep, ...]:
        """Decide the steps by what exists now; return those to try again."""
        # A creation that was certainly not carried out can't harm anybody when it is made now.
        again = [step for step, failure in doubtful.items() if failure.busy and step.state == CREATED]
        asked = [step for step in doubtful if step not in again]
        there = entries_by_destination(self._reader.entries_at(route_table_id, [step.destination for step in asked]))
        for step in asked:
            result = after_failure(step, there.get(step.destination), doubtful[step], lost)
            if result is None:
                again.append(step)
            else:
                results.append(result)
        return tuple(again)

    def _send(self, state: str, steps: t.Sequence[RouteStep]) -> dict[RouteStep, WriteFailure]:
        """Make the call; return the steps that it may not have done."""
        try:
            if state == CREATED:
                return _failures(steps, self._client.call_once("vpc", "CreateRouteEntries", {"RouteEntries": [_created(s) for s in steps]}))
            if state == DELETED:
                return _failures(steps, self._client.call_once("vpc", "DeleteRouteEntries", {"RouteEntries": [_deleted(s) for s in steps]}))
            for step in steps:
                self._client.call_once("vpc", "ModifyRouteEntry", _modified(step))
        except (Forbidden, CredentialsError):
            raise
        except ApiError as exc:
            if exc.code in ABOUT_ONE_ENTRY and len(steps) > 1:
                # One of them fails the whole batch, and the reply doesn't say which: try half of them, then the others.
                half = len(steps) // 2
                later = WriteFailure(exc.code, str(exc), exc.request_id, busy=True)
                return {**self._send(state, steps[:half]), **dict.fromkeys(steps[half:], later)}
            return dict.fromkeys(steps, _failure(type(exc), exc.code, str(exc), exc.request_id))
        return {}


def entries_by_destination(entries: t.Iterable[RouteEntry]) -> dict[str, RouteEntry]:
    """Return custom entries by their destination, which is unique in a table."""
    return {entry.destination: entry for entry in entries}


def _failures(steps: t.Sequence[RouteStep], reply: t.Mapping[str, t.Any]) -> dict[RouteStep, WriteFailure]:
    """Attribute a batch's failures by destination and next hop: a node can have several entries, and no table is named."""
    by_route = {(step.destination, step.next_hop_id): step for step in steps}
    by_id = {step.entry.route_entry_id: step for step in steps if step.entry is not None}
    failures = {}
    for item in reply.get("FailedRouteEntries") or ():
        step = by_id.get(item.get("RouteEntryId") or "") or by_route.get((item.get("DstCidrBlock") or "", item.get("NextHop") or ""))
        if step is not None:
            kind, advice = kind_of(item.get("FailedCode") or "")
            message = f"{item.get('FailedCode')}: {item.get('FailedMessage')}{advice}"
            failures[step] = _failure(kind, item.get("FailedCode"), message, reply.get("RequestId"))
    if int(reply.get("FailedCount") or 0) > len(failures):
        # A failure that names no entry of ours: only reading back shows whose it is.
        unnamed = WriteFailure(None, "the batch reports a failure without naming the entry", reply.get("RequestId"), lost=True)
        failures.update({step: unnamed for step in steps if step not in failures})
    return failures


def _failure(kind: type[ApiError], code: str | None, message: str, request_id: str | None) -> WriteFailure:
    return WriteFailure(
        code, message, request_id, lost=issubclass(kind, (UnknownOutcome, Unreachable)), busy=issubclass(kind, (Throttled, TaskConflict))
    )


def _created(step: RouteStep) -> dict[str, str]:
    fields = {
        "RouteTableId": step.route_table_id,
        "DstCidrBlock": step.destination,
        "NextHop": step.next_hop_id,
        "NextHopType": INSTANCE,
        "Name": step.name,
    }
    return {**fields, "Description": step.description} if step.description else fields


def _deleted(step: RouteStep) -> dict[str, str]:
    return {"RouteTableId": step.route_table_id, "RouteEntryId": _entry_of(step).route_entry_id}


def _modified(step: RouteStep) -> dict[str, str]:
    entry = _entry_of(step)
    fields = {"RouteEntryId": entry.route_entry_id}
    if entry.next_hop_id != step.next_hop_id:
        fields.update(NewNextHopId=step.next_hop_id, NewNextHopType=INSTANCE)
    if entry.name != step.name:
        fields.update(RouteEntryName=step.name)
    if entry.description != step.description:
        fields.update(Description=step.description)
    return fields


def _entry_of(step: RouteStep) -> RouteEntry:
    return t.cast("RouteEntry", step.entry)  # only creations are planned without one
