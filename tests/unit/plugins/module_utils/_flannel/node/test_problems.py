# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node can't be, said before anything is changed."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.nftables import DroppingChain
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.observed import DockerFile, DockerState, Interface
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.problems import find_problems
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._flannel.node.example_node import GIVEN, WISHES, bare, desired

INSTALL = GIVEN["install"]
GUARD = DroppingChain("inet", "guard", "forward", accepts=False)
TABLE = DroppingChain("ip", "filter", "FORWARD", accepts=False)


def filters(**changes: t.Any) -> dict[str, t.Any]:
    return {"firewall": replace(bare().firewall, **changes)}


# What the role is told, what is otherwise on the node, and what is said.
ROWS: list[tuple[str, dict[str, t.Any], dict[str, t.Any], list[str]]] = [
    ("nothing", {}, {}, []),
    ("another address", {"address": "172.16.0.99"}, {}, ["No interface has 172.16.0.99 as its first address; this node has 172.16.0.11."]),
    ("no address", {}, {"interfaces": {"lo": Interface(65536, ("127.0.0.1/8",))}}, ["this node has none."]),
    (
        "the address twice",
        {},
        {"interfaces": {name: Interface(1500, ("172.16.0.11/32",)) for name in ("eth0", "eth1")}},
        ["No interface has 172.16.0.11"],
    ),
    ("vxlan without the daemon", {"mode": "static", "backend": "vxlan"}, {}, ["The backend vxlan needs the daemon"]),
    ("vxlan and exceptions", {"backend": "vxlan", "masquerade_except": ["192.0.2.0/24"]}, {}, ["needs flanneld_backend vpc"]),
    ("no packet filter", {}, filters(iptables=False, nft=False), ["neither iptables nor nft"]),
    ("nftables alone", {}, filters(iptables=False), []),
    ("rules that can't be read", {}, filters(readable=False), ["The rules of nftables can't be read"]),
    ("a chain that drops", {}, filters(drops=(GUARD,)), ["nftables table inet guard drops forwarded packets"]),
    ("a chain that accepts", {}, filters(drops=(replace(GUARD, accepts=True),)), []),
    ("a table that is trusted", {"trusted_tables": ["inet guard"]}, filters(drops=(GUARD,)), []),
    ("the table of iptables", {}, filters(drops=(TABLE,)), []),
    ("the table of iptables, without it", {}, filters(iptables=False, drops=(TABLE,)), ["nftables table ip filter drops"]),
    ("plugins that are missing", {}, {"cni_plugins": {"/usr/lib/cni": ("bridge",)}}, ["are not all in one of /opt/cni/bin, /usr/lib/cni."]),
    ("plugins that nobody needs", {"cni": False}, {"cni_plugins": {}}, []),
    ("no lease", {"leases": []}, {}, ["No subnet is reserved for 172.16.0.11 under /coreos.com/network/subnets. The"]),
    (
        "two leases",
        {"leases": [{"subnet": "10.24.1.0/24", "leased": False}, {"subnet": "10.24.2.0/24", "leased": False}]},
        {},
        ["More than one subnet is reserved for 172.16.0.11 under /coreos.com/network/subnets: 10.24.1.0/24, 10.24.2.0/24."],
    ),
    ("no endpoint", {"endpoints": []}, {}, ["all of them as https:// URLs", "Given: none."]),
    ("an endpoint without TLS", {"endpoints": ["https://a:1", "http://b:1"]}, {}, ["Given: https://a:1, http://b:1."]),
    ("no certificates", {}, {"files": {}}, ["Not on this node: /etc/flannel/etcd/ca.crt, /etc/flannel/etcd/client.crt, "]),
    ("no certificates in check mode", {"check_mode": True}, {"files": {}}, []),
    ("no certificates in static mode", {"mode": "static", "endpoints": []}, {"files": {}, "architecture": "riscv64"}, []),
    ("another architecture", {}, {"architecture": "riscv64"}, ["flanneld 0.27.4 for riscv64 cannot be installed", "x86_64 or aarch64"]),
    ("a version that is not known", {"install": {**INSTALL, "version": "0.99.9"}}, {}, ["/v0.99.9/flannel-v0.99.9-linux-amd64.tar.gz"]),
    ("a sum that is given", {"install": {**INSTALL, "version": "0.99.9", "checksum": "sha256:0"}}, {}, []),
    ("no binary", {"install": {**INSTALL, "method": "file", "binary": "/x"}}, {}, ["flanneld_binary (/x) is no file"]),
    ("no binary's name", {"install": {**INSTALL, "method": "file"}}, {}, ["flanneld_binary (not set) is no file"]),
    ("Docker's flags", WISHES["docker"], {"docker": DockerState(flags=("--bip", "--mtu"))}, ["start command has --bip, --mtu"]),
    ("Docker's flags without Docker", {}, {"docker": DockerState(flags=("--bip",))}, []),
    (
        "Docker's settings",
        WISHES["docker"],
        {"docker": DockerState(DockerFile("is not valid JSON"))},
        ["it, is not valid JSON. Correct it"],
    ),
    ("Docker's settings without Docker", {}, {"docker": DockerState(DockerFile("is not valid JSON"))}, []),
    ("Docker's record", {}, {"docker": DockerState(None, DockerFile("is not a JSON object"))}, ["is not a JSON object"]),
    ("no subnet.env yet", {}, {}, []),
    ("no subnet.env once started", {"started": True}, {}, ["FLANNEL_SUBNET is missing instead of 10.24.1.1/24", "below SubnetMin"]),
]


@pytest.mark.parametrize(("told", "seen", "words"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_problems(told: dict[str, t.Any], seen: dict[str, t.Any], words: list[str]) -> None:
    problems = find_problems(replace(bare(), **seen), desired(**told))
    assert len(problems) == min(1, len(words)), problems
    assert [word for word in words if word not in problems[0]] == []


def test_all_problems_are_told_at_once() -> None:
    node = replace(bare(), cni_plugins={}, files={}, **filters(iptables=False, nft=False))
    assert len(find_problems(node, desired(address="172.16.0.99", leases=[], endpoints=[]))) == 6
