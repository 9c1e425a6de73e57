# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""IPv4 CIDR blocks of VPCs and vSwitches. No I/O."""

from __future__ import annotations

import ipaddress
import typing as t

from .errors import InvalidInput

# What the API references of CreateVpc and CreateVSwitch rule out.
RESERVED = ("100.64.0.0/10", "224.0.0.0/4", "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/8")


def check_cidr(option: str, text: str, shortest: int, longest: int) -> str:
    """Return the CIDR block as the cloud writes it; refuse what can't belong to a VPC or vSwitch."""
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as exc:
        raise InvalidInput(f"The option {option} is {text!r}, which is not an IPv4 CIDR block: {exc}.") from None
    if not shortest <= network.prefixlen <= longest:
        raise InvalidInput(f"The option {option} is {text}; its mask must have between {shortest} and {longest} bits.")
    reserved = next((block for block in RESERVED if cidrs_overlap(text, block)), None)
    if reserved:
        raise InvalidInput(f"The option {option} is {text}, which overlaps with {reserved}; that block is reserved.")
    return str(network)


def cidrs_overlap(one: str, other: str) -> bool:
    """Say whether two CIDR blocks have an address in common; an IPv4 and an IPv6 block have none."""
    return ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other))


def is_inside(inner: str, outer: str) -> bool:
    """Say whether one CIDR block lies within the other."""
    return ipaddress.IPv4Network(inner).subnet_of(ipaddress.IPv4Network(outer))


def sort_cidrs(blocks: t.Iterable[str]) -> tuple[str, ...]:
    """Return the CIDR blocks in the order of their addresses, each once."""
    return tuple(sorted(set(blocks), key=ipaddress.IPv4Network))
