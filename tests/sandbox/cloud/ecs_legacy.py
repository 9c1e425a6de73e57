# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ECS 2014-05-26: the network actions that were there before the VPC product, which an old flanneld still calls.

The two writes are the VPC product's own; the reads have fewer fields than theirs.
"""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import missing
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.paging import page_by_number
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.vpc_reads import describe_vpc

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteEntry
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

Reply = t.Dict[str, t.Any]


def describe_vpcs(request: ApiRequest) -> Reply:
    wanted = request.get("VpcId")
    vpcs = [vpc for vpc in request.state.vpcs.values() if wanted is None or vpc.vpc_id in wanted.split(",")]
    page, fields = page_by_number(request, vpcs)
    return {"Vpcs": {"Vpc": [describe_vpc(request.state, vpc) for vpc in page]}, **fields}


def describe_vrouters(request: ApiRequest) -> Reply:
    state = request.state
    vpcs = [vpc for vpc in state.vpcs.values() if request.get("VRouterId") in (None, vpc.vrouter_id)]
    page, fields = page_by_number(request, vpcs)
    routers = [
        {
            "VRouterId": vpc.vrouter_id,
            "VpcId": vpc.vpc_id,
            "RegionId": state.region,
            "RouteTableIds": {"RouteTableId": [table.route_table_id for table in state.tables_of(vpc.vpc_id)]},
        }
        for vpc in page
    ]
    return {"VRouters": {"VRouter": routers}, **fields}


def describe_route_tables(request: ApiRequest) -> Reply:
    state = request.state
    router, table_id = request.get("VRouterId") or request.get("RouterId"), request.get("RouteTableId")
    if router is None and table_id is None:
        raise missing("VRouterId")
    tables = [
        table
        for table in state.tables.values()
        if table_id in (None, table.route_table_id) and router in (None, state.vpcs[table.vpc_id].vrouter_id)
    ]
    page, fields = page_by_number(request, tables)
    described = [
        {
            "RouteTableId": table.route_table_id,
            "VRouterId": state.vpcs[table.vpc_id].vrouter_id,
            "RouteTableType": table.table_type,
            "RouteEntrys": {"RouteEntry": [_entry(entry) for entry in state.entries_of(table.route_table_id)]},
        }
        for table in page
    ]
    return {"RouteTables": {"RouteTable": described}, **fields}


def _entry(entry: RouteEntry) -> Reply:
    return {
        "RouteTableId": entry.table_id,
        "DestinationCidrBlock": entry.destination,
        "Type": entry.type,
        "Status": entry.status,
        "NextHopType": entry.next_hop_type,
        "InstanceId": entry.next_hop_id,
        "NextHops": {"NextHop": []},
    }
