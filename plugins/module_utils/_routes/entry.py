# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Route entries and routes as plain data: parsed from the API, compared by named predicates. No I/O."""

from __future__ import annotations

import functools
import ipaddress
import typing as t
from dataclasses import dataclass

from .._core.disruption import TEN_PERCENT

if t.TYPE_CHECKING:
    from .._core.disruption import MaxDisruption
    from .._core.item import Item

Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

AVAILABLE = "Available"
DELETING = "Deleting"
CUSTOM = "Custom"
INSTANCE = "Instance"
SYSTEM = "System"
PROPAGATED = "RoutePropagation"

PRESENT = "present"
ABSENT = "absent"
ADOPT_NONE = "none"
ADOPT_ALL = "all"


@dataclass(frozen=True)
class RouteEntry:
    """A route entry as the cloud lists it; ``next_hops`` are pairs of type and id."""

    route_entry_id: str
    route_table_id: str
    destination: str
    type: str = CUSTOM
    status: str = AVAILABLE
    name: str = ""
    description: str = ""
    origin: str = ""
    service_type: str = ""
    next_hops: tuple[tuple[str, str], ...] = ()

    @property
    def next_hop_id(self) -> str:
        """Return the id of the only next hop, or all of them joined for people to read."""
        return ", ".join(hop_id for _type, hop_id in self.next_hops)

    @property
    def instance_id(self) -> str | None:
        """Return the instance that is the only next hop; None for an entry of any other kind."""
        return self.next_hops[0][1] if len(self.next_hops) == 1 and self.next_hops[0][0] == INSTANCE else None

    @property
    def network(self) -> Network | None:
        """Return the destination as a network; None for a destination that isn't a CIDR (a prefix list)."""
        return network_of(self.destination)

    @property
    def owner(self) -> str | None:
        """Return the mark in the entry's name: what stands before its first slash."""
        mark, slash, _rest = self.name.partition("/")
        return mark if slash else None

    @property
    def route_name(self) -> str:
        """Return what stands behind the mark in the entry's name: for an entry of ours the node's name."""
        return self.name.partition("/")[2]

    def __str__(self) -> str:
        hop = self.instance_id or "no single instance"
        return f"{self.destination} ({self.name or 'without name'}, to {hop}, in {self.route_table_id})"

    def public(self) -> dict[str, t.Any]:
        """Return the entry as the modules return it."""
        return {
            "route_entry_id": self.route_entry_id or None,
            "destination": self.destination,
            "next_hop_id": self.next_hops[0][1] if len(self.next_hops) == 1 else None,
            "next_hops": [{"next_hop_type": hop_type, "next_hop_id": hop_id} for hop_type, hop_id in self.next_hops],
            "type": self.type,
            "status": self.status,
            "name": self.name,
            "description": self.description,
            "owner": self.owner,
        }


@dataclass(frozen=True)
class DesiredRoute:
    """A desired route; no hop (only when absent) means any hop, no name or description means any."""

    destination: str
    next_hop_id: str | None = None
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class RoutePolicy:
    """Which entries are ours, and what one run may do to them."""

    owner: str
    scope: tuple[ipaddress.IPv4Network, ...]
    max_disruption: MaxDisruption = TEN_PERCENT
    purge: bool = False
    allow_empty: bool = False
    adopt: str = ADOPT_NONE
    adopt_from: frozenset[str] = frozenset()
    allow_overlap: tuple[ipaddress.IPv4Network, ...] = ()
    keep_destinations: tuple[ipaddress.IPv4Network, ...] = ()
    keep_next_hops: frozenset[str] = frozenset()
    state: str = PRESENT


@functools.lru_cache(maxsize=None)
def network_of(destination: str) -> Network | None:
    """Return the network of a destination, or None when it isn't a CIDR."""
    try:
        return ipaddress.ip_network(destination, strict=False)
    except ValueError:
        return None


def parse_route_entry(item: t.Mapping[str, t.Any]) -> RouteEntry:
    """Parse an item of DescribeRouteEntryList."""
    destination = item.get("DestinationCidrBlock") or ""
    hops = (item.get("NextHops") or {}).get("NextHop") or ()
    return RouteEntry(
        route_entry_id=item.get("RouteEntryId") or "",
        route_table_id=item.get("RouteTableId") or "",
        destination=str(network_of(destination) or destination),
        type=item.get("Type") or "",
        status=item.get("Status") or "",
        name=item.get("RouteEntryName") or "",
        description=item.get("Description") or "",
        origin=item.get("Origin") or "",
        service_type=item.get("ServiceType") or "",
        next_hops=tuple((hop.get("NextHopType") or "", hop.get("NextHopId") or "") for hop in hops),
    )


def parse_public_entry(item: Item, route_table_id: str) -> RouteEntry:
    """Parse an entry that a module has returned."""
    return RouteEntry(
        route_entry_id=item["route_entry_id"] or "",
        route_table_id=route_table_id,
        destination=item["destination"],
        type=item["type"],
        status=item["status"],
        name=item["name"],
        description=item["description"],
        next_hops=tuple((hop["next_hop_type"], hop["next_hop_id"]) for hop in item["next_hops"]),
    )


def is_default_route(entry: RouteEntry) -> bool:
    """Return whether the entry catches everything; such an entry is never touched and never a conflict."""
    return entry.network is not None and entry.network.prefixlen == 0


def is_within(network: Network | None, blocks: t.Iterable[ipaddress.IPv4Network]) -> bool:
    """Return whether the network equals one of the blocks or lies inside it."""
    return isinstance(network, ipaddress.IPv4Network) and any(network.subnet_of(block) for block in blocks)


def networks_overlap(one: Network | None, other: Network | None) -> bool:
    """Return whether two destinations share an address, whichever contains the other."""
    return one is not None and other is not None and one.overlaps(other)


def is_eligible(entry: RouteEntry, policy: RoutePolicy) -> bool:
    """Return whether the entry is of the one kind that may ever be changed, mark or no mark."""
    return (
        entry.type == CUSTOM
        and not entry.service_type
        and entry.origin != PROPAGATED
        and entry.instance_id is not None
        and not is_default_route(entry)
        and is_within(entry.network, policy.scope)
    )


def is_ours(entry: RouteEntry, policy: RoutePolicy) -> bool:
    """Return whether the entry may be changed and carries our mark."""
    return entry.owner == policy.owner and is_eligible(entry, policy)


def is_adoptable(entry: RouteEntry, policy: RoutePolicy) -> bool:
    """Return whether the policy lets us take the entry over: it carries no mark, or that of an owner whose entries we may adopt."""
    unmarked = entry.owner is None or entry.owner in policy.adopt_from
    return policy.adopt != ADOPT_NONE and unmarked and is_eligible(entry, policy)


def same_route(entry: RouteEntry, route: DesiredRoute) -> bool:
    """Return whether the entry sends the destination to the desired instance."""
    return entry.destination == route.destination and entry.instance_id == (route.next_hop_id or "")


def counts_to_quota(entry: RouteEntry) -> bool:
    """Return whether the entry counts towards the table's quota of custom entries."""
    return entry.type == CUSTOM and entry.origin != PROPAGATED and entry.status != DELETING
