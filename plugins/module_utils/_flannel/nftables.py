# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Whether nftables would drop traffic between containers: no accept elsewhere overrules a chain that drops. Pure."""

from __future__ import annotations

import json
import typing as t

if t.TYPE_CHECKING:
    from .._core.item import Item


def forward_problems(ruleset: str, network: str, trusted: t.Sequence[str] = ()) -> list[str]:
    """Return why forwarding would fail, from ``nft --json list ruleset``; ``trusted`` are tables such as ``inet filter``."""
    items: list[Item] = json.loads(ruleset)["nftables"] if ruleset.strip() else []
    chains = [item["chain"] for item in items if "chain" in item]
    rules = [item["rule"] for item in items if "rule" in item]
    return [
        f"The chain {chain['name']} of the nftables table {_table(chain)} drops forwarded packets, and no other table can overrule that. "
        f'Accept the network in it: "ip saddr {network} accept" and "ip daddr {network} accept"; or, if it lets the network through in '
        f"another way, add {_table(chain)!r} to flanneld_trusted_tables."
        for chain in chains
        if chain.get("hook") == "forward" and chain.get("policy") == "drop" and chain["family"] in ("ip", "inet")
        if _table(chain) not in trusted and not _accepts([rule for rule in rules if _table(rule) == _table(chain)], network)
    ]


def _table(item: Item) -> str:
    return f"{item['family']} {item['table']}"


def _accepts(rules: t.Sequence[Item], network: str) -> bool:
    """Say whether rules of the table accept the network as source and as destination, wherever they are in it."""
    found = {field for rule in rules for field in ("saddr", "daddr") if _is_accept(rule["expr"], field, network)}
    return found == {"saddr", "daddr"}


def _is_accept(statements: t.Sequence[Item], field: str, network: str) -> bool:
    address, _slash, length = network.partition("/")
    left = {"payload": {"protocol": "ip", "field": field}}
    right = {"prefix": {"addr": address, "len": int(length)}}
    matches = [statement["match"] for statement in statements if "match" in statement]
    alone = [(match["op"], match["left"], match["right"]) for match in matches] == [("==", left, right)]
    return alone and any("accept" in statement for statement in statements)
