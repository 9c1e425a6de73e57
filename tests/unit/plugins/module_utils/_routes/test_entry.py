# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.entry import (
    RouteEntry,
    counts_to_quota,
    is_adoptable,
    is_eligible,
    is_ours,
    network_of,
    networks_overlap,
    parse_route_entry,
    same_route,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._routes.route_values import entry, networks, policy, route

OURS = entry("10.24.1.0/24", "i-1", "k1/n1")


def test_an_entry_is_parsed_as_the_api_documents_it() -> None:
    item = {
        "RouteEntryId": "rte-bp1",
        "RouteTableId": "vtb-1",
        "DestinationCidrBlock": "10.24.1.0/24",
        "Type": "Custom",
        "Status": "Available",
        "RouteEntryName": "k1/n1",
        "Description": "node n1",
        "Origin": "CustomCreate",
        "NextHops": {"NextHop": [{"NextHopId": "i-1", "NextHopType": "Instance"}]},
    }
    parsed = parse_route_entry(item)
    assert parsed == replace(OURS, route_entry_id="rte-bp1", description="node n1", origin="CustomCreate")
    assert (parsed.owner, parsed.next_hop_id) == ("k1", "i-1")


@pytest.mark.parametrize("destination", ["pl-bp1prefixlist", "", "10.24.1.1", "2001:db8::/32"])
def test_an_entry_of_any_destination_can_be_parsed_and_is_not_ours(destination: str) -> None:
    parsed = parse_route_entry({"DestinationCidrBlock": destination, "Type": "Custom", "RouteEntryName": "k1/x"})
    assert not is_ours(parsed, policy())


EVERY_FIELD = (
    "RouteEntryId",
    "RouteTableId",
    "DestinationCidrBlock",
    "Type",
    "Status",
    "RouteEntryName",
    "Description",
    "Origin",
    "ServiceType",
)


@pytest.mark.parametrize("nothing", [{}, dict.fromkeys((*EVERY_FIELD, "NextHops")), {"NextHops": {"NextHop": None}}])
def test_what_the_api_leaves_out_is_empty(nothing: dict[str, t.Any]) -> None:
    assert parse_route_entry(nothing) == RouteEntry("", "", "", type="", status="")


def test_every_field_of_an_entry_is_read_and_its_destination_normalised() -> None:
    item = {field: field for field in EVERY_FIELD}
    parsed = parse_route_entry({**item, "DestinationCidrBlock": "10.24.1.7", "NextHops": {"NextHop": [{}]}})
    assert parsed == RouteEntry(*EVERY_FIELD[:2], "10.24.1.7/32", *EVERY_FIELD[3:], next_hops=(("", ""),))


NOT_ELIGIBLE: dict[str, t.Any] = {
    "system": replace(OURS, type="System"),
    "cen": replace(OURS, type="CEN"),
    "bgp": replace(OURS, type="BGP"),
    "managed": replace(OURS, service_type="TR"),
    "propagated": replace(OURS, origin="RoutePropagation"),
    "two hops": replace(OURS, next_hops=(("Instance", "i-1"), ("Instance", "i-2"))),
    "no hop": replace(OURS, next_hops=()),
    "another kind of hop": replace(OURS, next_hops=(("HaVip", "havip-1"),)),
    "outside scope": replace(OURS, destination="10.25.1.0/24"),
    "around scope": replace(OURS, destination="10.0.0.0/8"),
    "default route": replace(OURS, destination="0.0.0.0/0"),
    "ipv6": replace(OURS, destination="2001:db8::/64"),
    "prefix list": replace(OURS, destination="pl-bp1"),
}


@pytest.mark.parametrize("found", list(NOT_ELIGIBLE.values()), ids=list(NOT_ELIGIBLE))
def test_an_entry_of_another_kind_is_never_touched_even_with_our_mark(found: t.Any) -> None:
    everything = policy(adopt="all", adopt_from=frozenset({"k1"}))
    assert not is_eligible(found, everything)
    assert not is_ours(found, everything)
    assert not is_adoptable(found, everything)


def test_the_default_route_is_never_touched_whatever_the_scope() -> None:
    assert not is_eligible(replace(OURS, destination="0.0.0.0/0"), policy(scope=networks("0.0.0.0/0")))


@pytest.mark.parametrize(
    ("fields", "counts"),
    [({}, True), ({"type": "System"}, False), ({"origin": "RoutePropagation"}, False), ({"status": "Deleting"}, False)],
)
def test_custom_entries_count_to_the_quota(fields: dict[str, t.Any], counts: bool) -> None:
    assert counts_to_quota(replace(OURS, **fields)) is counts


@pytest.mark.parametrize(
    ("name", "ours"),
    [("k1/n1", True), ("k1/", True), ("k1/a/b", True), ("k1", False), ("", False), ("k10/n1", False), ("K1/n1", False), ("x/k1/n1", False)],
)
def test_the_mark_is_what_stands_before_the_first_slash(name: str, ours: bool) -> None:
    assert is_ours(replace(OURS, name=name), policy()) is ours


@pytest.mark.parametrize(
    ("name", "adopt", "adopt_from", "adoptable"),
    [
        ("", "none", (), False),
        ("", "matching", (), True),
        ("by hand", "all", (), True),
        ("old/n1", "all", (), False),
        ("old/n1", "all", ("old",), True),
        ("other/n1", "all", ("old",), False),
    ],
)
def test_unmarked_entries_and_those_of_named_owners_can_be_adopted(
    name: str, adopt: str, adopt_from: tuple[str, ...], adoptable: bool
) -> None:
    assert is_adoptable(replace(OURS, name=name), policy(adopt=adopt, adopt_from=frozenset(adopt_from))) is adoptable


def test_the_same_route_has_the_same_destination_and_the_same_single_instance() -> None:
    assert same_route(OURS, route("10.24.1.0/24", "i-1"))
    assert not same_route(OURS, route("10.24.1.0/24", "i-2"))
    assert not same_route(OURS, route("10.24.2.0/24", "i-1"))
    assert not same_route(replace(OURS, next_hops=(("HaVip", "i-1"),)), route("10.24.1.0/24", "i-1"))


@pytest.mark.parametrize(
    ("one", "other", "result"),
    [
        ("10.24.1.0/24", "10.24.1.0/24", True),
        ("10.24.1.0/24", "10.0.0.0/8", True),
        ("10.0.0.0/8", "10.24.1.0/24", True),
        ("10.24.1.0/24", "10.24.2.0/24", False),
        ("10.24.1.0/24", "pl-bp1", False),
        ("pl-bp1", "10.24.1.0/24", False),
        ("10.24.1.0/24", "::/0", False),
    ],
)
def test_destinations_overlap_whichever_contains_the_other(one: str, other: str, result: bool) -> None:
    assert networks_overlap(network_of(one), network_of(other)) is result


def test_scope_may_have_several_blocks() -> None:
    assert is_ours(OURS, policy(scope=networks("192.168.0.0/16", "10.24.1.0/24")))
