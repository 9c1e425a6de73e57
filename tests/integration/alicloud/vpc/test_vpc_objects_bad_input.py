# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can't be done with VPCs, vSwitches and route tables is refused before anything is written."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.tests.integration.alicloud.object_fixtures import TAGS, EmptyRegion
from ansible_collections.alicloud.flannel.tests.integration.alicloud.vpc.test_vpc_objects import TABLE, VPC, VSWITCH, Options

OURS: Options = {"vpc_id": "vpc-1"}
REFUSED: list[tuple[str, Options, str]] = [
    ("ali_vpc", {**VPC, "cidr_block": "172.20.0.1/16"}, "has host bits set"),
    ("ali_vpc", {**VPC, "cidr_block": "somewhere"}, "'somewhere', which is not an IPv4 CIDR block"),
    ("ali_vpc", {**VPC, "cidr_block": "10.0.0.0/7"}, "between 8 and 28 bits"),
    ("ali_vpc", {**VPC, "cidr_block": "10.0.0.0/29"}, "between 8 and 28 bits"),
    ("ali_vpc", {**VPC, "cidr_block": "100.100.0.0/16"}, "overlaps with 100.64.0.0/10"),
    ("ali_vpc", {**VPC, "secondary_cidr_blocks": ["172.20.4.0/24"]}, "172.20.0.0/16 and 172.20.4.0/24 of the VPC overlap"),
    ("ali_vpc", {**VPC, "secondary_cidr_blocks": [f"10.{n}.0.0/16" for n in range(6)]}, "at most 5 secondary CIDR blocks"),
    ("ali_vpc", {**VPC, "secondary_cidr_blocks": ["10.0.0.0/99"]}, "option secondary_cidr_blocks is '10.0.0.0/99'"),
    ("ali_vpc", {**VPC, "cidr_block": None}, "give name and cidr_block"),
    ("ali_vpc", {**VPC, "name": "http://x"}, "option name is 'http://x'"),
    ("ali_vpc", {**VPC, "description": "x" * 257}, "1 to 256 characters"),
    ("ali_vpc", {**VPC, "tags": {"acs:x": "1"}}, "tag 'acs:x': '1' is not possible"),
    ("ali_vpc", {"vpc_id": "vpc-none"}, "There is no VPC vpc-none in region cn-hangzhou"),
    ("ali_vpc", {"name": "vpc-foreign", "tags": TAGS}, "VPC vpc-foreign in region cn-hangzhou is also named 'vpc-foreign'"),
    ("ali_vpc", {"name": "vpc-foreign", "tags": TAGS, "state": "absent"}, "but it has no tag cluster"),
    ("ali_vpc", {"name": "twin", "tags": TAGS}, "vpc-twin-1, vpc-twin-2"),
    ("ali_vpc", {**OURS, "cidr_block": "172.24.0.0/16"}, "vpc-1 has the CIDR block 172.16.0.0/16 but 172.24.0.0/16 is desired"),
    ("ali_vpc", {**OURS, "secondary_cidr_blocks": ["172.18.4.0/24"]}, "172.18.0.0/16 and 172.18.4.0/24 of the VPC overlap"),
    ("ali_vpc", {**OURS, "purge_secondary_cidr_blocks": True}, "not removed, since vSwitches are in it: vsw-far"),
    ("ali_vpc", {**OURS, "state": "absent"}, "vSwitches: vsw-custom, vsw-far, vsw-plain"),
    ("ali_vpc", {**OURS, "state": "absent"}, "custom route tables: vtb-free, vtb-gateway, vtb-used"),
    ("ali_vpc", {"vpc_id": "vpc-twin-1", "state": "absent"}, "route entries: 10.24.1.0/24; security groups: sg-1"),
    ("ali_vswitch", {**VSWITCH, "cidr_block": "10.1.0.0/24"}, "not inside VPC vpc-1, which has 172.16.0.0/16, 172.18.0.0/16"),
    ("ali_vswitch", {**VSWITCH, "cidr_block": "172.16.0.128/25"}, "overlaps with 172.16.0.0/24 of vSwitch vsw-plain"),
    ("ali_vswitch", {**VSWITCH, "cidr_block": "172.16.0.0/16"}, "overlaps with"),
    ("ali_vswitch", {**VSWITCH, "cidr_block": "172.16.9.0/30"}, "between 16 and 29 bits"),
    ("ali_vswitch", {**VSWITCH, "zone_id": "cn-hangzhou-z"}, "cn-hangzhou-z is not a zone of this region, which has cn-hangzhou-a, "),
    ("ali_vswitch", {**VSWITCH, "zone_id": None}, "give name, zone_id and cidr_block"),
    ("ali_vswitch", {**VSWITCH, "vpc_id": "vpc-none"}, "There is no VPC vpc-none in region cn-hangzhou"),
    ("ali_vswitch", {**VSWITCH, "vpc_id": "vpc-empty", "vswitch_id": "vsw-plain"}, "There is no vSwitch vsw-plain in vpc-empty"),
    ("ali_vswitch", {**VSWITCH, "name": "vsw-plain", "zone_id": None}, "has the cidr_block 172.16.0.0/24 but 172.18.4.0/24"),
    ("ali_vswitch", {**VSWITCH, "name": "vsw-plain", "cidr_block": None}, "has the zone_id cn-hangzhou-a but cn-hangzhou-b is desired"),
    ("ali_vswitch", {**OURS, "name": "vsw-plain", "state": "absent"}, "it still has instances: i-1, i-2"),
    ("ali_vswitch", {**OURS, "name": "vsw-custom", "state": "absent"}, "route table vtb-used is associated with it"),
    ("ali_route_table", {**TABLE, "vswitch_ids": ["vsw-none"]}, "There is no vSwitch vsw-none in vpc-1"),
    ("ali_route_table", {**TABLE, "vpc_id": "vpc-empty"}, "There is no vSwitch vsw-plain in vpc-empty"),
    ("ali_route_table", {**TABLE, "vswitch_ids": ["vsw-custom"]}, "vSwitch vsw-custom uses the custom route table vtb-used"),
    ("ali_route_table", {**OURS, "name": "vtb-free", "vswitch_ids": ["vsw-custom"]}, "uses the custom route table vtb-used"),
    ("ali_route_table", {**TABLE, "vpc_id": "vpc-none"}, "There is no VPC vpc-none in region cn-hangzhou"),
    ("ali_route_table", {**TABLE, "name": None, "route_table_id": "vtb-1-system"}, "vtb-1-system is the system table of vpc-1"),
    ("ali_route_table", {**TABLE, "name": None, "route_table_id": ""}, "no such route table in vpc-1 yet: give a name"),
    ("ali_route_table", {**OURS, "route_table_id": "vtb-gateway"}, "vtb-gateway belongs to a gateway"),
    ("ali_route_table", {**OURS, "name": "vtb-used", "state": "absent"}, "vSwitches use it: vsw-custom. With purge_vswitches"),
    ("ali_route_table", {**OURS, "name": "vtb-free", "state": "absent"}, "it has custom entries: 10.24.2.0/24"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "options", "words"), REFUSED)
@pytest.mark.parametrize("check", [True, False])
def test_what_cannot_be_is_refused_before_anything_is_written(
    furnished_region: EmptyRegion, module: str, options: Options, words: str, check: bool
) -> None:
    add_obstacles(furnished_region)
    with pytest.raises(InvalidInput) as caught:
        furnished_region.run(module, check=check, **options)
    assert words in str(caught.value)
    assert furnished_region.writes() == {}


def add_obstacles(region: EmptyRegion) -> None:
    """Put there what is in the way."""
    state = region.state
    state.add_vswitch("vpc-1", "172.18.9.0/24", "cn-hangzhou-a", "vsw-far")
    state.add_route_table("vpc-1", "vtb-gateway", "Gateway")
    for number in (1, 2):
        twin = state.add_vpc("10.0.0.0/8", f"vpc-twin-{number}")
        twin.about.name, twin.about.tags = "twin", dict(TAGS)
        state.add_instance("vsw-plain", f"172.16.0.1{number}", f"i-{number}")
    state.add_security_group("vpc-twin-1", security_group_id="sg-1")
    state.add_route_entry("vtb-twin-1-system", "10.24.1.0/24", "havip-1", next_hop_type="HaVip")
    state.add_route_entry("vtb-free", "10.24.2.0/24", "i-1")


GONE: list[tuple[str, Options]] = [
    ("ali_vpc", {"name": "none", "tags": TAGS}),
    ("ali_vpc", {"vpc_id": "vpc-none"}),
    ("ali_vswitch", {"vpc_id": "vpc-none", "name": "a"}),
    ("ali_vswitch", {"vpc_id": "vpc-1", "vswitch_id": "vsw-none"}),
    ("ali_route_table", {"vpc_id": "vpc-none", "name": "a"}),
    ("ali_route_table", {"vpc_id": "vpc-1", "name": "a"}),
]


@pytest.mark.parametrize(("module", "options"), GONE)
def test_removing_what_is_not_there_changes_nothing(furnished_region: EmptyRegion, module: str, options: Options) -> None:
    outcome = furnished_region.run(module, **options, state="absent")
    assert (outcome.changed, outcome.before, outcome.after) == (False, {}, {})


def test_an_id_takes_a_foreign_object_over(furnished_region: EmptyRegion) -> None:
    taken: t.Mapping[str, t.Any] = furnished_region.run("ali_vpc", vpc_id="vpc-foreign", name="k1", tags=TAGS).returns["vpc"]
    assert (taken["name"], taken["tags"]) == ("k1", TAGS)
    assert not furnished_region.run("ali_vpc", name="k1", tags=TAGS).changed
