# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What was observed of a cluster to verify it, in the form that the checks use. Pure."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, replace

from .._core.answer import Answer, BadAnswer, check_size
from .._core.text import show
from .._flannel.backend import AUTO, BACKENDS
from .._flannel.node.observed import ObservedNode, parse_node
from .._flannel.node.paths import SUBNET_UNITS
from .members import parse_member

if t.TYPE_CHECKING:
    from .._core.item import Item

_LONGEST_WORDS = 500


@dataclass(frozen=True)
class ObservedHost:
    """What was observed on a node; ``node`` is None where nothing was, and ``problem`` says why."""

    name: str
    address: str
    mode: str
    cni: bool
    node: ObservedNode | None
    problem: str = ""

    @property
    def subnet(self) -> str | None:
        """Return the subnet that the node uses."""
        return self.node.env_subnet if self.node else None


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
        # A host that names another subnet than one of the network's would be in the others' findings.
        own = ((host.address, host.subnet) for host in self.hosts.values() if host.subnet and _is_part(host.subnet, self.network))
        return [{"public_ip": address, "subnet": subnet} for address, subnet in own]

    @property
    def unusable(self) -> t.Sequence[Item]:
        """Return the records in etcd that can't be right."""
        return t.cast("t.Sequence[Item]", (self.answer or {}).get("unusable", ()))

    @property
    def subnets(self) -> dict[str, str]:
        """Return the subnet of each node that has one, by the node's name."""
        by_address: dict[str, str] = {}
        for lease in self.leases:
            by_address.setdefault(lease["public_ip"], lease["subnet"])
        return {node["name"]: by_address[node["address"]] for node in self.nodes if node["address"] in by_address}


def parse_observations(observations: Item) -> Observations:
    """Return what the role verify has registered; what one host or member answered is judged by itself."""
    cloud = observations["cloud"]
    names = ("nodes", "network", "owner", "vpc_id", "etcd_prefix", "etcd_problem")
    known = {str(node["name"]) for node in observations["nodes"]}
    observed = {name: _parse_answers(name, answer, known) for name, answer in observations["hosts"].items()}
    return Observations(
        members=[parse_member(answer) for answer in observations["members"]],
        desired_backend=observations["backend"],
        cloud=_parse_cloud(cloud["instances"], cloud["routes"]),
        hosts={node["name"]: _parse_host(node, observed[node["name"]]) for node in observations["nodes"] if node["name"] in observed},
        pings={name: host.pings for name, host in observed.items()},
        containers={name: host.container for name, host in observed.items()},
        further=[dict(finding) for finding in observations["further"]],
        **{name: observations[name] for name in names},
    )


@dataclass(frozen=True)
class _Answers:
    """What the role has kept of one host."""

    observation: t.Any = None
    mode: str = "daemon"
    cni: bool = False
    pings: tuple[Item, ...] = ()
    container: str = ""
    problem: str = ""


def _parse_answers(name: str, given: t.Any, known: t.Collection[str]) -> _Answers:
    try:
        check_size(given, "its answer")
        answer = Answer(given, "its answer")
        mode = answer["mode"].text()
        if mode not in SUBNET_UNITS:
            raise answer["mode"].refusal("a mode")
        return _Answers(
            observation=answer["observation"].value,
            mode=mode,
            cni=answer["cni"].flag(),
            pings=tuple(_parse_ping(item, known) for item in answer["pings"].items()),
            container=show(answer["container"].value or "", _LONGEST_WORDS).strip(),
        )
    except BadAnswer as exc:
        return _Answers(problem=f"What was observed of {name} can't be used: {exc} Find out what answers there.")


def _parse_ping(answer: Answer, known: t.Collection[str]) -> Item:
    node = answer["node"].text()
    if node not in known:
        raise answer["node"].refusal("a node's name")
    return {"node": node, "ok": answer["ok"].flag(), "problem": answer["problem"].or_none(Answer.text) or ""}


def _parse_host(node: Item, answers: _Answers) -> ObservedHost:
    """Return what M(alicloud.flannel.flannel_node_info) has returned on a node, or why it has returned nothing of use."""
    host = ObservedHost(node["name"], node["address"], answers.mode, answers.cni, None, answers.problem)
    answer = answers.observation
    if answers.problem:
        return host
    if not isinstance(answer, dict) or "node" not in answer:
        return replace(host, problem=_last_words(answer))
    try:
        return replace(host, node=parse_node(answer["node"], node["name"]))
    except BadAnswer as exc:
        return replace(host, problem=str(exc))


def _last_words(answer: t.Any) -> str:
    """Return why a module gave no answer: the end of what it, or the connection, says."""
    said = [answer.get(name) for name in ("module_stderr", "module_stdout", "msg")] if isinstance(answer, dict) else []
    lines = [text.strip().splitlines()[-1] for text in said if isinstance(text, str) and text.strip()]
    return show(lines[0], _LONGEST_WORDS) if lines else "no answer"


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


def gateway_of(subnet: str) -> str:
    """Return the first address of a subnet with its length, as flannel writes it."""
    network = ipaddress.ip_network(subnet)
    return f"{network.network_address + 1}/{network.prefixlen}"


def _is_part(subnet: str, network: str) -> bool:
    part, whole = ipaddress.IPv4Network(subnet), ipaddress.IPv4Network(network)
    return part.prefixlen > whole.prefixlen and part.subnet_of(whole)
