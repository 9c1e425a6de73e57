# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Finds leases that were lost while their route entries are still there. Pure.

Whoever gives the nodes new subnets then cuts running containers off.
"""

from __future__ import annotations

import typing as t

from .._core.text import name_first, show

if t.TYPE_CHECKING:
    from .._core.item import Item


_SHOWN = 1000
_LONGEST_NAME = 200


def find_orphans(tables: t.Sequence[Item], owner: str, leases: t.Sequence[Item], unusable: t.Sequence[Item] = ()) -> list[Item]:
    """Return the owner's route entries that no lease explains, nor a record in etcd that can't be right, which is there and so not lost."""
    subnets = {record["subnet"] for record in (*leases, *unusable)}
    entries = [entry for table in tables for entry in table["entries"]]
    return [entry for entry in entries if entry["owner"] == owner and entry["destination"] not in subnets]


def find_overwritten(
    tables: t.Sequence[Item], owner: str, nodes: t.Sequence[Item], leases: t.Sequence[Item], unusable: t.Sequence[Item]
) -> list[Item]:
    """Return the nodes whose lease was overwritten with what can't be right: their entries have its subnet, no record has their address.

    With another subnet their containers would be cut off.
    """
    subnets = {record["subnet"] for record in unusable}
    named = {record["public_ip"] for record in (*leases, *unusable)}
    remembered = {
        entry["name"] for table in tables for entry in table["entries"] if entry["owner"] == owner and entry["destination"] in subnets
    }
    return [node for node in nodes if f"{owner}/{node['name']}" in remembered and node["address"] not in named]


def explain_loss(
    orphans: t.Sequence[Item], nodes: t.Sequence[Item], owner: str, leases: t.Sequence[Item], planned: t.Sequence[Item]
) -> str:
    """Return why no subnets may be given out; empty when they may.

    Where etcd has no lease left, every entry speaks against it; else those of nodes without a lease that would get another subnet than
    their entry says (``planned`` are the leases as they would be). A node on a new instance has lost nothing.
    """
    lost = _lost_of_nodes(orphans, nodes, owner, leases, planned) if leases else [entry["name"] for entry in orphans]
    if not lost:
        return ""
    named = name_first((show(name, _LONGEST_NAME) for name in dict.fromkeys(lost)), _SHOWN)
    some, them = (" of some nodes", " for them") if leases else ("", "")
    return (
        f"etcd holds no lease{some}, but the route tables hold {len(lost)} entries of {owner}{them}: etcd was lost or restored, or leases "
        "ran out, and new subnets would cut running containers off. Restore a backup of etcd, or run alicloud.flannel.recover_leases, "
        f"which takes the subnets from the entries ({named}). With flannel_recover=fresh, new subnets are given "
        "out in spite of that. Nothing was changed."
    )


def _lost_of_nodes(
    orphans: t.Sequence[Item], nodes: t.Sequence[Item], owner: str, leases: t.Sequence[Item], planned: t.Sequence[Item]
) -> list[str]:
    held = {lease["public_ip"] for lease in leases}
    given = {lease["public_ip"]: lease["subnet"] for lease in planned}
    losers = {f"{owner}/{node['name']}": node for node in nodes if node["address"] not in held and not node["subnet"]}
    return [
        entry["name"]
        for entry in orphans
        if entry["name"] in losers
        and losers[entry["name"]]["instance_id"] in (None, entry["next_hop_id"])
        and entry["destination"] != given.get(losers[entry["name"]]["address"])
    ]
