# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The links of the chain that are on a node: its address, the unit, subnet.env, forwarding, the firewall, routes. Pure.

What a container runtime is given is checked in ``cni``.
"""

from __future__ import annotations

import typing as t

from .._core.cidr import cidrs_overlap
from .._flannel.daemon_log import explain_log
from .._flannel.node.paths import DAEMON_UNIT, FIREWALL_UNIT, SUBNET_ENV, SUBNET_UNITS
from .chain import BROKEN, RUN_FLANNELD, SUSPECT, WARNING, Finding
from .cni import check_cni, check_container_address

if t.TYPE_CHECKING:
    from .._flannel.node.observed import ObservedNode
    from .observations import Observations, ObservedHost

_ETCD_ACCESS = "Allow TCP 2379 to the members (security group, firewall); for a certificate error run site.yml with --tags etcd,flanneld."
_UNWELL = (
    "Check etcdctl alarm list and etcdctl endpoint health. etcd_defrag.yml resolves the alarm NOSPACE; until then no lease is renewed."
)
_STRICT = "1"
# Rules of other software ahead of ours are not wrong in themselves; rules that drop are suspected when packets are lost.
_DROPS = ("-j DROP", "-j REJECT")
# The role accepts the network in there.
_OF_IPTABLES = ("ip", "filter")


def check_hosts(observed: Observations) -> t.Iterator[Finding]:
    """Yield what is wrong on the nodes."""
    for host in observed.hosts.values():
        if host.node is None:
            repair = "Start the instance, or repair SSH and Python on it; if it is gone for good, run remove_node.yml."
            yield Finding(host.name, "node", f"The node cannot be observed: {host.problem}", repair)
            continue
        for check in (_address, _etcd_access, _unit, _subnet_env, _settings, _firewall, _routes, check_container_address):
            yield from check(observed, host, host.node)
        if host.cni:
            yield from check_cni(observed, host, host.node)


def _primary(host: ObservedHost, node: ObservedNode) -> str | None:
    """Return the interface that has the node's address."""
    for name, interface in node.interfaces.items():
        if any(address.split("/")[0] == host.address for address in interface.addresses):
            return name
    return None


def _address(observed: Observations, host: ObservedHost, node: ObservedNode) -> t.Iterator[Finding]:
    if _primary(host, node) is None:
        there = ", ".join(address for one in node.interfaces.values() for address in one.addresses if not address.startswith("127."))
        repair = "Correct flannel_address (or ansible_host) in the inventory, then run site.yml."
        yield Finding(host.name, "address", f"No interface has the node's address {host.address}; it has {there}.", repair)


def _etcd_access(observed: Observations, host: ObservedHost, node: ObservedNode) -> t.Iterator[Finding]:
    down = {member["endpoint"] for member in observed.members if member["problem"]}
    asked = node.endpoints
    failed = {endpoint: problem for endpoint, problem in asked.items() if problem and endpoint not in down}
    if not failed:
        return
    cut_off = all(asked.values())
    said = "; ".join(f"{endpoint}: {problem}" for endpoint, problem in failed.items())
    if any(problem.startswith("status ") for problem in failed.values()):
        problem, repair = f"etcd reports that it is unhealthy: {said}", _UNWELL
    else:
        problem, repair = f"flanneld {'cannot' if cut_off else 'can only partly'} reach etcd from here: {said}", _ETCD_ACCESS
    yield Finding(host.name, "etcd access", problem, repair, BROKEN if cut_off else WARNING)


def _unit(observed: Observations, host: ObservedHost, node: ObservedNode) -> t.Iterator[Finding]:
    for name in (SUBNET_UNITS[host.mode], FIREWALL_UNIT):
        unit = node.unit(name)
        if not unit.loaded:
            yield Finding(host.name, "unit", f"{name} is not installed.", RUN_FLANNELD)
        elif not unit.active:
            why = explain_log("\n".join(node.log)) if name == DAEMON_UNIT else ""
            yield Finding(host.name, "unit", f"{name} is {unit.state}.{' ' + why if why else ''}", RUN_FLANNELD)
        elif not unit.enabled:
            yield Finding(host.name, "unit", f"{name} will not start at boot.", RUN_FLANNELD, WARNING)


def _subnet_env(observed: Observations, host: ObservedHost, node: ObservedNode) -> t.Iterator[Finding]:
    problem = _subnet_problem(observed, host, node)
    if problem:
        yield Finding(host.name, "subnet.env", problem, f"{RUN_FLANNELD} If that refuses, it says what to do first.")


def _subnet_problem(observed: Observations, host: ObservedHost, node: ObservedNode) -> str | None:
    leased, used, values = observed.subnets.get(host.name), node.env_subnet, node.env
    if node.subnet_env is None:
        return f"There is no {SUBNET_ENV}."
    if used is None:
        return "subnet.env names no subnet."
    if leased and used != leased:
        return f"The node uses {used}, but its lease is {leased}."
    if values.get("FLANNEL_NETWORK") != observed.network:
        return f"subnet.env has the network {values.get('FLANNEL_NETWORK')}, the inventory {observed.network}."
    if values.get("FLANNEL_IPMASQ") == "true":
        return "subnet.env has FLANNEL_IPMASQ=true: runtimes that read it hide their containers' addresses from other nodes."
    return _mtu_problem(host, node)


def _mtu_problem(host: ObservedHost, node: ObservedNode) -> str | None:
    mtu, primary = node.env_mtu, _primary(host, node)
    if mtu is None:
        return f"subnet.env has the MTU {node.env.get('FLANNEL_MTU') or 'nothing'}, which is not a number."
    if primary is None or mtu <= node.interfaces[primary].mtu:
        return None
    return f"subnet.env has the MTU {mtu}, but {primary} carries {node.interfaces[primary].mtu}: large packets are lost."


def _settings(observed: Observations, host: ObservedHost, node: ObservedNode) -> t.Iterator[Finding]:
    if node.ip_forward != "1":
        problem = f"net.ipv4.ip_forward is {node.ip_forward or 'unreadable'}: the kernel does not forward containers' packets."
        yield Finding(host.name, "forwarding", problem, f"{RUN_FLANNELD} Find what else sets it: grep -r ip_forward /etc/sysctl*")
    primary = _primary(host, node)
    strict = _STRICT in (node.rp_filter.get("all"), node.rp_filter.get(primary or ""))
    out = next((route.dev for route in node.routes if route.dst == "default"), primary)
    if strict and primary and out != primary:
        problem = f"rp_filter is strict and the default route leaves through {out}, not {primary}: packets from other nodes are dropped."
        yield Finding(host.name, "forwarding", problem, f"sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.{primary}.rp_filter=2")


def _firewall(observed: Observations, host: ObservedHost, node: ObservedNode) -> t.Iterator[Finding]:
    firewall = node.firewall
    if firewall.check != 0:
        problem = f"The network's firewall rules are incomplete; the policy of FORWARD is {firewall.policy or 'unknown'}."
        yield Finding(host.name, "firewall", problem, RUN_FLANNELD)
    ahead = [rule for rule in firewall.ahead if any(drop in rule for drop in _DROPS)]
    if ahead:
        problem = f"Rules in FORWARD precede the network's and drop packets: {'; '.join(ahead)}"
        yield Finding(host.name, "firewall", problem, "Remove them (iptables -D ...), or move them behind the network's.", SUSPECT)
    dropping = [chain for chain in firewall.drops if not chain.accepts and (chain.family, chain.table) != _OF_IPTABLES]
    if dropping:
        chains = "; ".join(f"{chain.family} {chain.table} {chain.name}" for chain in dropping)
        problem = f"Other nftables chains drop forwarded packets that they do not accept: {chains}."
        yield Finding(
            host.name, "firewall", problem, f"Accept {observed.network} as source and destination there, or remove them.", SUSPECT
        )


def _routes(observed: Observations, host: ObservedHost, node: ObservedNode) -> t.Iterator[Finding]:
    """With the backend vpc a host itself has no route to another node's subnet: the VPC does."""
    if observed.backend != "vpc":
        return
    primary, own = _primary(host, node), observed.subnets.get(host.name)
    others = {name: subnet for name, subnet in observed.subnets.items() if name != host.name}
    for route in node.routes:
        if route.dst in ("default", own) or (route.dev == primary and route.type == "unicast"):
            continue
        peers = frozenset(name for name, subnet in others.items() if cidrs_overlap(subnet, route.dst))
        if peers:
            where = f"to {route.dev}" if route.type == "unicast" else f"nowhere ({route.type})"
            problem = f"A route on the node sends {route.dst} {where} instead of to the VPC."
            words = f"{'' if route.type == 'unicast' else route.type + ' '}{route.dst}"
            repair = f"ip route delete {words}; find out what sets it (an old flanneld with vxlan leaves its routes on flannel.1)."
            yield Finding(host.name, "host route", problem, repair, peers=peers)
