# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans one vSwitch. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..._core.cidr import check_cidr, cidrs_overlap, is_inside
from ..._core.errors import InvalidInput
from ..object import Tags, check_text, option_tags, parse_tags, wire_tags
from ..object_plan import ApiCall, ObjectPlan, tag_calls

if t.TYPE_CHECKING:
    from .vpc import Vpc

KIND = "vswitch"
MASK_BITS = (16, 29)  # API reference of CreateVSwitch


@dataclass(frozen=True)
class VSwitch:
    """A vSwitch as it was read. One yet to be made has no ID."""

    object_id: str
    name: str
    vpc_id: str
    zone_id: str
    cidr_block: str
    status: str = "Available"
    route_table_id: str = ""
    has_custom_table: bool = False
    tags: Tags = field(default_factory=dict)

    def public(self) -> dict[str, t.Any]:
        """Return the vSwitch as the module returns it."""
        return {
            "vswitch_id": self.object_id or None,
            "name": self.name,
            "status": self.status,
            "vpc_id": self.vpc_id,
            "zone_id": self.zone_id,
            "cidr_block": self.cidr_block,
            "route_table_id": self.route_table_id or None,
            "tags": dict(self.tags),
        }


@dataclass(frozen=True)
class DesiredVSwitch:
    """The desired vSwitch; None leaves a property as it is."""

    name: str | None = None
    zone_id: str | None = None
    cidr_block: str | None = None
    tags: Tags = field(default_factory=dict)
    purge_tags: bool = False


@dataclass(frozen=True)
class Surroundings:
    """What a new vSwitch has to fit into."""

    vpc: Vpc
    vswitches: t.Sequence[VSwitch] = ()
    zones: t.Sequence[str] = ()


def parse_vswitch(raw: t.Mapping[str, t.Any]) -> VSwitch:
    """Return an item of DescribeVSwitches."""
    table = raw.get("RouteTable") or {}
    return VSwitch(
        object_id=raw["VSwitchId"],
        name=raw.get("VSwitchName") or "",
        vpc_id=raw["VpcId"],
        zone_id=raw["ZoneId"],
        cidr_block=raw["CidrBlock"],
        status=raw.get("Status") or "",
        route_table_id=table.get("RouteTableId") or "",
        has_custom_table=table.get("RouteTableType") == "Custom",
        tags=parse_tags(raw),
    )


def parse_desired_vswitch(options: t.Mapping[str, t.Any]) -> DesiredVSwitch:
    """Return what the module's options ask for; refuse what can't be."""
    check_text("name", options["name"])
    cidr = options["cidr_block"]
    return DesiredVSwitch(
        name=options["name"],
        zone_id=options["zone_id"],
        cidr_block=check_cidr("cidr_block", cidr, *MASK_BITS) if cidr is not None else None,
        tags=option_tags(options),
        purge_tags=options["purge_tags"],
    )


def plan_vswitch(current: VSwitch, desired: DesiredVSwitch) -> ObjectPlan:
    """Plan an existing vSwitch."""
    for option, is_there, asked in (
        ("zone_id", current.zone_id, desired.zone_id),
        ("cidr_block", current.cidr_block, desired.cidr_block),
    ):
        if asked not in (None, is_there):
            raise InvalidInput(
                f"vSwitch {current.object_id} has the {option} {is_there} but {asked} is desired. The cloud can't change it: give the "
                "existing one, or make another vSwitch."
            )
    after = replace(current, name=current.name if desired.name is None else desired.name)
    calls = []
    if after.name != current.name:
        calls.append(ApiCall("ModifyVSwitchAttribute", {"VSwitchId": current.object_id, "VSwitchName": after.name}))
    tags, after_tags = tag_calls("VSWITCH", current.object_id, current.tags, desired.tags, purge=desired.purge_tags)
    return ObjectPlan(KIND, current.public(), replace(after, tags=after_tags).public(), (*calls, *tags))


def plan_new_vswitch(desired: DesiredVSwitch, around: Surroundings) -> ObjectPlan:
    """Plan a new vSwitch."""
    if desired.name is None or desired.zone_id is None or desired.cidr_block is None:
        raise InvalidInput(f"There is no such vSwitch in {around.vpc.object_id} yet: give name, zone_id and cidr_block for the new one.")
    if desired.zone_id not in around.zones:
        raise InvalidInput(f"{desired.zone_id} is not a zone of this region, which has {', '.join(around.zones)}: check zone_id.")
    _check_place(desired.cidr_block, around)
    tags = dict(sorted(desired.tags.items()))
    new = VSwitch(
        "", desired.name, around.vpc.object_id, desired.zone_id, desired.cidr_block, route_table_id=around.vpc.route_table_id, tags=tags
    )
    params = {
        "VpcId": new.vpc_id,
        "ZoneId": new.zone_id,
        "CidrBlock": new.cidr_block,
        "VSwitchName": new.name,
        "Tag": wire_tags(tags),
    }
    return ObjectPlan(KIND, None, new.public(), (ApiCall("CreateVSwitch", params, token=True, id_field="VSwitchId"),))


def _check_place(cidr_block: str, around: Surroundings) -> None:
    blocks = (around.vpc.cidr_block, *around.vpc.secondary_cidr_blocks)
    if not any(is_inside(cidr_block, block) for block in blocks):
        raise InvalidInput(f"The CIDR block {cidr_block} is not inside VPC {around.vpc.object_id}, which has {', '.join(blocks)}.")
    other = next((one for one in around.vswitches if cidrs_overlap(cidr_block, one.cidr_block)), None)
    if other:
        raise InvalidInput(
            f"The CIDR block {cidr_block} overlaps with {other.cidr_block} of vSwitch {other.object_id} ({other.name or 'no name'}) in the "
            "same VPC."
        )


def plan_vswitch_removal(current: VSwitch | None, dependents: t.Sequence[str]) -> ObjectPlan:
    """Plan that there is no such vSwitch; ``dependents`` says in words what uses it."""
    if current is None:
        return ObjectPlan(KIND, None, None)
    users = list(dependents)
    if current.has_custom_table:
        users.append(f"route table {current.route_table_id} is associated with it")
    if users:
        raise InvalidInput(f"vSwitch {current.object_id} is not removed: {'; '.join(users)}. Remove or detach these first.")
    return ObjectPlan(KIND, current.public(), None, (ApiCall("DeleteVSwitch", {"VSwitchId": current.object_id}),))
