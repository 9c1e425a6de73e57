# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.nodes import parse_nodes
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.probe import probe_answers, probe_targets

NETWORK = "10.24.0.0/16"
NODES = parse_nodes(["n1", "n2", "n3"], {f"n{number}": {"ansible_host": f"172.16.0.1{number}"} for number in (1, 2, 3)})
LEASES = [{"public_ip": f"172.16.0.1{number}", "subnet": f"10.24.{number}.0/24"} for number in (1, 2)]


def target(answer: t.Mapping[str, t.Any], node: str = "n2", leases: t.Sequence[t.Mapping[str, str]] = LEASES) -> dict[str, t.Any]:
    (found,) = probe_targets([node], [answer], NODES, leases, NETWORK)
    return found


def saying(address: object) -> dict[str, t.Any]:
    return {"changed": False, "address": address}


def test_an_address_of_the_nodes_own_subnet_is_pinged() -> None:
    assert target(saying("10.24.2.5")) == {"node": "n2", "address": "10.24.2.5", "problem": ""}


def test_a_node_may_have_more_than_one_lease() -> None:
    leases = [*LEASES, {"public_ip": "172.16.0.12", "subnet": "10.24.9.0/24"}]
    assert {target(saying(address), leases=leases)["address"] for address in ("10.24.2.5", "10.24.9.5")} == {"10.24.2.5", "10.24.9.5"}


def test_without_any_lease_the_network_is_the_bound() -> None:
    assert target(saying("10.24.77.5"), leases=[])["address"] == "10.24.77.5"
    assert target(saying("10.25.0.5"), leases=[])["address"] is None


@pytest.mark.parametrize("answer", [{}, {"failed": True, "msg": "no plugin"}, {"skipped": True}, {"unreachable": True, "msg": "timed out"}])
def test_where_no_container_started_nothing_is_refused(answer: dict[str, t.Any]) -> None:
    assert target(answer) == {"node": "n2", "address": None, "problem": ""}


ATTACKS = [
    "10.24.2.5; touch /tmp/owned",
    "$(touch /tmp/owned)",
    "10.24.2.5 --help",
    "-f",
    "10.24.2.5\n10.24.2.6",
    "{{ lookup('ansible.builtin.pipe', 'touch /tmp/owned') }}",
    "10.24.2.0/24",
    "::ffff:10.24.2.5",
    "",
    5,
    None,
    ["10.24.2.5"],
    {"address": "10.24.2.5"},
]


@pytest.mark.parametrize("address", ATTACKS)
def test_what_is_no_address_is_refused_and_not_repeated(address: object) -> None:
    assert target(saying(address)) == {"node": "n2", "address": None, "problem": "n2 does not say which IPv4 address its container has."}


def test_an_answer_without_an_address_is_refused() -> None:
    assert target({"changed": False})["problem"] == "n2 does not say which IPv4 address its container has."


def test_another_nodes_address_is_refused() -> None:
    assert target(saying("10.24.1.5")) == {
        "node": "n2",
        "address": None,
        "problem": "n2 says that its container has the address 10.24.1.5, which is not in a subnet of its own (10.24.2.0/24).",
    }


@pytest.mark.parametrize("node", ["n3", "n4"])
def test_a_node_without_a_lease_has_no_address(node: str) -> None:
    assert "not in a subnet of its own (none)" in target(saying("10.24.2.5"), node)["problem"]


TARGETS: list[dict[str, t.Any]] = [{"node": "n2", "address": "10.24.2.5", "problem": ""}, {"node": "n3", "address": None, "problem": ""}]


def answers(said: object) -> list[tuple[bool, float | None]]:
    found = probe_answers(TARGETS, {"answers": said})
    assert [answer["node"] for answer in found] == ["n2", "n3"]
    assert all(answer.keys() == {"node", "address", "problem", "ok", "rtt_ms"} for answer in found)
    return [(answer["ok"], answer["rtt_ms"]) for answer in found]


def test_answers_are_told_by_node() -> None:
    assert answers({"10.24.2.5": 0.41}) == [(True, 0.41), (False, None)]
    assert answers({"10.24.2.5": 1}) == [(True, 1), (False, None)]


@pytest.mark.parametrize(
    "said",
    [
        {"10.24.2.5": "{{ 1 }}"},
        {"10.24.2.5": {"node": "n1", "address": "x", "problem": "y"}},
        {"10.24.2.5": float("nan")},
        {"10.24.2.5": 1e9},
        {"10.24.2.5": -1},
        {"10.24.2.5": True},
        {"None": 1.0},
        ["10.24.2.5"],
        None,
    ],
)
def test_nothing_else_is_taken_from_a_node(said: object) -> None:
    assert answers(said) == [(False, None), (False, None)]


def test_a_node_that_did_not_ping_has_no_answers() -> None:
    assert [answer["ok"] for answer in probe_answers(TARGETS, {"skipped": True})] == [False, False]
