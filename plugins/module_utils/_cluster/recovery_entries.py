# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A VPC's route entries as the remains of leases: those of several tables as one. No I/O."""

from __future__ import annotations

import typing as t
from ipaddress import IPv4Network

from .._routes.entry import CUSTOM, DELETING, RouteEntry, RoutePolicy, is_ours, parse_public_entry

if t.TYPE_CHECKING:
    from .._core.item import Item


def read_entries(tables: t.Sequence[Item], network: IPv4Network, owner: str) -> tuple[list[RouteEntry], list[RouteEntry], list[str]]:
    """Return our entries in the network, those of others, and where tables disagree about ours; each destination once."""
    found: dict[str, list[RouteEntry]] = {}
    for table in tables:
        for item in table["entries"]:
            entry = parse_public_entry(item, table["route_table_id"])
            if _counts(entry, network):
                found.setdefault(entry.destination, []).append(entry)
    policy = RoutePolicy(owner, (network,))
    ours: list[RouteEntry] = []
    others: list[RouteEntry] = []
    problems: list[str] = []
    for entries in found.values():
        mine = [entry for entry in entries if is_ours(entry, policy)]
        others += [entry for entry in entries if entry not in mine]
        if len({(entry.instance_id, entry.name) for entry in mine}) > 1:
            problems.append(f"The route tables disagree: {'; '.join(map(str, mine))}. Correct the wrong one.")
        else:
            ours += mine[:1]
    return ours, others, problems


def _counts(entry: RouteEntry, network: IPv4Network) -> bool:
    block = entry.network
    inside = isinstance(block, IPv4Network) and block.prefixlen > 0 and block.overlaps(network)
    return inside and entry.type == CUSTOM and entry.status != DELETING
