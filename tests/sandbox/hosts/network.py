# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there before any instance: a namespace for the vRouter and one for the operator, joined by a veth pair.

Interfaces are made inside the namespaces, so neither names nor addresses can meet those of the machine or of another sandbox.
"""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.sandbox.hosts import world as w
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.dataplane import (
    ALL_HOSTS,
    CHECKED,
    INBOUND,
    OUTBOUND,
    OWN,
    TABLE,
    VPC_PRIORITY,
)
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.netns import entering, netns_name
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.wires import OPERATOR, VROUTER, end_lines, ip_batch


def apply_network(world: w.World) -> None:
    """Make the namespaces and everything in them."""
    vrouter, operator = netns_name(world.name, VROUTER), netns_name(world.name, OPERATOR)
    ip_batch(None, [f"netns add {name}" for name in (vrouter, operator)])
    # Pods' packets come from where the vRouter has no route of its own; the machine's default may be to drop them.
    run(entering(vrouter, ["sysctl", "-q", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"]))
    ip_batch(vrouter, _vrouter_lines(operator))
    ip_batch(operator, end_lines(f"{w.OPERATOR_ADDRESS}/24", w.OPERATOR_GATEWAY))
    run(entering(vrouter, ["nft", "-f", "-"]), stdin=plan_firewall(world.operator))
    run(entering(vrouter, ["sysctl", "-q", "net.ipv4.ip_forward=1"]))


def _vrouter_lines(operator: str) -> list[str]:
    services = (w.METADATA_ADDRESS, w.API_ADDRESS, w.MIRROR_ADDRESS)
    return [
        "link set lo up",
        *(f"address add {address}/32 dev lo" for address in services),
        f"link add {OPERATOR} type veth peer name eth0 netns {operator}",
        f"address add {w.OPERATOR_GATEWAY}/24 dev {OPERATOR}",
        f"link set {OPERATOR} up",
        # The operator and the services reach the hosts of every VPC.
        *(f"rule add iif {source} lookup {ALL_HOSTS} priority {VPC_PRIORITY}" for source in (OPERATOR, "lo")),
    ]


def plan_firewall(operator: str) -> str:
    """Return the vRouter's nftables script; instances come into its sets and maps one by one."""
    return f"""table {TABLE} {{
  set {OWN} {{ type ifname . ipv4_addr; }}
  set {CHECKED} {{ type ifname; }}
  map {INBOUND} {{ type ifname : verdict; }}
  map {OUTBOUND} {{ type ifname : verdict; }}
  chain source-check {{
    type filter hook prerouting priority raw; policy accept;
    iifname @{CHECKED} iifname . ip saddr != @{OWN} drop
  }}
  chain from-operator {{
    {_operator_to_hosts(operator)}
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    oifname @{CHECKED} oifname . ip daddr != @{OWN} drop
    ct state established,related accept
    iifname {OPERATOR} jump from-operator
    iifname vmap @{OUTBOUND}
    oifname {OPERATOR} accept
    oifname vmap @{INBOUND}
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    {_operator_to_services(operator)}
  }}
}}
"""


def _operator_to_hosts(operator: str) -> str:
    return "tcp dport != 22 drop\n    meta l4proto != tcp drop" if operator == "ssh-only" else ""


def _operator_to_services(operator: str) -> str:
    if operator != "ssh-only":
        return ""
    return f"iifname {OPERATOR} ip daddr {w.API_ADDRESS} tcp dport {w.API_PORT} accept\n    iifname {OPERATOR} drop"
