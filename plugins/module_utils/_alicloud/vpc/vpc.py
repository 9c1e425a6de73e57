# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans one VPC. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..._core.cidr import check_cidr, cidrs_overlap, is_inside, sort_cidrs
from ..._core.errors import InvalidInput
from ..object import Tags, check_text, option_tags, parse_tags, wire_tags
from ..object_plan import ApiCall, ObjectPlan, tag_calls

KIND = "vpc"
MAX_SECONDARY = 5
# The API references give 16 to 28 bits today and gave 8 to 28 before; what is no longer allowed the API refuses.
MASK_BITS = (8, 28)
DESCRIPTION_LENGTH = 256


@dataclass(frozen=True)
class Vpc:
    """A VPC as it was read. One yet to be made has no IDs."""

    object_id: str
    name: str
    cidr_block: str
    description: str = ""
    status: str = "Available"
    secondary_cidr_blocks: tuple[str, ...] = ()
    vrouter_id: str = ""
    route_table_id: str = ""  # of the system table
    tags: Tags = field(default_factory=dict)

    def public(self) -> dict[str, t.Any]:
        """Return the VPC as the module returns it."""
        return {
            "vpc_id": self.object_id or None,
            "name": self.name,
            "description": self.description,
            "status": self.status,
            "cidr_block": self.cidr_block,
            "secondary_cidr_blocks": list(self.secondary_cidr_blocks),
            "vrouter_id": self.vrouter_id or None,
            "route_table_id": self.route_table_id or None,
            "tags": dict(self.tags),
        }


@dataclass(frozen=True)
class DesiredVpc:
    """The desired VPC; None leaves a property as it is."""

    name: str | None = None
    description: str | None = None
    cidr_block: str | None = None
    secondary_cidr_blocks: tuple[str, ...] = ()
    purge_secondary_cidr_blocks: bool = False
    tags: Tags = field(default_factory=dict)
    purge_tags: bool = False


def parse_vpc(raw: t.Mapping[str, t.Any], route_table_id: str = "") -> Vpc:
    """Return an item of DescribeVpcs."""
    return Vpc(
        object_id=raw["VpcId"],
        name=raw.get("VpcName") or "",
        cidr_block=raw["CidrBlock"],
        description=raw.get("Description") or "",
        status=raw.get("Status") or "",
        secondary_cidr_blocks=sort_cidrs((raw.get("SecondaryCidrBlocks") or {}).get("SecondaryCidrBlock") or []),
        vrouter_id=raw.get("VRouterId") or "",
        route_table_id=route_table_id,
        tags=parse_tags(raw),
    )


def parse_desired_vpc(options: t.Mapping[str, t.Any]) -> DesiredVpc:
    """Return what the module's options ask for; refuse what can't be."""
    check_text("name", options["name"])
    check_text("description", options["description"], DESCRIPTION_LENGTH)
    primary = options["cidr_block"]
    return DesiredVpc(
        name=options["name"],
        description=options["description"],
        cidr_block=check_cidr("cidr_block", primary, *MASK_BITS) if primary is not None else None,
        secondary_cidr_blocks=sort_cidrs(
            check_cidr("secondary_cidr_blocks", text, *MASK_BITS) for text in options["secondary_cidr_blocks"] or ()
        ),
        purge_secondary_cidr_blocks=options["purge_secondary_cidr_blocks"],
        tags=option_tags(options),
        purge_tags=options["purge_tags"],
    )


def plan_vpc(current: Vpc | None, desired: DesiredVpc, vswitches: t.Mapping[str, str]) -> ObjectPlan:
    """Plan the VPC; ``vswitches`` are the CIDR blocks of its vSwitches by ID."""
    if current is None:
        return _plan_new(desired)
    if desired.cidr_block not in (None, current.cidr_block):
        raise InvalidInput(
            f"VPC {current.object_id} has the CIDR block {current.cidr_block} but {desired.cidr_block} is desired. This module doesn't "
            "change it: give the existing block, or make another VPC."
        )
    after = _after(current, desired)
    _check_secondary(after)
    removed = [block for block in current.secondary_cidr_blocks if block not in after.secondary_cidr_blocks]
    _check_unused(current, removed, vswitches)
    which = {"VpcId": current.object_id}
    added = [block for block in after.secondary_cidr_blocks if block not in current.secondary_cidr_blocks]
    calls = [
        *(ApiCall("AssociateVpcCidrBlock", {**which, "SecondaryCidrBlock": block}) for block in added),
        *(ApiCall("UnassociateVpcCidrBlock", {**which, "SecondaryCidrBlock": block}) for block in removed),
    ]
    texts = {"VpcName": after.name, "Description": after.description}
    if (after.name, after.description) != (current.name, current.description):
        calls.append(ApiCall("ModifyVpcAttribute", {**which, **{key: text for key, text in texts.items() if text}}))
    tags, after_tags = tag_calls("VPC", current.object_id, current.tags, desired.tags, purge=desired.purge_tags)
    return ObjectPlan(KIND, current.public(), replace(after, tags=after_tags).public(), (*calls, *tags))


def plan_vpc_removal(current: Vpc | None, dependents: t.Mapping[str, t.Sequence[str]]) -> ObjectPlan:
    """Plan that there is no such VPC; ``dependents`` are the IDs of what is in it, by kind."""
    if current is None:
        return ObjectPlan(KIND, None, None)
    found = [f"{kind}: {', '.join(sorted(ids))}" for kind, ids in dependents.items() if ids]
    if found:
        raise InvalidInput(f"VPC {current.object_id} is not removed, since it still has {'; '.join(found)}. Remove these first.")
    return ObjectPlan(KIND, current.public(), None, (ApiCall("DeleteVpc", {"VpcId": current.object_id}, token=True),))


def _plan_new(desired: DesiredVpc) -> ObjectPlan:
    if desired.cidr_block is None or desired.name is None:
        raise InvalidInput("There is no such VPC yet: give name and cidr_block for the new one.")
    new = _after(Vpc("", desired.name, desired.cidr_block), desired)
    new = replace(new, tags=dict(sorted(desired.tags.items())))
    _check_secondary(new)
    params = {"CidrBlock": new.cidr_block, "VpcName": new.name, "Description": new.description or None, "Tag": wire_tags(new.tags)}
    return ObjectPlan(KIND, None, new.public(), (ApiCall("CreateVpc", params, token=True, id_field="VpcId"),))


def _after(current: Vpc, desired: DesiredVpc) -> Vpc:
    kept = () if desired.purge_secondary_cidr_blocks else current.secondary_cidr_blocks
    return replace(
        current,
        name=current.name if desired.name is None else desired.name,
        description=current.description if desired.description is None else desired.description,
        secondary_cidr_blocks=sort_cidrs([*kept, *desired.secondary_cidr_blocks]),
    )


def _check_secondary(vpc: Vpc) -> None:
    if len(vpc.secondary_cidr_blocks) > MAX_SECONDARY:
        raise InvalidInput(f"A VPC has at most {MAX_SECONDARY} secondary CIDR blocks; these are {', '.join(vpc.secondary_cidr_blocks)}.")
    seen = [vpc.cidr_block]
    for block in vpc.secondary_cidr_blocks:
        other = next((one for one in seen if cidrs_overlap(one, block)), None)
        if other:
            raise InvalidInput(f"The CIDR blocks {other} and {block} of the VPC overlap; they must all be disjoint.")
        seen.append(block)


def _check_unused(current: Vpc, removed: t.Sequence[str], vswitches: t.Mapping[str, str]) -> None:
    for block in removed:
        users = sorted(vswitch_id for vswitch_id, cidr in vswitches.items() if is_inside(cidr, block))
        if users:
            raise InvalidInput(
                f"The secondary CIDR block {block} of VPC {current.object_id} is not removed, since vSwitches are in it: "
                f"{', '.join(users)}."
            )
