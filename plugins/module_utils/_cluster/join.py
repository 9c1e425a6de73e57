# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Joins leases, nodes and instances into route entries. No I/O.

A lease makes a route only when its address belongs to a node of the inventory, that address is the primary address of the
primary network interface of exactly one instance in the VPC, and the instance is the one that the inventory names, if it
names one. Leases outlive nodes, addresses get reused and backups get restored: anything else is reported and left alone.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from .._core.text import name_first, show

if t.TYPE_CHECKING:
    from .._core.item import Item

_SHOWN = 5
_LONGEST_KEY = 200
_LONGEST_REASON = 2000
_PERMISSION_HINT = "if no instance is found at all, the permission ecs:DescribeInstances may be missing: the cloud then lists nothing"


@dataclass(frozen=True)
class VpcInstances:
    """Which instances of the VPC hold an address, as the primary one and at all."""

    vpc_id: str
    primary: t.Mapping[str, t.Sequence[str]]
    any_address: t.Mapping[str, t.Sequence[str]]


def plan_routes(
    leases: t.Sequence[Item], nodes: t.Sequence[Item], instances: t.Sequence[Item], vpc_id: str, unusable: t.Sequence[Item] = ()
) -> dict[str, t.Any]:
    """Return the routes, the nodes that were refused one, the leases of no node, and what a purge must leave alone.

    ``unusable`` are the records in etcd that can't be right: they make no route, and say why a node has none. ``checked`` are the instances
    of routes whose source/destination check would drop what containers send.
    """
    vpc = index_instances(instances, vpc_id)
    owners = {node["address"]: node for node in nodes}
    leased = {lease["public_ip"] for lease in leases}
    reasons = {address: _reason(node, leased, vpc, unusable) for address, node in owners.items()}
    granted = [lease for lease in leases if reasons.get(lease["public_ip"], "") is None]
    kept = [lease["subnet"] for lease in leases if reasons.get(lease["public_ip"], "") is not None]
    routes = sorted((_route(lease, owners[lease["public_ip"]], vpc) for lease in granted), key=_by_destination)
    routed = {route["next_hop_id"] for route in routes}
    return {
        "routes": routes,
        "refused": [
            {"node": node["name"], "address": address, "reason": show(reasons[address], _LONGEST_REASON)}
            for address, node in owners.items()
            if reasons[address]
        ],
        # A cloud without this check doesn't say; then nothing drops packets.
        "checked": [one["instance_id"] for one in instances if one.get("source_dest_check") is True and one["instance_id"] in routed],
        "ignored": [_ignored(lease) for lease in leases if lease["public_ip"] not in owners],
        "keep_destinations": [*kept, *_kept_of_unusable(unusable, routes)],
        "keep_next_hops": sorted({one for address, node in owners.items() if reasons[address] for one in _instance_ids(node, vpc)}),
    }


def _kept_of_unusable(unusable: t.Iterable[Item], routes: t.Sequence[Item]) -> list[str]:
    """Return the subnets that may be somebody's, though their records can't be right: not what has a route, or parts that have one."""
    routed = [ipaddress.ip_network(route["destination"]) for route in routes]
    subnets = {str(record["subnet"]) for record in unusable if record["subnet"]}
    return sorted(subnet for subnet in subnets if not any(ipaddress.ip_network(subnet).overlaps(one) for one in routed))


def unknown_nodes(nodes: t.Sequence[Item], instances: t.Sequence[Item], tables: t.Sequence[Item], vpc_id: str, owner: str) -> list[str]:
    """Return a sentence for each node that is no instance of the VPC.

    Not for a node that once had its route: that its instance is gone must not keep the others from converging.
    """
    vpc = index_instances(instances, vpc_id)
    routed = {entry["name"] for table in tables for entry in table["entries"] if entry["owner"] == owner}
    reasons = ((node["name"], mismatch(node, vpc)) for node in nodes if f"{owner}/{node['name']}" not in routed)
    return [
        f"The node {name} can't get a route: {reason}. Correct the node, or take it out of the inventory."
        for name, reason in reasons
        if reason
    ]


def index_instances(instances: t.Iterable[Item], vpc_id: str) -> VpcInstances:
    """Return which instance holds which address in the VPC."""
    primary: dict[str, list[str]] = {}
    any_address: dict[str, list[str]] = {}
    for instance in sorted(instances, key=lambda one: str(one["instance_id"])):
        if instance["vpc_id"] == vpc_id:
            primary.setdefault(instance["primary_ip"], []).append(instance["instance_id"])
            for address in instance["private_ips"]:
                any_address.setdefault(address, []).append(instance["instance_id"])
    return VpcInstances(vpc_id, primary, any_address)


def _reason(node: Item, leased: t.AbstractSet[str], vpc: VpcInstances, unusable: t.Iterable[Item]) -> str | None:
    """Return why the node gets no route; None when it gets one."""
    address = node["address"]
    refusal = mismatch(node, vpc)
    if refusal or address in leased:
        return refusal
    wrong = [f"{show(record['key'], _LONGEST_KEY)} ({record['problem']})" for record in unusable if record["public_ip"] == address]
    if wrong:
        return f"there is no lease for {address} that can be right, only {name_first(wrong, _SHOWN)}"
    return f"there is no lease for {address}; the role network_config reserves one"


def mismatch(node: Item, vpc: VpcInstances) -> str | None:
    """Return why the node is not exactly one instance of the VPC; None when it is."""
    address = node["address"]
    found = vpc.primary.get(address, ())
    if not found:
        return _absence(address, vpc)
    if len(found) > 1:
        return f"{address} is the primary address of several instances in {vpc.vpc_id}: {', '.join(found)}"
    if node.get("instance_id") and node["instance_id"] != found[0]:
        return f"{address} belongs to {found[0]}, but the inventory says alicloud_instance_id {node['instance_id']}; correct one of them"
    return None


def _absence(address: str, vpc: VpcInstances) -> str:
    secondary = vpc.any_address.get(address)
    if secondary:
        return (
            f"{address} is an address of {', '.join(secondary)}, but not the primary address of its primary network interface: "
            "set flannel_address to that"
        )
    return (
        f"no instance in {vpc.vpc_id} has the primary address {address}; check the node's address, the VPC and the region; "
        f"{_PERMISSION_HINT}"
    )


def _instance_ids(node: Item, vpc: VpcInstances) -> set[str]:
    named = {node["instance_id"]} if node.get("instance_id") else set()
    return named | set(vpc.primary.get(node["address"], ()))


def _route(lease: Item, node: Item, vpc: VpcInstances) -> dict[str, str]:
    return {"destination": lease["subnet"], "next_hop_id": vpc.primary[node["address"]][0], "name": node["name"]}


def _ignored(lease: Item) -> dict[str, str]:
    reason = f"{lease['public_ip']} is the address of no node in the inventory"
    return {"subnet": show(lease["subnet"]), "public_ip": show(lease["public_ip"]), "reason": show(reason)}


def _by_destination(route: Item) -> t.Any:
    return ipaddress.ip_network(route["destination"])
