# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._verify.diagnosis import describe
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._verify.example_observations import (
    ALL_OF_N2,
    DOWN,
    Break,
    Observations,
    cut_off,
    entry,
    facts,
    found,
    instance,
    leases,
    links,
    lose,
    part,
    set_at,
    silent,
    subnet,
    table,
)

# Breaks that have several effects: each cause is told, and no effect.
ROOTS: list[tuple[str, list[Break], list[tuple[str, str]]]] = [
    ("a lost lease explains the route", [leases(), table(entry(1), entry(3))], [("n2", "lease")]),
    (
        "a dead daemon explains subnet.env",
        [part("n2", "units", **{"flannel-subnet.service": DOWN}), facts("n2", subnet_env=None)],
        [("n2", "unit")],
    ),
    (
        "subnet.env explains the rest",
        [facts("n2", subnet_env=None, conflist=None), set_at("hosts", "n2", "container", value="x")],
        [("n2", "subnet.env")],
    ),
    ("a wrong instance explains its route", [instance(instance_id="i-9"), table(entry(1), entry(3))], [("n2", "instance")]),
    (
        "two causes on one node",
        [part("n2", "settings", ip_forward="0"), table(entry(1), entry(3))],
        [("n2", "forwarding"), ("n2", "route")],
    ),
    (
        "causes on two nodes",
        [facts("n1", subnet_env=None), instance(source_dest_check=True)],
        [("n1", "subnet.env"), ("n2", "source/destination check")],
    ),
    (
        "without etcd the nodes are still looked at",
        [silent(1, 2, 3), part("n2", "settings", ip_forward="0")],
        [("", "etcd"), ("n2", "forwarding")],
    ),
    ("without etcd the routes are known from the nodes", [silent(1, 2, 3), table(entry(1), entry(3))], [("", "etcd"), ("n2", "route")]),
    ("without the cloud, too", [set_at("cloud", "routes", value={"msg": "x"}), facts("n2", conflist=None)], [("", "cloud"), ("n2", "cni")]),
]


@pytest.mark.parametrize(("breaks", "expected"), [case[1:] for case in ROOTS], ids=[case[0] for case in ROOTS])
def test_causes_are_told_and_not_what_follows(breaks: list[Break], expected: list[tuple[str, str]]) -> None:
    assert links(*breaks) == expected


def test_a_lost_lease_takes_the_blame_for_the_route_that_follows() -> None:
    (finding,) = found(leases(), table(entry(1), entry(3)), cut_off("n2"))
    assert (finding["link"], finding["pairs"]) == ("lease", ALL_OF_N2)


def test_a_lease_that_runs_out_stops_nothing_yet() -> None:
    assert links(leases(subnet(2), ttl=3600), cut_off("n2")) == [("n2", "lease"), ("n2", "packets")]


def test_each_of_two_causes_has_its_pairs() -> None:
    one, two = found(part("n1", "settings", ip_forward="0"), instance(source_dest_check=True), cut_off("n1"), cut_off("n2"))
    assert (one["node"], two["node"]) == ("n1", "n2")
    assert ["n1", "n2"] in one["pairs"]
    assert ["n1", "n2"] in two["pairs"]
    assert ["n2", "n3"] not in one["pairs"]


def test_what_is_the_same_on_several_nodes_is_told_once() -> None:
    (finding,) = found(*(part(name, "settings", ip_forward="0") for name in ("n1", "n2")), cut_off("n1"), cut_off("n2"))
    assert (finding["node"], finding["link"]) == ("n1, n2", "forwarding")
    assert finding["pairs"] == [["n1", "n2"], ["n1", "n3"], ["n2", "n1"], ["n2", "n3"], ["n3", "n1"], ["n3", "n2"]]


def test_a_table_matters_to_the_nodes_that_use_it() -> None:
    def second_table(observations: Observations) -> None:
        observations["cloud"]["instances"]["instances"][2]["vswitch_id"] = "vsw-2"
        routes = observations["cloud"]["routes"]
        routes["vpc"]["vswitches"].append({"vswitch_id": "vsw-2", "cidr_block": "172.16.1.0/24", "route_table_id": "vtb-2"})
        routes["tables"].append({"route_table_id": "vtb-2", "entries": [entry(2), entry(3)]})
        routes["tables"].append({"route_table_id": "vtb-nobody", "entries": []})

    (finding,) = found(second_table, lose("n1-n3", "n3-n1"))
    assert (finding["node"], finding["link"], finding["pairs"]) == ("n1", "route", [["n1", "n3"], ["n3", "n1"]])
    assert "vtb-2" in finding["problem"]


SUSPECTS: list[tuple[str, Break, str]] = [
    ("a rule ahead", part("n2", "firewall", ahead=["-A FORWARD -s 10.24.1.0/24 -j DROP"]), "-s 10.24.1.0/24 -j DROP"),
    (
        "a chain",
        part("n2", "firewall", drops=[{"family": "inet", "table": "hardening", "name": "forward", "accepts": False}]),
        "inet hardening forward",
    ),
]


@pytest.mark.parametrize(("suspect", "problem"), [case[1:] for case in SUSPECTS], ids=[case[0] for case in SUSPECTS])
def test_suspects_are_told_when_packets_are_lost_and_nothing_firmer_is_wrong(suspect: Break, problem: str) -> None:
    assert found(suspect) == []
    (finding,) = found(suspect, cut_off("n2"))
    assert (finding["node"], finding["link"], finding["level"], finding["pairs"]) == ("n2", "firewall", "broken", ALL_OF_N2)
    assert problem in finding["problem"]
    assert links(suspect, cut_off("n2"), part("n2", "settings", ip_forward="0")) == [("n2", "forwarding")]


@pytest.mark.parametrize(
    "chain",
    [
        {"family": "inet", "table": "hardening", "name": "forward", "accepts": True},
        {"family": "ip", "table": "filter", "name": "FORWARD", "accepts": False},
    ],
)
def test_chains_that_accept_the_network_are_no_suspects(chain: dict[str, t.Any]) -> None:
    (finding,) = found(part("n2", "firewall", drops=[chain]), cut_off("n2"))
    assert finding["link"] == "packets"


def test_rules_of_other_software_ahead_are_no_suspects() -> None:
    (finding,) = found(part("n2", "firewall", ahead=["-A FORWARD -j DOCKER-USER"]), cut_off("n2"))
    assert finding["link"] == "packets"


def test_what_nothing_explains_is_told_once_for_each_node() -> None:
    (finding,) = found(cut_off("n2"))
    assert (finding["node"], finding["link"], finding["pairs"]) == ("n2", "packets", ALL_OF_N2)
    (few,) = found(lose("n1-n2"))
    assert (few["node"], few["link"], few["pairs"]) == ("", "packets", [["n1", "n2"]])


def test_nodes_that_the_run_left_out_are_no_finding() -> None:
    def leave_out(observations: Observations) -> None:
        del observations["hosts"]["n3"]

    assert found(leave_out) == []


def test_without_cni_nothing_is_asked_of_it() -> None:
    assert found(set_at("hosts", "n2", "cni", value=False), facts("n2", conflist=None, cni_plugins={})) == []


def test_before_a_move_the_backend_that_the_cluster_has_is_looked_at() -> None:
    desired = set_at("backend", value="vxlan")
    assert [finding["link"] for finding in found(desired, mode="daemon")] == ["config"]
    assert [finding["link"] for finding in found(desired, table(entry(1), entry(3)), mode="daemon")] == ["config", "route"]
    without_entries = found(set_at("backend", value="vpc"), table(), mode="daemon", backend="vxlan")
    assert [finding["link"] for finding in without_entries] == ["config"]


@pytest.mark.parametrize("backend", ["vpc", "vxlan"])
def test_auto_expects_what_the_config_says(backend: str) -> None:
    assert [finding["link"] for finding in found(set_at("backend", value="auto"), backend=backend)] == []


def test_findings_of_other_checks_are_passed_on() -> None:
    other = {"node": "n1", "link": "certificate", "level": "warning", "problem": "p", "repair": "m", "pairs": []}
    assert found(set_at("further", value=[other])) == [other]


def test_lines_say_what_is_wrong_which_packets_it_stops_and_how_to_mend_it() -> None:
    finding = {"node": "n2", "link": "route", "level": "broken", "problem": "No entry.", "repair": "Run routes.yml.", "pairs": ALL_OF_N2}
    cluster = {"node": "", "link": "etcd", "level": "warning", "problem": "m2 is down.", "repair": "Start it."}
    many = {**finding, "pairs": [[f"n{n}", "n0"] for n in range(1, 10)]}
    assert describe([finding, cluster, many]) == [
        "n2: route: No entry. Stops packets between n1-n2, n2-n1, n2-n3, n3-n2. -> Run routes.yml.",
        "cluster: etcd (warning): m2 is down. -> Start it.",
        "n2: route: No entry. Stops packets between n1-n0, n2-n0, n3-n0, n4-n0, n5-n0, n6-n0 and 3 more. -> Run routes.yml.",
    ]
