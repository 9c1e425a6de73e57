# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one sandbox consists of: names, addresses and ids, worked out from a few numbers without any I/O."""

from __future__ import annotations

import re
import string
import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError

REGION = "cn-hangzhou"
VPC_ID = "vpc-sandbox"
VPC_CIDR = "172.16.0.0/16"
SYSTEM_TABLE = "vtb-sandbox-system"
SECURITY_GROUP = "sg-sandbox"
IMAGE = "debian_12_x64_sandbox"
INSTANCE_TYPE = "ecs.sandbox.small"
FLANNEL_NETWORK = "10.24.0.0/16"
METADATA_ADDRESS = "100.100.100.200"
API_ADDRESS = "100.100.100.201"
API_PORT = 8080
MIRROR_ADDRESS = "100.100.2.148"
OPERATOR_NETWORK = "192.168.100.0/24"
OPERATOR_ADDRESS = "192.168.100.2"
OPERATOR_GATEWAY = "192.168.100.1"
MOST_NODES = 200
MOST_VSWITCHES = 16
OPERATORS = ("full", "ssh-only")


@dataclass(frozen=True)
class VSwitch:
    """A vSwitch and the route table that it uses."""

    vswitch_id: str
    cidr: str
    zone_id: str
    route_table_id: str


@dataclass(frozen=True)
class Node:
    """One host, which is one instance with one network interface."""

    name: str
    address: str
    vswitch: VSwitch

    @property
    def instance_id(self) -> str:
        """Return the id under which the cloud knows the host."""
        return f"i-sandbox-{self.name}"

    @property
    def eni_id(self) -> str:
        """Return the id of the host's primary network interface."""
        return f"eni-sandbox-{self.name}"


@dataclass(frozen=True)
class World:
    """A sandbox as it should be."""

    name: str
    nodes: tuple[Node, ...]
    vswitches: tuple[VSwitch, ...]
    etcd_members: int
    operator: str
    settle_seconds: float

    @property
    def is_empty(self) -> bool:
        """Tell whether the account has nothing at first."""
        return not self.nodes

    @property
    def custom_tables(self) -> list[str]:
        """Return the route tables beside the system table."""
        return [switch.route_table_id for switch in self.vswitches if switch.route_table_id != SYSTEM_TABLE]


def plan_world(
    name: str = "sandbox",
    *,
    nodes: int = 3,
    vswitches: int = 1,
    etcd: int = 3,
    operator: str = "full",
    settle_seconds: float = 2.0,
    empty: bool = False,
) -> World:
    """Return the world of a sandbox; nodes are dealt to the vSwitches in turn. ``empty`` leaves out the VPC and all that is in it."""
    refuse_bad_name(name)
    _refuse_outside("nodes", nodes, 1, MOST_NODES)
    _refuse_outside("vswitches", vswitches, 1, MOST_VSWITCHES)
    _refuse_outside("etcd", etcd, 1, MOST_NODES)
    if operator not in OPERATORS:
        raise SandboxError(f"operator {operator!r}: use one of {', '.join(OPERATORS)}")
    if empty:
        return World(name, (), (), 0, operator, settle_seconds)
    switches = tuple(_vswitch(number) for number in range(vswitches))
    hosts = tuple(_node(number, switches) for number in range(nodes))
    return World(name, hosts, switches, min(etcd, nodes), operator, settle_seconds)


def plan_more_nodes(present: t.Collection[str], count: int, vswitches: int) -> tuple[Node, ...]:
    """Return so many nodes that come after all present ones, dealt to the vSwitches as in ``plan_world``."""
    _refuse_outside("nodes", count, 1, MOST_NODES)
    last = max((int(name[1:]) for name in present if re.fullmatch(r"n\d+", name)), default=0)
    return plan_world(nodes=last + count, vswitches=vswitches).nodes[last:]


def refuse_bad_name(name: str) -> None:
    """Refuse a name that can't be part of a folder, a host name, a namespace and a socket path."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,15}", name):
        raise SandboxError(f"sandbox name {name!r}: use 1 to 16 lower-case letters, digits and dashes")


def _refuse_outside(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise SandboxError(f"{what}={value}: use a number from {low} to {high}")


def _vswitch(number: int) -> VSwitch:
    letter = string.ascii_lowercase[number]
    table = SYSTEM_TABLE if number == 0 else f"vtb-sandbox-{letter}"
    return VSwitch(f"vsw-sandbox-{letter}", f"172.16.{number}.0/24", f"{REGION}-{letter}", table)


def _node(number: int, switches: t.Sequence[VSwitch]) -> Node:
    third = number % len(switches)
    return Node(f"n{number + 1}", f"172.16.{third}.{11 + number}", switches[third])
