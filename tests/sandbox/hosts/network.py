# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPC's wires: a namespace per host, one for the vRouter and one for the operator, joined by veth pairs.

Interfaces are made inside the namespaces, so neither names nor addresses can meet those of the machine or of another sandbox.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.hosts import world as w
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.dataplane import CHECKED, TABLE, inbound_chain, outbound_chain
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.netns import entering, netns_name, remove_netns
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run

VROUTER = "vrouter"
OPERATOR = "operator"
# After the main table, whose host routes are the VPC's own and win over any entry that is less specific.
RULE_PRIORITY = 40000


def apply_network(world: w.World) -> None:
    """Make the namespaces and everything in them."""
    vrouter, operator = netns_name(world.name, VROUTER), netns_name(world.name, OPERATOR)
    nodes = {node.name: netns_name(world.name, node.name) for node in world.nodes}
    _batch(None, [f"netns add {name}" for name in (vrouter, operator, *nodes.values())])
    # Pods' packets come from where the vRouter has no route of its own; the machine's default may be to drop them.
    run(entering(vrouter, ["sysctl", "-q", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"]))
    _batch(vrouter, _vrouter_links(world))
    _batch(operator, _end_links(f"{w.OPERATOR_ADDRESS}/24", w.OPERATOR_GATEWAY))
    for node in world.nodes:
        _apply_node(nodes[node.name], node)
    run(entering(vrouter, ["nft", "-f", "-"]), stdin=plan_firewall(world))
    run(entering(vrouter, ["sysctl", "-q", "net.ipv4.ip_forward=1", *_proxy_arp(world)]))


def detach_node(world: w.World, node: w.Node) -> None:
    """Take a stopped host's namespace away, with everything that it had set up in the kernel; nothing answers for it."""
    netns, vrouter = netns_name(world.name, node.name), netns_name(world.name, VROUTER)
    # The interface is only parked: deleting it would take the vRouter's routes to the host along.
    run(["ip", "-n", netns, "link", "set", "eth0", "netns", vrouter, "name", _parked(node)])
    remove_netns([netns])


def attach_node(world: w.World, node: w.Node) -> None:
    """Give a host that was stopped a namespace as new."""
    netns, vrouter = netns_name(world.name, node.name), netns_name(world.name, VROUTER)
    run(["ip", "netns", "add", netns])
    run(["ip", "-n", vrouter, "link", "set", _parked(node), "netns", netns, "name", "eth0"])
    _apply_node(netns, node)


def _parked(node: w.Node) -> str:
    return f"{node.name}-parked"


def _apply_node(netns: str, node: w.Node) -> None:
    length = ipaddress.ip_network(node.vswitch.cidr).prefixlen
    _batch(netns, _end_links(f"{node.address}/{length}", node.vswitch.gateway))
    # A new namespace takes this from the machine; a fresh instance has it off.
    run(entering(netns, ["sysctl", "-q", "net.ipv4.ip_forward=0"]))


def _batch(netns: str | None, lines: list[str]) -> None:
    run(["ip", *(["-n", netns] if netns else []), "-batch", "-"], stdin="\n".join(lines) + "\n")


def _vrouter_links(world: w.World) -> list[str]:
    services = (w.METADATA_ADDRESS, w.API_ADDRESS, w.MIRROR_ADDRESS)
    lines = ["link set lo up", *(f"address add {address}/32 dev lo" for address in services)]
    lines.append(f"link add {OPERATOR} type veth peer name eth0 netns {netns_name(world.name, OPERATOR)}")
    lines += [f"address add {w.OPERATOR_GATEWAY}/24 dev {OPERATOR}", f"link set {OPERATOR} up"]
    lines += [f"rule add iif {OPERATOR} lookup {world.route_tables[w.SYSTEM_TABLE]} priority {RULE_PRIORITY}"]
    # An address of the VPC that nobody has goes nowhere, whatever the route tables say.
    lines.append(f"route add blackhole {w.VPC_CIDR}")
    for node in world.nodes:
        lines += [
            f"link add {node.name} type veth peer name eth0 address {node.mac} netns {netns_name(world.name, node.name)}",
            f"address add {node.vswitch.gateway}/32 dev {node.name}",
            f"link set {node.name} up",
            f"route add {node.address}/32 dev {node.name}",
            f"rule add iif {node.name} lookup {world.route_tables[node.vswitch.route_table_id]} priority {RULE_PRIORITY}",
        ]
    return lines


def _end_links(address: str, gateway: str) -> list[str]:
    return ["link set lo up", f"address add {address} dev eth0", "link set eth0 up", f"route add default via {gateway}"]


def _proxy_arp(world: w.World) -> list[str]:
    """Make the vRouter answer for every neighbour in a vSwitch, at once, as the cloud's network does."""
    keys = [f"net.ipv4.conf.{node.name}.proxy_arp=1" for node in world.nodes]
    return keys + [f"net.ipv4.neigh.{node.name}.proxy_delay=0" for node in world.nodes]


def plan_firewall(world: w.World) -> str:
    """Return the vRouter's nftables script: every check on, every node closed until the cloud says otherwise."""
    names = [node.name for node in world.nodes]
    own = ", ".join(f"{node.name} . {node.address}" for node in world.nodes)
    chains = "\n".join(f"  chain {inbound_chain(name)} {{ drop; }}\n  chain {outbound_chain(name)} {{ }}" for name in names)
    return f"""table {TABLE} {{
  set own {{ type ifname . ipv4_addr; elements = {{ {own} }}; }}
  set {CHECKED} {{ type ifname; elements = {{ {", ".join(names)} }}; }}
{chains}
  chain source-check {{
    type filter hook prerouting priority raw; policy accept;
    iifname @{CHECKED} iifname . ip saddr != @own drop
  }}
  chain from-operator {{
    {_operator_to_nodes(world)}
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    oifname @{CHECKED} oifname . ip daddr != @own drop
    ct state established,related accept
    iifname vmap {{ {_jumps(outbound_chain, names)}, {OPERATOR} : jump from-operator }}
    oifname vmap {{ {_jumps(inbound_chain, names)}, {OPERATOR} : accept }}
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    {_operator_to_services(world)}
  }}
}}
"""


def _jumps(chain: t.Callable[[str], str], names: list[str]) -> str:
    return ", ".join(f"{name} : jump {chain(name)}" for name in names)


def _operator_to_nodes(world: w.World) -> str:
    return "tcp dport != 22 drop\n    meta l4proto != tcp drop" if world.operator == "ssh-only" else ""


def _operator_to_services(world: w.World) -> str:
    if world.operator != "ssh-only":
        return ""
    return f"iifname {OPERATOR} ip daddr {w.API_ADDRESS} tcp dport {w.API_PORT} accept\n    iifname {OPERATOR} drop"
