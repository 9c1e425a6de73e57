# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPCs, vSwitches, route tables and their tags, as both generations of the SDK see them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import Client, Refused
from ansible_collections.alicloud.flannel.tests.contract.cloud_clock import Clock
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import (
    ACCESS_KEY,
    SECRET_KEY,
    TABLE_ID,
    VPC_ID,
    VSWITCH_ID,
    Cloud,
)

REGION = {"RegionId": "cn-hangzhou"}
TAG = [{"Key": "cluster", "Value": "k1"}]


@pytest.fixture(autouse=True)
def full_rights(cloud: Cloud) -> None:
    cloud.state.add_account(ACCESS_KEY, SECRET_KEY)
    cloud.state.settle_seconds = 5.0


def code_of(client: Client, action: str, **params: t.Any) -> str:
    try:
        client.call("vpc", action, {**REGION, **params})
    except Refused as exc:
        return exc.code
    return "ok"


def test_from_nothing_to_a_vswitch_on_its_own_table_and_back(clock: Clock, client: Client) -> None:
    def call(action: str, **params: t.Any) -> dict[str, t.Any]:
        return client.call("vpc", action, {**REGION, **params})

    made = call("CreateVpc", CidrBlock="10.0.0.0/8", VpcName="k1", Description="d", Tag=TAG)
    vpc = {"VpcId": made["VpcId"]}
    (listed,) = call("DescribeVpcs", Tag=TAG)["Vpcs"]["Vpc"]
    assert (listed["Status"], listed["VpcName"], listed["Description"], listed["Tags"]["Tag"]) == ("Pending", "k1", "d", TAG)
    new = {**vpc, "ZoneId": "cn-hangzhou-b", "CidrBlock": "10.1.0.0/24", "VSwitchName": "a"}
    assert code_of(client, "CreateVSwitch", **new) == "IncorrectVpcStatus"
    clock.settle()
    vswitch = {"VSwitchId": call("CreateVSwitch", **new, Tag=TAG)["VSwitchId"]}
    assert call("DescribeVSwitchAttributes", **vswitch)["Status"] == "Pending"
    assert code_of(client, "CreateVSwitch", **{**new, "CidrBlock": "10.2.0.0/24"}) == "IncorrectVSwitchStatus"
    clock.settle()
    table = {"RouteTableId": call("CreateRouteTable", **vpc, RouteTableName="t")["RouteTableId"]}
    clock.settle()
    call("AssociateRouteTable", **table, **vswitch)
    assert call("DescribeVSwitchAttributes", **vswitch)["Status"] == "Pending"
    clock.settle()
    shown = call("DescribeVSwitches", **vpc)["VSwitches"]["VSwitch"][0]
    assert shown["RouteTable"] == {**table, "RouteTableType": "Custom"}
    assert call("DescribeRouteTableList", **table)["RouterTableList"]["RouterTableListType"][0]["VSwitchIds"] == {
        "VSwitchId": [vswitch["VSwitchId"]]
    }
    call("UnassociateRouteTable", **table, **vswitch)
    for action, which in (("DeleteRouteTable", table), ("DeleteVSwitch", vswitch), ("DeleteVpc", vpc)):
        clock.settle()
        call(action, **which)
    clock.settle()
    assert made["VpcId"] not in [one["VpcId"] for one in call("DescribeVpcs")["Vpcs"]["Vpc"]]
    assert call("DescribeVSwitchAttributes", **vswitch)["VSwitchId"] == ""


REFUSED: list[tuple[str, dict[str, t.Any], str]] = [
    ("CreateVpc", {"CidrBlock": "10.0.0.1/8"}, "InvalidCidrBlock.Malformed"),
    ("CreateVpc", {"CidrBlock": "100.64.0.0/16"}, "InvalidCidrBlock.Malformed"),
    ("CreateVpc", {"CidrBlock": "10.0.0.0/8", "VpcName": "https://x"}, "InvalidParameter.VpcName.Malformed"),
    ("CreateVpc", {"CidrBlock": "10.0.0.0/8", "DryRun": True}, "DryRunOperation"),
    ("DeleteVpc", {"VpcId": VPC_ID}, "DependencyViolation.VSwitch"),
    ("DeleteVpc", {"VpcId": "vpc-none"}, "InvalidVpcId.NotFound"),
    ("AssociateVpcCidrBlock", {"VpcId": VPC_ID, "SecondaryCidrBlock": "172.16.9.0/24"}, "InvalidCidrBlock.Overlapped"),
    ("UnassociateVpcCidrBlock", {"VpcId": VPC_ID, "SecondaryCidrBlock": "172.18.0.0/16"}, "InvalidCidrBlock.NotFound"),
    ("CreateVSwitch", {"VpcId": VPC_ID, "ZoneId": "cn-hangzhou-z", "CidrBlock": "172.16.9.0/24"}, "InvalidZoneId.NotFound"),
    ("CreateVSwitch", {"VpcId": VPC_ID, "ZoneId": "cn-hangzhou-b", "CidrBlock": "10.0.0.0/24"}, "InvalidParameter"),
    ("CreateVSwitch", {"VpcId": VPC_ID, "ZoneId": "cn-hangzhou-b", "CidrBlock": "172.16.0.0/25"}, "InvalidCidrBlock.Overlapped"),
    ("DeleteVSwitch", {"VSwitchId": VSWITCH_ID}, "DependencyViolation"),
    ("DeleteRouteTable", {"RouteTableId": TABLE_ID}, "IncorrectRouteTableType"),
    ("DeleteRouteTable", {"RouteTableId": "vtb-used"}, "IncorrectRouteTableStatus"),
    ("DeleteRouteTable", {"RouteTableId": "vtb-full"}, "IncorrectRouteTableStatus.RouteEntryExist"),
    ("AssociateRouteTable", {"RouteTableId": TABLE_ID, "VSwitchId": VSWITCH_ID}, "OperationDenied.SwitchToSystemRouteTable"),
    ("AssociateRouteTable", {"RouteTableId": "vtb-gateway", "VSwitchId": VSWITCH_ID}, "OperationDenied.AssociateGatewayRouteTable"),
    ("AssociateRouteTable", {"RouteTableId": "vtb-full", "VSwitchId": "vsw-used"}, "ResourceAlreadyAssociated.RouteTable"),
    ("AssociateRouteTable", {"RouteTableId": "vtb-full", "VSwitchId": "vsw-elsewhere"}, "Forbidden.NotInSameVpc"),
    ("TagResources", {"ResourceType": "VPC", "ResourceId": ["vpc-none"], "Tag": TAG}, "InvalidResourceId.NotFound"),
]


@pytest.mark.parametrize(("action", "params", "code"), REFUSED)
def test_refused_writes(cloud: Cloud, one_client: Client, action: str, params: dict[str, t.Any], code: str) -> None:
    cloud.state.add_route_table(VPC_ID, "vtb-used")
    cloud.state.add_route_table(VPC_ID, "vtb-full")
    cloud.state.add_route_table(VPC_ID, "vtb-gateway", "Gateway")
    cloud.state.add_route_entry("vtb-full", "10.24.1.0/24", "i-sandbox-n1")
    cloud.state.add_vswitch(VPC_ID, "172.16.7.0/24", "cn-hangzhou-b", "vsw-used", "vtb-used")
    cloud.state.add_vpc("172.16.0.0/16", "vpc-elsewhere")
    cloud.state.add_vswitch("vpc-elsewhere", "172.16.0.0/24", "cn-hangzhou-b", "vsw-elsewhere")
    assert code_of(one_client, action, **params) == code


def test_one_writer_in_a_vpc_be_it_of_routes_or_of_objects(clock: Clock, one_client: Client) -> None:
    entry = {"RouteTableId": TABLE_ID, "DestinationCidrBlock": "10.24.1.0/24", "NextHopId": "i-sandbox-n1"}
    new = {"VpcId": VPC_ID, "ZoneId": "cn-hangzhou-b", "CidrBlock": "172.16.9.0/24"}
    assert code_of(one_client, "CreateRouteEntry", **entry) == "ok"
    assert code_of(one_client, "CreateVSwitch", **new) == "IncorrectRouteEntryStatus"
    clock.settle()
    assert code_of(one_client, "CreateRouteTable", VpcId=VPC_ID) == "ok"
    assert code_of(one_client, "CreateVSwitch", **new) == "TaskConflict"
    assert code_of(one_client, "CreateRouteEntry", **{**entry, "DestinationCidrBlock": "10.24.2.0/24"}) == "TaskConflict"
    clock.settle()
    assert code_of(one_client, "CreateVSwitch", **new) == "ok"


def test_a_client_token_makes_one_object(client: Client) -> None:
    params = {**REGION, "CidrBlock": "10.0.0.0/8", "ClientToken": "once"}
    assert client.call("vpc", "CreateVpc", params)["VpcId"] == client.call("vpc", "CreateVpc", params)["VpcId"]
    assert code_of(client, "CreateVpc", CidrBlock="10.0.0.0/9", ClientToken="once") == "IdempotentParameterMismatch"


@pytest.mark.parametrize(("kind", "object_id"), [("VPC", VPC_ID), ("VSWITCH", VSWITCH_ID), ("ROUTETABLE", TABLE_ID)])
def test_tags_come_and_go(one_client: Client, kind: str, object_id: str) -> None:
    which = {**REGION, "ResourceType": kind, "ResourceId": [object_id]}

    def listed() -> dict[str, str]:
        rows = one_client.call("vpc", "ListTagResources", which)["TagResources"]["TagResource"]
        return {row["TagKey"]: row["TagValue"] for row in rows}

    one_client.call("vpc", "TagResources", {**which, "Tag": [*TAG, {"Key": "bare", "Value": ""}]})
    assert listed() == {"cluster": "k1", "bare": ""}
    one_client.call("vpc", "UnTagResources", {**which, "TagKey": ["bare"]})
    assert listed() == {"cluster": "k1"}
    too_many = [{"Key": str(number), "Value": ""} for number in range(20)]
    assert code_of(one_client, "TagResources", ResourceType=kind, ResourceId=[object_id], Tag=too_many) == "QuotaExceeded.TagPerResource"
