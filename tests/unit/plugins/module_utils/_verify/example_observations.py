# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of three nodes as the role verify sees it when nothing is wrong, and ways to break it."""

from __future__ import annotations

import copy
import json
import typing as t
from dataclasses import replace

from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.observed import FirewallState, Interface, Route, UnitState
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.paths import OWN_UNITS
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.entry import RouteEntry
from ansible_collections.alicloud.flannel.plugins.module_utils._verify.diagnosis import diagnose
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._flannel.node.example_node import answer, bare

NETWORK = "10.24.0.0/16"
NAMES = ("n1", "n2", "n3")
TABLE = "vtb-1"
GROUP = "sg-1"
Observations = t.Dict[str, t.Any]
Break = t.Callable[[Observations], None]
ALL_OF_N2 = [["n1", "n2"], ["n2", "n1"], ["n2", "n3"], ["n3", "n2"]]
ENV = "FLANNEL_NETWORK=10.24.0.0/16\nFLANNEL_SUBNET=10.24.2.1/24\nFLANNEL_MTU=1500\nFLANNEL_IPMASQ=false\n"
DOWN = {"loaded": True, "active": False, "state": "failed (failed)", "enabled": True, "needs_reload": False, "started": None}


def address(number: int) -> str:
    return f"172.16.0.1{number}"


def subnet(number: int) -> str:
    return f"10.24.{number}.0/24"


def _node(number: int, mode: str) -> dict[str, t.Any]:
    """Return a node as M(alicloud.flannel.flannel_node_info) returns it."""
    unit = UnitState(loaded=True, active=True, state="active (running)", enabled=True)
    plugin = {"type": "bridge", "bridge": "cni-flannel", "mtu": 1500, "ipMasq": False, "ipam": {"ranges": [[{"subnet": subnet(number)}]]}}
    return answer(
        replace(
            bare(),
            interfaces={
                "lo": Interface(65536, ("127.0.0.1/8",)),
                "eth0": Interface(1500, (f"{address(number)}/32",)),
                "cni-flannel": Interface(1500, (f"10.24.{number}.1/24",)),
            },
            routes=(Route("default", "eth0", "172.16.0.253", "unicast"), Route(subnet(number), "cni-flannel", "", "unicast")),
            ip_forward="1",
            rp_filter={"all": "0", "eth0": "1"},
            units=dict.fromkeys(OWN_UNITS, unit),
            subnet_env=f"FLANNEL_NETWORK={NETWORK}\nFLANNEL_SUBNET=10.24.{number}.1/24\nFLANNEL_MTU=1500\nFLANNEL_IPMASQ=false\n",
            conflist=json.dumps({"name": "flannel", "plugins": [plugin, {"type": "portmap"}]}),
            firewall=FirewallState(iptables=True, nft=True, check=0, policy="DROP"),
            endpoints={"https://m1:2379": ""} if mode == "daemon" else {},
        )
    )


def observe(mode: str = "static", backend: str = "vpc") -> Observations:
    """Return what the role verify registers of a cluster that is as it should be."""
    rules = [rule("ingress", "all", NETWORK), rule("ingress", "tcp", "172.16.0.0/16", ports="22/22")]
    config = {"Network": NETWORK, "SubnetLen": 24, "SubnetMin": "10.24.1.0", "SubnetMax": "10.24.255.0"}
    config["Backend"] = {"Type": "alloc" if backend == "vpc" else "vxlan"}
    leases = [
        {"subnet": subnet(n), "public_ip": address(n), "leased": mode == "daemon", "ttl": 80000 if mode == "daemon" else None}
        for n in (1, 2, 3)
    ]
    instance = {"vpc_id": "vpc-1", "vswitch_id": "vsw-1", "status": "Running", "source_dest_check": False, "security_group_ids": [GROUP]}
    instances = [{**instance, "instance_id": f"i-{n}", "primary_ip": address(n), "private_ips": [address(n)]} for n in (1, 2, 3)]
    vswitches = [{"vswitch_id": "vsw-1", "cidr_block": "172.16.0.0/24", "route_table_id": TABLE}]
    observations = {
        "nodes": [{"name": f"n{n}", "address": address(n), "instance_id": f"i-{n}"} for n in (1, 2, 3)],
        "network": NETWORK,
        "backend": backend,
        "owner": "k1",
        "vpc_id": "vpc-1",
        "etcd_prefix": "/coreos.com/network",
        "etcd_problem": "",
        "members": [{"item": f"https://m{n}:2379", "leases": leases, "network": config} for n in (1, 2, 3)],
        "cloud": {
            "instances": {"instances": instances, "security_groups": [{"security_group_id": GROUP, "rules": rules}]},
            "routes": {"vpc": {"vswitches": vswitches}, "tables": [{"route_table_id": TABLE, "entries": [entry(n) for n in (1, 2, 3)]}]},
        },
        "hosts": {
            f"n{n}": {
                "observation": {"changed": False, "node": _node(n, mode)},
                "mode": mode,
                "pings": [{"node": f"n{m}", "ok": True} for m in (1, 2, 3) if m != n],
                "container": "",
                "cni": True,
            }
            for n in (1, 2, 3)
        },
        "further": [],
    }
    return copy.deepcopy(observations)


def entry(number: int, **changes: t.Any) -> dict[str, t.Any]:
    """Return an entry of k1 that leads to the instance of this number, as ali_vpc_route_info returns it."""
    values = {"destination": subnet(number), "hop": f"i-{number}", "status": "Available", "name": f"k1/n{number}", **changes}
    return RouteEntry("rte-1", TABLE, next_hops=(("Instance", values.pop("hop")),), **values).public()


def rule(
    direction: str, protocol: str, cidr: str | None, policy: str = "accept", priority: int = 1, ports: str = "-1/-1"
) -> dict[str, t.Any]:
    return {"direction": direction, "protocol": protocol, "cidr": cidr, "policy": policy, "priority": priority, "port_range": ports}


def entries(observations: Observations) -> list[dict[str, t.Any]]:
    return t.cast("list[dict[str, t.Any]]", observations["cloud"]["routes"]["tables"][0]["entries"])


def facts(name: str, **changes: t.Any) -> Break:
    """Change what was observed on a node."""

    def change(observations: Observations) -> None:
        observations["hosts"][name]["observation"]["node"].update(changes)

    return change


def part(name: str, key: str, **changes: t.Any) -> Break:
    """Change a part of what was observed on a node."""

    def change(observations: Observations) -> None:
        observations["hosts"][name]["observation"]["node"][key].update(changes)

    return change


def conflist(name: str, **changes: t.Any) -> Break:
    """Change the bridge of a node's CNI network."""

    def change(observations: Observations) -> None:
        node = observations["hosts"][name]["observation"]["node"]
        network = json.loads(node["conflist"])
        network["plugins"][0].update(changes)
        node["conflist"] = json.dumps(network)

    return change


def lose(*pairs: str) -> Break:
    """Leave pings such as n1-n2 without an answer."""

    def change(observations: Observations) -> None:
        for pair in pairs:
            source, target = pair.split("-")
            for ping in observations["hosts"][source]["pings"]:
                ping["ok"] = ping["ok"] and ping["node"] != target

    return change


def cut_off(name: str) -> Break:
    """Leave every ping from and to a node without an answer."""
    others = [other for other in NAMES if other != name]
    return lose(*(f"{name}-{other}" for other in others), *(f"{other}-{name}" for other in others))


def found(*breaks: Break, **options: str) -> list[dict[str, t.Any]]:
    """Return the findings about a cluster that is broken in these ways."""
    observations = observe(**options)
    for one in breaks:
        one(observations)
    return diagnose(observations)


def links(*breaks: Break, **options: str) -> list[tuple[str, str]]:
    """Return where what is broken, without warnings."""
    return [(finding["node"], finding["link"]) for finding in found(*breaks, **options) if finding["level"] == "broken"]


def set_at(*path: t.Any, value: t.Any) -> Break:
    """Replace what is at a path of the observations."""

    def change(observations: Observations) -> None:
        place: t.Any = observations
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def members(**changes: t.Any) -> Break:
    def change(observations: Observations) -> None:
        for member in observations["members"]:
            member.update(changes)

    return change


def silent(*numbers: int) -> Break:
    """Let members of etcd give no answer."""

    def change(observations: Observations) -> None:
        for number in numbers:
            member = observations["members"][number - 1]
            member.update(msg="timed out")
            del member["leases"]

    return change


def leases(*subnets: str, ttl: int | None = None) -> Break:
    """Give the second node these leases."""

    def change(observations: Observations) -> None:
        kept = [lease for lease in observations["members"][0]["leases"] if lease["public_ip"] != "172.16.0.12"]
        new = [{"subnet": one, "public_ip": "172.16.0.12", "leased": ttl is not None, "ttl": ttl} for one in subnets]
        members(leases=kept + new)(observations)

    return change


def config(**changes: t.Any) -> Break:
    def change(observations: Observations) -> None:
        members(network={**observations["members"][0]["network"], **changes})(observations)

    return change


def table(*items: t.Any) -> Break:
    def change(observations: Observations) -> None:
        entries(observations)[:] = items

    return change


def instance(**changes: t.Any) -> Break:
    def change(observations: Observations) -> None:
        observations["cloud"]["instances"]["instances"][1].update(changes)

    return change


def rules(*items: t.Any) -> Break:
    return set_at("cloud", "instances", "security_groups", 0, "rules", value=list(items))


def route(**changes: t.Any) -> Break:
    own = {"dst": "default", "dev": "eth0", "via": "172.16.0.253", "type": "unicast"}
    return facts("n2", routes=[own, {"dst": subnet(3), "dev": "flannel.1", "via": "10.24.3.0", "type": "unicast", **changes}])
