# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.nftables import forward_problems

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
TEST_PROBLEMS: list[tuple[list[dict[str, t.Any]], list[str], list[str]]] = [
    ([], [], []),
    ([{"metainfo": {"json_schema_version": 1}}, {"table": {"family": "inet", "name": "filter"}}], [], []),
    ([chain()], [], ["inet filter"]),
    ([chain()], ["inet filter"], []),
    ([chain()], ["ip filter"], ["inet filter"]),
    ([chain(policy="accept"), chain(hook="input"), chain(family="ip6"), chain(family="bridge")], [], []),
    ([chain(), chain(table="mine", family="ip")], [], ["inet filter", "ip mine"]),
    ([chain(), *BOTH], [], []),
    ([chain(), rule("saddr")], [], ["inet filter"]),
    ([chain(), *BOTH, chain(table="mine")], [], ["inet mine"]),
    ([chain(), rule("saddr"), rule("daddr", network="10.24.0.0/24")], [], ["inet filter"]),
    ([chain(), rule("saddr"), rule("daddr", verdict="drop")], [], ["inet filter"]),
    ([chain(), rule("saddr"), rule("daddr", op="!=")], [], ["inet filter"]),
    ([chain(), rule("saddr"), rule("daddr", more=True)], [], ["inet filter"]),
    ([{"chain": {"family": "inet", "table": "filter", "name": "helper"}}, chain(), *BOTH], [], []),
]


@pytest.mark.parametrize(("items", "trusted", "words"), TEST_PROBLEMS)
def test_problems(items: list[dict[str, t.Any]], trusted: list[str], words: list[str]) -> None:
    problems = forward_problems(json.dumps({"nftables": items}), NETWORK, trusted)
    assert len(problems) == len(words)
    assert all(f"table {word} drops" in problem for problem, word in zip(problems, words))


def test_no_nftables_no_problem() -> None:
    assert forward_problems("", NETWORK) == []
