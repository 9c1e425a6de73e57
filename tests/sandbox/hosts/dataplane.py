# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPC's packets on the kernel: route entries, source/destination checks and security groups of the emulated cloud.

It runs in the vRouter's namespace, which network.py has made: an interface per node, a kernel table per route table,
and an nftables table ``vpc`` with the sets and chains named here.
"""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Rule

TABLE = "ip vpc"
CHECKED = "checked"


def inbound_chain(interface: str) -> str:
    """Return the chain that decides what reaches the node behind this interface."""
    return f"in-{interface}"


def outbound_chain(interface: str) -> str:
    """Return the chain that decides what leaves the node behind this interface."""
    return f"out-{interface}"


def plan_check(interface: str, on: bool) -> str:
    """Return the nftables script that switches an interface's source/destination check."""
    # Adding first makes the deletion work whether or not the element was there.
    element = f"element {TABLE} {CHECKED} {{ {interface} }}"
    return f"add {element}\n" if on else f"add {element}\ndelete {element}\n"


def plan_rules(interface: str, rules: t.Sequence[Rule]) -> str:
    """Return the nftables script that replaces an interface's security-group rules."""
    lines = [f"flush chain {TABLE} {chain(interface)}" for chain in (inbound_chain, outbound_chain)]
    for rule in rules:
        inbound = rule.direction == "ingress"
        chain = inbound_chain(interface) if inbound else outbound_chain(interface)
        words = ["add rule", TABLE, chain, "ip saddr" if inbound else "ip daddr", rule.cidr or "0.0.0.0/0", *_protocol_words(rule)]
        lines.append(" ".join([*words, "accept" if rule.policy.lower() == "accept" else "drop"]))
    lines.append(f"add rule {TABLE} {inbound_chain(interface)} drop")
    return "\n".join(lines) + "\n"


def _protocol_words(rule: Rule) -> list[str]:
    protocol = rule.protocol.lower()
    if protocol == "all":
        return []
    if protocol in ("tcp", "udp") and rule.port_range != "-1/-1":
        return [protocol, "dport", rule.port_range.replace("/", "-")]
    return ["ip protocol", protocol]


class KernelDataplane:
    """The cloud's ``Dataplane`` made of kernel routes and nftables rules."""

    def __init__(self, route_tables: t.Mapping[str, int], interfaces: t.Mapping[str, str], netns: str | None = None) -> None:
        """Take the kernel's number of each route table and the interface to each address.

        An instance without an interface has no host: packets to it end. ``netns`` is for callers outside the vRouter.
        """
        self._route_tables = route_tables
        self._interfaces = interfaces
        self._enter = ["ip", "netns", "exec", netns] if netns else []
        self._addresses: dict[str, str] = {}
        self._next_hops: dict[tuple[str, str], str] = {}

    def route_added(self, table_id: str, destination: str, instance_id: str) -> None:
        """Send the destination to the instance, instead of wherever it went before."""
        self._next_hops[table_id, destination] = instance_id
        address = self._addresses.get(instance_id, "")
        interface = self._interfaces.get(address)
        hop = [destination, "via", address, "dev", interface, "onlink"] if interface else ["blackhole", destination]
        self._route("replace", table_id, *hop)

    def route_removed(self, table_id: str, destination: str, instance_id: str) -> None:
        """Stop sending the destination to the instance; a route that went elsewhere meanwhile stays."""
        if self._next_hops.get((table_id, destination)) == instance_id:
            del self._next_hops[table_id, destination]
            self._route("delete", table_id, destination)

    def source_dest_check(self, instance_id: str, address: str, on: bool) -> None:
        """Drop, or stop dropping, packets from and to other addresses than the instance's own."""
        self._addresses[instance_id] = address
        if address in self._interfaces:
            self._nft(plan_check(self._interfaces[address], on))

    def security_group_rules(self, instance_id: str, address: str, rules: t.Sequence[Rule]) -> None:
        """Let only these rules decide."""
        self._addresses[instance_id] = address
        if address in self._interfaces:
            self._nft(plan_rules(self._interfaces[address], rules))

    def _route(self, verb: str, table_id: str, *words: str) -> None:
        # A table that no vSwitch uses carries no packets, so the kernel has none for it.
        if table_id in self._route_tables:
            run([*self._enter, "ip", "route", verb, *words, "table", str(self._route_tables[table_id])])

    def _nft(self, script: str) -> None:
        run([*self._enter, "nft", "-f", "-"], stdin=script)
