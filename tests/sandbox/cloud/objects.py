# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPCs, vSwitches and route tables: tasks that run on them, and what such a task keeps others from doing. No wire in here."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, task_conflict
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import AVAILABLE, Described, RouteTable, Vpc, VSwitch

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState


def start_task(state: CloudState, about: Described, status: str, *, doomed: bool = False) -> None:
    """Let something happen to an object until the settling time is over."""
    about.status, about.due, about.doomed = status, state.clock() + state.settle_seconds, doomed


def settle_objects(state: CloudState) -> None:
    """End every task on an object that is due."""
    with state.lock:
        holders: list[Vpc | VSwitch | RouteTable] = [*state.vswitches.values(), *state.tables.values(), *state.vpcs.values()]
        for holder in holders:
            about = holder.about
            if about.due is None or about.due > state.clock():
                continue
            if about.doomed:
                _remove(state, holder)
            about.status, about.due = AVAILABLE, None


def _remove(state: CloudState, holder: Vpc | VSwitch | RouteTable) -> None:
    if isinstance(holder, VSwitch):
        del state.vswitches[holder.vswitch_id]
        for table in state.tables_of(holder.vpc_id):
            _remove_entries(state, table.route_table_id, holder.cidr)
    elif isinstance(holder, RouteTable):
        del state.tables[holder.route_table_id]
        _remove_entries(state, holder.route_table_id)
    else:
        del state.vpcs[holder.vpc_id]
        for table in state.tables_of(holder.vpc_id):
            _remove(state, table)


def _remove_entries(state: CloudState, table_id: str, destination: str | None = None) -> None:
    for entry in state.entries_of(table_id, destination):
        del state.entries[entry.entry_id]
        state.settling.entry_vanished(entry)


def objects_of(state: CloudState, vpc_id: str) -> list[Described]:
    """Return the VPC and what is in it."""
    vpc = [state.vpcs[vpc_id].about] if vpc_id in state.vpcs else []
    return [*vpc, *(v.about for v in state.vswitches_of(vpc_id)), *(table.about for table in state.tables_of(vpc_id))]


def require_quiet_vpc(state: CloudState, vpc: Vpc) -> None:
    """Refuse a write while something in the VPC is changing, in the words of the API references of CreateVSwitch and DeleteVSwitch."""
    if vpc.about.status != AVAILABLE:
        raise ApiError("IncorrectVpcStatus", "The status of the VPC does not allow this operation.")
    if not state.one_writer:
        return
    if any(vswitch.about.due is not None for vswitch in state.vswitches_of(vpc.vpc_id)):
        raise ApiError("IncorrectVSwitchStatus", "A vSwitch of the VPC is being changed.")
    tables = {table.route_table_id for table in state.tables_of(vpc.vpc_id)}
    if any(entry.due is not None and entry.table_id in tables for entry in state.entries.values()):
        raise ApiError("IncorrectRouteEntryStatus", "A route entry of the VPC is being changed.")
    if any(about.due is not None for about in objects_of(state, vpc.vpc_id)):
        raise task_conflict()


def require_vpc(state: CloudState, vpc_id: str) -> Vpc:
    vpc = state.vpcs.get(vpc_id)
    if vpc is None:
        raise ApiError("InvalidVpcId.NotFound", "There is no such VPC in this region.", 404)
    return vpc


def require_vswitch(state: CloudState, vswitch_id: str) -> VSwitch:
    vswitch = state.vswitches.get(vswitch_id)
    if vswitch is None:
        raise ApiError("InvalidVSwitchId.NotFound", "There is no such vSwitch in this region.", 404)
    return vswitch


def require_table(state: CloudState, table_id: str) -> RouteTable:
    table = state.tables.get(table_id)
    if table is None:
        raise ApiError("InvalidRouteTableId.NotFound", "There is no such route table in this region.", 404)
    return table
