# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What became of a write: decided from the reply and from what was read afterwards. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from .entry import DELETING, INSTANCE, RouteEntry
from .plan import (
    CREATED,
    DELETED,
    RACED,
    REFUSED,
    UNCHANGED,
    UNOWNED,
    RouteStep,
)
from .report import Result, result_of

# Codes about the entry's state rather than the request: what exists decides. The batch calls have codes of their own.
EXISTS = frozenset(
    {
        "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE",
        "InvalidCIDRBlock.Duplicate",
        "InvalidRouteEntry.Duplicate",
        "RouterEntryConflict.Duplicated",
        "RouteConflict.AlreadyExist",
        "Duplicated.VpcNextHop",
    }
)
GONE = frozenset({"VPC_ROUTER_ENTRY_NOT_EXIST", "InvalidRouteEntry.NotFound", "InvalidRouteEntry", "InvalidRouteEntryId.NotFound"})
IN_TRANSITION = frozenset({"VPC_ROUTE_ENTRY_STATUS_ERROR"})
ADVICE = {
    **dict.fromkeys(
        ("InvalidCidrBlock", "InvalidCidrBlock.Malformed", "IllegalParam.CidrBlock", "InvalidDestinationCidrBlock"),
        "Choose a flannel network that overlaps neither a vSwitch nor 100.64.0.0/10.",
    ),
    **dict.fromkeys(
        (
            "InvalidNextHop.NotFound",
            "InvalidNexthop.NotFound",
            "InvalidNextHopId.NotFound",
            "InvalidInstanId.NotFound",
            "OperationFailed.InstanceDismatchCurrentVpc",
            "OperationFailed.InvalidNexthop",
            "IllegalParam.NextHopId",
        ),
        "The next hop must be an instance that exists in this VPC: read the instances again, then run again.",
    ),
    **dict.fromkeys(
        (
            "OperationDenied",
            "OperationDenied.DeleteManagedRouteEntry",
            "OperationDenied.RouteTableTypeNotPermitted",
            "OperationDenied.DeleteGatewayEndpointRoute",
        ),
        "The entry or its table belongs to the system or to another service: leave it alone.",
    ),
}
ABOUT_ONE_ENTRY = EXISTS | GONE | ADVICE.keys()


@dataclass(frozen=True)
class WriteFailure:
    """Why a step may not have been done.

    ``lost`` means that no answer came, ``busy`` that the cloud had no time for the call and certainly did nothing.
    """

    code: str | None
    message: str
    request_id: str | None = None
    lost: bool = False
    busy: bool = False

    @property
    def is_final(self) -> bool:
        """Return whether the step was refused, whatever exists."""
        return not self.may_retry and self.code not in EXISTS and self.code not in GONE

    @property
    def may_retry(self) -> bool:
        """Return whether trying again can help while the entry is as it was planned from."""
        return self.lost or self.busy or self.code in IN_TRANSITION


def refused(step: RouteStep, failure: WriteFailure) -> Result:
    """Return the step as refused by the cloud, with its message and with what to do about it."""
    advice = ADVICE.get(failure.code or "")
    reason = f"{failure.message} {advice}" if advice else failure.message
    return result_of(step, REFUSED, reason=reason, code=failure.code, request_id=failure.request_id)


def after_failure(step: RouteStep, entry: RouteEntry | None, failure: WriteFailure, sent_before: bool = False) -> Result | None:
    """Return what became of the step, given what exists now; None when it isn't done and may be tried again.

    ``sent_before`` says that an earlier try got no answer: what exists then can be its work.
    """
    if holds(step, entry):
        if failure.lost or sent_before:
            return result_of(step)
        return done_by_another(step, failure)
    if is_as_planned(step, entry):
        return None if failure.may_retry else refused(step, failure)
    return raced(step, entry, failure)


def before_writing(step: RouteStep, entry: RouteEntry | None) -> Result | None:
    """Return why the step can't be made any more, given the last read; None when it can."""
    if is_as_planned(step, entry):
        return None
    if holds(step, entry):
        return done_by_another(step)
    return raced(step, entry)


def after_all(step: RouteStep, entry: RouteEntry | None) -> Result:
    """Return the step's result by the last read of the table: done or, when it no longer holds, raced."""
    if not holds(step, entry):
        return raced(step, entry)
    if step.state == DELETED or entry is None:
        return result_of(step)
    return result_of(step, route_entry_id=entry.route_entry_id)


def holds(step: RouteStep, entry: RouteEntry | None) -> bool:
    """Return whether the entry is as the step leaves it."""
    if step.state == DELETED:
        return entry is None or entry.status == DELETING or not _is_same(step.entry, entry)
    return entry is not None and entry.status != DELETING and _described(entry) == (_hop(step), step.name, step.description)


def is_undone(step: RouteStep, state: str, entry: RouteEntry | None) -> bool:
    """Return whether somebody undid what was found to be as desired, without a change of ours."""
    if state == UNOWNED:
        return entry is None or entry.status == DELETING or entry.next_hops != _hop(step)
    was_there = step.entry is not None or step.state != UNCHANGED
    return state == UNCHANGED and was_there and not holds(step, entry)


def is_as_planned(step: RouteStep, entry: RouteEntry | None) -> bool:
    """Return whether the entry is as it was when the step was planned."""
    if entry is not None and entry.status == DELETING:
        entry = None
    if step.entry is None or entry is None:
        return step.entry is entry
    return _is_same(step.entry, entry) and _described(step.entry) == _described(entry)


def raced(step: RouteStep, entry: RouteEntry | None, failure: WriteFailure | None = None) -> Result:
    """Return the step as overtaken by another writer; or as unowned when the route exists without our mark."""
    details = {"code": failure.code, "request_id": failure.request_id} if failure else {}
    if entry is None or entry.status == DELETING:
        return result_of(step, RACED, reason="another writer removed the entry in the meantime", **details)
    now = f'{entry.destination} → {entry.next_hop_id}, named "{entry.name}"'
    if step.state == CREATED and entry.next_hops == _hop(step) and entry.owner != step.owner:
        reason = f"another writer made the route in the meantime: {now}"
        return result_of(step, UNOWNED, reason=reason, route_entry_id=entry.route_entry_id, **details)
    return result_of(step, RACED, reason=f"another writer changed the entry in the meantime; it is now {now}", **details)


def done_by_another(step: RouteStep, failure: WriteFailure | None = None) -> Result:
    """Return the step as made by somebody else: there is nothing left to do."""
    words = "removed the entry" if step.state == DELETED else "made the same change"
    details = {"code": failure.code, "request_id": failure.request_id} if failure else {}
    return result_of(step, UNCHANGED, reason=f"another run {words} in the meantime", **details)


def _is_same(one: RouteEntry | None, other: RouteEntry) -> bool:
    return one is not None and one.route_entry_id == other.route_entry_id


def _described(entry: RouteEntry) -> tuple[tuple[tuple[str, str], ...], str, str]:
    return entry.next_hops, entry.name, entry.description


def _hop(step: RouteStep) -> tuple[tuple[str, str], ...]:
    return ((INSTANCE, step.next_hop_id),)
