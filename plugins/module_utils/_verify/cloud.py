# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The links of the chain that the cloud holds: instances, their checks and security groups, the route tables. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

from .._cluster.join import plan_routes
from .._core.cidr import cidrs_overlap
from .._routes.drift import TAKEN, UNSETTLED, WRONG_NEXT_HOP, DesiredRoutes, differing_steps
from .._routes.entry import DesiredRoute, RouteEntry, RoutePolicy, is_within, parse_public_entry
from .chain import CLUSTER, WARNING, Finding
from .security_rules import refused_sources

if t.TYPE_CHECKING:
    from .._core.item import Item
    from .._routes.plan import RouteStep
    from .observations import Observations

RUNNING = "Running"
_ROUTES = "Run routes.yml."


def check_cloud(observed: Observations) -> t.Iterator[Finding]:
    """Yield what is wrong in the cloud; routes matter to the backend vpc only."""
    if observed.cloud["problem"]:
        repair = "Fix the credentials, the region or the connection to the API; until then instances and routes are not checked."
        yield Finding(CLUSTER, "cloud", f"The cloud cannot be read: {observed.cloud['problem']}", repair)
        return
    desired = plan_routes(observed.leases, observed.nodes, observed.cloud["instances"], observed.vpc_id, observed.unusable)
    yield from _instances(observed, desired["refused"])
    if observed.backend == "vpc":
        placed = {node["name"]: instance for node in observed.nodes if (instance := _instance_of(observed, node))}
        yield from _checks(placed)
        yield from _groups(observed, placed)
        yield from _routes(observed, desired["routes"], placed)


def _instance_of(observed: Observations, node: Item) -> Item | None:
    found = [one for one in observed.cloud["instances"] if one["primary_ip"] == node["address"] and one["vpc_id"] == observed.vpc_id]
    return found[0] if len(found) == 1 else None


def _instances(observed: Observations, refused: t.Sequence[Item]) -> t.Iterator[Finding]:
    leased = {lease["public_ip"] for lease in observed.leases}
    reasons = {node["address"]: node["reason"] for node in refused}
    for node in observed.nodes:
        instance, reason = _instance_of(observed, node), reasons.get(node["address"])
        if reason and (node["address"] in leased or instance is None):
            yield Finding(node["name"], "instance", f"{reason}.", "Correct the inventory or the instance, then run site.yml.")
        elif instance and instance["status"] != RUNNING:
            yield Finding(node["name"], "instance", f"{instance['instance_id']} is {instance['status']}.", "Start the instance.")


def _checks(placed: t.Mapping[str, Item]) -> t.Iterator[Finding]:
    for name, instance in placed.items():
        if instance["source_dest_check"]:
            problem = f"{instance['instance_id']} has the source/destination check on: the VPC drops what containers send and receive."
            yield Finding(name, "source/destination check", problem, f"{_ROUTES} It turns the check off.")


def _groups(observed: Observations, placed: t.Mapping[str, Item]) -> t.Iterator[Finding]:
    rules = {group["security_group_id"]: group["rules"] for group in observed.cloud["security_groups"]}
    unread = sorted(group_id for group_id, known in rules.items() if known is None)
    if unread:
        problem = f"The security groups {', '.join(unread)} were not checked: the permission ecs:DescribeSecurityGroupAttribute is missing."
        yield Finding(CLUSTER, "security group", problem, "Grant it as docs/ram-policy.json does, or check the rules yourself.", WARNING)
    subnets = {name: subnet for name, subnet in observed.subnets.items() if cidrs_overlap(subnet, observed.network)}
    for name, instance in placed.items():
        ids = instance["security_group_ids"]
        others = {other: subnet for other, subnet in subnets.items() if other != name}
        if ids and all(rules.get(group_id) is not None for group_id in ids):
            all_rules = [rule for group_id in ids for rule in rules[group_id]]
            yield from _group(observed, name, ", ".join(ids), all_rules, others)


def _group(observed: Observations, name: str, ids: str, rules: t.Sequence[Item], others: t.Mapping[str, str]) -> t.Iterator[Finding]:
    for direction, verb, way in (("ingress", "let in", "from"), ("egress", "let out", "to")):
        for protocol in ("icmp", "tcp"):
            peers = frozenset(refused_sources(rules, direction, protocol, others))
            if peers:
                what = observed.network if len(peers) == len(others) else ", ".join(sorted(others[peer] for peer in peers))
                problem = f"{ids} does not {verb} {protocol.upper()} {way} {what}."
                repair = (
                    f"Add a rule to the security group: {direction}, all protocols, {observed.network}, accept; or remove what drops it."
                )
                # Keeping only TCP out may be intended.
                level = {} if protocol == "icmp" else {"level": WARNING}
                yield Finding(name, "security group", problem, repair, peers=peers, **level)
                break


def _routes(observed: Observations, routes: t.Sequence[Item], placed: t.Mapping[str, Item]) -> t.Iterator[Finding]:
    tables_of = {one["vswitch_id"]: one["route_table_id"] for one in observed.cloud["vswitches"]}
    users: dict[str, set[str]] = {}
    for name, instance in placed.items():
        users.setdefault(tables_of.get(instance["vswitch_id"], ""), set()).add(name)
    desired = _desired_routes(observed, routes)
    names = {route["destination"]: route["name"] for route in routes}
    for table in observed.cloud["tables"]:
        table_id, peers = table["route_table_id"], frozenset(users.get(table["route_table_id"], ()))
        entries = [parse_public_entry(item, table_id) for item in table["entries"]] if peers else []
        differing = _differing(observed, differing_steps(table_id, entries, desired)) if peers else ()
        for destination, problem, repair in (*differing, *_more_specific(desired.routes, entries)):
            yield Finding(names[destination], "route", f"{problem} in route table {table_id}.", repair, peers=peers)


def _desired_routes(observed: Observations, routes: t.Iterable[Item]) -> DesiredRoutes:
    policy = RoutePolicy(observed.owner, (ipaddress.IPv4Network(observed.network),))
    return DesiredRoutes(policy, tuple(DesiredRoute(route["destination"], route["next_hop_id"]) for route in routes))


def _differing(observed: Observations, steps: t.Iterable[tuple[str, RouteStep]]) -> t.Iterator[tuple[str, str, str]]:
    """Yield destination, problem and repair of what keeps packets from their node; whose an entry is does not."""
    for kind, step in steps:
        name = f"The route entry for {step.destination}"
        entry = step.entry
        if entry is None:
            yield step.destination, f"No route entry for {step.destination}", _ROUTES
        elif kind == WRONG_NEXT_HOP:
            yield step.destination, f"{name} points to {entry.next_hop_id} instead of {step.next_hop_id}", _ROUTES
        elif kind == TAKEN:
            repair = f"The entry is not marked as {observed.owner}'s: delete it in the VPC, then run routes.yml."
            yield step.destination, f"{name} points to {entry.next_hop_id} instead of {step.next_hop_id}", repair
        elif kind == UNSETTLED:
            yield step.destination, f"{name} is {entry.status}", f"Wait a minute and verify again; then {_ROUTES.lower()}"


def _more_specific(routes: t.Iterable[DesiredRoute], entries: t.Sequence[RouteEntry]) -> t.Iterator[tuple[str, str, str]]:
    repair = "Delete that entry in the VPC, or keep its addresses out of the flannel network."
    for route in routes:
        block = ipaddress.IPv4Network(route.destination)
        for entry in entries:
            if entry.next_hop_id != route.next_hop_id and entry.network != block and is_within(entry.network, [block]):
                problem = f"The more specific route entry {entry.destination} sends a part of {route.destination} to {entry.next_hop_id}"
                yield route.destination, problem, repair
