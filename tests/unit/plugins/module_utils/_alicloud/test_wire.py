# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.wire import flatten, subject_of
from hypothesis import given
from hypothesis import strategies as st

FLAT: list[tuple[dict[str, t.Any], dict[str, str]]] = [
    ({}, {}),
    ({"VpcId": "vpc-1", "MaxResult": 100}, {"VpcId": "vpc-1", "MaxResult": "100"}),
    ({"DryRun": True, "SourceDestCheck": False}, {"DryRun": "true", "SourceDestCheck": "false"}),
    ({"NextToken": None, "Empty": []}, {}),
    ({"Cidr": ["a", "b"]}, {"Cidr.1": "a", "Cidr.2": "b"}),
    (
        {"RouteEntries": [{"DstCidrBlock": "a", "Name": None}, {"DstCidrBlock": "b", "Name": "n"}]},
        {"RouteEntries.1.DstCidrBlock": "a", "RouteEntries.2.DstCidrBlock": "b", "RouteEntries.2.Name": "n"},
    ),
    ({"Tag": {"Key": "k", "Value": ""}}, {"Tag.Key": "k", "Tag.Value": ""}),
]


@pytest.mark.parametrize(("params", "expected"), FLAT)
def test_flatten(params: dict[str, t.Any], expected: dict[str, str]) -> None:
    assert flatten(params) == expected


NAMES = st.sampled_from(["Cidr", "Tag", "Key", "N"])
NESTED = st.recursive(st.integers() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=8)


def _leaves(value: t.Any) -> int:
    if isinstance(value, (list, dict)):
        return sum(_leaves(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return 1


@given(st.dictionaries(NAMES, NESTED))
def test_flatten_keeps_every_value_under_a_name_of_its_own(params: dict[str, t.Any]) -> None:
    assert len(flatten(params)) == _leaves(params)


SUBJECTS: list[tuple[dict[str, t.Any], str]] = [
    ({}, ""),
    ({"VpcId": None, "MaxResult": 100}, ""),
    ({"RouteTableId": "vtb-1", "VpcId": "vpc-1"}, " for vpc-1, vtb-1"),
    ({"NetworkInterfaceId": ["eni-1"]}, ""),
]


@pytest.mark.parametrize(("params", "expected"), SUBJECTS)
def test_subject_of(params: dict[str, t.Any], expected: str) -> None:
    assert subject_of(params) == expected
