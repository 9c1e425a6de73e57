# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which nodes to remove from a cluster, what prevents it, and which route entries are removed with them. No I/O."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from .._core.item import Item

_USAGE = (
    "No node is named. Pass --extra-vars flannel_node=<name in the inventory>, or for a node that has left the inventory "
    "--extra-vars flannel_node_address=<its private address>."
)
_LAST = "No node would be left. To take the whole cluster down, run alicloud.flannel.teardown."


@dataclass(frozen=True)
class NodeRemoval:
    """What an operator asks for. ``count`` is how many nodes may be removed; ``play_hosts`` are the hosts that the run may contact."""

    names: str | t.Sequence[str] = ""
    address: str = ""
    count: int = 1
    is_gone: bool = False
    play_hosts: t.Sequence[str] = ()
    members: t.Sequence[str] = ()


def plan_node_removal(nodes: t.Sequence[Item], request: NodeRemoval) -> dict[str, t.Any]:
    """Return the nodes to remove, what prevents it, and what the operator should know afterwards."""
    names = list(dict.fromkeys(_split(request.names)))
    known = {str(node["name"]): node for node in nodes}
    listed = [known[name] for name in names if name in known]
    absent = [{"name": request.address, "address": request.address, "instance_id": None}] if request.address else []
    removed = [*listed, *absent]
    problems = [
        *([] if names or request.address else [_USAGE]),
        *_name_problems(names, known),
        *(_address_problems(request, nodes) if request.address else []),
        *_limit_problems(listed, request.play_hosts),
        *_size_problems(removed, listed, nodes, request.count),
    ]
    return {
        "nodes": [{key: node[key] for key in ("name", "address", "instance_id")} for node in removed],
        "problems": problems,
        "advice": _advice(removed, listed, request),
    }


def plan_node_routes(
    leases: t.Iterable[Item], removed: t.Sequence[Item], instances: t.Iterable[Item], tables: t.Iterable[Item], owner: str
) -> list[dict[str, str]]:
    """Return the owner's entries to remove with the nodes, as ali_vpc_route takes them.

    They are for a subnet that a removed node holds, point to its instance, or have its name; what is leased to another node stays.
    """
    addresses = {node["address"] for node in removed}
    holders = {lease["subnet"]: lease["public_ip"] for lease in leases}
    hops = {node["instance_id"] for node in removed if node.get("instance_id")}
    hops |= {one["instance_id"] for one in instances if one["primary_ip"] in addresses}
    names = {f"{owner}/{node['name']}" for node in removed}
    found: dict[str, set[str]] = {}
    for entry in (entry for table in tables for entry in table["entries"] if entry["owner"] == owner):
        holder = holders.get(entry["destination"])
        if holder in addresses or (holder is None and (entry["next_hop_id"] in hops or entry["name"] in names)):
            found.setdefault(entry["destination"], set()).add(entry["next_hop_id"])
    return [_absent_route(destination, next_hops) for destination, next_hops in sorted(found.items())]


def _absent_route(destination: str, next_hops: t.AbstractSet[str]) -> dict[str, str]:
    """Name the hop if all tables have the same one: an entry that another run moves in the meantime then stays."""
    return {"destination": destination, **({"next_hop_id": next(iter(next_hops))} if len(next_hops) == 1 else {})}


def _split(names: str | t.Sequence[str]) -> list[str]:
    return [name.strip() for name in (names.split(",") if isinstance(names, str) else names) if name.strip()]


def _name_problems(names: t.Iterable[str], known: t.Mapping[str, Item]) -> t.Iterator[str]:
    for name in names:
        if name not in known:
            yield (
                f"{name} is not a host of the group flannel_nodes. For a node that has left the inventory, set "
                "flannel_node_address=<its private address>."
            )


def _address_problems(request: NodeRemoval, nodes: t.Iterable[Item]) -> t.Iterator[str]:
    try:
        address = str(ipaddress.IPv4Address(request.address))
    except ValueError:
        yield f"flannel_node_address {request.address} is not an IPv4 address."
        return
    for node in nodes:
        if node["address"] == address:
            yield f"{address} is the address of {node['name']}, which is in the inventory: set flannel_node={node['name']} instead."
    if not request.is_gone:
        yield (
            f"The host of {address} is not in the inventory, so flannel can't be stopped there. Put it back and name it in flannel_node; "
            "or, if it will never carry containers again, set flannel_node_is_gone=true."
        )


def _limit_problems(listed: t.Iterable[Item], play_hosts: t.Collection[str]) -> t.Iterator[str]:
    left_out = [str(node["name"]) for node in listed if node["name"] not in play_hosts]
    if left_out:
        yield f"--limit leaves out {', '.join(left_out)}, where flannel has to be stopped: run without --limit."


def _size_problems(removed: t.Sequence[Item], listed: t.Sequence[Item], nodes: t.Sequence[Item], count: int) -> t.Iterator[str]:
    if len(removed) > count:
        names = ", ".join(str(node["name"]) for node in removed)
        yield f"This removes {len(removed)} nodes ({names}). If that is what you want, set flannel_node_count={len(removed)}."
    if listed and len(listed) == len(nodes):
        yield _LAST


def _advice(removed: t.Iterable[Item], listed: t.Sequence[Item], request: NodeRemoval) -> list[str]:
    names = ", ".join(str(node["name"]) for node in listed)
    advice = [f"Remove {names} from the group flannel_nodes now: the next site.yml or routes.yml adds every node in it."] * bool(names)
    if request.is_gone:
        gone = ", ".join(str(node["name"]) for node in removed)
        advice.append(
            f"If {gone} boots again with flannel still installed, it takes a lease again, which gets no route as long as its address is "
            "no node's. Run this again with flannel_node_address to delete it."
        )
    advice += [
        f"{node['name']} remains a member of etcd: leave it in the group etcd." for node in listed if node["name"] in request.members
    ]
    return advice
