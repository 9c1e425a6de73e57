# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads everything that the route engine bases its decisions on. Never writes."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._alicloud.ecs.instance import describe_instances, parse_instance, require_permission_to_list
from .._alicloud.errors import ApiError, Forbidden, Throttled, Unreachable
from .._alicloud.vpc.read import read_route_tables, read_vswitches
from .._core.errors import InvalidInput
from .entry import CUSTOM, RouteEntry, parse_route_entry
from .guard import Quota

if t.TYPE_CHECKING:
    from .._alicloud.client import AlicloudClient
    from .._alicloud.ecs.instance import Instance
    from .._alicloud.vpc.route_table import RouteTable
    from .._alicloud.vpc.vswitch import VSwitch

DESTINATIONS_PER_CALL = 20
DEFAULT_QUOTA = 200
QUOTA_CODE = "vpc_quota_route_entrys_num"
NODES = "nodes"


@dataclass(frozen=True)
class TableChoice:
    """Which of the VPC's route tables are meant; ids take precedence."""

    tables: str
    route_table_ids: tuple[str, ...] = ()


class RouteReader:
    """Reads one VPC's route tables and what they depend on."""

    def __init__(self, client: AlicloudClient, vpc_id: str) -> None:
        self.vpc_id = vpc_id
        self._client = client
        self._instances: dict[str, Instance] = {}
        self._asked: set[str] = set()
        self._vswitches: tuple[VSwitch, ...] | None = None
        self._quota: Quota | None = None

    def tables(self) -> tuple[RouteTable, ...]:
        """Return every route table of the VPC; a VPC without any doesn't exist, since every VPC has a system table."""
        tables = tuple(read_route_tables(self._client, self.vpc_id))
        if not tables:
            raise InvalidInput(
                f"VPC {self.vpc_id} has no route table in region {self._client.region}, so it doesn't exist there: check vpc_id, the "
                "region, and that the credentials belong to the account that owns the VPC.",
                vpc_id=self.vpc_id,
            )
        return tables

    def custom_entries(self, route_table_id: str) -> tuple[RouteEntry, ...]:
        """Return the table's custom entries."""
        return self._entries(route_table_id, RouteEntryType=CUSTOM)

    def all_entries(self, route_table_id: str) -> tuple[RouteEntry, ...]:
        """Return the table's entries of every type."""
        return self._entries(route_table_id)

    def entries_at(self, route_table_id: str, destinations: t.Sequence[str]) -> tuple[RouteEntry, ...]:
        """Return the custom entries for these destinations, one call for each 20 of them."""
        found: list[RouteEntry] = []
        for start in range(0, len(destinations), DESTINATIONS_PER_CALL):
            asked = list(destinations[start : start + DESTINATIONS_PER_CALL])
            found.extend(self._entries(route_table_id, RouteEntryType=CUSTOM, DestCidrBlockList=asked))
        return tuple(found)

    def vswitches(self) -> tuple[VSwitch, ...]:
        """Return the VPC's vSwitches, read once."""
        if self._vswitches is None:
            self._vswitches = tuple(read_vswitches(self._client, self.vpc_id))
        return self._vswitches

    def instances(self, instance_ids: t.Iterable[str]) -> t.Mapping[str, Instance]:
        """Return the instances that exist in the region, by id; each is asked for once."""
        unread = sorted(set(instance_ids) - self._asked)
        if unread:
            self._asked.update(unread)
            found = [parse_instance(raw, {}) for raw in describe_instances(self._client, unread)]
            if not found:
                require_permission_to_list(self._client)
            self._instances.update({instance["instance_id"]: instance for instance in found})
        return self._instances

    def quota(self, option: int | None) -> Quota:
        """Return the quota: the option's, else what the Quota Center says to this account, else the default; asked once."""
        if option is not None:
            return Quota(option, "option")
        if self._quota is None:
            self._quota = self._ask_quota()
        return self._quota

    def vpc(self) -> dict[str, t.Any]:
        """Return the VPC's address blocks and vSwitches as plain values."""
        answer = self._client.call("vpc", "DescribeVpcAttribute", {"VpcId": self.vpc_id})
        return {
            "vpc_id": self.vpc_id,
            "cidr_block": answer["CidrBlock"],
            "secondary_cidr_blocks": (answer.get("SecondaryCidrBlocks") or {}).get("SecondaryCidrBlock") or [],
            "vswitches": [
                {"vswitch_id": vswitch.object_id, "cidr_block": vswitch.cidr_block, "route_table_id": vswitch.route_table_id}
                for vswitch in self.vswitches()
            ],
        }

    def _ask_quota(self) -> Quota:
        """Ask the Quota Center. By default only the main account may. The cloud enforces the quota anyway, so this is a courtesy."""
        try:
            return Quota(int(self._quota_answer()["Quota"]["TotalQuota"]), "quota_center")
        except Forbidden:
            return default_quota(None, "the permission quotas:GetProductQuota is missing")
        except (ApiError, KeyError, TypeError, ValueError):
            return default_quota(None, "quotas:GetProductQuota gave no answer")

    def _quota_answer(self) -> dict[str, t.Any]:
        call = ("quotas", "GetProductQuota", {"ProductCode": "vpc", "QuotaActionCode": QUOTA_CODE})
        try:
            return self._client.call_once(*call)
        except (Throttled, Unreachable) as exc:
            if isinstance(exc, Unreachable) and not exc.sent:
                # It can't be reached, as from a VPC without access to the internet: more tries take half a minute and change nothing.
                raise
            return self._client.call(*call)

    def _entries(self, route_table_id: str, **filters: t.Any) -> tuple[RouteEntry, ...]:
        params = {"RouteTableId": route_table_id, "MaxResult": 100, **filters}
        return tuple(parse_route_entry(item) for item in self._client.pages("vpc", "DescribeRouteEntryList", params))


def default_quota(option: int | None, reason: str = "") -> Quota:
    """Return the quota as far as it is known without asking."""
    return Quota(DEFAULT_QUOTA, "default", reason) if option is None else Quota(option, "option")


def choose_tables(reader: RouteReader, choice: TableChoice, next_hops: t.Iterable[str]) -> tuple[RouteTable, ...]:
    """Return the chosen tables. Without next hops to go by, ``nodes`` is every table; gateway tables are never meant."""
    tables = reader.tables()
    usable = tuple(table for table in tables if not table.is_gateway)
    if choice.route_table_ids:
        return _listed_tables(reader.vpc_id, tables, choice.route_table_ids)
    if choice.tables == "system":
        return tuple(table for table in usable if table.is_system)
    hops = sorted(set(next_hops))
    if choice.tables != NODES or not hops or len(usable) == 1:
        return usable
    return _tables_of_nodes(reader, usable, hops)


def _listed_tables(vpc_id: str, tables: t.Sequence[RouteTable], table_ids: t.Sequence[str]) -> tuple[RouteTable, ...]:
    by_id = {table.object_id: table for table in tables}
    for table_id in table_ids:
        if table_id not in by_id:
            known = ", ".join(sorted(by_id))
            raise InvalidInput(f"Route table {table_id} isn't one of VPC {vpc_id}, which has {known}.", route_table_id=table_id)
        if by_id[table_id].is_gateway:
            raise InvalidInput(f"Route table {table_id} belongs to a gateway; those are never touched.", route_table_id=table_id)
    return tuple(by_id[table_id] for table_id in dict.fromkeys(table_ids))


def _tables_of_nodes(reader: RouteReader, tables: t.Sequence[RouteTable], hops: t.Sequence[str]) -> tuple[RouteTable, ...]:
    instances = reader.instances(hops)
    vswitch_ids = {instances[hop]["vswitch_id"] for hop in hops if hop in instances and instances[hop]["vpc_id"] == reader.vpc_id}
    if not vswitch_ids:
        raise InvalidInput(
            f"None of the {len(hops)} next hops was found in VPC {reader.vpc_id}, so tables=nodes means no table. "
            "Check the instance ids and the region; the cloud also leaves out instances that the RAM permission "
            "ecs:DescribeInstances doesn't cover.",
            vpc_id=reader.vpc_id,
        )
    listed = {vswitch_id for table in tables for vswitch_id in table.vswitch_ids}
    return tuple(table for table in tables if vswitch_ids & set(table.vswitch_ids) or (table.is_system and vswitch_ids - listed))
