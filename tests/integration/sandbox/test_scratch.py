# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account that starts empty: what API calls make is real, and what they delete is gone."""

from __future__ import annotations

import base64
import dataclasses
import os
import signal
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import Answer, OldSdk
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import needs_sandbox
from ansible_collections.alicloud.flannel.tests.integration.sandbox.sandbox_fixtures import name_of, read_leftovers, write_cni
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.dataplane import Place
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Rule
from ansible_collections.alicloud.flannel.tests.sandbox.hosts import Sandbox
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cgroup import ControlGroup, parse_hierarchies
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.dataplane import KernelDataplane, gateway_of
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.netns import call_in_netns, netns_name, read_netns_names, remove_netns
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.network import apply_network
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.pods import add_pod, ping_all
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.wires import interface_of, ip_batch, plug_in
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.world import (
    API_ADDRESS,
    API_PORT,
    IMAGE,
    INSTANCE_TYPE,
    METADATA_ADDRESS,
    plan_world,
)

pytestmark = needs_sandbox

REGION = {"RegionId": "cn-hangzhou"}
NODES = ("n1", "n2")
SUBNETS = {"n1": "10.24.1.0/24", "n2": "10.24.2.0/24"}
USER_DATA = "#!/bin/sh\necho hello\n"
READ_URL = "import sys, urllib.request as r; sys.stdout.buffer.write(r.urlopen(sys.argv[1], timeout=5).read())"
LOOK = "hostname; ip -4 -o address show eth0 | awk '{print $4}'; ip route show default; sysctl -n net.ipv4.ip_forward"


class Account:
    """What its owner does with the account, call by call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        access_key, secret_key = sandbox.read_owner().values()
        self._client = OldSdk(f"http://{API_ADDRESS}:{API_PORT}", access_key, secret_key)

    def call(self, action: str, product: str = "ecs", **params: t.Any) -> Answer:
        """Return the answer to a call from where the operator is."""
        netns = netns_name(self.sandbox.name, "operator")
        return call_in_netns(netns, lambda: self._client.call(product, action, {**REGION, **params}))

    def make_network(self) -> None:
        """Make a VPC with two vSwitches in two zones, the second one on a table of its own, and a security group."""
        vpc = self.call("CreateVpc", "vpc", CidrBlock="10.1.0.0/16")
        self.vpc, self.system_table = vpc["VpcId"], vpc["RouteTableId"]
        self.table = self.call("CreateRouteTable", "vpc", VpcId=self.vpc)["RouteTableId"]
        self.vswitches = {"n1": self.make_vswitch("10.1.1.0/25", "cn-hangzhou-a"), "n2": self.make_vswitch("10.1.2.0/25", "cn-hangzhou-b")}
        self.call("AssociateRouteTable", "vpc", RouteTableId=self.table, VSwitchId=self.vswitches["n2"])
        self.group = self.call("CreateSecurityGroup", VpcId=self.vpc)["SecurityGroupId"]
        for rule in ({"IpProtocol": "TCP", "PortRange": "22/22"}, {"IpProtocol": "ALL", "PortRange": "-1/-1"}):
            peer = "192.168.100.0/24" if rule["IpProtocol"] == "TCP" else "10.24.0.0/16"
            self.call("AuthorizeSecurityGroup", SecurityGroupId=self.group, Permissions=[{**rule, "SourceCidrIp": peer}])
        public_key = (self.sandbox.folder / "id_ed25519.pub").read_text()
        self.call("ImportKeyPair", KeyPairName="operator", PublicKeyBody=public_key)

    def make_vswitch(self, cidr: str, zone: str) -> str:
        """Make a vSwitch and return its id."""
        return str(self.call("CreateVSwitch", "vpc", VpcId=self.vpc, CidrBlock=cidr, ZoneId=zone)["VSwitchId"])

    def run(self, node: str, **params: str) -> str:
        """Make an instance of this name and return its id."""
        place = {"VSwitchId": self.vswitches.get(node), "SecurityGroupId": self.group}
        choice = {"ImageId": IMAGE, "InstanceType": INSTANCE_TYPE, "KeyPairName": "operator", "InstanceName": node}
        answer = self.call("RunInstances", **{**choice, **place, **params})
        (instance_id,) = answer["InstanceIdSets"]["InstanceIdSet"]
        return str(instance_id)

    def read(self, instance_id: str) -> Answer:
        """Return what the cloud says about an instance."""
        return next(one for one in self.read_all() if one["InstanceId"] == instance_id)

    def read_all(self) -> list[Answer]:
        """Return what the cloud says about every instance."""
        return list(self.call("DescribeInstances")["Instances"]["Instance"])

    def route(self, table: str, node: str, instance_id: str) -> None:
        """Lead a node's containers' addresses to it in one table."""
        self.call("CreateRouteEntry", "vpc", RouteTableId=table, DestinationCidrBlock=SUBNETS[node], NextHopId=instance_id)

    def delete_instances(self) -> None:
        """Delete every instance and wait until there is none."""
        self.call("DeleteInstances", InstanceId=[one["InstanceId"] for one in self.read_all()], Force=True)
        until(lambda: not self.read_all(), "the instances are gone")

    def clear(self) -> None:
        """Delete what is not an instance."""
        for table in (self.system_table, self.table):
            entries = self.call("DescribeRouteEntryList", "vpc", RouteTableId=table, RouteEntryType="Custom")["RouteEntrys"]["RouteEntry"]
            for entry in entries:
                self.call("DeleteRouteEntry", "vpc", RouteEntryId=entry["RouteEntryId"])
        self.call("DeleteSecurityGroup", SecurityGroupId=self.group)
        for vswitch in self.vswitches.values():
            self.call("DeleteVSwitch", "vpc", VSwitchId=vswitch)
        self.call("DeleteRouteTable", "vpc", RouteTableId=self.table)
        self.call("DeleteVpc", "vpc", VpcId=self.vpc)


def until(condition: t.Callable[[], bool], what: str) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def answers(sandbox: Sandbox, address: str) -> bool:
    """Tell whether a host lets the operator in, with a key that the operator knows."""
    return subprocess.run([*sandbox.ssh(address), "true"], capture_output=True, check=False).returncode == 0


def read_traces(sandbox: Sandbox) -> dict[str, list[str]]:
    """Return what there is of hosts, by kind."""
    disks = sandbox.folder / "hosts"
    vrouter = netns_name(sandbox.name, "vrouter")

    def in_vrouter(*argv: str) -> list[str]:
        return subprocess.check_output(["ip", "netns", "exec", vrouter, *argv], text=True).splitlines()

    own = {netns_name(sandbox.name, part) for part in ("vrouter", "operator")}
    mounts = Path("/proc/self/mounts").read_text()
    tops = [hierarchy / f"alicloud-flannel.{sandbox.name}" for hierarchy in parse_hierarchies(mounts)[1]]
    groups = [folder for top in tops for folder in top.iterdir() if folder.is_dir()]
    return {
        "disks": [path.name for path in disks.iterdir()],
        "mounts": [line for line in mounts.splitlines() if f" {disks}/" in line],
        "namespaces": [name for name in read_netns_names(sandbox.name) if name not in own],
        "groups": [str(folder) for folder in groups if folder.name not in ("vrouter", "operator")],
        "links": [line for line in in_vrouter("ip", "-o", "link") if "LOOPBACK" not in line and ": operator@" not in line],
        "rules": [line for line in in_vrouter("ip", "rule") if "iif" in line and "iif lo" not in line and "iif operator" not in line],
        "chains": [
            line for line in in_vrouter("nft", "list", "ruleset") if "chain in-" in line or "chain out-" in line or "elements" in line
        ],
        "known hosts": (sandbox.folder / "known_hosts").read_text().splitlines(),
    }


@pytest.fixture
def account() -> t.Iterator[Account]:
    sandbox = Sandbox(name_of("z"))
    try:
        yield Account(sandbox.up(empty=True, settle_seconds=0))
    finally:
        sandbox.down()


def test_from_an_empty_account_and_back(account: Account) -> None:
    sandbox = account.sandbox
    account.make_network()
    ids = {node: account.run(node, UserData=base64.b64encode(USER_DATA.encode()).decode()) for node in NODES}
    addresses = {node: account.read(ids[node])["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0] for node in NODES}
    for node in NODES:
        until(lambda node=node: answers(sandbox, addresses[node]), f"{node} answers over SSH")  # type: ignore[misc]
    assert sandbox.read_nodes() == addresses == {"n1": "10.1.1.1", "n2": "10.1.2.1"}

    look = sandbox.host_exec("n2", ["sh", "-c", LOOK]).stdout.splitlines()
    assert look == ["n2", "10.1.2.1/25", "default via 10.1.2.125 dev eth0 ", "0"]
    assert sandbox.host_exec("n1", ["python3", "-c", READ_URL, f"http://{METADATA_ADDRESS}/latest/user-data"]).stdout == USER_DATA
    assert sandbox.host_exec("n1", ["ping", "-c1", "-W2", addresses["n2"]]).returncode == 0

    containers_follow_routes(account, ids)
    stopped_keeps_its_disk(account, ids["n2"], addresses["n2"])
    replaced_under_its_address(account, ids["n1"], addresses["n1"])

    account.run("n3", VSwitchId=account.vswitches["n2"])  # goes while it boots
    account.delete_instances()
    account.clear()
    until(lambda: not any(read_traces(sandbox).values()), "nothing of the hosts is left")
    assert sandbox.read_nodes() == {}


def test_down_ends_hosts_whose_cloud_has_died(account: Account) -> None:
    sandbox = account.sandbox
    account.make_network()
    account.run("n1")
    until(lambda: answers(sandbox, "10.1.1.1"), "n1 answers over SSH")
    for process in ControlGroup.of_sandbox(sandbox.name, "vrouter").read_pids():
        os.kill(process, signal.SIGKILL)
    assert read_leftovers(sandbox.name)["processes"]
    sandbox.down()
    assert read_leftovers(sandbox.name) == {}


def containers_follow_routes(account: Account, ids: t.Mapping[str, str]) -> None:
    """Packets between containers need an entry in the sender's table and the check off, whatever tables the vSwitches use meanwhile."""
    sandbox = account.sandbox
    for node in NODES:
        write_cni(sandbox, node, SUBNETS[node])
    pods = {node: add_pod(sandbox, node) for node in NODES}
    account.route(account.system_table, "n2", ids["n2"])
    account.route(account.table, "n1", ids["n1"])
    assert not any(ping_all(sandbox, pods).values())
    for node in NODES:
        interface = account.read(ids[node])["NetworkInterfaces"]["NetworkInterface"][0]["NetworkInterfaceId"]
        account.call("ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface, SourceDestCheck="false")
    assert all(ping_all(sandbox, pods).values())
    account.call("UnassociateRouteTable", "vpc", RouteTableId=account.table, VSwitchId=account.vswitches["n2"])
    assert not any(ping_all(sandbox, pods).values())
    account.route(account.system_table, "n1", ids["n1"])
    assert all(ping_all(sandbox, pods).values())


def stopped_keeps_its_disk(account: Account, instance_id: str, address: str) -> None:
    """Stop and start an instance."""
    sandbox = account.sandbox
    sandbox.host_exec("n2", ["touch", "/var/lib/kept"])
    account.call("StopInstances", InstanceId=[instance_id])
    until(lambda: not sandbox.is_host_running("n2"), "n2 shuts down")
    assert not answers(sandbox, address)
    account.call("StartInstance", InstanceId=instance_id)
    until(lambda: answers(sandbox, address), "n2 answers again")
    assert sandbox.host_exec("n2", ["sh", "-c", "ls /var/lib/kept; ip netns list; sysctl -n net.ipv4.ip_forward"]).stdout.split() == [
        "/var/lib/kept",
        "0",
    ]


def replaced_under_its_address(account: Account, instance_id: str, address: str) -> None:
    """Delete an instance and make another one in its place: a host of its own, which the operator knows, too."""
    sandbox = account.sandbox
    before = sandbox.host_exec("n1", ["cat", "/etc/machine-id"]).stdout
    account.call("DeleteInstances", InstanceId=[instance_id], Force=True)
    assert account.read(account.run("n1", PrivateIpAddress=address))["InstanceName"] == "n1"
    until(lambda: "n1" in sandbox.read_nodes() and answers(sandbox, address), "the new n1 answers")
    assert sandbox.host_exec("n1", ["cat", "/etc/machine-id"]).stdout not in ("", before)


def test_vpcs_are_apart_and_tables_change_under_way() -> None:
    """Bare namespaces at the ends of the wires are enough for this."""
    name = name_of("w")
    places = {
        "i-a1": Place("10.1.1.1", "10.1.1.0/24", "vpc-a", "vtb-a"),
        "i-a2": Place("10.1.2.1", "10.1.2.0/24", "vpc-a", "vtb-a2"),
        "i-b1": Place("10.2.1.1", "10.2.1.0/24", "vpc-b", "vtb-b"),
    }
    dataplane = KernelDataplane()

    def place() -> None:
        for instance_id, one in places.items():
            dataplane.instance_placed(instance_id, one)
            dataplane.source_dest_check(instance_id, one.address, on=False)
            dataplane.security_group_rules(instance_id, one.address, [Rule(cidr="0.0.0.0/0")])
        for table in ("vtb-a", "vtb-b"):
            dataplane.route_added(table, "198.51.100.0/24", "i-a2")

    def reached(source: str, target: str) -> bool:
        ping = ["ip", "netns", "exec", netns_name(name, source), "ping", "-nqc1", "-W1", target]
        return subprocess.run(ping, capture_output=True, check=False).returncode == 0

    try:
        apply_network(plan_world(name, empty=True))
        call_in_netns(netns_name(name, "vrouter"), place)
        for instance_id, one in places.items():
            plug_in(name, interface_of(instance_id), f"{one.address}/24", gateway_of(one.vswitch_cidr))
        ip_batch(netns_name(name, "a2"), ["address add 198.51.100.1/32 dev lo"])
        assert [reached("operator", one.address) for one in places.values()] == [True] * 3
        assert (reached("a1", "10.1.2.1"), reached("a1", "10.2.1.1"), reached("b1", "10.1.1.1")) == (True, False, False)
        assert (reached("a1", "198.51.100.1"), reached("operator", "198.51.100.1")) == (True, False)
        moved = dataclasses.replace(places["i-a1"], route_table_id="vtb-a2")
        call_in_netns(netns_name(name, "vrouter"), lambda: dataplane.instance_placed("i-a1", moved))
        assert not reached("a1", "198.51.100.1")
    finally:
        remove_netns(read_netns_names(name))
