# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.object_plan import ObjectPlan
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.vpc.route_table import (
    DesiredRouteTable,
    RouteTable,
    parse_route_table,
    plan_route_table,
    plan_route_table_removal,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.vpc.vpc import (
    DesiredVpc,
    Vpc,
    parse_vpc,
    plan_vpc,
    plan_vpc_removal,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.vpc.vswitch import (
    DesiredVSwitch,
    Surroundings,
    VSwitch,
    parse_vswitch,
    plan_new_vswitch,
    plan_vswitch,
    plan_vswitch_removal,
)
from hypothesis import given
from hypothesis import strategies as st

VPC = Vpc("vpc-1", "k1", "172.16.0.0/16", "about", "Available", ("172.18.0.0/16",), "vrt-1", "vtb-1", {"cluster": "k1"})
VSWITCH = VSwitch("vsw-1", "a", "vpc-1", "zone-a", "172.16.0.0/24", "Available", "vtb-1", False, {"cluster": "k1"})
OTHER = VSwitch("vsw-2", "b", "vpc-1", "zone-a", "172.16.1.0/24", "Available", "vtb-2", True)
TABLE = RouteTable("vtb-2", "t", "vpc-1", vswitch_ids=("vsw-2",), tags={"cluster": "k1"})


def calls(plan: ObjectPlan) -> list[str]:
    return [call.action for call in plan.changes]


@pytest.mark.parametrize(
    ("desired", "actions"),
    [
        (DesiredVpc(), []),
        (DesiredVpc("k1", "about", "172.16.0.0/16", ("172.18.0.0/16",), True, {"cluster": "k1"}, True), []),
        (DesiredVpc(name="k2"), ["ModifyVpcAttribute"]),
        (DesiredVpc(description="more"), ["ModifyVpcAttribute"]),
        (DesiredVpc(tags={"cluster": "k2"}), ["TagResources"]),
        (DesiredVpc(tags={"b": ""}, purge_tags=True), ["TagResources", "UnTagResources"]),
        (DesiredVpc(secondary_cidr_blocks=("10.0.0.0/16", "10.1.0.0/16")), ["AssociateVpcCidrBlock", "AssociateVpcCidrBlock"]),
        (DesiredVpc(purge_secondary_cidr_blocks=True), ["UnassociateVpcCidrBlock"]),
    ],
)
def test_a_vpc_is_changed_where_it_differs(desired: DesiredVpc, actions: list[str]) -> None:
    assert calls(plan_vpc(VPC, desired, {"vsw-1": "172.16.0.0/24"})) == actions


def test_a_vpc_takes_five_secondary_blocks() -> None:
    blocks = tuple(f"10.{number}.0.0/16" for number in range(4))
    assert len((plan_vpc(VPC, DesiredVpc(secondary_cidr_blocks=blocks), {}).after or {})["secondary_cidr_blocks"]) == 5


def test_what_is_empty_is_not_sent_since_the_api_refuses_it() -> None:
    (call,) = plan_vpc(replace(VPC, description=""), DesiredVpc(name="k2"), {}).changes
    assert call.params == {"VpcId": "vpc-1", "VpcName": "k2"}


NAMES, TAGS = st.sampled_from([None, "k1", "k2"]), st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"))
BLOCKS = st.sets(st.sampled_from(["172.18.0.0/16", "172.19.0.0/16", "10.0.0.0/8"])).map(lambda found: tuple(sorted(found)))


def vpc_of(public: t.Mapping[str, t.Any]) -> Vpc:
    fields = {**public, "object_id": public["vpc_id"], "secondary_cidr_blocks": tuple(public["secondary_cidr_blocks"])}
    del fields["vpc_id"]
    return Vpc(**fields)


@given(NAMES, NAMES, BLOCKS, st.booleans(), TAGS, st.booleans())
def test_planning_on_what_was_predicted_changes_nothing(
    name: str | None, text: str | None, blocks: tuple[str, ...], purge: bool, tags: dict[str, str], purge_tags: bool
) -> None:
    desired = DesiredVpc(name, text, None, blocks, purge, tags, purge_tags)
    plan = plan_vpc(VPC, desired, {})
    assert plan.predict().changed is (plan.before != plan.after)
    assert plan_vpc(vpc_of(plan.after or {}), desired, {}).changes == ()


def test_a_new_vpc_gets_its_name_and_tags_with_the_call_that_makes_it() -> None:
    plan = plan_vpc(None, DesiredVpc("k1", None, "10.0.0.0/8", tags={"cluster": "k1"}), {})
    (call,) = plan.changes
    assert (call.action, call.token, call.id_field) == ("CreateVpc", True, "VpcId")
    assert call.params == {"CidrBlock": "10.0.0.0/8", "VpcName": "k1", "Description": None, "Tag": [{"Key": "cluster", "Value": "k1"}]}
    assert plan.predict().returns["vpc"]["vpc_id"] is None


@pytest.mark.parametrize(
    ("desired", "actions"),
    [
        (DesiredVSwitch(), []),
        (DesiredVSwitch("a", "zone-a", "172.16.0.0/24", {"cluster": "k1"}, True), []),
        (DesiredVSwitch(name="b"), ["ModifyVSwitchAttribute"]),
        (DesiredVSwitch(tags={"b": "1"}), ["TagResources"]),
    ],
)
def test_a_vswitch_is_changed_where_it_differs(desired: DesiredVSwitch, actions: list[str]) -> None:
    assert calls(plan_vswitch(VSWITCH, desired)) == actions


@pytest.mark.parametrize("cidr_block", ["172.16.2.0/24", "172.18.0.0/16"])
def test_a_new_vswitch_may_be_anywhere_in_the_vpc_where_no_other_is(cidr_block: str) -> None:
    around = Surroundings(VPC, [VSWITCH, OTHER], ["zone-a"])
    plan = plan_new_vswitch(DesiredVSwitch("c", "zone-a", cidr_block), around)
    assert calls(plan) == ["CreateVSwitch"]
    assert (plan.after or {})["route_table_id"] == "vtb-1"


@pytest.mark.parametrize(
    ("desired", "actions"),
    [
        (DesiredRouteTable("vpc-1"), []),
        (DesiredRouteTable("vpc-1", "t", ("vsw-2",), True, {"cluster": "k1"}, True), []),
        (DesiredRouteTable("vpc-1", vswitch_ids=("vsw-1",)), ["AssociateRouteTable"]),
        (DesiredRouteTable("vpc-1", vswitch_ids=("vsw-1",), purge_vswitches=True), ["AssociateRouteTable", "UnassociateRouteTable"]),
        (DesiredRouteTable("vpc-1", name="u", tags={"b": "1"}), ["ModifyRouteTableAttributes", "TagResources"]),
    ],
)
def test_a_route_table_is_changed_where_it_differs(desired: DesiredRouteTable, actions: list[str]) -> None:
    assert calls(plan_route_table(TABLE, desired, [VSWITCH, OTHER])) == actions


def test_what_is_removed() -> None:
    assert calls(plan_vpc_removal(VPC, {"vSwitches": []})) == ["DeleteVpc"]
    assert calls(plan_vswitch_removal(VSWITCH, ())) == ["DeleteVSwitch"]
    purge = DesiredRouteTable("vpc-1", purge_vswitches=True)
    assert calls(plan_route_table_removal(TABLE, purge, ())) == ["UnassociateRouteTable", "DeleteRouteTable"]
    for plan in (plan_vpc_removal(None, {}), plan_vswitch_removal(None, ()), plan_route_table_removal(None, purge, ())):
        assert (plan.changes, plan.predict().after) == ((), {})


def test_what_the_api_leaves_out_is_empty() -> None:
    assert parse_vpc({"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/8"}) == Vpc("vpc-1", "", "10.0.0.0/8", status="")
    raw = {"VSwitchId": "vsw-1", "VpcId": "vpc-1", "ZoneId": "z", "CidrBlock": "10.0.0.0/24"}
    assert parse_vswitch(raw) == VSwitch("vsw-1", "", "vpc-1", "z", "10.0.0.0/24", status="")
    assert parse_route_table({"RouteTableId": "vtb-1", "VpcId": "vpc-1"}) == RouteTable("vtb-1", "", "vpc-1", status="")
