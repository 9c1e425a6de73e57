# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._verify.chain import LINKS
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._verify.example_observations import (
    ALL_OF_N2,
    DOWN,
    ENV,
    Break,
    config,
    conflist,
    cut_off,
    entry,
    facts,
    found,
    instance,
    leases,
    lose,
    members,
    part,
    route,
    set_at,
    silent,
    subnet,
    table,
)


@pytest.mark.parametrize("options", [{}, {"mode": "daemon"}, {"mode": "daemon", "backend": "vxlan"}])
def test_a_cluster_as_it_should_be_has_no_findings(options: dict[str, str]) -> None:
    assert found(**options) == []


# What is broken, where and in which link it is told, a part of what is said, and a part of how to repair it.
BROKEN: list[tuple[str, list[Break], str, str, str, str]] = [
    ("no member answers", [silent(1, 2, 3)], "", "etcd", "https://m1:2379: timed out; https://m2:2379: timed out", "--tags etcd"),
    ("no identity", [set_at("members", value=[]), set_at("etcd_problem", value="no CA on n1")], "", "etcd", "no CA on n1", "--tags etcd"),
    ("no config", [members(network=None)], "", "config", "/coreos.com/network/config holds no config", "--tags network_config"),
    (
        "other network",
        [config(Network="10.25.0.0/16", SubnetMin="10.25.1.0", SubnetMax="10.25.255.0")],
        "",
        "config",
        "has the network 10.25.0.0/16, the inventory 10.24.0.0/16",
        "Correct flannel_network in the inventory. To change the network, run alicloud.flannel.teardown",
    ),
    (
        "other backend",
        [config(Backend={"Type": "udp"})],
        "",
        "config",
        "backend udp, but flannel_backend vpc means alloc",
        "flannel_backend",
    ),
    (
        "unreachable",
        [set_at("hosts", "n2", "observation", value={"unreachable": True, "msg": "ssh: timed out"})],
        "n2",
        "node",
        "ssh: timed out",
        "remove_node",
    ),
    (
        "no python",
        [set_at("hosts", "n2", "observation", value={"msg": "MODULE FAILURE", "module_stderr": "sh: python3: not found\r\n"})],
        "n2",
        "node",
        "not found",
        "Python",
    ),
    (
        "container of another subnet",
        [set_at("hosts", "n1", "pings", value=[{"node": "n2", "ok": False, "problem": "n2 says 10.24.3.5."}, {"node": "n3", "ok": True}])],
        "n2",
        "container",
        "n2 says 10.24.3.5.",
        "--tags flanneld",
    ),
    (
        "nonsense",
        [set_at("hosts", "n2", "observation", "node", value="{{ x }}")],
        "n2",
        "node",
        "What n2 says of itself can't be used: its answer is not a dictionary.",
        "Python",
    ),
    ("no credentials", [set_at("cloud", "instances", value={"msg": "no key"})], "", "cloud", "no key", "credentials"),
    (
        "no instance",
        [instance(primary_ip="172.16.0.99", private_ips=[])],
        "n2",
        "instance",
        "no instance in vpc-1 has the primary address",
        "site.yml",
    ),
    ("other instance", [instance(instance_id="i-9")], "n2", "instance", "belongs to i-9", "inventory"),
    ("instance stopped", [instance(status="Stopped")], "n2", "instance", "i-2 is Stopped", "Start"),
    (
        "address gone",
        [part("n2", "interfaces", eth0={"mtu": 1500, "addresses": ["172.16.0.77/32"]})],
        "n2",
        "address",
        "172.16.0.77/32",
        "flannel_address",
    ),
    ("no lease", [leases()], "n2", "lease", "no lease for 172.16.0.12", "--tags network_config"),
    ("no lease at all", [members(leases=[])], "", "lease", "no lease at all under /coreos.com/network/subnets", "recover_leases.yml"),
    ("two leases", [leases(subnet(2), subnet(7))], "n2", "lease", "10.24.2.0/24, 10.24.7.0/24", "subnets/10.24.7.0-24"),
    ("two leases, none used", [leases(subnet(6), subnet(7))], "n2", "lease", "10.24.6.0/24, 10.24.7.0/24", "all but one"),
    ("lease outside", [leases("10.99.2.0/24")], "n2", "lease", "outside the network", "Delete /coreos.com/network/subnets/10.99.2.0-24"),
    ("lease runs out", [leases(subnet(2), ttl=3600)], "n2", "lease", "expires in 3600 seconds", "--tags flanneld"),
    (
        "unit missing",
        [part("n2", "units", **{"flannel-subnet.service": {**DOWN, "loaded": False}})],
        "n2",
        "unit",
        "not installed",
        "--tags flanneld",
    ),
    (
        "unit failed",
        [part("n2", "units", **{"flannel-subnet.service": DOWN})],
        "n2",
        "unit",
        "flannel-subnet.service is failed",
        "--tags flanneld",
    ),
    (
        "firewall unit",
        [part("n2", "units", **{"flannel-firewall.service": DOWN})],
        "n2",
        "unit",
        "flannel-firewall.service is",
        "--tags flanneld",
    ),
    ("no subnet.env", [facts("n2", subnet_env=None)], "n2", "subnet.env", "no /run/flannel/subnet.env", "--tags flanneld"),
    ("empty subnet.env", [facts("n2", subnet_env="")], "n2", "subnet.env", "names no subnet", "--tags flanneld"),
    (
        "other subnet",
        [leases(subnet(7)), table(entry(1), entry(2, destination=subnet(7)), entry(3))],
        "n2",
        "subnet.env",
        "uses 10.24.2.0/24, but its lease is 10.24.7.0/24",
        "--tags flanneld",
    ),
    (
        "network",
        [facts("n2", subnet_env=ENV.replace("10.24.0.0", "10.0.0.0"))],
        "n2",
        "subnet.env",
        "has the network 10.0.0.0/16",
        "flanneld",
    ),
    ("masquerade", [facts("n2", subnet_env=ENV.replace("false", "true"))], "n2", "subnet.env", "FLANNEL_IPMASQ=true", "--tags flanneld"),
    ("MTU too large", [facts("n2", subnet_env=ENV.replace("1500", "9000"))], "n2", "subnet.env", "eth0 carries 1500", "--tags flanneld"),
    ("MTU missing", [facts("n2", subnet_env=ENV.replace("1500", ""))], "n2", "subnet.env", "MTU nothing", "--tags flanneld"),
    ("ip_forward", [part("n2", "settings", ip_forward="0")], "n2", "forwarding", "ip_forward is 0", "--tags flanneld"),
    (
        "rp_filter",
        [facts("n2", routes=[{"dst": "default", "dev": "eth1", "via": "", "type": "unicast"}])],
        "n2",
        "forwarding",
        "leaves through eth1, not eth0",
        "rp_filter=2",
    ),
    ("rules gone", [part("n2", "firewall", check=1)], "n2", "firewall", "incomplete; the policy of FORWARD is DROP", "--tags flanneld"),
    ("no script", [part("n2", "firewall", check=None)], "n2", "firewall", "incomplete", "--tags flanneld"),
    ("old tunnel", [route()], "n2", "host route", "sends 10.24.3.0/24 to flannel.1", "ip route delete 10.24.3.0/24"),
    (
        "blackhole",
        [route(dst="10.24.0.0/16", dev="", type="blackhole")],
        "n2",
        "host route",
        "nowhere (blackhole)",
        "delete blackhole 10.24.0.0/16",
    ),
    ("no conflist", [facts("n2", conflist=None)], "n2", "cni", "no CNI network", "--tags flanneld"),
    ("bad conflist", [facts("n2", conflist="{")], "n2", "cni", "cannot be read", "--tags flanneld"),
    ("no bridge", [facts("n2", conflist='{"plugins": []}')], "n2", "cni", "cannot be read", "--tags flanneld"),
    ("conflist subnet", [conflist("n2", ipam={"ranges": [[{"subnet": subnet(9)}]]})], "n2", "cni", "assigns 10.24.9.0/24", "flanneld"),
    ("conflist masquerade", [conflist("n2", ipMasq=True)], "n2", "cni", "ipMasq on", "--tags flanneld"),
    ("conflist MTU", [conflist("n2", mtu=1400)], "n2", "cni", "has the MTU 1400, subnet.env 1500", "--tags flanneld"),
    (
        "no plugin",
        [facts("n2", cni_plugins={"/usr/lib/cni": ["host-local", "portmap"]})],
        "n2",
        "cni",
        "plugins are missing: bridge",
        "containernetworking-plugins",
    ),
    (
        "bridge address",
        [part("n2", "interfaces", **{"cni-flannel": {"mtu": 1500, "addresses": ["10.24.9.1/24"]}})],
        "n2",
        "bridge",
        "has 10.24.9.1/24 instead of 10.24.2.1/24",
        "ip link delete cni-flannel",
    ),
    (
        "bridge MTU",
        [part("n2", "interfaces", **{"cni-flannel": {"mtu": 9000, "addresses": ["10.24.2.1/24"]}})],
        "n2",
        "bridge",
        "has the MTU 9000",
        "ip link set cni-flannel mtu 1500",
    ),
    ("container", [set_at("hosts", "n2", "container", value="probe: no space")], "n2", "container", "no space", "CNI plugin"),
    (
        "check on",
        [instance(source_dest_check=True)],
        "n2",
        "source/destination check",
        "i-2 has the source/destination check on",
        "routes.yml",
    ),
    ("no entry", [table(entry(1), entry(3))], "n2", "route", "No route entry for 10.24.2.0/24 in route table vtb-1", "routes.yml"),
    ("wrong hop", [table(entry(1), entry(2, hop="i-9"), entry(3))], "n2", "route", "points to i-9 instead of i-2", "Run routes.yml"),
    ("not ours", [table(entry(1), entry(2, hop="i-9", name=""), entry(3))], "n2", "route", "points to i-9", "not marked as k1's"),
    ("pending", [table(entry(1), entry(2, status="Pending"), entry(3))], "n2", "route", "is Pending", "verify again"),
    (
        "more specific",
        [table(entry(1), entry(2), entry(3), entry(2, destination="10.24.2.0/25", hop="i-9"))],
        "n2",
        "route",
        "10.24.2.0/25 sends a part of 10.24.2.0/24 to i-9",
        "Delete that entry",
    ),
]


@pytest.mark.parametrize(("breaks", "node", "link", "problem", "repair"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_each_broken_link_is_told_alone(breaks: list[Break], node: str, link: str, problem: str, repair: str) -> None:
    (finding,) = found(*breaks)
    assert (finding["node"], finding["link"], finding["level"]) == (node, link, "broken")
    assert problem in finding["problem"]
    assert repair in finding["repair"]


STOPPING = [case[:2] for case in BROKEN if LINKS[case[3]].stops and case[2] == "n2" and case[0] != "lease runs out"]


@pytest.mark.parametrize("breaks", [breaks for _name, breaks in STOPPING], ids=[name for name, _breaks in STOPPING])
def test_lost_packets_are_told_with_their_cause(breaks: list[Break]) -> None:
    pairs = (
        [["n2", "n3"], ["n3", "n2"]]
        if breaks[0].__qualname__.startswith("facts") and found(*breaks)[0]["link"] == "host route"
        else ALL_OF_N2
    )
    stop = lose("n2-n3", "n3-n2") if pairs != ALL_OF_N2 else cut_off("n2")
    (finding,) = found(*breaks, stop)
    assert finding["pairs"] == pairs
