# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes on route entries: what is allowed, what it starts. The wire's two vocabularies of refusal meet here."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.cidr import is_reserved, parse_destination
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, task_conflict
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import (
    AVAILABLE,
    DELETING,
    MODIFYING,
    PENDING,
    RouteEntry,
    RouteTable,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.objects import objects_of

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState


@dataclass(frozen=True)
class Refusal:
    """Why an entry is refused: as the error of a single call, and as the FailedCode of a batch.

    Only three codes of the batch vocabulary are known; elsewhere the single form's code stands in.
    """

    code: str
    status: int
    message: str
    batch_code: str = ""

    def as_error(self) -> ApiError:
        return ApiError(self.code, self.message, self.status)

    @property
    def failed_code(self) -> str:
        return self.batch_code or self.code


class Refused(Exception):
    """An entry can't be written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


MALFORMED = Refusal("InvalidCidrBlock.Malformed", 400, "The destination is not a valid CIDR block.")
RESERVED = Refusal("InvalidCidrBlock", 400, "The destination conflicts with a vSwitch or with 100.64.0.0/10.")
DUPLICATE = Refusal(
    "InvalidCIDRBlock.Duplicate", 400, "The table has an entry for this destination.", "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE"
)
UNSETTLED = Refusal("IncorrectRouteEntryStatus", 400, "The entry is not Available.", "VPC_ROUTE_ENTRY_STATUS_ERROR")
ABSENT = Refusal("InvalidRouteEntry.NotFound", 400, "There is no such entry.", "VPC_ROUTER_ENTRY_NOT_EXIST")
NO_HOP = Refusal("InvalidNextHopId.NotFound", 404, "The next hop does not exist.")
FOREIGN_HOP = Refusal("OperationFailed.InstanceDismatchCurrentVpc", 404, "The next hop is not in the VPC of the route table.")
QUOTA = Refusal("QuotaExceeded", 400, "The route table holds as many custom entries as its quota allows.")
NOT_CUSTOM = Refusal("OperationDenied", 400, "This entry is the system's.")
MANAGED = Refusal("OperationDenied.DeleteManagedRouteEntry", 400, "This entry is managed by another service.")
GATEWAY = Refusal("OperationDenied.RouteTableTypeNotPermitted", 400, "The route table belongs to a gateway.")


@dataclass(frozen=True)
class NewEntry:
    table_id: str
    destination: str
    next_hop_id: str
    next_hop_type: str
    name: str = ""
    description: str = ""


@dataclass(frozen=True)
class Target:
    """How a caller names an entry: by id, or by table, destination and maybe next hop."""

    entry_id: str | None = None
    table_id: str | None = None
    destination: str | None = None
    next_hop_id: str | None = None


def require_tables(state: CloudState, table_ids: t.Iterable[str]) -> list[RouteTable]:
    """Return the tables; a call that names an unknown one is refused as a whole."""
    tables = [state.tables.get(table_id) for table_id in dict.fromkeys(table_ids)]
    if None in tables:
        raise ApiError("InvalidRouteTableId.NotFound", "There is no such route table in this region.", 404)
    return [table for table in tables if table]


def require_quiet(state: CloudState, tables: t.Iterable[RouteTable]) -> None:
    """Refuse the call while anything in the VPC is changing."""
    vpcs = {table.vpc_id for table in tables}
    busy = any(e.due is not None and state.tables[e.table_id].vpc_id in vpcs for e in state.entries.values())
    if state.one_writer and (busy or any(one.due is not None for vpc_id in vpcs for one in objects_of(state, vpc_id))):
        raise task_conflict()


def check_new(state: CloudState, new: NewEntry, *, batch: bool) -> str:
    """Return the destination as it will be stored."""
    table = state.tables[new.table_id]
    if table.associate_type == "Gateway":
        raise Refused(GATEWAY)
    network = parse_destination(new.destination)
    if network is None:
        raise Refused(MALFORMED)
    if is_reserved(network, (vswitch.cidr for vswitch in state.vswitches_of(table.vpc_id)), batch=batch):
        raise Refused(RESERVED)
    for entry in state.entries_of(new.table_id, str(network)):
        raise Refused(DUPLICATE if entry.status == AVAILABLE else UNSETTLED)
    check_hop(state, table, new.next_hop_id, new.next_hop_type)
    custom = sum(entry.type == "Custom" and not entry.service_type for entry in state.entries_of(new.table_id))
    if custom >= state.route_quota:
        raise Refused(QUOTA)
    return str(network)


def check_hop(state: CloudState, table: RouteTable, next_hop_id: str, next_hop_type: str) -> None:
    """Only instances exist here; hops of another type are taken as they are."""
    if next_hop_type != "Instance":
        return
    instance = state.instances.get(next_hop_id)
    if instance is None:
        raise Refused(NO_HOP)
    if instance.vpc_id != table.vpc_id:
        raise Refused(FOREIGN_HOP)


def find(state: CloudState, target: Target) -> RouteEntry:
    """Return the entry that the caller means."""
    if target.entry_id:
        entry = state.entries.get(target.entry_id)
        matches = [entry] if entry and target.table_id in (None, entry.table_id) else []
    else:
        matches = [
            entry
            for entry in state.entries_of(target.table_id or "", target.destination)
            if target.next_hop_id in (None, entry.next_hop_id)
        ]
    if not matches:
        raise Refused(ABSENT)
    return matches[0]


def check_change(entry: RouteEntry) -> RouteEntry:
    """Return the entry if a caller may change it now."""
    if entry.type != "Custom":
        raise Refused(NOT_CUSTOM)
    if entry.service_type:
        raise Refused(MANAGED)
    if entry.status != AVAILABLE:
        raise Refused(UNSETTLED)
    return entry


def start_create(state: CloudState, new: NewEntry, destination: str) -> RouteEntry:
    return state.put_entry(
        new.table_id,
        destination,
        new.next_hop_id,
        next_hop_type=new.next_hop_type,
        name=new.name,
        description=new.description,
        status=PENDING,
        due=_due(state),
    )


def start_delete(state: CloudState, entry: RouteEntry) -> None:
    entry.status, entry.due = DELETING, _due(state)


def start_modify(state: CloudState, entry: RouteEntry, fields: t.Mapping[str, str]) -> None:
    """Change the given fields; packets keep going to the old hop until the entry is Available again."""
    entry.previous_hop = entry.next_hop_id
    for name, value in fields.items():
        setattr(entry, name, value)
    entry.status, entry.due = MODIFYING, _due(state)


def _due(state: CloudState) -> float:
    return state.clock() + state.settle_seconds
