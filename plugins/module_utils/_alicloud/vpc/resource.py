# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""VPCs, vSwitches and custom route tables as resources: what is read before each plan. The plans are made elsewhere."""

from __future__ import annotations

import typing as t

from ..._core.errors import InvalidInput
from ..object import Identity, find_one, wait_for
from ..object_plan import ObjectPlan, ObjectResource
from . import read as vpc_read
from .route_table import (
    RouteTable,
    parse_desired_route_table,
    plan_route_table,
    plan_route_table_removal,
)
from .vpc import Vpc, parse_desired_vpc, plan_vpc, plan_vpc_removal
from .vswitch import (
    Surroundings,
    VSwitch,
    parse_desired_vswitch,
    plan_new_vswitch,
    plan_vswitch,
    plan_vswitch_removal,
)

if t.TYPE_CHECKING:
    from ..client import AlicloudClient

Options = t.Mapping[str, t.Any]


class _ObjectPlanner:
    """What the planners of all three kinds share."""

    def __init__(self, client: AlicloudClient, options: Options) -> None:
        self._client = client
        self._options = options
        self._removes = options["state"] == "absent"
        self._wait_timeout = options["wait_timeout"]

    def _identity(self, kind: str, place: str, id_option: str, tags: t.Mapping[str, str], made: str | None) -> Identity:
        # What this run has made is known by its ID, and may take a moment to be listed.
        expected = not self._removes and made is None
        return Identity(kind, place, made or self._options[id_option], self._options["name"], tags, expected)

    def _no_vpc(self) -> InvalidInput:
        return InvalidInput(
            f"There is no VPC {self._options['vpc_id']} in region {self._client.region}; nothing was changed. Check vpc_id, the region, "
            "and that the credentials belong to the account that owns it."
        )


class VpcPlanner(_ObjectPlanner):
    """Reads a VPC and plans it."""

    def __init__(self, client: AlicloudClient, options: Options) -> None:
        super().__init__(client, options)
        self._desired = parse_desired_vpc(options)

    def plan(self, made: str | None) -> ObjectPlan:
        """Plan from the current state."""
        identity = self._identity("VPC", f"region {self._client.region}", "vpc_id", self._desired.tags, made)

        def read() -> Vpc | None:
            return find_one(identity, vpc_read.read_vpcs(self._client, identity.object_id))

        vpc = vpc_read.settled(self._client, read, self._wait_timeout, "The VPC")
        tables = vpc_read.read_route_tables(self._client, vpc.object_id) if vpc else []
        if vpc:
            vpc = vpc_read.with_system_table(vpc, tables)
        if self._removes:
            return plan_vpc_removal(vpc, self._dependents(vpc, tables) if vpc else {})
        vswitches = vpc_read.read_vswitches(self._client, vpc.object_id) if vpc and self._desired.purge_secondary_cidr_blocks else []
        return plan_vpc(vpc, self._desired, {one.object_id: one.cidr_block for one in vswitches})

    def _dependents(self, vpc: Vpc, tables: t.Sequence[RouteTable]) -> dict[str, list[str]]:
        groups = vpc_read.readable(lambda: vpc_read.read_security_groups(self._client, vpc.object_id))
        return {
            "vSwitches": [one.object_id for one in vpc_read.read_vswitches(self._client, vpc.object_id)],
            "custom route tables": [one.object_id for one in tables if not one.is_system],
            "route entries": vpc_read.read_custom_destinations(self._client, vpc.route_table_id),
            "security groups": [group["security_group_id"] for group in groups],
        }


class VSwitchPlanner(_ObjectPlanner):
    """Reads a vSwitch and plans it."""

    def __init__(self, client: AlicloudClient, options: Options) -> None:
        super().__init__(client, options)
        self._desired = parse_desired_vswitch(options)

    def plan(self, made: str | None) -> ObjectPlan:
        """Plan from the current state."""
        vpc_id = self._options["vpc_id"]
        identity = self._identity("vSwitch", vpc_id, "vswitch_id", self._desired.tags, made)

        def read() -> VSwitch | None:
            return find_one(identity, vpc_read.read_vswitches(self._client, vpc_id))

        vpcs = vpc_read.read_vpcs(self._client, vpc_id)
        if not vpcs and not self._removes:
            raise self._no_vpc()
        vswitch = vpc_read.settled(self._client, read, self._wait_timeout, "The vSwitch") if vpcs else None
        if self._removes:
            return plan_vswitch_removal(vswitch, self._dependents(vswitch) if vswitch else ())
        if vswitch:
            return plan_vswitch(vswitch, self._desired)
        return plan_new_vswitch(self._desired, self._surroundings(vpcs[0]))

    def _surroundings(self, vpc: Vpc) -> Surroundings:
        tables = vpc_read.read_route_tables(self._client, vpc.object_id)
        vswitches = vpc_read.read_vswitches(self._client, vpc.object_id)
        return Surroundings(vpc_read.with_system_table(vpc, tables), vswitches, vpc_read.read_zones(self._client))

    def _dependents(self, vswitch: VSwitch) -> list[str]:
        interfaces = vpc_read.read_interfaces(self._client, vswitch.object_id)
        owners = sorted({one["InstanceId"] for one in interfaces if one.get("InstanceId")})
        others = sorted(one["NetworkInterfaceId"] for one in interfaces if not one.get("InstanceId"))
        found = [("it still has instances", owners), ("it still has network interfaces", others)]
        return [f"{words}: {', '.join(ids)}" for words, ids in found if ids]


class RouteTablePlanner(_ObjectPlanner):
    """Reads a custom route table and plans it."""

    def __init__(self, client: AlicloudClient, options: Options) -> None:
        super().__init__(client, options)
        self._desired = parse_desired_route_table(options)

    def plan(self, made: str | None) -> ObjectPlan:
        """Plan from the current state."""
        vpc_id = self._desired.vpc_id
        identity = self._identity("route table", vpc_id, "route_table_id", self._desired.tags, made)
        # While a vSwitch changes its table, it is the vSwitch that is Pending (API reference of AssociateRouteTable).
        vswitches = wait_for(
            self._client,
            lambda: vpc_read.read_vswitches(self._client, vpc_id),
            lambda found: all(one.status in vpc_read.SETTLED for one in found),
            self._wait_timeout,
            f"The end of changes to the vSwitches of {vpc_id}",
        )
        table = vpc_read.settled(self._client, lambda: self._read(identity), self._wait_timeout, "The route table")
        if self._removes:
            return plan_route_table_removal(table, self._desired, self._entries(table) if table else ())
        return plan_route_table(table, self._desired, vswitches)

    def _read(self, identity: Identity) -> RouteTable | None:
        tables = vpc_read.read_route_tables(self._client, self._desired.vpc_id)
        if not tables and not self._removes:
            # Every VPC has its system table.
            raise self._no_vpc()
        return find_one(identity, tables)

    def _entries(self, table: RouteTable) -> list[str]:
        return [] if table.is_system else vpc_read.read_custom_destinations(self._client, table.object_id)


def vpc_resource(client: AlicloudClient, options: Options) -> ObjectResource:
    """Return the VPC that a module's options describe."""
    return ObjectResource(client, "vpc", VpcPlanner(client, options).plan, options["wait_timeout"])


def vswitch_resource(client: AlicloudClient, options: Options) -> ObjectResource:
    """Return the vSwitch that a module's options describe."""
    return ObjectResource(client, "vpc", VSwitchPlanner(client, options).plan, options["wait_timeout"])


def route_table_resource(client: AlicloudClient, options: Options) -> ObjectResource:
    """Return the custom route table that a module's options describe."""
    return ObjectResource(client, "vpc", RouteTablePlanner(client, options).plan, options["wait_timeout"])
