# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC 2016-04-28: what makes, changes, associates and deletes route tables. Codes are those of the API reference of each action."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import AVAILABLE, DELETING, PENDING
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.objects import (
    require_quiet_vpc,
    require_table,
    require_vpc,
    require_vswitch,
    start_task,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.vpc_objects import about_of, change_about

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteTable, VSwitch
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

Reply = t.Dict[str, t.Any]


def create_route_table(request: ApiRequest) -> Reply:
    state, about = request.state, about_of(request, "RouteTableName")
    vpc = require_vpc(state, request.require("VpcId"))
    if sum(table.table_type == "Custom" for table in state.tables_of(vpc.vpc_id)) >= state.table_quota:
        raise ApiError("QuotaExceeded.RouteTable", "The VPC holds as many route tables as the quota allows.")
    require_quiet_vpc(state, vpc)
    table = state.add_route_table(vpc.vpc_id, associate_type=request.get("AssociateType") or "VSwitch")
    table.about = about
    start_task(state, about, PENDING)
    return {"RouteTableId": table.route_table_id}


def modify_route_table_attributes(request: ApiRequest) -> Reply:
    change_about(request, require_table(request.state, request.require("RouteTableId")).about, "RouteTableName")
    return {}


def delete_route_table(request: ApiRequest) -> Reply:
    state, table = request.state, require_table(request.state, request.require("RouteTableId"))
    if table.table_type != "Custom":
        raise ApiError("IncorrectRouteTableType", "Only custom route tables can be deleted.")
    if any(entry.type == "Custom" for entry in state.entries_of(table.route_table_id)):
        raise ApiError("IncorrectRouteTableStatus.RouteEntryExist", "The route table has custom entries.")
    if table.about.status != AVAILABLE or any(v.route_table_id == table.route_table_id for v in state.vswitches.values()):
        raise ApiError("IncorrectRouteTableStatus", "The status of the route table does not allow this operation.", 404)
    require_quiet_vpc(state, state.vpcs[table.vpc_id])
    start_task(state, table.about, DELETING, doomed=True)
    return {}


def associate_route_table(request: ApiRequest) -> Reply:
    """A vSwitch leaves the system table; from another custom table it has to be taken away first."""
    table, vswitch = _pair(request)
    if table.table_type == "System":
        raise ApiError("OperationDenied.SwitchToSystemRouteTable", "This leads away from the system table only.")
    if table.associate_type == "Gateway":
        raise ApiError("OperationDenied.AssociateGatewayRouteTable", "The route table belongs to a gateway.")
    if request.state.tables[vswitch.route_table_id].table_type == "Custom":
        raise ApiError("ResourceAlreadyAssociated.RouteTable", "The vSwitch is associated with a route table.")
    require_quiet_vpc(request.state, request.state.vpcs[table.vpc_id])
    vswitch.route_table_id = table.route_table_id
    request.state.settling.vswitch_changed(vswitch.vswitch_id)
    start_task(request.state, vswitch.about, PENDING)
    return {}


def unassociate_route_table(request: ApiRequest) -> Reply:
    """The vSwitch goes back to the system table."""
    table, vswitch = _pair(request)
    if vswitch.route_table_id != table.route_table_id or table.table_type == "System":
        raise ApiError("InvalidRouteTableId.NotAssociated", "The vSwitch is not associated with this route table.")
    vpc = request.state.vpcs[table.vpc_id]
    require_quiet_vpc(request.state, vpc)
    vswitch.route_table_id = vpc.system_table_id
    request.state.settling.vswitch_changed(vswitch.vswitch_id)
    start_task(request.state, vswitch.about, PENDING)
    return {}


def _pair(request: ApiRequest) -> tuple[RouteTable, VSwitch]:
    table = require_table(request.state, request.require("RouteTableId"))
    vswitch = require_vswitch(request.state, request.require("VSwitchId"))
    if table.vpc_id != vswitch.vpc_id:
        raise ApiError("Forbidden.NotInSameVpc", "The vSwitch and the route table are in different VPCs.", 404)
    return table, vswitch
