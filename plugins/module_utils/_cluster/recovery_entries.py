# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A VPC's route entries as what is left of leases: those of several tables as one. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from ipaddress import IPv4Network

from .._routes.entry import CUSTOM, DELETING, INSTANCE, network_of

if t.TYPE_CHECKING:
    from .._core.item import Item


@dataclass(frozen=True)
class Entry:
    """A destination and the only instance that it leads to in every table; ``hop`` is None for any other kind of entry."""

    destination: str
    hop: str | None
    name: str
    owner: str | None
    table_id: str

    @property
    def node_name(self) -> str:
        """Return the node that the name names."""
        return self.name.partition("/")[2]

    @property
    def unmarked(self) -> bool:
        """Return whether the entry leads to an instance and bears nobody's mark."""
        return self.owner is None and self.hop is not None

    def __str__(self) -> str:
        """Say which entry this is."""
        return f"The entry {self.destination} ({self.name or 'without name'}, to {self.hop or 'no single instance'}, in {self.table_id})"


def read_entries(tables: t.Sequence[Item], network: IPv4Network, owner: str) -> tuple[list[Entry], list[Entry], list[str]]:
    """Return our entries in the network, those of others, and where tables disagree about ours; each destination once."""
    found: dict[str, list[Entry]] = {}
    for table in tables:
        for item in table["entries"]:
            if _counts(item, network):
                found.setdefault(item["destination"], []).append(_entry(item, table["route_table_id"]))
    ours: list[Entry] = []
    others: list[Entry] = []
    problems: list[str] = []
    for entries in found.values():
        mine = [entry for entry in entries if _is_ours(entry, network, owner)]
        others += [entry for entry in entries if entry not in mine]
        if len({(entry.hop, entry.name) for entry in mine}) > 1:
            problems.append(f"The route tables disagree: {'; '.join(map(str, mine))}. Correct the wrong one.")
        else:
            ours += mine[:1]
    return ours, others, problems


def _counts(item: Item, network: IPv4Network) -> bool:
    destination = network_of(item["destination"])
    inside = isinstance(destination, IPv4Network) and destination.prefixlen > 0 and destination.overlaps(network)
    return inside and item["type"] == CUSTOM and item["status"] != DELETING


def _entry(item: Item, table_id: str) -> Entry:
    hops = item["next_hops"]
    single = hops[0]["next_hop_id"] if len(hops) == 1 and hops[0]["next_hop_type"] == INSTANCE else None
    return Entry(item["destination"], single, item["name"], item["owner"], table_id)


def _is_ours(entry: Entry, network: IPv4Network, owner: str) -> bool:
    return entry.owner == owner and entry.hop is not None and IPv4Network(entry.destination).subnet_of(network)
