# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The nodes of a cluster, from the inventory alone. No I/O."""

from __future__ import annotations

import ipaddress
import typing as t

from .._core.errors import InvalidInput

Node = t.Dict[str, t.Any]


def parse_nodes(names: t.Iterable[str], hostvars: t.Mapping[str, t.Mapping[str, t.Any]]) -> list[Node]:
    """Return each host's name, address in the VPC and, where the inventory gives them, instance and subnet; sorted by address."""
    nodes = [_parse_node(str(name), hostvars[name]) for name in set(names)]
    if not nodes:
        raise InvalidInput("The inventory group of the nodes is empty: put every instance that carries containers there.")
    nodes.sort(key=lambda node: (ipaddress.IPv4Address(node["address"]), node["name"]))
    _refuse_shared_addresses(nodes)
    return nodes


def reservations(nodes: t.Iterable[t.Mapping[str, t.Any]]) -> list[Node]:
    """Return what to reserve for the nodes, as flannel_lease takes it: the subnet that the inventory gives, else any free one."""
    return [{"public_ip": node["address"], **({"subnet": node["subnet"]} if node.get("subnet") else {})} for node in nodes]


def own_leases(leases: t.Iterable[t.Mapping[str, t.Any]], public_ip: str) -> list[dict[str, t.Any]]:
    """Return the leases of one node. They go into its scripts and may have been read by a member of etcd, which nodes do not trust."""
    return [_parse_lease(lease, public_ip) for lease in leases if lease["public_ip"] == public_ip]


def _parse_lease(lease: t.Mapping[str, t.Any], public_ip: str) -> dict[str, t.Any]:
    try:
        subnet = ipaddress.IPv4Network(str(lease["subnet"]))
    except ValueError:
        raise InvalidInput(
            f"The lease of {public_ip} was read without an IPv4 subnet. Nothing was changed; check the host that reads the leases."
        ) from None
    return {"public_ip": public_ip, "subnet": str(subnet), "leased": lease.get("leased") is True}


def _parse_address(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def _parse_node(name: str, variables: t.Mapping[str, t.Any]) -> Node:
    given = variables.get("flannel_address") or variables.get("ansible_host")
    if not given:
        raise InvalidInput(f"The node {name} has no address: set flannel_address, or ansible_host, to its private address in the VPC.")
    address = _parse_address(str(given))
    if address is None:
        raise InvalidInput(
            f"The node {name} has the address {given}, which is not an IPv4 address: set flannel_address to its private address in the VPC."
        )
    instance_id, subnet = variables.get("alicloud_instance_id"), variables.get("flannel_subnet")
    return {
        "name": name,
        "address": str(address),
        "instance_id": str(instance_id) if instance_id else None,
        "subnet": str(subnet) if subnet else None,
    }


def _refuse_shared_addresses(nodes: t.Iterable[Node]) -> None:
    by_address: dict[str, list[str]] = {}
    for node in nodes:
        by_address.setdefault(node["address"], []).append(node["name"])
    shared = [f"{address} ({', '.join(names)})" for address, names in by_address.items() if len(names) > 1]
    if shared:
        raise InvalidInput(f"Several nodes have one address: {'; '.join(shared)}. Each node needs a private address of its own.")
