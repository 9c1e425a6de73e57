# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sandbox works out before it touches the machine, and the archives of its mirror."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Instance, Rule
from ansible_collections.alicloud.flannel.tests.sandbox.hosts import Sandbox
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cgroup import parse_hierarchies
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.config import cloud_config, inventory, operator_environment, with_nodes
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.dataplane import gateway_of, plan_chains, plan_check, plan_removal, plan_rules
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.instances import host_name_of
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.mirror import Mirror, Release, pack, pack_flannel, release_path
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.network import plan_firewall
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.pods import render_matrix
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import PACKAGES_FILE, SandboxError, read_package_list
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.watches import make_room_for_watches, needed_watches
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.wires import hardware_address
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.world import MOST_NODES, plan_more_nodes, plan_world

CAN_USE_NFT = os.geteuid() == 0 and shutil.which("nft") is not None


def test_one_vswitch_uses_the_system_table() -> None:
    world = plan_world(nodes=3)
    assert [(node.name, node.address, node.instance_id) for node in world.nodes] == [
        ("n1", "172.16.0.11", "i-sandbox-n1"),
        ("n2", "172.16.0.12", "i-sandbox-n2"),
        ("n3", "172.16.0.13", "i-sandbox-n3"),
    ]
    assert world.custom_tables == []


def test_further_vswitches_have_tables_of_their_own() -> None:
    world = plan_world(nodes=3, vswitches=2)
    assert [node.address for node in world.nodes] == ["172.16.0.11", "172.16.1.12", "172.16.0.13"]
    assert [node.vswitch.route_table_id for node in world.nodes] == ["vtb-sandbox-system", "vtb-sandbox-b", "vtb-sandbox-system"]
    assert world.custom_tables == ["vtb-sandbox-b"]


def test_more_nodes_come_after_all_that_are_present() -> None:
    assert plan_more_nodes({"n1", "n3", "other"}, 2, 2) == plan_world(nodes=5, vswitches=2).nodes[3:]
    with pytest.raises(SandboxError, match="nodes=201"):
        plan_more_nodes({"n199"}, 2, 1)


@pytest.mark.parametrize(("limit", "left"), [(128, needed_watches(23)), (8192, 8192)])
def test_room_for_many_hosts_is_made_and_never_taken(tmp_path: Path, limit: int, left: int) -> None:
    file = tmp_path / "limit"
    file.write_text(f"{limit}\n")
    make_room_for_watches(23, file)
    assert int(file.read_text()) == left


def test_addresses_and_hardware_addresses_are_unique_in_the_largest_world() -> None:
    nodes = plan_world(nodes=MOST_NODES, vswitches=3).nodes
    assert len({node.address for node in nodes}) == len({hardware_address(node.address) for node in nodes}) == MOST_NODES


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "Bad_Name"}, "sandbox name 'Bad_Name'"),
        ({"name": ""}, "sandbox name ''"),
        ({"nodes": 0}, "nodes=0"),
        ({"nodes": 201}, "nodes=201"),
        ({"vswitches": 17}, "vswitches=17"),
        ({"etcd": 0}, "etcd=0"),
        ({"operator": "some"}, "operator 'some'"),
    ],
)
def test_bad_numbers_and_names_are_refused(options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        plan_world(**options)


@pytest.mark.parametrize("name", ["../run", "a/b", ".", "a.b", "A", "x" * 17])
def test_a_name_that_could_lead_elsewhere_is_refused_before_anything_is_removed(name: str) -> None:
    with pytest.raises(SandboxError, match="sandbox name"):
        Sandbox(name)


def mirror(flannel: Release | None = None) -> Mirror:
    release = Release("etcd", "3.5.1", Path(__file__))
    return Mirror(Path("mirror"), release, release, flannel)


def test_inventory_of_an_operator_that_reaches_everything() -> None:
    written = inventory(plan_world(nodes=4), Path("state"), mirror())["all"]
    assert list(written["children"]["etcd"]["hosts"]) == ["n1", "n2", "n3"]
    assert list(written["children"]["flannel_nodes"]["hosts"]) == ["n1", "n2", "n3", "n4"]
    assert "flannel_control_host" not in written["vars"]
    assert "flanneld_version" not in written["vars"]


def test_inventory_with_more_nodes() -> None:
    world = plan_world(nodes=3)
    content = with_nodes(inventory(world, Path("state"), mirror()), plan_more_nodes({node.name for node in world.nodes}, 1, 1))
    assert content == inventory(plan_world(nodes=4), Path("state"), mirror())


def test_inventory_of_an_operator_that_reaches_only_ssh() -> None:
    written = inventory(plan_world(nodes=2, etcd=1, operator="ssh-only"), Path("state"), mirror())["all"]
    assert list(written["children"]["etcd"]["hosts"]) == ["n1"]
    assert written["vars"]["flannel_control_host"] == "n1"


def test_an_empty_account_has_an_inventory_of_variables_alone() -> None:
    world = plan_world(empty=True)
    config = cloud_config(world, "the-key", "the-secret")
    assert config["vpcs"] == []
    rights = [action for statement in config["accounts"][0]["policy"]["Statement"] for action in statement["Action"]]
    assert {"vpc:CreateRouteEntries", "ecs:RunInstances"} <= set(rights)
    written = inventory(world, Path("state"), mirror())["all"]
    assert [group["hosts"] for group in written["children"].values()] == [{}, {}]
    assert [vswitch["zone_id"] for vswitch in written["vars"]["provision_vswitches"]] == ["cn-hangzhou-a", "cn-hangzhou-b"]
    assert "alicloud_vpc_id" not in written["vars"]


@pytest.mark.parametrize(("cidr", "gateway"), [("172.16.1.0/24", "172.16.1.253"), ("10.0.0.16/29", "10.0.0.21")])
def test_gateway_of_a_vswitch(cidr: str, gateway: str) -> None:
    assert gateway_of(cidr) == gateway


@pytest.mark.parametrize(
    ("name", "host_name", "expected"),
    [("n1", "", "n1"), ("n1", "web", "web"), ("demo/node 1.", "", "demo-node-1"), ("节点", "", "i-1"), ("x" * 99, "", "x" * 63)],
)
def test_host_names_are_host_names(name: str, host_name: str, expected: str) -> None:
    instance = Instance("i-1", "vpc-1", "vsw-1", "cn-hangzhou-a", "172.16.0.1", name, "eni-1", host_name=host_name)
    assert host_name_of(instance) == expected


def test_inventory_names_a_flanneld_that_is_there() -> None:
    settings = inventory(plan_world(), Path("state"), mirror(Release("flannel", "0.28.9", Path(__file__))))["all"]["vars"]
    assert settings["flanneld_version"] == "0.28.9"
    assert settings["flanneld_checksum"] == "sha256:" + hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def test_credentials_are_in_the_environment_and_not_in_the_inventory() -> None:
    world = plan_world()
    assert "the-secret" in operator_environment(Path("state"), "the-key", "the-secret").values()
    assert "the-secret" not in str(inventory(world, Path("state"), mirror()))
    assert "the-secret" in str(cloud_config(world, "the-key", "the-secret")["accounts"])


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (Rule(cidr="10.24.0.0/16"), "add rule ip vpc in-n1 ip saddr 10.24.0.0/16 accept"),
        (Rule(cidr="10.0.0.0/8", protocol="TCP", port_range="22/23"), "add rule ip vpc in-n1 ip saddr 10.0.0.0/8 tcp dport 22-23 accept"),
        (Rule(cidr="10.0.0.0/8", protocol="UDP"), "add rule ip vpc in-n1 ip saddr 10.0.0.0/8 ip protocol udp accept"),
        (Rule(cidr="10.0.0.0/8", protocol="ICMP"), "add rule ip vpc in-n1 ip saddr 10.0.0.0/8 ip protocol icmp accept"),
        (Rule(cidr="10.0.0.0/8", policy="Drop"), "add rule ip vpc in-n1 ip saddr 10.0.0.0/8 drop"),
        (Rule(direction="egress", cidr="10.0.0.0/8", policy="Drop"), "add rule ip vpc out-n1 ip daddr 10.0.0.0/8 drop"),
    ],
)
def test_a_rule_in_the_kernels_words(rule: Rule, line: str) -> None:
    lines = plan_rules("n1", [rule]).splitlines()
    assert lines == ["flush chain ip vpc in-n1", "flush chain ip vpc out-n1", line, "add rule ip vpc in-n1 drop"]


@pytest.mark.skipif(not CAN_USE_NFT and not os.environ.get("CI"), reason="needs root and nft")
@pytest.mark.parametrize("operator", ["full", "ssh-only"])
def test_the_kernel_takes_the_firewall_and_its_changes(operator: str) -> None:
    rules = [
        Rule(cidr="10.0.0.0/8", protocol=protocol, port_range=ports)
        for protocol, ports in [("TCP", "1/99"), ("GRE", "-1/-1"), ("ALL", "-1/-1")]
    ]
    script = plan_firewall(operator)
    for _time in range(2):  # nothing of an instance that is gone is in the way of the next
        script += plan_chains("n1", "172.16.0.11") + plan_rules("n1", rules)
        script += plan_check("n1", False) + plan_check("n1", False) + plan_check("n1", True) + plan_removal("n1", "172.16.0.11")
    checked = subprocess.run(["unshare", "--net", "nft", "-f", "-"], input=script, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_an_archive_depends_on_contents_alone(tmp_path: Path) -> None:
    sums = []
    for number, folder in enumerate(("a", "b")):
        source = tmp_path / folder / "etcd"
        source.parent.mkdir()
        source.write_text("program", encoding="utf-8")
        source.chmod(0o700 + number)
        archive = tmp_path / folder / release_path("etcd", "3.5.1").name
        pack(archive, {"top/etcd": source})
        sums.append(Release("etcd", "3.5.1", archive).checksum)
    assert sums[0] == sums[1]
    with tarfile.open(archive) as tar:
        assert [(member.name, member.mode) for member in tar] == [("top/etcd", 0o755)]


def test_a_flanneld_is_packed_as_upstream_does(tmp_path: Path) -> None:
    binary = tmp_path / "any-name"
    binary.write_text("#!/bin/sh\necho v0.28.9 >&2\n", encoding="utf-8")
    with pytest.raises(SandboxError, match="FLANNELD_BINARY"):
        pack_flannel(tmp_path, binary)
    binary.chmod(0o755)
    release = pack_flannel(tmp_path, binary)
    assert release.version == "0.28.9"
    assert release.path.relative_to(tmp_path).as_posix().startswith("flannel/v0.28.9/flannel-v0.28.9-linux-")
    with tarfile.open(release.path) as tar:
        assert tar.getnames() == ["flanneld"]


HYBRID = """cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0
"""


@pytest.mark.parametrize(
    ("mounts", "unified", "all_of_them"),
    [
        ("cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n", "/sys/fs/cgroup", ["/sys/fs/cgroup"]),
        (HYBRID, "/sys/fs/cgroup/unified", ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"]),
        ("tmpfs /run tmpfs rw 0 0\n", None, []),
    ],
)
def test_where_control_groups_are_mounted(mounts: str, unified: str | None, all_of_them: list[str]) -> None:
    assert parse_hierarchies(mounts) == (Path(unified) if unified else None, [Path(path) for path in all_of_them])


def test_ping_matrix_as_a_table() -> None:
    table = render_matrix({("n1", "n2"): True, ("n2", "n1"): False})
    assert table.splitlines() == ["from\\to  n1       n2", "n1       -        ok", "n2       LOST     -", "pings=1/2"]


def test_package_list_has_one_package_a_line() -> None:
    packages = read_package_list(PACKAGES_FILE)
    assert "systemd-container" in packages
    assert all(package == package.split()[0] for package in packages)
