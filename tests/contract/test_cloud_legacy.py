# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an old flanneld with the ali-vpc backend asks, in its order and with its parameters."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clock import Clock
from ansible_collections.alicloud.flannel.tests.contract.cloud_http import fetch, get
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID, VPC_ID, Cloud

SUBNET = "10.24.1.0/24"
INSTANCE = "i-sandbox-n1"


def metadata(cloud: Cloud, name: str) -> str:
    status, body = fetch(f"{cloud.server.url}/latest/meta-data/{name}")
    assert status == 200
    return body


def entries(cloud: Cloud) -> list[dict[str, t.Any]]:
    status, answer = get(cloud.server.url, "DescribeRouteTables", VRouterId="vrt-sandbox", RouteTableId=TABLE_ID)
    assert status == 200
    found: list[dict[str, t.Any]] = answer["RouteTables"]["RouteTable"][0]["RouteEntrys"]["RouteEntry"]
    return found


def ours(cloud: Cloud) -> list[tuple[str, str]]:
    fields = {"RouteTableId": TABLE_ID, "Type": "Custom", "InstanceId": INSTANCE}
    return [(e["DestinationCidrBlock"], e["Status"]) for e in entries(cloud) if fields.items() <= e.items()]


def test_a_start_of_flanneld(cloud: Cloud, clock: Clock) -> None:
    url = cloud.server.url
    cloud.state.add_route_entry(TABLE_ID, "10.24.9.0/24", INSTANCE)
    assert [metadata(cloud, name) for name in ("region-id", "instance-id", "vpc-id")] == ["cn-hangzhou", INSTANCE, VPC_ID]
    vpcs = get(url, "DescribeVpcs", RegionId="cn-hangzhou", VpcId=VPC_ID)[1]
    router = vpcs["Vpcs"]["Vpc"][0]["VRouterId"]
    routers = get(url, "DescribeVRouters", RegionId="cn-hangzhou", VRouterId=router)[1]
    assert routers["VRouters"]["VRouter"][0]["RouteTableIds"]["RouteTableId"][0] == TABLE_ID
    assert ours(cloud) == [("10.24.9.0/24", "Available")]
    stale = {"RouteTableId": TABLE_ID, "DestinationCidrBlock": "10.24.9.0/24", "NextHopId": INSTANCE}
    assert get(url, "DeleteRouteEntry", **stale)[0] == 200
    clock.settle()
    new = {"RouteTableId": TABLE_ID, "DestinationCidrBlock": SUBNET, "NextHopType": "Instance", "NextHopId": INSTANCE}
    assert get(url, "CreateRouteEntry", **new)[0] == 200
    assert ours(cloud) == [(SUBNET, "Pending")]
    clock.settle()
    assert ours(cloud) == [(SUBNET, "Available")]
    assert {call.product for call in cloud.server.calls} == {"Ecs"}


def test_system_entries_are_listed_with_their_type(cloud: Cloud) -> None:
    assert {(e["DestinationCidrBlock"], e["Type"]) for e in entries(cloud)} == {("172.16.0.0/24", "System"), ("100.64.0.0/10", "System")}


REFUSED = [
    ("CreateRouteEntry", {"RouteTableId": TABLE_ID, "DestinationCidrBlock": SUBNET, "NextHopType": "Instance", "NextHopId": INSTANCE}, 400),
    ("DeleteRouteEntry", {"RouteTableId": TABLE_ID, "DestinationCidrBlock": SUBNET, "NextHopId": INSTANCE}, 400),
    ("DescribeRouteTables", {}, 400),
    ("CreateRouteEntries", {}, 404),
]


@pytest.mark.parametrize(("action", "params", "status"), REFUSED)
def test_an_error_has_a_status_that_flanneld_takes_for_one(cloud: Cloud, action: str, params: dict[str, str], status: int) -> None:
    cloud.state.add_route_entry(TABLE_ID, SUBNET, "i-sandbox-n2")
    answered, body = get(cloud.server.url, action, **params)
    assert answered == status
    assert body["Code"]


def test_a_wrong_secret_is_refused(cloud: Cloud) -> None:
    assert get(cloud.server.url, "DescribeVpcs", secret_key="wrong", RegionId="cn-hangzhou", VpcId=VPC_ID)[0] == 400
