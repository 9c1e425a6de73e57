# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Forms of addresses: IPv4 networks, IP addresses and URLs. Pure."""

from __future__ import annotations

import re
import typing as t
from ipaddress import IPv4Address, IPv4Network, ip_address

from .forms import Form, matching, scalar

_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,62})?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62})?)*")


def ipv4_network(shortest: int = 0, longest: int = 32, example: str = "10.24.0.0/16") -> Form:
    """Return the form of networks that are written with their first address."""
    bounds = f" of /{shortest} to /{longest}" if (shortest, longest) != (0, 32) else ""
    return scalar("str", f"an IPv4 network{bounds}, such as {example}", lambda value: _check_network(value, shortest, longest))


def ipv4_address(example: str = "192.0.2.11") -> Form:
    """Return the form of IPv4 addresses."""
    return scalar("str", f"an IPv4 address, such as {example}", lambda value: _check(value, IPv4Address))


def address(example: str = "192.0.2.11") -> Form:
    """Return the form of IP addresses of either family."""
    return scalar("str", f"an IP address, such as {example}", lambda value: _check(value, ip_address))


def host_name_or_address() -> Form:
    """Return the form of what a certificate is for."""

    def check(value: t.Any) -> str | None:
        return None if isinstance(value, str) and (_HOST_NAME.fullmatch(value) or _check(value, ip_address) is None) else ""

    return scalar("str", "a DNS name or an IP address", check)


def url(example: str, schemes: t.Sequence[str] = ("https", "http")) -> Form:
    """Return the form of URLs, with a host and without spaces."""
    return matching(rf"({'|'.join(schemes)})://[^\s/]+(/\S*)?", f"a URL, such as {example}")


def _check(value: t.Any, parse: t.Callable[[str], t.Any]) -> str | None:
    if not isinstance(value, str):
        return ""
    try:
        parse(value)
    except ValueError:
        return ""
    return None


def _check_network(value: t.Any, shortest: int, longest: int) -> str | None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9.]+/[0-9]{1,2}", value):
        return ""
    try:
        network = IPv4Network(value, strict=False)
    except ValueError:
        return ""
    if str(network) != value:
        return f"{value} is an address within {network}." if str(network.network_address) != value.split("/")[0] else f"Write {network}."
    return None if shortest <= network.prefixlen <= longest else ""
