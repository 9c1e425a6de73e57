# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Compares what a cluster should look like with what was read from etcd, the cloud and the nodes. Pure."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import asdict, dataclass

AVAILABLE = "Available"


@dataclass(frozen=True)
class Finding:
    """One broken link: on which node, what was seen, and how to mend it."""

    node: str
    problem: str
    mend: str


@dataclass(frozen=True)
class Observed:
    """What was read, as the modules return it.

    ``subnet_env`` holds the file's text by node name. ``pings`` holds by node name what each pinged ``node`` answered.
    """

    routes: t.Sequence[t.Mapping[str, t.Any]]
    tables: t.Sequence[t.Mapping[str, t.Any]]
    leases: t.Sequence[t.Mapping[str, t.Any]]
    subnet_env: t.Mapping[str, str]
    pings: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]]


def find_problems(
    nodes: t.Sequence[t.Mapping[str, t.Any]],
    refused: t.Sequence[t.Mapping[str, t.Any]],
    seen: Observed,
) -> list[dict[str, str]]:
    """Return every finding, in the order of the chain: lease, instance, route, node, packets."""
    findings = [
        *_refused_nodes(refused),
        *_broken_routes(seen.routes, seen.tables),
        *_wrong_subnets(nodes, seen.leases, seen.subnet_env),
        *_lost_pings(seen.pings),
    ]
    return [asdict(finding) for finding in findings]


def subnet_of(subnet_env: str) -> str | None:
    """Return the subnet that subnet.env names: FLANNEL_SUBNET=10.24.1.1/24, the first host address, means 10.24.1.0/24."""
    for line in subnet_env.splitlines():
        name, _separator, gateway = line.strip().partition("=")
        if name == "FLANNEL_SUBNET":
            return _network_of(gateway)
    return None


def _network_of(address: str) -> str | None:
    try:
        return str(ipaddress.ip_interface(address).network)
    except ValueError:
        return None


def _refused_nodes(refused: t.Sequence[t.Mapping[str, t.Any]]) -> t.Iterator[Finding]:
    for node in refused:
        yield Finding(node["node"], node["reason"], "Correct the inventory or the instance, then run site.yml.")


def _broken_routes(routes: t.Sequence[t.Mapping[str, t.Any]], tables: t.Sequence[t.Mapping[str, t.Any]]) -> t.Iterator[Finding]:
    for table in tables:
        entries = {entry["destination"]: entry for entry in table["entries"]}
        for route in routes:
            problem = _route_problem(route, entries.get(route["destination"]))
            if problem:
                yield Finding(route["name"], f"{problem} in route table {table['route_table_id']}.", "Run routes.yml.")


def _route_problem(route: t.Mapping[str, t.Any], entry: t.Mapping[str, t.Any] | None) -> str | None:
    destination = route["destination"]
    if entry is None:
        return f"No route entry for {destination}"
    if entry["next_hop_id"] != route["next_hop_id"]:
        return f"The route entry for {destination} leads to {entry['next_hop_id']} instead of {route['next_hop_id']}"
    if entry["status"] != AVAILABLE:
        return f"The route entry for {destination} is {entry['status']}"
    return None


def _wrong_subnets(
    nodes: t.Sequence[t.Mapping[str, t.Any]],
    leases: t.Sequence[t.Mapping[str, t.Any]],
    subnet_env: t.Mapping[str, str],
) -> t.Iterator[Finding]:
    subnets = {lease["public_ip"]: lease["subnet"] for lease in leases}
    for node in nodes:
        problem = _subnet_problem(subnets.get(node["public_ip"]), subnet_env.get(node["name"]))
        if problem:
            yield Finding(node["name"], problem, "Run site.yml with --tags flanneld and look at the unit's log on the node.")


def _subnet_problem(leased: str | None, env: str | None) -> str | None:
    if leased is None:
        return None  # reported as a refused node
    if env is None:
        return "The node was not reached, or has no subnet.env."
    used = subnet_of(env)
    if used is None:
        return "subnet.env names no subnet."
    return None if used == leased else f"The node uses {used}, but its lease is {leased}."


def _lost_pings(pings: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]]) -> t.Iterator[Finding]:
    for node, results in sorted(pings.items()):
        for result in results:
            if not result["ok"]:
                yield Finding(
                    node,
                    f"A container here gets no answer from a container on {result['node']}.",
                    "If no other problem is listed: check the security groups (allow the flannel network), "
                    "the source/destination check, and the firewall of both nodes.",
                )
