# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.disruption import MaxDisruption
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.entry import DesiredRoute
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.input import parse_route_policy, parse_routes, refusal
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._routes.route_values import networks, policy

PARAMS: dict[str, t.Any] = {
    "owner": "k1",
    "scope": ["10.24.0.0/16"],
    "purge": False,
    "max_disruption": "10%",
    "allow_empty": False,
    "adopt": "none",
    "adopt_from": [],
    "allow_overlap": [],
    "keep_destinations": [],
    "keep_next_hops": [],
    "state": "present",
}
ROUTE = {"destination": "10.24.1.0/24", "next_hop_id": "i-1", "name": "n1", "description": None}


def test_options_become_a_policy() -> None:
    given = {
        **PARAMS,
        "purge": True,
        "allow_empty": True,
        "max_disruption": "7",
        "keep_next_hops": ["i-1"],
        "keep_destinations": ["10.24.9.0/24"],
    }
    assert parse_route_policy(given) == policy(
        purge=True,
        allow_empty=True,
        max_disruption=MaxDisruption(7, percent=False),
        keep_next_hops=frozenset({"i-1"}),
        keep_destinations=networks("10.24.9.0/24"),
    )


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"owner": "a/b"}, "owner 'a/b' must be"),
        ({"owner": ""}, "owner '' must be"),
        ({"owner": "k1 "}, "owner 'k1 ' must be"),
        ({"owner": "x" * 64}, "must be 1 to 63"),
        ({"scope": []}, "scope is empty"),
        ({"scope": ["10.24.0.0/16", "0.0.0.0/0"]}, "scope may not be 0.0.0.0/0"),
        ({"scope": ["10.24.0.1/16"]}, "scope: '10.24.0.1/16' isn't an IPv4 CIDR"),
        ({"scope": ["2001:db8::/32"]}, "isn't an IPv4 CIDR"),
        ({"allow_overlap": ["x"]}, "allow_overlap: 'x' isn't an IPv4 CIDR"),
        ({"keep_destinations": ["x"]}, "keep_destinations: 'x' isn't"),
        ({"max_disruption": "some"}, "max_disruption 'some' must be"),
        ({"max_disruption": "150%"}, "max_disruption '150%' must be"),
        ({"adopt_from": ["old"]}, "needs adopt=matching or adopt=all"),
        ({"adopt": "all", "adopt_from": ["a/b"]}, "owner 'a/b' must be"),
        ({"state": "absent", "purge": True}, "belong to state=present"),
        ({"state": "absent", "adopt": "all"}, "belong to state=present"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(fields: dict[str, t.Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_route_policy({**PARAMS, **fields})
    assert problem in str(caught.value)
    assert "nothing was written" in str(caught.value)


@pytest.mark.parametrize("fields", [{"adopt": "matching", "adopt_from": ["old"]}, {"state": "absent"}])
def test_a_policy_that_makes_sense_is_taken(fields: dict[str, t.Any]) -> None:
    assert parse_route_policy({**PARAMS, **fields})


@pytest.mark.parametrize(
    ("destination", "expected"), [("10.24.1.0/24", "10.24.1.0/24"), (" 10.24.1.0/24 ", "10.24.1.0/24"), ("10.24.1.7", "10.24.1.7/32")]
)
def test_a_destination_is_read_as_the_cloud_reads_it(destination: str, expected: str) -> None:
    assert parse_routes([{**ROUTE, "destination": destination}], policy()) == (DesiredRoute(expected, "i-1", "n1"),)


def test_an_empty_description_is_none() -> None:
    assert parse_routes([{**ROUTE, "description": ""}], policy())[0].description is None


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"destination": "10.24.1.1/24"}, "has host bits set; did you mean 10.24.1.0/24?"),
        ({"destination": "n1"}, "'n1' isn't an IPv4 CIDR"),
        ({"destination": "2001:db8::/64"}, "isn't an IPv4 CIDR"),
        ({"destination": "0.0.0.0/0"}, "is the default route"),
        ({"destination": "10.25.1.0/24"}, "is outside scope (10.24.0.0/16)"),
        ({"destination": "10.0.0.0/8"}, "is outside scope"),
        ({"next_hop_id": None}, "has no next_hop_id"),
        ({"next_hop_id": "eni-1"}, "'eni-1' isn't the id of an instance"),
        ({"name": ""}, "must have 1 to 125 characters"),
        ({"name": "x" * 126}, "must have 1 to 125 characters"),
        ({"description": "x" * 257}, "at most 256 characters"),
        ({"description": "http://example.com"}, "not start with http://"),
        ({"description": "https://example.com"}, "not start with http://"),
    ],
)
def test_a_route_that_cannot_be_is_refused(fields: dict[str, t.Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_routes([{**ROUTE, **fields}], policy())
    assert problem in str(caught.value)


def test_texts_may_be_as_long_as_the_cloud_takes_them() -> None:
    (longest,) = parse_routes([{**ROUTE, "name": "x" * 125, "description": "x" * 256}], policy())
    assert (len(longest.name or ""), len(longest.description or "")) == (125, 256)


def test_a_destination_given_twice_is_refused_with_both_hops() -> None:
    with pytest.raises(InvalidInput, match=r"10\.24\.1\.0/24 twice \(next hops i-1 and i-2\)"):
        parse_routes([ROUTE, {**ROUTE, "next_hop_id": "i-2"}], policy())


def test_absent_needs_no_next_hop() -> None:
    assert parse_routes([{"destination": "10.24.1.0/24"}], policy(state="absent")) == (DesiredRoute("10.24.1.0/24"),)


def test_every_problem_is_told_and_the_first_ones_in_the_message() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_routes([{**ROUTE, "destination": f"10.25.{n}.0/24"} for n in range(12)], policy())
    assert len(caught.value.details["problems"]) == 12
    assert "and 2 more" in str(caught.value)
    assert "10.25.9.0/24 is outside" in str(caught.value)
    assert "10.25.10.0/24" not in str(caught.value)
    assert refusal(["a"] * 10) == f"Refused, nothing was written: {'; '.join(['a'] * 10)}."
