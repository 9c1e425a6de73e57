# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What describes the region: the same to both generations of the SDK."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import SDKS, Client, Refused
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, TABLE_ID, VPC_ID, Cloud

REGION = {"RegionId": "cn-hangzhou"}
ENTRIES = {**REGION, "RouteTableId": TABLE_ID}
QUESTIONS: list[tuple[str, str, dict[str, t.Any]]] = [
    ("vpc", "DescribeVpcs", {**REGION}),
    ("vpc", "DescribeVpcAttribute", {**REGION, "VpcId": VPC_ID}),
    ("vpc", "DescribeVSwitches", {**REGION, "VpcId": VPC_ID}),
    ("vpc", "DescribeRouteTableList", {**REGION, "VpcId": VPC_ID}),
    ("vpc", "DescribeRouteEntryList", ENTRIES),
    ("ecs", "DescribeInstances", {**REGION, "VpcId": VPC_ID}),
    ("ecs", "DescribeInstances", {**REGION, "MaxResults": 50}),
    ("ecs", "DescribeNetworkInterfaces", {**REGION, "VpcId": VPC_ID}),
    ("ecs", "DescribeSecurityGroupAttribute", {**REGION, "SecurityGroupId": "sg-sandbox"}),
    ("ecs", "DescribeVpcs", {**REGION, "VpcId": VPC_ID}),
    ("ecs", "DescribeVRouters", {**REGION, "VRouterId": "vrt-sandbox"}),
    ("ecs", "DescribeRouteTables", {"VRouterId": "vrt-sandbox", "RouteTableId": TABLE_ID}),
]


def essence(value: t.Any) -> t.Any:
    """Return the answer without its request id and without what is empty, which one SDK leaves out and the other fills in."""
    if isinstance(value, dict):
        kept = {name: essence(part) for name, part in value.items() if name != "RequestId"}
        return {name: part for name, part in kept.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        return [essence(part) for part in value]
    return value


@pytest.mark.parametrize(("product", "action", "params"), QUESTIONS)
def test_both_generations_read_the_same(cloud: Cloud, product: str, action: str, params: dict[str, t.Any]) -> None:
    cloud.state.instances["i-sandbox-n1"].tags = {"role": "node"}
    cloud.state.add_route_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n1", name="one/n1", description="node")
    # The newer SDK drops every field that its models don't know, so an invented field shows as a difference.
    old, new = (essence(sdk(cloud.server.url, ACCESS_KEY, SECRET_KEY).call(product, action, params)) for sdk in SDKS)
    assert old == new
    assert len(old) >= 1


def destinations(answer: t.Mapping[str, t.Any]) -> list[str]:
    return [entry["DestinationCidrBlock"] for entry in answer["RouteEntrys"]["RouteEntry"]]


def test_system_entries_are_in_every_table(cloud: Cloud, client: Client) -> None:
    table = cloud.state.add_route_table(VPC_ID).route_table_id
    cloud.state.add_vswitch(VPC_ID, "172.16.1.0/24", "cn-hangzhou-b", route_table_id=table)
    for table_id in (TABLE_ID, table):
        entries = client.call("vpc", "DescribeRouteEntryList", {**REGION, "RouteTableId": table_id, "RouteEntryType": "System"})
        assert set(destinations(entries)) == {"100.64.0.0/10", "172.16.0.0/24", "172.16.1.0/24"}


@pytest.mark.parametrize(("max_result", "page_sizes"), [(None, [10, 10, 10]), (1, [1] * 30), (100, [30]), (500, [30])])
def test_entries_come_in_pages(cloud: Cloud, client: Client, max_result: int | None, page_sizes: list[int]) -> None:
    for number in range(28):
        cloud.state.add_route_entry(TABLE_ID, f"10.24.{number}.0/24", "i-sandbox-n1")
    asked = ENTRIES if max_result is None else {**ENTRIES, "MaxResult": max_result}
    pages = [client.call("vpc", "DescribeRouteEntryList", asked)]
    while pages[-1].get("NextToken"):
        pages.append(client.call("vpc", "DescribeRouteEntryList", {**asked, "NextToken": pages[-1]["NextToken"]}))
    assert [len(destinations(page)) for page in pages] == page_sizes
    assert len({destination for page in pages for destination in destinations(page)}) == 30


def test_a_hundred_and_one_entries_need_two_pages(cloud: Cloud, client: Client) -> None:
    for number in range(99):
        cloud.state.add_route_entry(TABLE_ID, f"10.24.{number}.0/24", "i-sandbox-n1")
    page = client.call("vpc", "DescribeRouteEntryList", {**ENTRIES, "MaxResult": 101})
    assert len(destinations(page)) == 100
    assert page["NextToken"]


def test_a_listing_is_not_upset_by_a_delete_between_pages(cloud: Cloud, client: Client) -> None:
    for number in range(10):
        cloud.state.add_route_entry(TABLE_ID, f"10.24.{number}.0/24", "i-sandbox-n1")
    first = client.call("vpc", "DescribeRouteEntryList", {**ENTRIES, "MaxResult": 6})
    cloud.state.remove_route_entry(TABLE_ID, "10.24.0.0/24")
    second = client.call("vpc", "DescribeRouteEntryList", {**ENTRIES, "MaxResult": 6, "NextToken": first["NextToken"]})
    assert len({*destinations(first), *destinations(second)}) == 12


FILTERS: list[tuple[dict[str, t.Any], list[str]]] = [
    ({"DestinationCidrBlock": "10.24.2.0/24"}, ["10.24.2.0/24"]),
    ({"DestCidrBlockList": ["10.24.1.0/24", "10.24.3.0/24", "10.24.9.0/24"]}, ["10.24.1.0/24", "10.24.3.0/24"]),
    ({"NextHopId": "i-sandbox-n2"}, ["10.24.2.0/24"]),
    ({"NextHopType": "HaVip"}, ["10.99.0.0/16"]),
    ({"RouteEntryType": "Custom", "RouteEntryName": "one/n3"}, ["10.24.3.0/24"]),
    ({"RouteEntryType": "Custom", "RouteEntryId": "rte-third"}, ["10.24.3.0/24"]),
    ({"RouteEntryType": "CEN"}, ["10.98.0.0/16"]),
    ({"ServiceType": "TR"}, ["10.98.0.0/16"]),
    ({"RouteEntryType": "BGP"}, []),
]


@pytest.mark.parametrize(("params", "expected"), FILTERS)
def test_filters(cloud: Cloud, one_client: Client, params: dict[str, t.Any], expected: list[str]) -> None:
    for number in (1, 2):
        cloud.state.add_route_entry(TABLE_ID, f"10.24.{number}.0/24", f"i-sandbox-n{number}", name=f"one/n{number}")
    cloud.state.add_route_entry(TABLE_ID, "10.24.3.0/24", "i-sandbox-n3", name="one/n3", entry_id="rte-third")
    cloud.state.add_route_entry(TABLE_ID, "10.98.0.0/16", "tr-1", next_hop_type="Attachment", type="CEN", service_type="TR")
    cloud.state.add_route_entry(TABLE_ID, "10.99.0.0/16", "havip-1", next_hop_type="HaVip")
    assert destinations(one_client.call("vpc", "DescribeRouteEntryList", {**ENTRIES, **params})) == expected


REFUSED_QUESTIONS: list[tuple[str, str, dict[str, t.Any], str, int]] = [
    ("vpc", "DescribeRouteEntryList", {**ENTRIES, "RouteEntryName": "x"}, "OperationFailed.FilterParamUnderWrongRouteType", 400),
    ("vpc", "DescribeRouteEntryList", {**ENTRIES, "DestCidrBlockList": ["10.0.0.0/8"] * 21}, "IllegalParam.DestCidrBlockList", 400),
    ("vpc", "DescribeRouteEntryList", {**ENTRIES, "MaxResult": -1}, "IllegalParam.MaxResult", 400),
    ("vpc", "DescribeRouteEntryList", {**ENTRIES, "NextToken": "bm9uZQ=="}, "IllegalParam.NextToken", 400),
    ("vpc", "DescribeRouteEntryList", {**REGION, "RouteTableId": "vtb-none"}, "InvalidRouteTable.NotFound", 400),
    ("vpc", "DescribeRouteEntryList", {"RegionId": "cn-beijing", "RouteTableId": TABLE_ID}, "InvalidRouteTable.NotFound", 400),
    ("vpc", "DescribeRouteEntryList", {**REGION}, "MissingParameter", 400),
    ("vpc", "DescribeVpcs", {**REGION, "PageSize": 51}, "IllegalParam.PageSize", 400),
    ("vpc", "DescribeVpcs", {"RegionId": "nowhere"}, "InvalidRegionId.NotFound", 404),
    ("vpc", "DescribeVpcAttribute", {**REGION, "VpcId": "vpc-none"}, "InvalidVpcID.NotFound", 404),
    ("ecs", "DescribeSecurityGroupAttribute", {**REGION, "SecurityGroupId": "sg-none"}, "InvalidSecurityGroupId.NotFound", 404),
    ("vpc", "DescribeRegions", {**REGION}, "InvalidAction.NotFound", 404),
]


@pytest.mark.parametrize(("product", "action", "params", "code", "status"), REFUSED_QUESTIONS)
def test_refused_questions(one_client: Client, product: str, action: str, params: dict[str, t.Any], code: str, status: int) -> None:
    with pytest.raises(Refused) as caught:
        one_client.call(product, action, params)
    assert (caught.value.code, caught.value.status) == (code, status)


EMPTY = [("vpc", "DescribeVpcs", "Vpcs"), ("vpc", "DescribeRouteTableList", "RouterTableList"), ("ecs", "DescribeInstances", "Instances")]


@pytest.mark.parametrize(("product", "action", "field"), EMPTY)
def test_another_region_is_empty(client: Client, product: str, action: str, field: str) -> None:
    answer = client.call(product, action, {"RegionId": "cn-beijing"})
    assert answer["TotalCount"] == 0
    assert essence(answer[field]) == {}


INSTANCE_FILTERS: list[tuple[dict[str, t.Any], list[str]]] = [
    ({"InstanceIds": json.dumps(["i-sandbox-n1", "i-none"])}, ["n1"]),
    ({"InstanceIds": "[]"}, []),
    ({"PrivateIpAddresses": json.dumps(["172.16.0.12"]), "InstanceNetworkType": "vpc"}, ["n2"]),
    ({"PrivateIpAddresses": json.dumps(["172.16.0.12"])}, ["n1", "n2", "n3", "other"]),
    ({"PrivateIpAddresses": json.dumps(["172.16.0.11"]), "InstanceNetworkType": "vpc"}, ["n1", "other"]),
    ({"VpcId": "vpc-other"}, ["other"]),
    ({"InstanceName": "n*"}, ["n1", "n2", "n3"]),
    ({"Status": "Stopped"}, ["n3"]),
    ({"Tag": [{"Key": "role", "Value": "node"}]}, ["n2"]),
    ({"Tag": [{"Key": "role"}]}, ["n2", "n3"]),
]


@pytest.mark.parametrize(("params", "names"), INSTANCE_FILTERS)
def test_instance_filters(cloud: Cloud, one_client: Client, params: dict[str, t.Any], names: list[str]) -> None:
    cloud.state.instances["i-sandbox-n2"].tags = {"role": "node"}
    cloud.state.instances["i-sandbox-n3"].tags = {"role": "bastion"}
    cloud.state.instances["i-sandbox-n3"].status = "Stopped"
    cloud.state.add_vpc("172.16.0.0/16", "vpc-other")
    vswitch = cloud.state.add_vswitch("vpc-other", "172.16.0.0/24", "cn-hangzhou-a")
    cloud.state.add_instance(vswitch.vswitch_id, "172.16.0.11", name="other")
    answer = one_client.call("ecs", "DescribeInstances", {**REGION, **params})
    assert [instance["InstanceName"] for instance in answer["Instances"]["Instance"]] == names


def test_instances_come_in_pages_of_ten_at_least(cloud: Cloud, client: Client) -> None:
    for number in range(20, 40):
        cloud.state.add_instance("vsw-sandbox-a", f"172.16.0.{number}")
    seen: list[int] = []
    asked: dict[str, t.Any] = {**REGION, "MaxResults": 5}
    while True:
        answer = client.call("ecs", "DescribeInstances", asked)
        seen.append(len(answer["Instances"]["Instance"]))
        if not answer.get("NextToken"):
            break
        asked["NextToken"] = answer["NextToken"]
    assert seen == [10, 10, 3]


def test_source_dest_check_is_shown_and_switched(cloud: Cloud, client: Client) -> None:
    asked = {**REGION, "NetworkInterfaceId": ["eni-sandbox-n1"]}
    client.call("ecs", "ModifyNetworkInterfaceAttribute", {**REGION, "NetworkInterfaceId": "eni-sandbox-n1", "SourceDestCheck": False})
    answer = client.call("ecs", "DescribeNetworkInterfaces", asked)
    assert [interface["SourceDestCheck"] for interface in answer["NetworkInterfaceSets"]["NetworkInterfaceSet"]] == [False]
    assert cloud.state.instances["i-sandbox-n2"].source_dest_check is True
    cloud.state.instances["i-sandbox-n1"].source_dest_check = None
    answer = client.call("ecs", "DescribeNetworkInterfaces", asked)
    assert "SourceDestCheck" not in essence(answer["NetworkInterfaceSets"]["NetworkInterfaceSet"][0])


def test_an_instance_may_have_more_addresses_and_interfaces(cloud: Cloud, client: Client) -> None:
    more = {"secondary_ips": ["172.16.0.51"], "secondary_interface": "172.16.0.52"}
    cloud.state.add_instance("vsw-sandbox-a", "172.16.0.50", "i-many", network_interface_id="eni-many", **more)
    listed = json.dumps(["172.16.0.52"])
    asked = {**REGION, "InstanceNetworkType": "vpc", "PrivateIpAddresses": listed}
    instance = client.call("ecs", "DescribeInstances", asked)["Instances"]["Instance"][0]
    interfaces = instance["NetworkInterfaces"]["NetworkInterface"]
    assert [(i["NetworkInterfaceId"], i["Type"], i["PrimaryIpAddress"]) for i in interfaces] == [
        ("eni-many", "Primary", "172.16.0.50"),
        ("eni-many-2", "Secondary", "172.16.0.52"),
    ]
    addresses = [(a["PrivateIpAddress"], a["Primary"]) for a in interfaces[0]["PrivateIpSets"]["PrivateIpSet"]]
    assert addresses == [("172.16.0.50", True), ("172.16.0.51", False)]


def test_interfaces_come_in_pages(cloud: Cloud, client: Client) -> None:
    for number in range(20, 30):
        cloud.state.add_instance("vsw-sandbox-a", f"172.16.0.{number}")
    first = client.call("ecs", "DescribeNetworkInterfaces", {**REGION, "MaxResults": 10})
    second = client.call("ecs", "DescribeNetworkInterfaces", {**REGION, "MaxResults": 10, "NextToken": first["NextToken"]})
    seen = [i["PrivateIpAddress"] for page in (first, second) for i in page["NetworkInterfaceSets"]["NetworkInterfaceSet"]]
    assert (len(seen), len(set(seen))) == (13, 13)


def test_gateway_tables_have_a_query_of_their_own(cloud: Cloud, one_client: Client) -> None:
    cloud.state.add_route_table(VPC_ID, "vtb-gw", associate_type="Gateway")
    with pytest.raises(Refused, match=r"OperationDenied\.UseGatewayRouteEntryQueryInterface"):
        one_client.call("vpc", "DescribeRouteEntryList", {**REGION, "RouteTableId": "vtb-gw"})
