# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.nftables import dropping_chains

NETWORK = "10.24.0.0/16"


def chain(table: str = "filter", family: str = "inet", hook: str = "forward", policy: str = "drop") -> dict[str, t.Any]:
    return {"chain": {"family": family, "table": table, "name": "forward", "type": "filter", "hook": hook, "prio": 0, "policy": policy}}


def rule(
    field: str, table: str = "filter", network: str = NETWORK, verdict: str = "accept", op: str = "==", more: bool = False
) -> dict[str, t.Any]:
    address, length = network.split("/")
    right = {"prefix": {"addr": address, "len": int(length)}}
    match = {"match": {"op": op, "left": {"payload": {"protocol": "ip", "field": field}}, "right": right}}
    other = [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth9"}}] if more else []
    return {"rule": {"family": "inet", "table": table, "chain": "forward", "handle": 4, "expr": [match, *other, {verdict: None}]}}


BOTH = [rule("saddr"), rule("daddr")]

# What nft lists, trusted tables, and a word from each problem.
# What nft lists, and which tables drop without accepting the network.
ROWS: list[tuple[list[dict[str, t.Any]], list[str]]] = [
    ([], []),
    ([{"metainfo": {"json_schema_version": 1}}, {"table": {"family": "inet", "name": "filter"}}], []),
    ([chain()], ["inet filter"]),
    ([chain(policy="accept"), chain(hook="input"), chain(family="ip6"), chain(family="bridge")], []),
    ([chain(), chain(table="mine", family="ip")], ["inet filter", "ip mine"]),
    ([chain(), *BOTH], []),
    ([chain(), rule("saddr")], ["inet filter"]),
    ([chain(), *BOTH, chain(table="mine")], ["inet mine"]),
    ([chain(), rule("saddr"), rule("daddr", network="10.24.0.0/24")], ["inet filter"]),
    ([chain(), rule("saddr"), rule("daddr", verdict="drop")], ["inet filter"]),
    ([chain(), rule("saddr"), rule("daddr", op="!=")], ["inet filter"]),
    ([chain(), rule("saddr"), rule("daddr", more=True)], ["inet filter"]),
    ([{"chain": {"family": "inet", "table": "filter", "name": "helper"}}, chain(), *BOTH], []),
]


@pytest.mark.parametrize(("items", "tables"), ROWS)
def test_chains_that_drop(items: list[dict[str, t.Any]], tables: list[str]) -> None:
    chains = dropping_chains({"nftables": items}, NETWORK)
    assert [f"{one.family} {one.table}" for one in chains if not one.accepts] == tables


@pytest.mark.parametrize("network", ["", "10.24.0.0", "nonsense/x"])
def test_no_network_is_accepted_by_nobody(network: str) -> None:
    (one,) = dropping_chains({"nftables": [chain(), *BOTH]}, network)
    assert not one.accepts
