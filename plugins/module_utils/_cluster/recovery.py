# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which leases a VPC's route entries represent, when etcd has lost them. No I/O.

An entry's next hop decides whose subnet it is; its name may only agree. Where that is ambiguous, nothing is guessed: it is a
problem, which the node's subnet in the inventory resolves if it is one of the candidates.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from ipaddress import IPv4Network

from .._core.text import show
from .._flannel.backend import CHANGE, TYPES
from .._flannel.network import NetworkConfig, parse_config
from .._flannel.network_fit import change_problems
from .join import VpcInstances, index_instances, mismatch
from .recovery_entries import read_entries

if t.TYPE_CHECKING:
    from .._core.item import Item
    from .._routes.entry import RouteEntry

_LONGEST = 2000
_SETTLE = "Set flannel_subnet of {node} to the subnet that its containers have, or correct the entry."


@dataclass(frozen=True)
class World:
    """What the entries are compared with."""

    nodes: t.Mapping[str, Item]
    vpc: VpcInstances
    config: NetworkConfig
    owner: str

    def address_of(self, entry: RouteEntry) -> str | None:
        """Return the primary address of the instance that the entry points to; None when it isn't in the VPC."""
        return next((address for address, found in self.vpc.primary.items() if entry.instance_id in found), None)

    def named(self, entry: RouteEntry) -> Item | None:
        """Return the node that the entry's name names."""
        return next((node for node in self.nodes.values() if node["name"] == entry.route_name), None)


def plan_recovery(
    tables: t.Sequence[Item],
    nodes: t.Sequence[Item],
    instances: t.Sequence[Item],
    vpc_id: str,
    owner: str,
    config: str | bytes | t.Mapping[str, t.Any],
    leases: t.Sequence[Item] = (),
    published: Item | None = None,
) -> dict[str, t.Any]:
    """Return the leases that the owner's entries represent, what prevents recovering them, and what else an operator should know.

    ``published`` is the config that etcd has.
    """
    world = World({node["address"]: node for node in nodes}, index_instances(instances, vpc_id), parse_config(config), owner)
    ours, others, problems = read_entries(tables, world.config.network, owner)
    recovery = _Recovery(world, problems)
    for entry in ours:
        recovery.take(entry)
    for entry in others:
        recovery.report(entry)
    recovered = recovery.choose()
    return {
        "leases": recovered,
        "problems": _shown(
            [*problems, *_unfit(world, ours), *_conflicts(recovered, leases), *change_problems(config, published, recovered)]
        ),
        "reported": _shown([*recovery.reported, *_without_subnet(nodes, recovered)]),
    }


def _shown(sentences: t.Iterable[str]) -> list[str]:
    # Names of entries are written by whoever may write to the VPC.
    return [show(sentence, _LONGEST) for sentence in sentences]


class _Recovery:
    """Sorts entries by the address that they give a subnet to."""

    def __init__(self, world: World, problems: list[str]) -> None:
        self.reported: list[str] = []
        self._problems = problems
        self._world = world
        self._found: dict[str, list[RouteEntry]] = {}
        self._claims = {str(node["subnet"]): address for address, node in world.nodes.items() if node.get("subnet")}

    def take(self, entry: RouteEntry) -> None:
        """Assign an entry of ours to its address, or note why that is unclear."""
        refusal = self._world.config.refusal(IPv4Network(entry.destination))
        if refusal:
            self._problems.append(f"The entry {entry} can't be a lease: {refusal}. Correct the network's variables, or delete the entry.")
            return
        address = self._world.address_of(entry)
        problem = self._doubt(entry, address)
        address = self._claims.get(entry.destination, address)
        if problem:
            self._problems.append(problem)
        elif address is not None:
            self._found.setdefault(address, []).append(entry)
            if address not in self._world.nodes:
                self.reported.append(f"The entry {entry} points to no node of the inventory: its subnet stays reserved for {address}.")

    def report(self, entry: RouteEntry) -> None:
        """Note an entry that isn't ours; one that points to a node may have lost its mark."""
        node = self._world.nodes.get(self._world.address_of(entry) or "") if self._is_like_ours(entry) else None
        if node is None:
            self.reported.append(f"The entry {entry} isn't {self._world.owner}'s and was left out.")
        elif node.get("subnet") == entry.destination:
            self._found.setdefault(node["address"], []).append(entry)
        elif node["address"] in self._found:
            self.reported.append(f"The entry {entry} points to {node['name']} and lacks the owner's mark; it was left out.")
        else:
            self._problems.append(
                f"The entry {entry} is the only one that points to {node['name']}, but lacks the owner's mark. "
                f"{_SETTLE.format(node=node['name'])}"
            )

    def _is_like_ours(self, entry: RouteEntry) -> bool:
        return entry.owner is None and entry.instance_id is not None and self._world.config.refusal(IPv4Network(entry.destination)) is None

    def choose(self) -> list[dict[str, str]]:
        """Return one lease for each address, ordered by subnet."""
        chosen = {address: self._choice(address, entries) for address, entries in self._found.items()}
        leases = [{"public_ip": address, "subnet": subnet} for address, subnet in chosen.items() if subnet]
        return sorted(leases, key=lambda lease: IPv4Network(lease["subnet"]))

    def _choice(self, address: str, entries: t.Sequence[RouteEntry]) -> str | None:
        node = self._world.nodes.get(address, {"name": address})
        subnets = [entry.destination for entry in entries]
        desired = node.get("subnet")
        if desired in subnets:
            return str(desired)
        if len(subnets) == 1 and not desired:
            return subnets[0]
        settle = _SETTLE.format(node=node["name"]) if address in self._world.nodes else "Delete the entry that is wrong."
        says = f", and the inventory says flannel_subnet {desired}" if desired else ""
        self._problems.append(f"{', '.join(subnets)} could each be the subnet of {node['name']}{says}. {settle}")
        return None

    def _doubt(self, entry: RouteEntry, address: str | None) -> str | None:
        """Return why it is unclear whose subnet the entry has; None when it is clear."""
        node, claimed = self._world.nodes.get(address or ""), self._claims.get(entry.destination)
        wrong = mismatch(node, self._world.vpc) if node else None
        if node and wrong:
            return f"The entry {entry} points to {node['name']}, but {wrong}."
        if claimed:
            claimant = self._world.nodes[claimed]["name"]
            if node and node["address"] != claimed:
                return f"The entry {entry} points to {node['name']}, but flannel_subnet gives it to {claimant}."
            return None
        named = self._world.named(entry)
        if named is not None and named is not node:
            whose = f"the instance of {node['name']}" if node else "not its instance"
            return f"The entry {entry} has the name of {named['name']}, but that is {whose}. {_SETTLE.format(node=named['name'])}"
        if address is None:
            return (
                f"The entry {entry} points to no instance that is visible in {self._world.vpc.vpc_id}. Delete the entry if its "
                "instance is gone for good; if it is not, the permission ecs:DescribeInstances may be missing."
            )
        return None


def _unfit(world: World, ours: t.Sequence[RouteEntry]) -> t.Iterator[str]:
    """Yield why these entries are not what a lost cluster has left, as the inventory describes it."""
    if not ours:
        yield (
            f"The route tables of {world.vpc.vpc_id} hold no entry of {world.owner} in {world.config.network}. Check flannel_owner, "
            "flannel_network and alicloud_vpc_id; if there is nothing to recover, run site.yml."
        )
    elif world.config.backend_type != TYPES["vpc"]:
        yield (
            f"{world.owner} has route entries, so its nodes have the backend vpc, but flannel_backend means {world.config.backend_type}. "
            f"Set flannel_backend to vpc to recover. To move the cluster afterwards, {CHANGE}."
        )


def _conflicts(recovered: t.Sequence[t.Mapping[str, str]], leases: t.Sequence[Item]) -> t.Iterator[str]:
    """Yield where leases that etcd holds differ from the entries."""
    subnets = {lease["public_ip"]: lease["subnet"] for lease in recovered}
    addresses = {lease["subnet"]: lease["public_ip"] for lease in recovered}
    for lease in leases:
        subnet, address = lease["subnet"], lease["public_ip"]
        if subnets.get(address, subnet) != subnet or addresses.get(subnet, address) != address:
            yield (
                f"etcd holds a lease of {subnet} for {address}, but the route entries say otherwise. If the lease is wrong, stop flanneld "
                f"on {address}, delete the lease (flannel_lease with state=absent and force=true), and run this again."
            )


def _without_subnet(nodes: t.Sequence[Item], recovered: t.Sequence[t.Mapping[str, str]]) -> t.Iterator[str]:
    served = {lease["public_ip"] for lease in recovered}
    for node in nodes:
        if node["address"] not in served:
            yield f"{node['name']} has no route entry; site.yml gives it a free subnet."
