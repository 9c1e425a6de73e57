# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.backend import backend
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput

NODES = [{"name": f"n{number}", "address": f"172.16.0.{number}"} for number in range(1, 4)]
VPC = {
    "vswitches": [
        {"vswitch_id": "vsw-1", "cidr_block": "172.16.0.0/24", "route_table_id": "vtb-1"},
        {"vswitch_id": "vsw-2", "cidr_block": "172.16.1.0/24", "route_table_id": "vtb-2"},
    ]
}
LEASES = [{"subnet": "10.24.1.0/24", "public_ip": "172.16.0.1"}]
USUAL: dict[str, t.Any] = {"nodes": NODES, "vpc": VPC, "network": "10.24.0.0/16", "owner": "us"}


def table(limit: int, used: int = 0, entries: t.Sequence[dict[str, t.Any]] = (), name: str = "vtb-1") -> dict[str, t.Any]:
    quota = {"used": used or len(entries), "limit": limit, "source": "default"}
    return {"route_table_id": name, "quota": quota, "entries": list(entries)}


def own(*destinations: str, owner: str = "us") -> list[dict[str, t.Any]]:
    return [{"destination": destination, "owner": owner} for destination in destinations]


def live(kind: str, **options: t.Any) -> dict[str, t.Any]:
    return {"published": {"Network": "10.24.0.0/16", "Backend": {"Type": kind, **options}}}


# The desired backend, what is known, the backend to use, routes left, and a word from each problem.
TEST_CHOICE: list[tuple[str, dict[str, t.Any], str, int | None, list[str]]] = [
    ("auto", {"tables": [table(200)]}, "vpc", 197, []),
    ("auto", {"tables": [table(3)]}, "vpc", 0, []),
    ("auto", {"tables": [table(2)]}, "vxlan", -1, []),
    ("auto", {"tables": [table(2)], "daemon": False}, "vxlan", -1, ["Set flannel_mode to daemon"]),
    ("auto", {}, "vpc", None, []),
    # Entries of others take room, entries of ours are the nodes' own, a mark outside the network is no node's.
    ("auto", {"tables": [table(4, used=2)]}, "vxlan", -1, []),
    ("auto", {"tables": [table(4, entries=own("10.24.1.0/24", "10.24.2.0/24"))]}, "vpc", 1, []),
    ("auto", {"tables": [table(4, entries=own("10.99.1.0/24", "fd00::/64"))]}, "vxlan", -1, []),
    ("auto", {"tables": [table(4, entries=own("10.24.1.0/24", "10.24.2.0/24", owner="them"))]}, "vxlan", -1, []),
    # Only the tables that the nodes use count; all of them when no vSwitch has the nodes.
    ("auto", {"tables": [table(200), table(1, name="vtb-2")]}, "vpc", 197, []),
    ("auto", {"tables": [table(200), table(1, name="vtb-2")], "vpc": None}, "vxlan", -2, []),
    ("auto", {"tables": [table(9), table(7, name="vtb-2")], "nodes": [*NODES, {"address": "172.16.1.1"}]}, "vpc", 3, []),
    # What is live stays.
    ("auto", {**live("alloc"), "tables": [table(2)]}, "vpc", -1, ["Have the quota raised, or set flannel_backend to vxlan"]),
    ("auto", {**live("alloc"), "leases": LEASES, "tables": [table(2)]}, "vpc", -1, ["or move to VXLAN"]),
    ("auto", {**live("vxlan"), "leases": LEASES, "tables": [table(200)]}, "vxlan", 197, []),
    ("auto", {**live("udp"), "leases": LEASES, "tables": [table(200)]}, "vpc", 197, ["runs with the backend udp, desired is vpc"]),
    ("auto", {**live("udp"), "tables": [table(200)]}, "vpc", 197, []),
    ("vpc", {**live("vxlan"), "leases": LEASES, "tables": [table(200)]}, "vpc", 197, ["vxlan, desired is vpc. To change it"]),
    ("vpc", {**live("vxlan"), "leases": LEASES, "tables": [table(200)], "change": True}, "vpc", 197, []),
    ("vpc", {**live("vxlan"), "tables": [table(200)]}, "vpc", 197, []),
    ("vpc", {"tables": [table(2)]}, "vpc", -1, ["1 route entries more than fit in route table vtb-1: quota 2 (default)"]),
    ("vxlan", {**live("alloc"), "leases": LEASES, "tables": [table(2)]}, "vxlan", -1, ["vpc, desired is vxlan"]),
    ("vxlan", {**live("alloc"), "leases": LEASES, "change": True, "daemon": False}, "vxlan", None, ["Set flannel_mode to daemon"]),
    ("vxlan", {**live("vxlan", VNI=7), "leases": LEASES, "options": {"VNI": 7}}, "vxlan", None, []),
    ("vxlan", {**live("vxlan"), "leases": LEASES, "options": {"VNI": 7}}, "vxlan", None, ["options are {}, desired are {'VNI': 7}"]),
    ("vxlan", {**live("vxlan"), "leases": LEASES, "options": {"VNI": 7}, "change": True}, "vxlan", None, []),
]


@pytest.mark.parametrize(("desired", "known", "expected", "left", "problems"), TEST_CHOICE)
def test_choice(desired: str, known: dict[str, t.Any], expected: str, left: int | None, problems: list[str]) -> None:
    found = backend(desired, **{**USUAL, **known})
    assert (found["backend"], found["routes_left"]) == (expected, left)
    assert len(found["problems"]) == len(problems)
    for sentence, word in zip(found["problems"], problems):
        assert word in sentence


def test_message_says_why_and_how_many_routes_are_left() -> None:
    found = backend("auto", tables=[table(200, used=7)], **USUAL)
    assert found["message"] == (
        "The backend is vpc: every node's route fits the quota. "
        "With an entry for every node: 190 route(s) left in route table vtb-1: quota 200 (default), 7 entries of others."
    )
    assert (found["live"], found["type"]) == ("", "alloc")
    assert backend("vxlan", **USUAL)["type"] == "vxlan"
    assert backend("auto", **USUAL, **live("alloc"))["live"] == "vpc"
    assert "2 route(s) too few" in backend("vxlan", tables=[table(1)], **USUAL)["message"]


def test_unknown_backend_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not one of auto, vpc, vxlan"):
        backend("ali-vpc")
