# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sandbox can break in etcd, on a node and in the cloud."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import PREFIX, TABLE
from ansible_collections.alicloud.flannel.tests.life.doctor_fault import (
    EVERYBODY,
    FORBIDDEN,
    N2,
    N2_ENTRY,
    SUBNETS,
    Fault,
    all_of,
    cloud,
    etcdctl,
    lease_key,
    let_the_lease_run_out,
    on,
    routes,
    site,
)
from ansible_collections.alicloud.flannel.tests.life.doctor_host_faults import HOSTS

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
        ["expires in 3"],
        "--tags flanneld",
        site("flanneld"),
    ),
    Fault(
        "a node cannot reach etcd",
        # Only what root asks: the member on this node talks to itself this way.
        on("n3", "iptables -I OUTPUT -p tcp --dport 2379 -m owner --uid-owner root -j REJECT"),
        [("n3", "etcd access")],
        ["flanneld cannot reach etcd from here"],
        "Allow TCP 2379",
        on("n3", "iptables -D OUTPUT -p tcp --dport 2379 -m owner --uid-owner root -j REJECT"),
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
        ["points to i-sandbox-n3 instead of i-sandbox-n2"],
        "Run routes.yml",
        routes,
        N2,
    ),
    Fault(
        "a more specific entry",
        cloud("POST", "entry", table_id=TABLE, destination="10.24.2.0/25", next_hop_id="i-sandbox-n3"),
        [("n2", "route")],
        ["The more specific route entry 10.24.2.0/25 sends a part of 10.24.2.0/24"],
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
        ["were not checked: the permission ecs:DescribeSecurityGroupAttribute is missing"],
        "docs/ram-policy.json",
        cloud("POST", "fault/clear"),
        is_warning=True,
    ),
]

FAULTS = [*ETCD, *HOSTS, *CLOUD]
