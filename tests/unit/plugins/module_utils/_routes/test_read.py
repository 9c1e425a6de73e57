# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the reader asks for, how often, and which tables it chooses."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import ApiError, Forbidden, Throttled, Unreachable
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.guard import Quota
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.read import (
    RouteReader,
    TableChoice,
    choose_tables,
    default_quota,
)


class Cloud:
    """Lists what it was given for an action, and remembers the calls."""

    region = "cn-hangzhou"

    def __init__(self, **lists: t.Any) -> None:
        self.lists = lists
        self.calls: list[tuple[str, str, t.Any]] = []

    def pages(self, product: str, action: str, params: t.Mapping[str, t.Any], *_items: t.Any, **_form: t.Any) -> t.Iterator[t.Any]:
        self.calls.append((product, action, params))
        return iter(self.lists.get(action, ()))

    def call_once(self, product: str, action: str, params: t.Mapping[str, t.Any]) -> t.Any:
        self.calls.append((product, action, params))
        answer = self.lists.get(action, {})
        if isinstance(answer, ApiError):
            raise answer
        return answer

    call = call_once


VSWITCH = {"VpcId": "vpc-1", "ZoneId": "cn-hangzhou-a"}


def reader(cloud: Cloud) -> RouteReader:
    return RouteReader(t.cast("t.Any", cloud), "vpc-1")


def test_single_entries_are_read_twenty_a_call_without_those_of_other_types() -> None:
    cloud = Cloud(DescribeRouteEntryList=[{"DestinationCidrBlock": "10.24.0.0/24"}])
    desired = [f"10.24.{n}.0/24" for n in range(41)]
    assert len(reader(cloud).entries_at("vtb-1", desired)) == 3
    asked = [params for _product, _action, params in cloud.calls]
    assert [params.pop("DestCidrBlockList") for params in asked] == [desired[:20], desired[20:40], desired[40:]]
    assert asked == [{"RouteTableId": "vtb-1", "MaxResult": 100, "RouteEntryType": "Custom"}] * 3
    assert reader(cloud).entries_at("vtb-1", []) == ()
    assert len(cloud.calls) == 3


def test_a_whole_table_is_read_with_or_without_the_entries_of_other_types() -> None:
    cloud = Cloud()
    reader(cloud).custom_entries("vtb-1")
    reader(cloud).all_entries("vtb-1")
    page = {"RouteTableId": "vtb-1", "MaxResult": 100}
    assert [params for _product, _action, params in cloud.calls] == [{**page, "RouteEntryType": "Custom"}, page]


def test_instances_are_asked_for_once_a_hundred_a_call() -> None:
    ids = [f"i-{n:03}" for n in range(152)]
    cloud = Cloud(
        DescribeInstances=[{"InstanceId": "i-000", "VpcAttributes": {"VpcId": "vpc-1", "VSwitchId": "vsw-1"}}, {"InstanceId": "i-001"}]
    )
    read = reader(cloud)
    found = read.instances(ids[:1])
    places = {instance_id: (one["vpc_id"], one["vswitch_id"]) for instance_id, one in found.items()}
    assert places == {"i-000": ("vpc-1", "vsw-1"), "i-001": ("", "")}
    read.instances(reversed(ids))
    assert [(json.loads(params["InstanceIds"]), params["MaxResults"]) for _product, _action, params in cloud.calls] == [
        (ids[:1], 100),
        (ids[1:101], 100),
        (ids[101:], 100),
    ]
    read.instances([*ids, "i-new"])
    assert len(cloud.calls) == 4


def test_an_empty_answer_about_instances_is_doubted() -> None:
    cloud = Cloud()
    assert reader(cloud).instances(["i-1"]) == {}
    assert cloud.calls[1:] == [("ecs", "DescribeInstances", {"DryRun": True})]


def test_vswitches_are_read_once() -> None:
    listed = [
        {**VSWITCH, "VSwitchId": "vsw-1", "CidrBlock": "172.16.0.0/24", "RouteTable": {"RouteTableId": "vtb-1"}},
        {**VSWITCH, "VSwitchId": "vsw-2", "CidrBlock": "172.16.1.0/24"},
    ]
    cloud = Cloud(DescribeVSwitches=listed)
    read = reader(cloud)
    found = read.vswitches()
    assert [(one.object_id, one.cidr_block, one.route_table_id) for one in found] == [
        ("vsw-1", "172.16.0.0/24", "vtb-1"),
        ("vsw-2", "172.16.1.0/24", ""),
    ]
    assert read.vswitches() == found
    assert cloud.calls == [("vpc", "DescribeVSwitches", {"VpcId": "vpc-1"})]


NO_WAY = Unreachable("No.", action="x")
NO_WAY.sent = False


def test_without_asking_the_quota_is_the_options_or_the_usual_one() -> None:
    assert (default_quota(7), default_quota(None)) == (Quota(7, "option"), Quota(200, "default"))


NO_ANSWER = Quota(200, "default", "quotas:GetProductQuota gave no answer")


@pytest.mark.parametrize(
    ("answer", "quota", "calls"),
    [
        ({"Quota": {"TotalQuota": 500.0}}, Quota(500, "quota_center"), 1),
        (Forbidden("No.", action="x"), Quota(200, "default", "the permission quotas:GetProductQuota is missing"), 1),
        (NO_WAY, NO_ANSWER, 1),
        (Unreachable("No.", action="x"), NO_ANSWER, 2),
        (Throttled("No.", action="x"), NO_ANSWER, 2),
        ({}, NO_ANSWER, 1),
        ({"Quota": None}, NO_ANSWER, 1),
        ({"Quota": {}}, NO_ANSWER, 1),
        ({"Quota": {"TotalQuota": "many"}}, NO_ANSWER, 1),
    ],
)
def test_the_quota_is_asked_for_once_unless_that_may_help_and_never_a_reason_to_fail(answer: t.Any, quota: Quota, calls: int) -> None:
    cloud = Cloud(GetProductQuota=answer)
    read = reader(cloud)
    assert read.quota(7) == Quota(7, "option")
    assert read.quota(None) == read.quota(None) == quota
    asked = ("quotas", "GetProductQuota", {"ProductCode": "vpc", "QuotaActionCode": "vpc_quota_route_entrys_num"})
    assert cloud.calls == [asked] * calls


def test_the_vpc_is_returned_with_its_vswitches() -> None:
    listed = [{**VSWITCH, "VSwitchId": "vsw-1", "CidrBlock": "172.16.0.0/24", "RouteTable": {"RouteTableId": "vtb-1"}}]
    blocks = {"SecondaryCidrBlocks": {"SecondaryCidrBlock": ["172.17.0.0/16"]}}
    expected = {"vpc_id": "vpc-1", "cidr_block": "172.16.0.0/16"}
    vswitch = {"vswitch_id": "vsw-1", "cidr_block": "172.16.0.0/24", "route_table_id": "vtb-1"}
    for given, secondary in ((blocks, ["172.17.0.0/16"]), ({}, []), ({"SecondaryCidrBlocks": {"SecondaryCidrBlock": None}}, [])):
        cloud = Cloud(DescribeVpcAttribute={"CidrBlock": "172.16.0.0/16", **given}, DescribeVSwitches=listed)
        assert reader(cloud).vpc() == {**expected, "secondary_cidr_blocks": secondary, "vswitches": [vswitch]}


def test_a_vpc_without_tables_is_not_there() -> None:
    with pytest.raises(InvalidInput, match="VPC vpc-1 has no route table in region cn-hangzhou") as caught:
        reader(Cloud()).tables()
    assert caught.value.details == {"vpc_id": "vpc-1"}


# vsw-0 is in no table's list, as that of a vSwitch on the system table may be.
TABLES: dict[str, dict[str, t.Any]] = {
    "system": {"RouteTableType": "System", "AssociateType": "VSwitch", "VSwitchIds": {"VSwitchId": ["vsw-1"]}},
    "a": {"RouteTableType": "Custom", "AssociateType": "VSwitch", "VSwitchIds": {"VSwitchId": ["vsw-a", "vsw-aa"]}},
    "b": {"RouteTableType": "Custom", "AssociateType": "VSwitch", "VSwitchIds": {"VSwitchId": ["vsw-b"]}},
    "gateway": {"RouteTableType": "Custom", "AssociateType": "Gateway"},
}
PLACES = {"i-0": "vsw-0", "i-1": "vsw-1", "i-a": "vsw-a", "i-aa": "vsw-aa", "i-b": "vsw-b"}


def vpc(*tables: str) -> Cloud:
    """Return a VPC with these tables, and an instance i-x in each vSwitch vsw-x; i-elsewhere is in another VPC."""
    places = [{"InstanceId": hop, "VpcAttributes": {"VpcId": "vpc-1", "VSwitchId": vswitch}} for hop, vswitch in PLACES.items()]
    elsewhere = {"InstanceId": "i-elsewhere", "VpcAttributes": {"VpcId": "vpc-2", "VSwitchId": "vsw-b"}}
    listed = [{"RouteTableId": name, "VpcId": "vpc-1", **TABLES[name]} for name in tables]
    return Cloud(DescribeRouteTableList=listed, DescribeInstances=[*places, elsewhere])


@pytest.mark.parametrize(
    ("choice", "hops", "chosen", "asks_for_instances"),
    [
        (TableChoice("nodes"), ["i-1"], ["system"], True),
        (TableChoice("nodes"), ["i-0"], ["system"], True),
        (TableChoice("nodes"), ["i-b", "i-aa"], ["a", "b"], True),
        (TableChoice("nodes"), ["i-a", "i-0"], ["system", "a"], True),
        (TableChoice("nodes"), ["i-a", "i-elsewhere", "i-gone"], ["a"], True),
        (TableChoice("nodes"), [], ["system", "a", "b"], False),
        (TableChoice("system"), ["i-a"], ["system"], False),
        (TableChoice("all"), ["i-a"], ["system", "a", "b"], False),
        (TableChoice("nodes", ("b", "a", "b")), ["i-1"], ["b", "a"], False),
    ],
)
def test_the_tables_that_are_meant(choice: TableChoice, hops: list[str], chosen: list[str], asks_for_instances: bool) -> None:
    cloud = vpc(*TABLES)
    assert [table.object_id for table in choose_tables(reader(cloud), choice, hops)] == chosen
    assert (cloud.calls[-1][1] == "DescribeInstances") is asks_for_instances


def test_the_only_table_is_chosen_without_asking_where_the_nodes_are() -> None:
    cloud = vpc("system", "gateway")
    assert [table.object_id for table in choose_tables(reader(cloud), TableChoice("nodes"), ["i-gone"])] == ["system"]
    assert len(cloud.calls) == 1


@pytest.mark.parametrize(
    ("choice", "hops", "words", "details"),
    [
        (TableChoice("nodes", ("x",)), [], "x isn't one of VPC vpc-1, which has a, b, gateway, system.", {"route_table_id": "x"}),
        (TableChoice("nodes", ("a", "gateway")), [], "gateway belongs to a gateway", {"route_table_id": "gateway"}),
        (TableChoice("nodes"), ["i-gone", "i-elsewhere"], "None of the 2 next hops was found in VPC vpc-1", {"vpc_id": "vpc-1"}),
    ],
)
def test_a_choice_that_cannot_be_is_refused(choice: TableChoice, hops: list[str], words: str, details: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        choose_tables(reader(vpc(*TABLES)), choice, hops)
    assert words in str(caught.value)
    assert caught.value.details == details
