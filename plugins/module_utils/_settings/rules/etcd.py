# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What etcd's members must be like together. Pure."""

from __future__ import annotations

import re
import typing as t
from ipaddress import ip_address

from ..rule import SettingRule
from ..setting import MEMBERS
from ..show import name_some

if t.TYPE_CHECKING:
    from ..inventory import Inventory

CONTROL_USER = "flannel-control"
# What the role sets itself (_etcd/member/config.py).
ROLE_KEYS = (
    "advertise-client-urls",
    "auto-compaction-mode",
    "auto-compaction-retention",
    "client-transport-security",
    "data-dir",
    "enable-grpc-gateway",
    "initial-advertise-peer-urls",
    "initial-cluster",
    "initial-cluster-state",
    "initial-cluster-token",
    "listen-client-urls",
    "listen-metrics-urls",
    "listen-peer-urls",
    "log-outputs",
    "logger",
    "name",
    "peer-transport-security",
    "quota-backend-bytes",
)

_MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def group_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield a problem when the members are in another group than the playbooks expect."""
    group = inventory.shared("etcd_group", MEMBERS)
    if group != MEMBERS:
        yield f"etcd_group is {group}, but the playbooks find etcd's members in the group {MEMBERS}. Leave it out, and put them there."


def name_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield the members that etcd, or the users that the role makes, don't go together with."""
    odd = [name for name in inventory.members if not _MEMBER.fullmatch(name)]
    if odd:
        yield f"Names of members may use letters, digits, dots, dashes and underscores; these don't: {name_some(odd)}. Rename these hosts."
    users = ("root", inventory.shared("etcd_pki_client_cn", "flannel"), CONTROL_USER)
    taken = [name for name in inventory.members if name in users]
    if taken:
        yield f"{name_some(taken)} can't be the name of a member, since it is the name of a user of etcd. Rename the host."


def member_address_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield the members without an IP address of their own."""
    addresses = {name: _address(inventory, name) for name in inventory.members}
    wrong = [name for name, address in addresses.items() if _family(address) is None]
    if wrong:
        yield (
            f"These members of etcd have no IP address: {name_some(wrong)}. Set etcd_member_address, or ansible_host, "
            "to an address that the host has itself."
        )
    elif len({_family(address) for address in addresses.values()}) > 1:
        yield f"The addresses of etcd's members are of both families: {_list(addresses)}. Make them all IPv4 or all IPv6."
    twice = {name: address for name, address in addresses.items() if list(addresses.values()).count(address) > 1}
    if twice:
        yield f"Several members of etcd have one address: {_list(twice)}. Each needs an address of its own."


def config_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield what users add to etcd's configuration that the role sets itself."""
    keys = {str(key) for member in inventory.members for key in inventory.get(member, "etcd_extra_config", {})}
    taken = sorted(keys & set(ROLE_KEYS))
    if taken:
        yield f"etcd_extra_config must not set what the role sets itself, and has {name_some(taken)}. Take it out."


def _address(inventory: Inventory, name: str) -> str:
    return str(inventory.get(name, "etcd_member_address") or inventory.get(name, "ansible_host") or name)


def _family(address: str) -> int | None:
    try:
        return ip_address(address).version
    except ValueError:
        return None


def _list(addresses: t.Mapping[str, str]) -> str:
    return name_some(f"{name} {address}" for name, address in addresses.items())


RULES = (
    SettingRule(("etcd_group",), group_problems),
    SettingRule(("etcd_pki_client_cn",), name_problems, ("etcd",)),
    SettingRule(("etcd_member_address", "ansible_host"), member_address_problems, ("etcd",)),
    SettingRule(("etcd_extra_config",), config_problems, ("etcd",)),
)
