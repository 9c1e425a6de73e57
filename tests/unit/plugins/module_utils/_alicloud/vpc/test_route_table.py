# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.vpc.route_table import RouteTable, parse_route_table


@pytest.mark.parametrize(
    "nothing",
    [{}, {"RouteTableType": None, "AssociateType": None, "VSwitchIds": None}, {"VSwitchIds": {"VSwitchId": None}}],
)
def test_what_the_api_leaves_out_is_empty(nothing: dict[str, t.Any]) -> None:
    table = parse_route_table({"RouteTableId": "vtb-1", "VpcId": "vpc-1", **nothing})
    assert table == RouteTable("vtb-1", "", "vpc-1", status="")
    assert (table.type, table.is_gateway) == ("Custom", False)


def test_a_table_is_read_with_its_vswitches_in_order() -> None:
    item = {"RouteTableId": "vtb-1", "VpcId": "vpc-1", "RouteTableType": "System", "VSwitchIds": {"VSwitchId": ["vsw-2", "vsw-1"]}}
    table = parse_route_table(item)
    assert (table.type, table.vswitch_ids) == ("System", ("vsw-1", "vsw-2"))


def test_a_table_of_a_gateway_is_told_apart() -> None:
    assert parse_route_table({"RouteTableId": "vtb-1", "VpcId": "vpc-1", "AssociateType": "Gateway"}).is_gateway
