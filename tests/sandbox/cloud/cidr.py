# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API's rules about destinations. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

CLOUD_SERVICES = ipaddress.IPv4Network("100.64.0.0/10")


def parse_destination(text: str) -> ipaddress.IPv4Network | None:
    """Return the network, a bare address as /32; None when the API calls it malformed."""
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        return None


def is_reserved(destination: ipaddress.IPv4Network, vswitches: t.Iterable[str], *, batch: bool) -> bool:
    """Say whether the destination belongs to the cloud itself.

    A single create may contain a vSwitch; the batch form refuses any overlap.
    """
    if destination.subnet_of(CLOUD_SERVICES):
        return True
    networks = [ipaddress.IPv4Network(cidr) for cidr in vswitches]
    if batch:
        return any(destination.overlaps(network) for network in networks)
    return any(destination.subnet_of(network) for network in networks)
