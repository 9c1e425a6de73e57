# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What was observed of a cluster to verify it, in the form that the checks use. Pure."""

from __future__ import annotations

import ipaddress
import json
import typing as t
from dataclasses import dataclass

from .._flannel.backend import AUTO, BACKENDS

if t.TYPE_CHECKING:
    from .._core.item import Item


@dataclass(frozen=True)
class ObservedHost:
    """What was observed on a node; ``facts`` is None where nothing was, and ``problem`` says why."""

    name: str
    address: str
    facts: Item | None
    problem: str
    cni: bool = True

    @property
    def subnet(self) -> str | None:
        """Return the subnet that the node uses."""
        return subnet_of((self.facts or {}).get("subnet_env") or "")


@dataclass(frozen=True)
class Observations:
    """What was read from etcd, the cloud and the nodes.

    ``members`` holds an item for each endpoint of etcd that was asked: its answer, or its ``problem``. ``hosts`` lacks the nodes that
    the run excluded. ``pings`` holds by node name what each pinged ``node`` answered. ``containers`` holds by node name why none started.
    """

    nodes: t.Sequence[Item]
    network: str
    desired_backend: str
    owner: str
    vpc_id: str
    etcd_prefix: str
    members: t.Sequence[Item]
    etcd_problem: str
    cloud: Item
    hosts: t.Mapping[str, ObservedHost]
    pings: t.Mapping[str, t.Sequence[Item]]
    containers: t.Mapping[str, str]
    further: t.Sequence[dict[str, t.Any]]

    @property
    def answer(self) -> Item | None:
        """Return what the first member that answers holds; None when there is none."""
        return next((member for member in self.members if not member["problem"]), None)

    @property
    def backend(self) -> str:
        """Return the backend that the cluster has: by the config, or, if that is none of ours, the desired one."""
        config = (self.answer or {}).get("network")
        published = BACKENDS.get(config["Backend"]["Type"]) if config else None
        return published or ("vpc" if self.desired_backend == AUTO else self.desired_backend)

    @property
    def refused(self) -> dict[str, str]:
        """Return by node name why what it says of its container was not used."""
        return {answer["node"]: answer["problem"] for answers in self.pings.values() for answer in answers if answer.get("problem")}

    @property
    def leases(self) -> t.Sequence[Item]:
        """Return the leases; if etcd doesn't answer, those that the nodes use."""
        if self.answer is not None:
            return t.cast("t.Sequence[Item]", self.answer["leases"])
        return [{"public_ip": host.address, "subnet": host.subnet} for host in self.hosts.values() if host.subnet]

    @property
    def subnets(self) -> dict[str, str]:
        """Return the subnet of each node that has one, by the node's name."""
        by_address: dict[str, str] = {}
        for lease in self.leases:
            by_address.setdefault(lease["public_ip"], lease["subnet"])
        return {node["name"]: by_address[node["address"]] for node in self.nodes if node["address"] in by_address}


def parse_observations(observations: Item) -> Observations:
    """Return what the role verify has registered."""
    hosts = observations["hosts"]
    cloud = observations["cloud"]
    names = ("nodes", "network", "owner", "vpc_id", "etcd_prefix", "etcd_problem")
    return Observations(
        members=[_parse_member(answer) for answer in observations["members"]],
        desired_backend=observations["backend"],
        cloud=_parse_cloud(cloud["instances"], cloud["routes"]),
        hosts={node["name"]: _parse_host(node, hosts[node["name"]]) for node in observations["nodes"] if node["name"] in hosts},
        pings={name: host["pings"] for name, host in hosts.items()},
        containers={name: host["container"].strip() for name, host in hosts.items()},
        further=[dict(finding) for finding in observations["further"]],
        **{name: observations[name] for name in names},
    )


def _parse_member(answer: Item) -> Item:
    """Return what one endpoint of etcd answered M(alicloud.flannel.flannel_lease_info)."""
    if "leases" in answer:
        return {"endpoint": answer["item"], "leases": answer["leases"], "network": answer["network"], "problem": ""}
    return {"endpoint": answer["item"], "leases": [], "network": None, "problem": answer.get("msg") or "no answer"}


def _parse_cloud(instances: Item, routes: Item) -> Item:
    """Return what the modules returned that read the instances and the route tables."""
    problem = next(
        (answer.get("msg") or "no answer" for answer, key in ((instances, "instances"), (routes, "tables")) if key not in answer), ""
    )
    return {
        "problem": problem,
        "instances": instances.get("instances", []),
        "security_groups": instances.get("security_groups", []),
        "vswitches": routes.get("vpc", {}).get("vswitches", []),
        "tables": routes.get("tables", []),
    }


def _parse_host(node: Item, observed: Item) -> ObservedHost:
    """Return what the script observe.py printed on a node; a terminal may have mixed other lines in before it."""
    answer = observed["observation"]
    lines = answer.get("stdout_lines") or []
    if answer.get("rc") == 0 and lines:
        facts = _parse_facts(lines[-1])
        return ObservedHost(node["name"], node["address"], facts, "" if facts else "observe.py printed no facts.", observed["cni"])
    said = [text.strip() for text in (answer.get("stderr"), answer.get("stdout"), answer.get("msg")) if text and text.strip()]
    return ObservedHost(node["name"], node["address"], None, said[0].splitlines()[-1] if said else "no answer")


def _parse_facts(line: str) -> Item | None:
    """Return what a node says of itself; None where it talks nonsense, which must not hide the other nodes."""
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) else None


def values_of(subnet_env: str) -> dict[str, str]:
    """Return what subnet.env says, by name."""
    pairs = (line.strip().partition("=") for line in subnet_env.splitlines())
    return {name: value for name, separator, value in pairs if separator}


def subnet_of(subnet_env: str) -> str | None:
    """Return the subnet that subnet.env names: FLANNEL_SUBNET=10.24.1.1/24, the first host address, means 10.24.1.0/24."""
    try:
        return str(ipaddress.ip_interface(values_of(subnet_env).get("FLANNEL_SUBNET", "")).network)
    except ValueError:
        return None


def gateway_of(subnet: str) -> str:
    """Return the first address of a subnet with its length, as flannel writes it."""
    network = ipaddress.ip_network(subnet)
    return f"{network.network_address + 1}/{network.prefixlen}"
