# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which networks the rules of security groups let through. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

if t.TYPE_CHECKING:
    from .._core.item import Item

_EVERY_PORT = ("-1/-1", "1/65535")


def refused_sources(rules: t.Iterable[Item], direction: str, protocol: str, subnets: t.Mapping[str, str]) -> list[str]:
    """Return the names of the subnets that a direction does not let through, for this protocol as a whole.

    Rules are decided by priority, among equals drop wins (user guide on security group rules). What no rule matches is dropped
    on its way in, and let out. A rule that names another group says nothing about containers, whose addresses are in none.
    """
    deciding = sorted(
        (rule for rule in rules if rule["direction"] == direction and rule["cidr"] and _concerns(rule, protocol)),
        key=lambda rule: (rule["priority"], rule["policy"] != "drop"),
    )
    return sorted(name for name, subnet in subnets.items() if not _passes(deciding, subnet, direction == "egress"))


def _concerns(rule: Item, protocol: str) -> bool:
    """Say whether the rule is about the protocol as a whole: accepting or dropping some ports says nothing about all of it."""
    return rule["protocol"] == "all" or (rule["protocol"] == protocol and (protocol == "icmp" or rule["port_range"] in _EVERY_PORT))


def _passes(deciding: t.Iterable[Item], subnet: str, otherwise: bool) -> bool:
    network = ipaddress.ip_network(subnet)
    for rule in deciding:
        cidr = ipaddress.ip_network(rule["cidr"])
        if cidr.version != network.version or not cidr.overlaps(network):
            continue
        if rule["policy"] == "drop":
            return False
        if t.cast("ipaddress.IPv4Network", network).subnet_of(t.cast("ipaddress.IPv4Network", cidr)):
            return True
    return otherwise
