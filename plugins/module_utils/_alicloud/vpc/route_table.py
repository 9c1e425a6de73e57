# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans one custom route table and the vSwitches that use it. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..._core.errors import InvalidInput
from ..object import Tags, check_text, option_tags, parse_tags, wire_tags
from ..object_plan import ApiCall, ObjectPlan, tag_calls

if t.TYPE_CHECKING:
    from .vswitch import VSwitch

KIND = "route_table"
SYSTEM, CUSTOM = "System", "Custom"
GATEWAY = "Gateway"


@dataclass(frozen=True)
class RouteTable:
    """A route table as it was read. One yet to be made has no ID."""

    object_id: str
    name: str
    vpc_id: str
    status: str = "Available"
    is_system: bool = False
    associate_type: str = "VSwitch"
    vswitch_ids: tuple[str, ...] = ()
    tags: Tags = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Return the type as the API words it."""
        return SYSTEM if self.is_system else CUSTOM

    @property
    def is_gateway(self) -> bool:
        """Say whether the table routes what comes in through a gateway, and not what vSwitches send."""
        return self.associate_type == GATEWAY

    def public(self) -> dict[str, t.Any]:
        """Return the route table as the module returns it."""
        return {
            "route_table_id": self.object_id or None,
            "name": self.name,
            "status": self.status,
            "vpc_id": self.vpc_id,
            "route_table_type": self.type,
            "vswitch_ids": list(self.vswitch_ids),
            "tags": dict(self.tags),
        }


@dataclass(frozen=True)
class DesiredRouteTable:
    """The desired route table; None leaves a property as it is."""

    vpc_id: str
    name: str | None = None
    vswitch_ids: tuple[str, ...] = ()
    purge_vswitches: bool = False
    tags: Tags = field(default_factory=dict)
    purge_tags: bool = False


def parse_route_table(raw: t.Mapping[str, t.Any]) -> RouteTable:
    """Return an item of DescribeRouteTableList."""
    return RouteTable(
        object_id=raw["RouteTableId"],
        name=raw.get("RouteTableName") or "",
        vpc_id=raw["VpcId"],
        status=raw.get("Status") or "",
        is_system=raw.get("RouteTableType") == SYSTEM,
        associate_type=raw.get("AssociateType") or "VSwitch",
        vswitch_ids=tuple(sorted((raw.get("VSwitchIds") or {}).get("VSwitchId") or [])),
        tags=parse_tags(raw),
    )


def parse_desired_route_table(options: t.Mapping[str, t.Any]) -> DesiredRouteTable:
    """Return what the module's options ask for; refuse what can't be."""
    check_text("name", options["name"])
    return DesiredRouteTable(
        vpc_id=options["vpc_id"],
        name=options["name"],
        vswitch_ids=tuple(sorted(set(options["vswitch_ids"] or ()))),
        purge_vswitches=options["purge_vswitches"],
        tags=option_tags(options),
        purge_tags=options["purge_tags"],
    )


def plan_route_table(current: RouteTable | None, desired: DesiredRouteTable, vswitches: t.Sequence[VSwitch]) -> ObjectPlan:
    """Plan the route table; ``vswitches`` are all of the VPC."""
    if current is not None:
        check_custom(current)
    _check_vswitches(current, desired, vswitches)
    if current is None:
        return _plan_new(desired)
    kept = () if desired.purge_vswitches else current.vswitch_ids
    after = replace(
        current,
        name=current.name if desired.name is None else desired.name,
        vswitch_ids=tuple(sorted({*kept, *desired.vswitch_ids})),
    )
    calls = [
        *_association("AssociateRouteTable", current, set(after.vswitch_ids) - set(current.vswitch_ids)),
        *_association("UnassociateRouteTable", current, set(current.vswitch_ids) - set(after.vswitch_ids)),
    ]
    if after.name != current.name:
        calls.append(ApiCall("ModifyRouteTableAttributes", {"RouteTableId": current.object_id, "RouteTableName": after.name}))
    tags, after_tags = tag_calls("ROUTETABLE", current.object_id, current.tags, desired.tags, purge=desired.purge_tags)
    return ObjectPlan(KIND, current.public(), replace(after, tags=after_tags).public(), (*calls, *tags))


def plan_route_table_removal(current: RouteTable | None, desired: DesiredRouteTable, entries: t.Sequence[str]) -> ObjectPlan:
    """Plan that there is no such route table; ``entries`` are the destinations of its custom entries."""
    if current is None:
        return ObjectPlan(KIND, None, None)
    check_custom(current)
    if entries:
        raise InvalidInput(
            f"Route table {current.object_id} is not removed, since it has custom entries: {', '.join(entries)}. Remove these first, with "
            "ali_vpc_route if they are this collection's."
        )
    if current.vswitch_ids and not desired.purge_vswitches:
        raise InvalidInput(
            f"Route table {current.object_id} is not removed, since vSwitches use it: {', '.join(current.vswitch_ids)}. With "
            "purge_vswitches they return to the VPC's system table first."
        )
    removal = ApiCall("DeleteRouteTable", {"RouteTableId": current.object_id})
    return ObjectPlan(KIND, current.public(), None, (*_association("UnassociateRouteTable", current, current.vswitch_ids), removal))


def _plan_new(desired: DesiredRouteTable) -> ObjectPlan:
    if desired.name is None:
        raise InvalidInput(f"There is no such route table in {desired.vpc_id} yet: give a name for the new one.")
    tags = dict(sorted(desired.tags.items()))
    new = RouteTable("", desired.name, desired.vpc_id, vswitch_ids=desired.vswitch_ids, tags=tags)
    params = {"VpcId": new.vpc_id, "RouteTableName": new.name, "Tag": wire_tags(tags)}
    return ObjectPlan(KIND, None, new.public(), (ApiCall("CreateRouteTable", params, token=True, id_field="RouteTableId"),))


def _association(action: str, table: RouteTable, vswitch_ids: t.Iterable[str]) -> list[ApiCall]:
    return [ApiCall(action, {"RouteTableId": table.object_id, "VSwitchId": one}, token=True) for one in sorted(vswitch_ids)]


def check_custom(table: RouteTable) -> None:
    """Refuse a route table that this module does not manage."""
    if table.is_system:
        raise InvalidInput(f"Route table {table.object_id} is the system table of {table.vpc_id}; only custom tables can be managed.")
    if table.is_gateway:
        raise InvalidInput(f"Route table {table.object_id} belongs to a gateway; only tables of vSwitches can be managed.")


def _check_vswitches(current: RouteTable | None, desired: DesiredRouteTable, vswitches: t.Sequence[VSwitch]) -> None:
    known = {vswitch.object_id: vswitch for vswitch in vswitches}
    for vswitch_id in desired.vswitch_ids:
        vswitch = known.get(vswitch_id)
        if vswitch is None:
            raise InvalidInput(f"There is no vSwitch {vswitch_id} in {desired.vpc_id}; nothing was changed. Check vswitch_ids and vpc_id.")
        if vswitch.has_custom_table and (current is None or vswitch.route_table_id != current.object_id):
            raise InvalidInput(
                f"vSwitch {vswitch_id} uses the custom route table {vswitch.route_table_id}; nothing was changed. Detach it from that "
                "table first, with purge_vswitches there."
            )
