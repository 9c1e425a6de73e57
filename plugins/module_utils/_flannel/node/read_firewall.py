# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads what decides whether a node forwards packets of containers."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ..._core.host.commands import document, output, run
from ..nftables import dropping_chains
from .paths import FIREWALL

OWN_CHAIN = "ALICLOUD-FLANNEL-FWD"
_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_MOST_RULES = 200
_MOST_TABLES = 20

Facts = t.Dict[str, t.Any]


def read_firewall(network: str) -> Facts:
    """Return which packet filters there are, whether the role's rules are complete, and what else drops forwarded packets."""
    check = run(FIREWALL, "check") if Path(FIREWALL).exists() else None
    rules = output("iptables", "--wait", "-S", "FORWARD").splitlines()
    appended = [rule for rule in rules if rule.startswith("-A ")]
    own = next((at for at, rule in enumerate(appended) if OWN_CHAIN in rule), len(appended))
    nft = _find("nft")
    chains = document(nft, "--json", "list", "chains") if nft else {}
    return {
        "iptables": bool(_find("iptables")),
        "nft": bool(nft),
        "readable": chains is not None,
        "check": check.returncode if check else None,
        "policy": next((rule.split()[2] for rule in rules if rule.startswith("-P ")), ""),
        "ahead": appended[:own][:_MOST_RULES],
        "drops": _read_drops(nft, chains or {}, network),
    }


def _find(program: str) -> str:
    """Return where a program is; nothing when it is nowhere."""
    return next((path for path in (f"{folder}/{program}" for folder in _FOLDERS) if Path(path).exists()), "")


def _read_drops(nft: str, chains: Facts, network: str) -> list[Facts]:
    """Return the chains of nftables that drop what is forwarded, and whether their table accepts the network."""
    found = []
    for family, table in dict.fromkeys((chain.family, chain.table) for chain in dropping_chains(chains, network)):
        # All rules of the host may be many; those of these tables are few.
        content = document(nft, "--json", "list", "table", family, table)
        found += dropping_chains(content or chains, network)
    return [chain.public() for chain in found if chain][:_MOST_TABLES]
