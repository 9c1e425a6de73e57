# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which chains of nftables drop traffic between containers: no accept elsewhere overrules a chain that drops. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

if t.TYPE_CHECKING:
    from .._core.item import Item

_FAMILIES = ("ip", "inet")


@dataclass(frozen=True)
class DroppingChain:
    """A chain that drops what is forwarded and not accepted in it; ``accepts`` says whether its table accepts the network."""

    family: str
    table: str
    name: str
    accepts: bool

    def public(self) -> dict[str, t.Any]:
        """Return the chain as the module returns it."""
        return asdict(self)


def dropping_chains(listed: Item, network: str) -> list[DroppingChain]:
    """Return the chains that drop by default, from what nft lists as JSON: chains alone, or a table with its rules."""
    items = [item for item in listed.get("nftables", ()) if isinstance(item, dict)]
    chains = [item["chain"] for item in items if "chain" in item]
    rules = [item["rule"] for item in items if "rule" in item]
    return [
        DroppingChain(chain["family"], chain["table"], chain["name"], _accepts(_rules_beside(chain, rules), network))
        for chain in chains
        if chain.get("hook") == "forward" and chain.get("policy") == "drop" and chain["family"] in _FAMILIES
    ]


def _rules_beside(chain: Item, rules: t.Iterable[Item]) -> list[Item]:
    """Return the rules of the chain's table, wherever they are in it."""
    return [rule for rule in rules if (rule["family"], rule["table"]) == (chain["family"], chain["table"])]


def _accepts(rules: t.Sequence[Item], network: str) -> bool:
    """Say whether rules accept the network as source and as destination."""
    found = {field for rule in rules for field in ("saddr", "daddr") if _is_accept(rule.get("expr", ()), field, network)}
    return found == {"saddr", "daddr"}


def _is_accept(statements: t.Sequence[Item], field: str, network: str) -> bool:
    address, _slash, length = network.partition("/")
    left = {"payload": {"protocol": "ip", "field": field}}
    right = {"prefix": {"addr": address, "len": int(length) if length.isdigit() else None}}
    matches = [statement["match"] for statement in statements if "match" in statement]
    alone = [(match["op"], match["left"], match["right"]) for match in matches] == [("==", left, right)]
    return alone and any("accept" in statement for statement in statements)
