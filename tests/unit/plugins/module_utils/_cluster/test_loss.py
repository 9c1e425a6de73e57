# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.loss import explain_loss, find_orphans, find_overwritten

NODES: list[dict[str, t.Any]] = [
    {"name": "n1", "address": "172.16.0.11", "instance_id": None, "subnet": None},
    {"name": "n2", "address": "172.16.0.12", "instance_id": "i-2", "subnet": None},
]
HELD = [{"subnet": "10.24.1.0/24", "public_ip": "172.16.0.11"}]


def entry(number: int, name: str, hop: str = "i-2", owner: str = "us") -> dict[str, t.Any]:
    return {"destination": f"10.24.{number}.0/24", "owner": owner, "name": name, "next_hop_id": hop}


def test_entries_without_a_lease_are_orphans() -> None:
    tables = [{"entries": [entry(1, "us/n1"), entry(2, "us/n2")]}, {"entries": [entry(3, "them/n3", owner="them")]}]
    assert find_orphans(tables, "us", HELD) == [entry(2, "us/n2")]


def test_what_has_a_record_that_cannot_be_right_is_not_lost() -> None:
    tables = [{"entries": [entry(1, "us/n1"), entry(2, "us/n2"), entry(3, "us/n3")]}]
    overwritten, named = {"subnet": "10.24.2.0/24", "public_ip": None}, {"subnet": "10.24.3.0/24", "public_ip": "172.16.0.12"}
    assert find_orphans(tables, "us", HELD, [overwritten]) == [entry(3, "us/n3")]
    assert find_overwritten(tables, "us", NODES, HELD, [overwritten]) == [NODES[1]]
    # A record that names it refuses it by itself.
    assert find_overwritten(tables, "us", NODES, HELD, [overwritten, named]) == []
    assert find_overwritten(tables, "us", NODES, HELD, []) == []


def test_without_any_lease_every_entry_speaks_against_it() -> None:
    said = explain_loss([entry(1, "us/n1"), entry(1, "us/n1"), entry(9, "us/gone")], NODES, "us", [], [])
    assert "etcd holds no lease, but the route tables hold 3 entries of us: " in said
    assert "(us/n1, us/gone)" in said


@pytest.mark.parametrize(
    ("orphan", "node", "planned"),
    [
        (entry(2, "us/n2"), {}, 2),
        (entry(2, "us/n2", hop="i-new"), {}, 3),
        (entry(2, "us/n2"), {"subnet": "10.24.3.0/24"}, 3),
        (entry(2, "us/other"), {}, 3),
    ],
    ids=["same subnet", "new instance", "subnet of the inventory", "other node"],
)
def test_a_node_that_loses_nothing_is_given_a_subnet(orphan: dict[str, t.Any], node: dict[str, t.Any], planned: int) -> None:
    leases = [*HELD, {"subnet": f"10.24.{planned}.0/24", "public_ip": "172.16.0.12"}]
    assert explain_loss([orphan], [NODES[0], {**NODES[1], **node}], "us", HELD, leases) == ""


def test_a_node_that_would_get_another_subnet_is_named() -> None:
    said = explain_loss([entry(2, "us/n2")], NODES, "us", HELD, [*HELD, {"subnet": "10.24.3.0/24", "public_ip": "172.16.0.12"}])
    assert "etcd holds no lease of some nodes, but the route tables hold 1 entries of us for them: " in said
    assert "recover_leases" in said
    assert said.endswith("Nothing was changed.")
