# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPC's packets on the kernel: instances' wires, route entries, source/destination checks and security groups of the emulated cloud.

It runs in the vRouter's namespace, for which network.py has made the nftables table ``vpc`` with the sets and maps named here.
An instance has a wire, whose other end waits parked for its host, and two chains. What comes from it is looked up in the kernel table
of its VPC, which leads to the VPC's instances, and then in that of its vSwitch's route table.
"""

from __future__ import annotations

import ipaddress
import typing as t
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.wires import hardware_address, interface_of, ip_batch, parked_end

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.dataplane import Place
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Rule

TABLE = "ip vpc"
OWN = "own"  # interfaces and the addresses behind them
CHECKED = "checked"  # interfaces with the source/destination check
INBOUND = "inbound"  # chains by interface
OUTBOUND = "outbound"
# After the kernel's main table, which leads to the operator.
VPC_PRIORITY, ROUTE_PRIORITY = 40000, 40001
# The kernel's number of the table with the hosts of all VPCs; those of VPCs and route tables follow.
ALL_HOSTS = 1000
SETTINGS = Path("/proc/sys/net/ipv4")  # of the namespace that the reader is in


def gateway_of(cidr: str) -> str:
    """Return the vRouter's address in a vSwitch, which is one of the last three: the cloud keeps these to itself."""
    return str(ipaddress.IPv4Network(cidr)[-3])


def inbound_chain(interface: str) -> str:
    """Return the chain that decides what reaches the host behind this interface."""
    return f"in-{interface}"


def outbound_chain(interface: str) -> str:
    """Return the chain that decides what leaves the host behind this interface."""
    return f"out-{interface}"


def plan_wire(interface: str, place: Place, vpc_table: int) -> list[str]:
    """Return the commands of ``ip`` that connect an instance to its VPC."""
    return [
        f"link add {interface} type veth peer name {parked_end(interface)} address {hardware_address(place.address)}",
        f"address add {gateway_of(place.vswitch_cidr)}/32 dev {interface}",
        f"link set {interface} up",
        *(f"route replace {place.address}/32 dev {interface} table {table}" for table in (ALL_HOSTS, vpc_table)),
        # An address of the vSwitch that nobody has goes nowhere, whatever the route tables say.
        f"route replace blackhole {place.vswitch_cidr} table {vpc_table}",
        f"rule add iif {interface} lookup {vpc_table} priority {VPC_PRIORITY}",
    ]


def plan_disconnection(interface: str) -> list[str]:
    """Return the commands of ``ip`` that leave nothing of an instance's wire; the routes to it go with the link."""
    return [f"link delete {interface}", *(f"rule delete iif {interface} priority {one}" for one in (VPC_PRIORITY, ROUTE_PRIORITY))]


def plan_removal(interface: str, address: str) -> str:
    """Return the nftables script that makes an instance unknown."""
    script = f'delete element {TABLE} {OWN} {{ "{interface}" . {address} }}\n' + plan_check(interface, False)
    for name, chain in ((INBOUND, inbound_chain(interface)), (OUTBOUND, outbound_chain(interface))):
        script += f'delete element {TABLE} {name} {{ "{interface}" }}\nflush chain {TABLE} {chain}\ndelete chain {TABLE} {chain}\n'
    return script


def plan_chains(interface: str, address: str) -> str:
    """Return the nftables script that makes an instance known: checked, and closed until the cloud says otherwise."""
    lines = [f'add element {TABLE} {OWN} {{ "{interface}" . {address} }}', f'add element {TABLE} {CHECKED} {{ "{interface}" }}']
    for name, chain in ((INBOUND, inbound_chain(interface)), (OUTBOUND, outbound_chain(interface))):
        lines += [f"add chain {TABLE} {chain}", f'add element {TABLE} {name} {{ "{interface}" : jump {chain} }}']
    return "\n".join([*lines, f"add rule {TABLE} {inbound_chain(interface)} drop"]) + "\n"


def plan_check(interface: str, on: bool) -> str:
    """Return the nftables script that switches an interface's source/destination check."""
    # Adding first makes the deletion work whether or not the element was there.
    element = f'element {TABLE} {CHECKED} {{ "{interface}" }}'
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
    """The cloud's ``Dataplane`` made of veth pairs, kernel routes and nftables rules."""

    def __init__(self) -> None:
        """Begin with no instance."""
        self._tables: dict[str, int] = {}
        self._places: dict[str, Place] = {}
        self._rules: dict[str, list[Rule]] = {}
        self._next_hops: dict[tuple[str, str], str] = {}

    def instance_placed(self, instance_id: str, place: Place) -> None:
        """Connect the instance, or let it use another route table."""
        interface, before = interface_of(instance_id), self._places.get(instance_id)
        if before == place:
            return
        self._places[instance_id] = place
        lookup = f"iif {interface} priority {ROUTE_PRIORITY} lookup"
        if before is None:
            ip_batch(None, plan_wire(interface, place, self._number(place.vpc_id)))
            _answer_for_neighbours(interface)
            _nft(plan_chains(interface, place.address))
        # The new table comes before the old one goes: no packet finds none.
        ip_batch(None, [f"rule add {lookup} {self._number(place.route_table_id)}"])
        if before:
            ip_batch(None, [f"rule delete {lookup} {self._number(before.route_table_id)}"])

    def instance_released(self, instance_id: str) -> None:
        """Remove the wire and all that goes with it."""
        interface, place = interface_of(instance_id), self._places.pop(instance_id)
        self._rules.pop(instance_id, None)
        _nft(plan_removal(interface, place.address))
        ip_batch(None, plan_disconnection(interface))

    def route_added(self, table_id: str, destination: str, instance_id: str) -> None:
        """Send the destination to the instance, instead of wherever it went before."""
        self._next_hops[table_id, destination] = instance_id
        hop = ["via", self._places[instance_id].address, "dev", interface_of(instance_id), "onlink"]
        self._route("replace", table_id, destination, *hop)

    def route_removed(self, table_id: str, destination: str, instance_id: str) -> None:
        """Stop sending the destination to the instance; a route that went elsewhere meanwhile stays."""
        if self._next_hops.get((table_id, destination)) == instance_id:
            del self._next_hops[table_id, destination]
            self._route("delete", table_id, destination)

    def source_dest_check(self, instance_id: str, address: str, on: bool) -> None:
        """Drop, or stop dropping, packets from and to other addresses than the instance's own."""
        _nft(plan_check(interface_of(instance_id), on))

    def security_group_rules(self, instance_id: str, address: str, rules: t.Sequence[Rule]) -> None:
        """Let only these rules decide."""
        if self._rules.get(instance_id) != rules:
            _nft(plan_rules(interface_of(instance_id), rules))
            self._rules[instance_id] = list(rules)

    def _number(self, table: str) -> int:
        """Return the kernel's number of the table of a VPC or route table."""
        return self._tables.setdefault(table, ALL_HOSTS + 1 + len(self._tables))

    def _route(self, verb: str, table_id: str, *words: str) -> None:
        run(["ip", "route", verb, *words, "table", str(self._number(table_id))])


def _answer_for_neighbours(interface: str) -> None:
    """Make the vRouter answer for every neighbour in the vSwitch, at once, as the cloud's network does."""
    (SETTINGS / "conf" / interface / "proxy_arp").write_text("1", encoding="ascii")
    (SETTINGS / "neigh" / interface / "proxy_delay").write_text("0", encoding="ascii")


def _nft(script: str) -> None:
    run(["nft", "-f", "-"], stdin=script)
