# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads VPCs and what is in them. Never writes.

The API filters neither by name nor by tag: an object that has the name without the tags must be found, too.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..errors import Forbidden
from ..object import option_tags, parse_tags, wait_for
from .route_table import RouteTable, parse_route_table
from .vpc import Vpc, parse_vpc
from .vswitch import VSwitch, parse_vswitch

if t.TYPE_CHECKING:
    from ..client import AlicloudClient

# The API reference of CreateRouteTable calls the state that its listing calls Available Created.
SETTLED = ("Available", "Created")
_PAGE = 100


def read_vpcs(client: AlicloudClient, vpc_id: str | None = None) -> list[Vpc]:
    """Return the VPCs of the region, or the one with this ID; without their route tables."""
    return [parse_vpc(raw) for raw in client.pages("vpc", "DescribeVpcs", {"VpcId": vpc_id}, ("Vpcs", "Vpc"), token=False)]


def read_vswitches(client: AlicloudClient, vpc_id: str) -> list[VSwitch]:
    """Return the vSwitches of the VPC."""
    return [
        parse_vswitch(raw) for raw in client.pages("vpc", "DescribeVSwitches", {"VpcId": vpc_id}, ("VSwitches", "VSwitch"), token=False)
    ]


def read_route_tables(client: AlicloudClient, vpc_id: str) -> list[RouteTable]:
    """Return the route tables of the VPC, the system table among them."""
    items = client.pages("vpc", "DescribeRouteTableList", {"VpcId": vpc_id}, ("RouterTableList", "RouterTableListType"), token=False)
    return [parse_route_table(raw) for raw in items]


def read_security_groups(client: AlicloudClient, vpc_id: str) -> list[dict[str, t.Any]]:
    """Return the security groups of the VPC."""
    items = client.pages("ecs", "DescribeSecurityGroups", {"VpcId": vpc_id, "MaxResults": _PAGE}, ("SecurityGroups", "SecurityGroup"))
    return [
        {"security_group_id": raw["SecurityGroupId"], "name": raw.get("SecurityGroupName") or "", "tags": parse_tags(raw)} for raw in items
    ]


def read_vpcs_with_parts(client: AlicloudClient, options: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return the VPCs that the options ask for with what is in them, as a module returns them."""
    tags, ids, name = option_tags(options), options["vpc_ids"], options["name"]
    found = [
        vpc
        for vpc in sorted(read_vpcs(client), key=lambda one: one.object_id)
        if (ids is None or vpc.object_id in ids) and name in (None, vpc.name) and tags.items() <= vpc.tags.items()
    ]
    return [_with_parts(client, vpc) for vpc in found]


def _with_parts(client: AlicloudClient, vpc: Vpc) -> dict[str, t.Any]:
    tables = sorted(read_route_tables(client, vpc.object_id), key=lambda one: one.object_id)
    return {
        **with_system_table(vpc, tables).public(),
        "vswitches": [one.public() for one in sorted(read_vswitches(client, vpc.object_id), key=lambda one: one.object_id)],
        "route_tables": [table.public() for table in tables],
        "security_groups": sorted(read_security_groups(client, vpc.object_id), key=lambda one: str(one["security_group_id"])),
    }


def with_system_table(vpc: Vpc, tables: t.Iterable[RouteTable]) -> Vpc:
    """Return the VPC with the ID of its system route table."""
    return replace(vpc, route_table_id=next((table.object_id for table in tables if table.is_system), ""))


def readable(read: t.Callable[[], t.Sequence[t.Any]]) -> t.Sequence[t.Any]:
    """Return what was read, nothing without the permission: the API refuses to delete what still contains what can't be read here."""
    try:
        return read()
    except Forbidden:
        return ()


class Settling(t.Protocol):
    """Something with a status."""

    @property
    def status(self) -> str:
        """Return the status as the API words it."""


SettlingT = t.TypeVar("SettlingT", bound=Settling)


def settled(client: AlicloudClient, read: t.Callable[[], SettlingT | None], wait_timeout: float, what: str) -> SettlingT | None:
    """Read until no change to it is in progress, or it is gone."""
    return wait_for(client, read, lambda found: found is None or found.status in SETTLED, wait_timeout, what)


def read_zones(client: AlicloudClient) -> tuple[str, ...]:
    """Return the zones of the region."""
    answer = client.call("vpc", "DescribeZones", {})
    return tuple(sorted(zone["ZoneId"] for zone in answer["Zones"]["Zone"]))


def read_custom_destinations(client: AlicloudClient, route_table_id: str) -> list[str]:
    """Return the destinations of the route table's custom entries."""
    params = {"RouteTableId": route_table_id, "RouteEntryType": "Custom", "MaxResult": _PAGE}
    return [raw["DestinationCidrBlock"] for raw in client.pages("vpc", "DescribeRouteEntryList", params)]


def read_interfaces(client: AlicloudClient, vswitch_id: str) -> list[dict[str, t.Any]]:
    """Return the network interfaces in the vSwitch, those of instances among them."""
    params = {"VSwitchId": vswitch_id, "MaxResults": _PAGE}
    return list(client.pages("ecs", "DescribeNetworkInterfaces", params, ("NetworkInterfaceSets", "NetworkInterfaceSet")))
