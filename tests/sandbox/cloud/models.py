# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The things a region holds. Plain data; what may happen to them is in state.py and routes.py."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

AVAILABLE = "Available"
PENDING = "Pending"
MODIFYING = "Modifying"
DELETING = "Deleting"


@dataclass
class Account:
    access_key: str
    secret_key: str
    policy: t.Mapping[str, t.Any] | None = None  # None allows everything
    security_token: str | None = None
    token_expires: float | None = None  # on the state's clock
    ram_role: str | None = None


@dataclass
class Described:
    """What a caller may say about an object, and the task that is running on it."""

    name: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    status: str = AVAILABLE
    due: float | None = None  # when the running task ends, on the state's clock
    doomed: bool = False  # the task is its deletion


@dataclass
class RamPolicy:
    name: str
    description: str
    versions: dict[int, str]  # document by number
    default: int = 1
    last: int = 1


@dataclass
class RamUser:
    name: str
    display_name: str
    comments: str
    keys: list[str] = field(default_factory=list)
    policies: list[tuple[str, str]] = field(default_factory=list)  # type and name
    groups: list[str] = field(default_factory=list)


@dataclass
class Vpc:
    vpc_id: str
    cidr: str
    secondary_cidrs: list[str]
    vrouter_id: str
    system_table_id: str
    about: Described = field(default_factory=Described)


@dataclass
class VSwitch:
    vswitch_id: str
    vpc_id: str
    cidr: str
    zone_id: str
    route_table_id: str
    about: Described = field(default_factory=Described)


@dataclass
class RouteTable:
    route_table_id: str
    vpc_id: str
    table_type: str  # System | Custom
    associate_type: str = "VSwitch"  # or Gateway
    about: Described = field(default_factory=Described)


@dataclass(frozen=True)
class Rule:
    """One rule of a security group; the peer is a CIDR or a group."""

    direction: str = "ingress"  # or egress
    cidr: str | None = None
    group_id: str | None = None
    protocol: str = "ALL"
    port_range: str = "-1/-1"
    policy: str = "Accept"  # or Drop
    priority: int = 1
    description: str = ""
    rule_id: str = field(default="", compare=False)


@dataclass
class SecurityGroup:
    security_group_id: str
    vpc_id: str
    rules: list[Rule] = field(default_factory=list)
    inner_access: bool = True
    name: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    sequence: int = 0


@dataclass
class KeyPair:
    name: str
    public_key: str
    fingerprint: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Instance:
    instance_id: str
    vpc_id: str
    vswitch_id: str
    zone_id: str
    private_ip: str
    name: str
    network_interface_id: str
    security_group_ids: list[str] = field(default_factory=list)
    source_dest_check: bool | None = True  # None: the region has no such check
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "Running"
    http_tokens: str = "optional"
    ram_role: str | None = None
    secondary_ips: list[str] = field(default_factory=list)
    secondary_interface: str | None = None  # address of a second network interface
    public_ips: list[str] = field(default_factory=list)
    eip: str = ""
    host_name: str = ""
    image_id: str = ""
    instance_type: str = ""
    key_pair: str | None = None
    user_data: str = ""  # as text
    password: str = field(default="", repr=False)
    due: float | None = None  # when the running task ends, on the state's clock
    releasing: bool = False  # the running task is the last one
    sequence: int = 0


@dataclass
class RouteEntry:
    entry_id: str
    table_id: str
    destination: str
    next_hop_id: str
    next_hop_type: str = "Instance"
    name: str = ""
    description: str = ""
    type: str = "Custom"
    service_type: str = ""
    status: str = AVAILABLE
    due: float | None = None  # when the running task ends, on the state's clock
    sequence: int = 0
    previous_hop: str | None = None  # where packets go until a move has settled
    ecmp_hops: tuple[str, ...] = ()  # further hops of an equal-cost entry
