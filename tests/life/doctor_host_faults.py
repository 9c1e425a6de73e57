# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sandbox can break on a node."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.life.doctor_fault import (
    N2,
    N2_N3,
    Fault,
    on,
    site,
)

HOSTS: list[Fault] = [
    Fault(
        "a node cannot be reached",
        # The connections that Ansible keeps open end, too.
        on("n3", "systemctl stop ssh; pkill -x sshd; true"),
        [("n3", "node")],
        ["ssh"],
        "Start the instance",
        on("n3", "systemctl start ssh"),
        frozenset({("n1", "n3"), ("n2", "n3")}),
    ),
    Fault(
        "the unit is stopped",
        on("n1", "systemctl disable --now flannel-subnet.service"),
        [("n1", "unit")],
        ["flannel-subnet.service is inactive"],
        "--tags flanneld",
        site("flanneld"),
    ),
    Fault(
        "the daemon is stopped",
        on("n3", "systemctl stop flanneld.service"),
        [("n3", "unit")],
        ["flanneld.service is inactive"],
        "--tags flanneld",
        site("flanneld"),
    ),
    Fault(
        "no subnet.env",
        on("n2", "rm /run/flannel/subnet.env"),
        [("n2", "subnet.env")],
        ["There is no /run/flannel/subnet.env"],
        "--tags flanneld",
        site("flanneld"),
    ),
    Fault(
        "another subnet in subnet.env",
        on("n1", "sed -i s/10.24.1.1/10.24.9.1/ /run/flannel/subnet.env"),
        [("n1", "subnet.env")],
        ["The node uses 10.24.9.0/24, but its lease is 10.24.1.0/24"],
        "--tags flanneld",
        site("flanneld"),
    ),
    Fault(
        "no forwarding",
        # The bridge plugin turns it on again for the container that pings.
        on("n1", "sysctl -w net.ipv4.ip_forward=0"),
        [("n1", "forwarding")],
        ["net.ipv4.ip_forward is 0"],
        "--tags flanneld",
        site("flanneld"),
    ),
    Fault(
        "the firewall lacks the rules",
        on("n2", "iptables -P FORWARD DROP", "iptables -F ALICLOUD-FLANNEL-FWD"),
        [("n2", "firewall")],
        ["incomplete; the policy of FORWARD is DROP"],
        "--tags flanneld",
        site("flanneld"),
        N2,
    ),
    Fault(
        "a rule ahead drops",
        on("n2", "iptables -I FORWARD -s 10.24.0.0/16 -j DROP"),
        [("n2", "firewall")],
        ["-A FORWARD -s 10.24.0.0/16 -j DROP"],
        "Remove them (iptables -D",
        on("n2", "iptables -D FORWARD -s 10.24.0.0/16 -j DROP"),
        N2,
    ),
    Fault(
        "a chain of nftables drops",
        on(
            "n2",
            "nft add table inet hardening",
            "nft 'add chain inet hardening forwarding { type filter hook forward priority 0; policy drop; }'",
        ),
        [("n2", "firewall")],
        ["inet hardening forwarding"],
        "or remove them",
        on("n2", "nft delete table inet hardening"),
        N2,
    ),
    Fault(
        "a route of the host itself",
        on("n2", "ip route add blackhole 10.24.3.0/24"),
        [("n2", "host route")],
        ["sends 10.24.3.0/24 nowhere (blackhole)"],
        "ip route delete blackhole 10.24.3.0/24",
        on("n2", "ip route delete blackhole 10.24.3.0/24"),
        N2_N3,
    ),
    Fault(
        "no CNI network",
        on("n1", "rm /etc/cni/net.d/10-flannel.conflist"),
        [("n1", "cni")],
        ["There is no CNI network"],
        "--tags flanneld",
        site("flanneld"),
        frozenset({("n2", "n1"), ("n3", "n1")}),
    ),
    Fault(
        "a CNI network for another subnet",
        on("n1", "sed -i s/10.24.1.0/10.24.8.0/ /etc/cni/net.d/10-flannel.conflist"),
        [("n1", "cni")],
        ["assigns 10.24.8.0/24, but the node's lease is 10.24.1.0/24"],
        "--tags flanneld",
        site("flanneld"),
        frozenset({("n2", "n1"), ("n3", "n1")}),
    ),
    Fault(
        "no CNI plugin",
        on("n2", "mv /usr/lib/cni/bridge /usr/lib/cni/bridge.away"),
        [("n2", "cni")],
        ["CNI plugins are missing: bridge"],
        "containernetworking-plugins",
        on("n2", "mv /usr/lib/cni/bridge.away /usr/lib/cni/bridge"),
        frozenset({("n1", "n2"), ("n3", "n2")}),
    ),
    Fault(
        "another address on the bridge",
        on("n2", "ip address flush dev cni-flannel", "ip address add 10.24.9.1/24 dev cni-flannel"),
        [("n2", "bridge")],
        ["has 10.24.9.1/24 instead of 10.24.2.1/24"],
        "ip link delete cni-flannel",
        on("n2", "ip link delete cni-flannel"),
        frozenset({("n1", "n2"), ("n3", "n2")}),
    ),
    Fault(
        "something that is not looked at",
        on("n2", "iptables -t raw -I PREROUTING -s 10.24.0.0/16 -j DROP"),
        [("n2", "packets")],
        ["no cause was found"],
        "iptables-save",
        on("n2", "iptables -t raw -D PREROUTING -s 10.24.0.0/16 -j DROP"),
        N2,
    ),
]
