# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sandbox can break: how, what verify.yml is to find, and how its advice is followed."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.alicloud.flannel.tests.integration.site_fixtures import PREFIX, TABLE, Cluster

Act = t.Callable[[Cluster], None]
Pairs = t.FrozenSet[t.Tuple[str, str]]

NOBODY: Pairs = frozenset()
N2: Pairs = frozenset({("n1", "n2"), ("n2", "n1"), ("n2", "n3"), ("n3", "n2")})
N2_N3: Pairs = frozenset({("n2", "n3"), ("n3", "n2")})
EVERYBODY: Pairs = N2 | {("n1", "n3"), ("n3", "n1")}
SUBNETS = {"n1": "10.24.1.0/24", "n2": "10.24.2.0/24", "n3": "10.24.3.0/24"}
FORBIDDEN = {"code": "Forbidden.RAM", "message": "User not authorized to operate on the specified resource.", "status": 403}
N2_ENTRY = {"table_id": TABLE, "destination": SUBNETS["n2"]}


@dataclass(frozen=True)
class Fault:
    """One thing that breaks. ``found`` are node and link of each finding, ``problems`` a part of what each says."""

    name: str
    strike: Act
    found: list[tuple[str, str]]
    problems: list[str]
    advice: str
    mend: Act
    lost: Pairs = field(default=NOBODY)
    is_warning: bool = False


def on(node: str, *commands: str) -> Act:
    """Run shell commands on a node."""

    def act(cluster: Cluster) -> None:
        for command in commands:
            done = cluster.sandbox.host_exec(node, ["sh", "-c", command])
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    return act


def all_of(*acts: Act) -> Act:
    def act(cluster: Cluster) -> None:
        for one in acts:
            one(cluster)

    return act


def cloud(method: str, path: str, **body: t.Any) -> Act:
    return lambda cluster: cluster.sandbox.request(method, path, body)


def etcdctl(*arguments: str) -> Act:
    def act(cluster: Cluster) -> None:
        cluster.etcdctl(*arguments)

    return act


def site(*tags: str) -> Act:
    """Run site.yml with some of its tags."""

    def act(cluster: Cluster) -> None:
        run = cluster.site("--tags", ",".join(tags))
        assert run.rc == 0, run.messages()

    return act


def routes(cluster: Cluster) -> None:
    run = cluster.play("playbooks/routes.yml")
    assert run.rc == 0, run.messages()


def lease_key(subnet: str) -> str:
    return f"{PREFIX}/subnets/{subnet.replace('/', '-')}"


def let_the_lease_run_out(cluster: Cluster) -> None:
    """Give the first node's reservation a lease, as a daemon would."""
    granted = cluster.etcdctl("lease", "grant", "3600").split()[1]
    cluster.etcdctl("put", f"--lease={granted}", lease_key(SUBNETS["n1"]), '{"PublicIP":"172.16.0.11"}')


ETCD: list[Fault] = [
    Fault(
        "a member is down",
        on("n2", "systemctl stop etcd"),
        [("", "etcd")],
        ["The member https://172.16.0.12:2379 does not answer"],
        "--tags etcd",
        on("n2", "systemctl start etcd"),
        is_warning=True,
    ),
    Fault(
        "too few members",
        all_of(on("n1", "systemctl stop etcd"), on("n2", "systemctl stop etcd")),
        [("", "etcd")],
        ["etcd cannot be read: https://172.16.0.11:2379"],
        "--tags etcd",
        site("etcd"),
    ),
    Fault(
        "no network config",
        etcdctl("del", f"{PREFIX}/config"),
        [("", "config")],
        ["holds no config"],
        "--tags network_config",
        site("network_config"),
    ),
    Fault(
        "no lease",
        etcdctl("del", lease_key(SUBNETS["n1"])),
        [("n1", "lease")],
        ["There is no lease for 172.16.0.11"],
        "--tags network_config",
        site("network_config"),
    ),
    Fault(
        "two leases",
        etcdctl("put", lease_key("10.24.77.0/24"), '{"PublicIP":"172.16.0.11"}'),
        [("n1", "lease")],
        ["More than one subnet is leased to 172.16.0.11: 10.24.1.0/24, 10.24.77.0/24"],
        f"delete {lease_key('10.24.77.0/24')}",
        etcdctl("del", lease_key("10.24.77.0/24")),
    ),
    Fault(
        "a lease that nobody renews",
        let_the_lease_run_out,
        [("n1", "lease")],
        ["runs out in 3"],
        "--tags flanneld",
        site("flanneld"),
    ),
    Fault(
        "a node cannot reach etcd",
        # Only what root asks: the member on this node talks to itself this way.
        on("n3", "iptables -I OUTPUT -p tcp --dport 2379 -m owner --uid-owner root -j REJECT"),
        [("n3", "etcd access")],
        ["flanneld cannot reach etcd from here"],
        "Let TCP 2379 in",
        on("n3", "iptables -D OUTPUT -p tcp --dport 2379 -m owner --uid-owner root -j REJECT"),
    ),
]

HOSTS: list[Fault] = [
    Fault(
        "a node cannot be reached",
        on("n3", "systemctl stop ssh"),
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
        ["not complete; the policy of FORWARD is DROP"],
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
            "n2", "nft add table inet hardening", "nft 'add chain inet hardening fwd { type filter hook forward priority 0; policy drop; }'"
        ),
        [("n2", "firewall")],
        ["inet hardening fwd"],
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
        ["gives out 10.24.8.0/24, but the node's lease is 10.24.1.0/24"],
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
        ["nothing tells why"],
        "iptables-save",
        on("n2", "iptables -t raw -D PREROUTING -s 10.24.0.0/16 -j DROP"),
        N2,
    ),
]

CLOUD: list[Fault] = [
    Fault(
        "no route entry",
        cloud("DELETE", "entry", **N2_ENTRY),
        [("n2", "route")],
        [f"No route entry for {SUBNETS['n2']} in route table {TABLE}"],
        "Run routes.yml",
        routes,
        N2,
    ),
    Fault(
        "an entry to another instance",
        all_of(cloud("DELETE", "entry", **N2_ENTRY), cloud("POST", "entry", **N2_ENTRY, next_hop_id="i-sandbox-n3", name="sandbox/n2")),
        [("n2", "route")],
        ["leads to i-sandbox-n3 instead of i-sandbox-n2"],
        "Run routes.yml",
        routes,
        N2,
    ),
    Fault(
        "a more specific entry",
        cloud("POST", "entry", table_id=TABLE, destination="10.24.2.0/25", next_hop_id="i-sandbox-n3"),
        [("n2", "route")],
        ["The more specific route entry 10.24.2.0/25 takes a part of 10.24.2.0/24"],
        "Delete that entry",
        cloud("DELETE", "entry", table_id=TABLE, destination="10.24.2.0/25"),
        N2,
    ),
    Fault(
        "the source/destination check",
        cloud("POST", "instance/source_dest_check", instance_id="i-sandbox-n2", on=True),
        [("n2", "source/destination check")],
        ["i-sandbox-n2 has the source/destination check on"],
        "Run routes.yml",
        routes,
        N2,
    ),
    Fault(
        "the security group",
        cloud("POST", "security_group", security_group_id="sg-sandbox", rules=[{"cidr": "0.0.0.0/0", "protocol": "TCP"}]),
        [("n1, n2, n3", "security group")],
        ["sg-sandbox does not let in ICMP from 10.24.0.0/16"],
        "Add a rule to the security group",
        cloud(
            "POST",
            "security_group",
            security_group_id="sg-sandbox",
            rules=[{"cidr": "0.0.0.0/0", "protocol": "TCP"}, {"cidr": "10.24.0.0/16"}],
        ),
        EVERYBODY,
    ),
    Fault(
        "no way to the cloud",
        cloud("POST", "fault", action="DescribeInstances", error=FORBIDDEN, times=None),
        [("", "cloud")],
        ["ecs:DescribeInstances"],
        "credentials",
        cloud("POST", "fault/clear"),
    ),
    Fault(
        "no right to look into security groups",
        cloud("POST", "fault", action="DescribeSecurityGroupAttribute", error=FORBIDDEN, times=None),
        [("", "security group")],
        ["were not checked: the right ecs:DescribeSecurityGroupAttribute is missing"],
        "docs/ram-policy.json",
        cloud("POST", "fault/clear"),
        is_warning=True,
    ),
]

FAULTS = [*ETCD, *HOSTS, *CLOUD]
