# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a region holds, and how a test fills it. No wire in here."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import time
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.lifecycle import Lifecycle
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import (
    AVAILABLE,
    Account,
    Described,
    Instance,
    KeyPair,
    RamPolicy,
    RamUser,
    RouteEntry,
    RouteTable,
    Rule,
    SecurityGroup,
    Vpc,
    VSwitch,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.settling import Settling


class CloudState:
    """One region. Every method may be called from any thread; compound reads hold ``lock``."""

    def __init__(
        self,
        region: str = "cn-hangzhou",
        settle_seconds: float = 0.0,
        route_quota: int = 200,
        clock: t.Callable[[], float] = time.monotonic,
        *,
        one_writer: bool = True,
        release_keeps_entries: bool = True,
    ) -> None:
        self.region = region
        self.settle_seconds = settle_seconds
        self.route_quota = route_quota
        self.clock = clock
        self.one_writer = one_writer
        self.release_keeps_entries = release_keeps_entries
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.roles: dict[str, t.Mapping[str, t.Any] | None] = {}  # RAM policy by ARN of the role
        self.oidc_tokens: dict[str, set[str]] = {}  # what a provider vouches for, by its ARN
        self.policies: dict[str, RamPolicy] = {}
        self.users: dict[str, RamUser] = {}
        self.vpcs: dict[str, Vpc] = {}
        self.vswitches: dict[str, VSwitch] = {}
        self.tables: dict[str, RouteTable] = {}
        self.entries: dict[str, RouteEntry] = {}
        self.instances: dict[str, Instance] = {}
        self.security_groups: dict[str, SecurityGroup] = {}
        self.key_pairs: dict[str, KeyPair] = {}
        self.images = {"debian_12_x64_sandbox"}
        self.instance_types = {"ecs.sandbox.small", "ecs.sandbox.large"}
        self.instance_quota: int | None = None  # None: as many as anybody likes
        self.client_tokens: dict[tuple[str, str], tuple[t.Mapping[str, str], str]] = {}
        self.replies: dict[tuple[str, str], tuple[t.Mapping[str, str], dict[str, t.Any]]] = {}  # by action and ClientToken
        self.zones = [f"{region}-{letter}" for letter in "abcdefghijk"]
        self.vpc_quota = 10
        self.vswitch_quota = 150  # in a VPC
        self.table_quota = 9  # custom tables in a VPC
        self.settling = Settling(self)
        self.lifecycle = Lifecycle(self)
        self._sequence = itertools.count(1)

    def next_id(self, prefix: str) -> str:
        return f"{prefix}-sandbox{next(self._sequence):06d}"

    def next_sequence(self) -> int:
        return next(self._sequence)

    def add_account(
        self,
        access_key: str,
        secret_key: str,
        policy: t.Mapping[str, t.Any] | None = None,
        *,
        security_token: str | None = None,
        token_seconds: float | None = None,
        ram_role: str | None = None,
    ) -> Account:
        """Let somebody in; with a token these are temporary credentials."""
        expires = None if token_seconds is None else self.clock() + token_seconds
        account = Account(access_key, secret_key, policy, security_token, expires, ram_role)
        self.accounts[access_key] = account
        return account

    def add_vpc(
        self,
        cidr: str = "172.16.0.0/16",
        vpc_id: str | None = None,
        secondary_cidrs: t.Iterable[str] = (),
        system_table_id: str | None = None,
    ) -> Vpc:
        """Make a VPC with its vRouter and system route table."""
        vpc_id = vpc_id or self.next_id("vpc")
        name = vpc_id.partition("-")[2]
        table_id = system_table_id or f"vtb-{name}-system"
        with self.lock:
            vpc = self.vpcs[vpc_id] = Vpc(vpc_id, cidr, list(secondary_cidrs), f"vrt-{name}", table_id, Described(name=vpc_id))
            self._add_table(RouteTable(table_id, vpc_id, "System"))
        return vpc

    def add_route_table(self, vpc_id: str, route_table_id: str | None = None, associate_type: str = "VSwitch") -> RouteTable:
        """Make a custom route table."""
        with self.lock:
            return self._add_table(RouteTable(route_table_id or self.next_id("vtb"), vpc_id, "Custom", associate_type))

    def _add_table(self, table: RouteTable) -> RouteTable:
        self.tables[table.route_table_id] = table
        for vswitch in self.vswitches_of(table.vpc_id):
            self._add_system_entry(table.route_table_id, vswitch.cidr, "local")
        self._add_system_entry(table.route_table_id, "100.64.0.0/10", "service")
        return table

    def _add_system_entry(self, table_id: str, destination: str, next_hop_type: str) -> None:
        self.put_entry(table_id, destination, "", type="System", next_hop_type=next_hop_type)

    def add_vswitch(
        self, vpc_id: str, cidr: str, zone_id: str, vswitch_id: str | None = None, route_table_id: str | None = None
    ) -> VSwitch:
        """Make a vSwitch on a route table, the system table when none is named."""
        table_id = route_table_id or self.vpcs[vpc_id].system_table_id
        vswitch_id = vswitch_id or self.next_id("vsw")
        vswitch = VSwitch(vswitch_id, vpc_id, cidr, zone_id, table_id, Described(name=vswitch_id))
        with self.lock:
            self.vswitches[vswitch.vswitch_id] = vswitch
            for table in self.tables_of(vpc_id):
                self._add_system_entry(table.route_table_id, cidr, "local")
        return vswitch

    def add_security_group(
        self,
        vpc_id: str,
        rules: t.Iterable[Rule] = (),
        security_group_id: str | None = None,
        *,
        inner_access: bool = True,
        name: str | None = None,
    ) -> SecurityGroup:
        """Make a security group; without a name it has its ID as one."""
        group_id = security_group_id or self.next_id("sg")
        group = SecurityGroup(group_id, vpc_id, self.with_ids(rules), inner_access, name or group_id, sequence=self.next_sequence())
        self.security_groups[group.security_group_id] = group
        return group

    def with_ids(self, rules: t.Iterable[Rule]) -> list[Rule]:
        """Return the rules, each with an ID of its own."""
        return [dataclasses.replace(rule, rule_id=rule.rule_id or self.next_id("sgr")) for rule in rules]

    def add_instance(self, vswitch_id: str, private_ip: str, instance_id: str | None = None, **fields: t.Any) -> Instance:
        """Start an instance; fields are those of models.Instance."""
        instance = self.put_instance(vswitch_id, private_ip, instance_id, **fields)
        self.settling.settle()
        return instance

    def put_instance(self, vswitch_id: str, private_ip: str, instance_id: str | None = None, **fields: t.Any) -> Instance:
        """Store an instance; the caller settles once it holds no lock."""
        vswitch = self.vswitches[vswitch_id]
        instance_id = instance_id or self.next_id("i")
        fields.setdefault("name", instance_id)
        fields.setdefault("network_interface_id", f"eni-{instance_id.partition('-')[2]}")
        fields["security_group_ids"] = list(fields.get("security_group_ids") or [])
        instance = Instance(instance_id, vswitch.vpc_id, vswitch_id, vswitch.zone_id, private_ip, **fields)
        with self.lock:
            instance.sequence = self.next_sequence()
            self.instances[instance_id] = instance
            self.settling.instance_changed(instance)
        return instance

    def add_route_entry(self, table_id: str, destination: str, next_hop_id: str, **fields: t.Any) -> RouteEntry:
        """Put an entry there that nobody asked the API for; fields are those of models.RouteEntry."""
        entry = self.put_entry(table_id, destination, next_hop_id, **fields)
        self.settling.settle()
        return entry

    def put_entry(self, table_id: str, destination: str, next_hop_id: str, **fields: t.Any) -> RouteEntry:
        """Store an entry; the caller settles once it holds no lock."""
        with self.lock:
            fields.setdefault("entry_id", self.next_id("rte"))
            entry = RouteEntry(table_id=table_id, destination=destination, next_hop_id=next_hop_id, sequence=self.next_sequence(), **fields)
            self.entries[entry.entry_id] = entry
            if entry.status == AVAILABLE:
                self.settling.entry_appeared(entry)
        return entry

    def remove_route_entry(self, table_id: str, destination: str) -> None:
        """Take an entry away at once, as a foreign writer does; no entry is fine."""
        with self.lock:
            for entry in self.entries_of(table_id, destination):
                del self.entries[entry.entry_id]
                self.settling.entry_vanished(entry)
        self.settling.settle()

    def tables_of(self, vpc_id: str) -> list[RouteTable]:
        with self.lock:
            return [table for table in self.tables.values() if table.vpc_id == vpc_id]

    def vswitches_of(self, vpc_id: str) -> list[VSwitch]:
        with self.lock:
            return [vswitch for vswitch in self.vswitches.values() if vswitch.vpc_id == vpc_id]

    def entries_of(self, table_id: str, destination: str | None = None) -> list[RouteEntry]:
        """Return a table's entries in the order in which they were made."""
        with self.lock:
            return [e for e in self.entries.values() if e.table_id == table_id and destination in (None, e.destination)]
