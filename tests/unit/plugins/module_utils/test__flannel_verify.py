# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel_verify import Observed, find_problems, subnet_of

NODES = [{"name": "n1", "public_ip": "172.16.0.11"}, {"name": "n2", "public_ip": "172.16.0.12"}]
LEASES = [{"public_ip": "172.16.0.11", "subnet": "10.24.1.0/24"}, {"public_ip": "172.16.0.12", "subnet": "10.24.2.0/24"}]
ROUTES = [
    {"name": "n1", "destination": "10.24.1.0/24", "next_hop_id": "i-1"},
    {"name": "n2", "destination": "10.24.2.0/24", "next_hop_id": "i-2"},
]
ENTRIES = [{"destination": route["destination"], "next_hop_id": route["next_hop_id"], "status": "Available"} for route in ROUTES]
ENV = {"n1": "FLANNEL_NETWORK=10.24.0.0/16\nFLANNEL_SUBNET=10.24.1.1/24\n", "n2": "FLANNEL_SUBNET=10.24.2.1/24\n"}
PINGS = {"n1": [{"node": "n2", "ok": True}], "n2": [{"node": "n1", "ok": True}]}


def observed(**changes: t.Any) -> Observed:
    seen: dict[str, t.Any] = {
        "routes": ROUTES,
        "tables": [{"route_table_id": "vtb-1", "entries": ENTRIES}],
        "leases": LEASES,
        "subnet_env": ENV,
        "pings": PINGS,
    }
    return Observed(**{**seen, **changes})


def tables(*entries: dict[str, str]) -> list[dict[str, t.Any]]:
    return [{"route_table_id": "vtb-1", "entries": list(entries)}]


def test_a_cluster_as_it_should_be_has_no_findings() -> None:
    assert find_problems(NODES, [], observed()) == []


TEST_BROKEN = [
    ({"tables": tables(ENTRIES[0])}, "n2", "No route entry for 10.24.2.0/24 in route table vtb-1"),
    ({"tables": tables(ENTRIES[0], {**ENTRIES[1], "next_hop_id": "i-9"})}, "n2", "leads to i-9 instead of i-2"),
    ({"tables": tables({**ENTRIES[0], "status": "Pending"}, ENTRIES[1])}, "n1", "is Pending"),
    ({"subnet_env": {"n1": ENV["n1"]}}, "n2", "not reached"),
    ({"subnet_env": {**ENV, "n2": "FLANNEL_SUBNET=10.24.7.1/24"}}, "n2", "uses 10.24.7.0/24, but its lease is 10.24.2.0/24"),
    ({"subnet_env": {**ENV, "n2": "FLANNEL_MTU=1500"}}, "n2", "names no subnet"),
    ({"pings": {**PINGS, "n2": [{"node": "n1", "ok": False}]}}, "n2", "no answer from a container on n1"),
]


@pytest.mark.parametrize(("change", "node", "problem"), TEST_BROKEN)
def test_each_broken_link_is_found_once_and_named(change: dict[str, t.Any], node: str, problem: str) -> None:
    (finding,) = find_problems(NODES, [], observed(**change))
    assert finding["node"] == node
    assert problem in finding["problem"]
    assert finding["mend"]


def test_every_table_concerned_needs_every_route() -> None:
    two_tables = [{"route_table_id": "vtb-1", "entries": ENTRIES}, {"route_table_id": "vtb-2", "entries": []}]
    found = find_problems(NODES, [], observed(tables=two_tables))
    assert [(finding["node"], "vtb-2" in finding["problem"]) for finding in found] == [("n1", True), ("n2", True)]


def test_a_refused_node_is_a_finding() -> None:
    (finding,) = find_problems(NODES, [{"node": "n3", "reason": "No instance has 172.16.0.13."}], observed())
    assert (finding["node"], finding["problem"]) == ("n3", "No instance has 172.16.0.13.")


@pytest.mark.parametrize(
    ("text", "subnet"),
    [("FLANNEL_SUBNET=10.24.72.1/24\n", "10.24.72.0/24"), ("", None), ("FLANNEL_SUBNET=\n", None), ("FLANNEL_SUBNET=x/24\n", None)],
)
def test_the_subnet_is_the_network_of_the_gateway(text: str, subnet: str | None) -> None:
    assert subnet_of(text) == subnet
