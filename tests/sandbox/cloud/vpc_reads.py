# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC 2016-04-28: what describes VPCs, vSwitches and route tables."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.cidr import parse_destination
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, illegal
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.paging import page_by_number, page_by_token

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Described, RouteEntry, RouteTable, Vpc, VSwitch
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

Reply = t.Dict[str, t.Any]
MAX_RESULT = 100
MAX_DESTINATIONS = 20


def describe_vpcs(request: ApiRequest) -> Reply:
    wanted = request.get("VpcId")
    vpcs = [
        vpc
        for vpc in request.state.vpcs.values()
        if (wanted is None or vpc.vpc_id in wanted.split(",")) and has_wanted_tags(request, vpc.about)
    ]
    page, fields = page_by_number(request, vpcs)
    return {"Vpcs": {"Vpc": [{**_vpc(request.state, vpc), **_tables_of(request.state, vpc)} for vpc in page]}, **fields}


def _tables_of(state: CloudState, vpc: Vpc) -> Reply:
    """Return what only the list has, and the attributes of one VPC have not."""
    return {"RouterTableIds": {"RouterTableIds": [table.route_table_id for table in state.tables_of(vpc.vpc_id)]}}


def describe_vpc_attribute(request: ApiRequest) -> Reply:
    vpc = request.state.vpcs.get(request.require("VpcId"))
    if vpc is None:
        raise ApiError("InvalidVpcID.NotFound", "There is no such VPC in this region.", 404)
    return _vpc(request.state, vpc)


def _vpc(state: CloudState, vpc: Vpc) -> Reply:
    return {
        **describe_vpc(state, vpc),
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": list(vpc.secondary_cidrs)},
        **about_fields(vpc.about),
    }


def describe_vpc(state: CloudState, vpc: Vpc) -> Reply:
    """Return what every action that describes a VPC has."""
    return {
        "VpcId": vpc.vpc_id,
        "VpcName": vpc.about.name,
        "RegionId": state.region,
        "Status": vpc.about.status,
        "CidrBlock": vpc.cidr,
        "UserCidrs": {"UserCidr": []},
        "VRouterId": vpc.vrouter_id,
        "VSwitchIds": {"VSwitchId": [vswitch.vswitch_id for vswitch in state.vswitches_of(vpc.vpc_id)]},
        "IsDefault": False,
    }


def describe_vswitches(request: ApiRequest) -> Reply:
    if not (request.get("RegionId") or request.get("VpcId")):
        raise ApiError("MissingParameter", "RegionId or VpcId is mandatory for this action.")
    vswitches = [
        vswitch
        for vswitch in request.state.vswitches.values()
        if request.get("VpcId") in (None, vswitch.vpc_id)
        and request.get("VSwitchId") in (None, vswitch.vswitch_id)
        and request.get("ZoneId") in (None, vswitch.zone_id)
        and request.get("RouteTableId") in (None, vswitch.route_table_id)
        and has_wanted_tags(request, vswitch.about)
    ]
    page, fields = page_by_number(request, vswitches)
    return {"VSwitches": {"VSwitch": [_vswitch(request.state, vswitch) for vswitch in page]}, **fields}


def _vswitch(state: CloudState, vswitch: VSwitch) -> Reply:
    table = state.tables[vswitch.route_table_id]
    return {
        "VSwitchId": vswitch.vswitch_id,
        "VSwitchName": vswitch.about.name,
        "VpcId": vswitch.vpc_id,
        "ZoneId": vswitch.zone_id,
        "CidrBlock": vswitch.cidr,
        "IsDefault": False,
        "RouteTable": {"RouteTableId": table.route_table_id, "RouteTableType": table.table_type},
        **about_fields(vswitch.about),
    }


def describe_vswitch_attributes(request: ApiRequest) -> Reply:
    """An unknown one has empty attributes, and is no error (API reference of DescribeVSwitchAttributes)."""
    vswitch = request.state.vswitches.get(request.require("VSwitchId"))
    return _vswitch(request.state, vswitch) if vswitch else {"VSwitchId": "", "Status": ""}


def describe_zones(request: ApiRequest) -> Reply:
    return {"Zones": {"Zone": [{"ZoneId": zone, "LocalName": zone} for zone in request.state.zones]}}


def about_fields(about: Described) -> Reply:
    """Return what every object of a VPC tells in the same words."""
    tags = [{"Key": key, "Value": value} for key, value in about.tags.items()]
    return {"Description": about.description, "Status": about.status, "Tags": {"Tag": tags}}


def has_wanted_tags(request: ApiRequest, about: Described) -> bool:
    return all(tag["Key"] in about.tags and tag.get("Value") in (None, about.tags[tag["Key"]]) for tag in request.records("Tag"))


def describe_route_table_list(request: ApiRequest) -> Reply:
    tables = [
        table
        for table in request.state.tables.values()
        if request.get("VpcId") in (None, table.vpc_id)
        and request.get("RouteTableId") in (None, table.route_table_id)
        and request.get("RouteTableType") in (None, table.table_type)
        and request.get("RouterId") in (None, request.state.vpcs[table.vpc_id].vrouter_id)
        and request.get("RouterType") in (None, "VRouter")
        and has_wanted_tags(request, table.about)
    ]
    page, fields = page_by_number(request, tables)
    return {"RouterTableList": {"RouterTableListType": [_table(request.state, table) for table in page]}, **fields}


def _table(state: CloudState, table: RouteTable) -> Reply:
    users = [v.vswitch_id for v in state.vswitches_of(table.vpc_id) if v.route_table_id == table.route_table_id]
    return {
        "RouteTableId": table.route_table_id,
        "RouteTableName": table.about.name,
        "RouteTableType": table.table_type,
        "VpcId": table.vpc_id,
        "RouterId": state.vpcs[table.vpc_id].vrouter_id,
        "RouterType": "VRouter",
        "AssociateType": table.associate_type,
        "VSwitchIds": {"VSwitchId": users},
        **about_fields(table.about),
    }


def describe_route_entry_list(request: ApiRequest) -> Reply:
    table = request.state.tables.get(request.require("RouteTableId"))
    if table is None:
        raise ApiError("InvalidRouteTable.NotFound", "There is no such route table in this region.")
    if table.associate_type == "Gateway":
        raise ApiError("OperationDenied.UseGatewayRouteEntryQueryInterface", "Gateway route tables have a query of their own.")
    entries = [entry for entry in request.state.entries_of(table.route_table_id) if _is_wanted(request, entry)]
    # Callers that ask for 500 are answered in production, so more than the maximum is not refused.
    size = min(request.integer("MaxResult", 10), MAX_RESULT)
    if size < 1:
        raise illegal("MaxResult", size)
    page, token = page_by_token(request, entries, lambda entry: entry.sequence, size)
    return {"NextToken": token, "TotalCount": len(entries), "RouteEntrys": {"RouteEntry": [_entry(entry) for entry in page]}}


def _is_wanted(request: ApiRequest, entry: RouteEntry) -> bool:
    return (
        request.get("RouteEntryType") in (None, entry.type)
        and _is_wanted_destination(request, entry)
        and request.get("NextHopId") in (None, entry.next_hop_id, *entry.ecmp_hops)
        and request.get("NextHopType") in (None, entry.next_hop_type)
        and request.get("ServiceType") in (None, entry.service_type)
        and request.get("IpVersion") in (None, "ipv4")
        and _is_wanted_custom(request, entry)
    )


def _is_wanted_destination(request: ApiRequest, entry: RouteEntry) -> bool:
    listed = request.strings("DestCidrBlockList")
    if len(listed) > MAX_DESTINATIONS:
        raise illegal("DestCidrBlockList", len(listed))
    single = request.get("DestinationCidrBlock")
    if single is not None:
        network = parse_destination(single)
        if network is None or str(network) != entry.destination:
            return False
    return not listed or entry.destination in listed


def _is_wanted_custom(request: ApiRequest, entry: RouteEntry) -> bool:
    entry_id, name = request.get("RouteEntryId"), request.get("RouteEntryName")
    if (entry_id or name) and request.get("RouteEntryType") != "Custom":
        raise ApiError("OperationFailed.FilterParamUnderWrongRouteType", "Filters by id or name need RouteEntryType=Custom.")
    return entry_id in (None, entry.entry_id) and name in (None, entry.name)


def _entry(entry: RouteEntry) -> Reply:
    hops = [entry.next_hop_id, *entry.ecmp_hops]
    return {
        "RouteEntryId": entry.entry_id,
        "RouteTableId": entry.table_id,
        "DestinationCidrBlock": entry.destination,
        "Type": entry.type,
        "Status": entry.status,
        "RouteEntryName": entry.name,
        "Description": entry.description,
        "IpVersion": "ipv4",
        "ServiceType": entry.service_type,
        "Origin": "SystemCreate" if entry.type == "System" else "CustomCreate",
        "NextHops": {"NextHop": [{"NextHopId": hop, "NextHopType": entry.next_hop_type} for hop in hops]},
    }
