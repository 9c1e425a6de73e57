# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_wire import check_endpoint, flatten, proxies_for, subject_of
from ansible_collections.alicloud.flannel.plugins.module_utils._errors import InvalidInput
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


ENDPOINTS = [
    ("https://vpc.example.com", "https://vpc.example.com"),
    ("https://vpc.example.com:8443/", "https://vpc.example.com:8443"),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("vpc.example.com", "https://vpc.example.com"),
    ("https://{product}-vpc.cn-hangzhou.aliyuncs.com", "https://{product}-vpc.cn-hangzhou.aliyuncs.com"),
]


@pytest.mark.parametrize(("endpoint", "expected"), ENDPOINTS)
def test_an_endpoint_is_https_unless_it_says_http(endpoint: str, expected: str) -> None:
    assert check_endpoint(endpoint) == expected


@pytest.mark.parametrize(
    "endpoint",
    [
        "ftp://h",
        "https://",
        "https://h/path",
        "https://h?x=1",
        "https://h/#x",
        "https://me:pass@h",
        "https://{region}.h",
        "https://{h",
        "https://h:port",
    ],
)
def test_any_other_endpoint_is_refused_without_being_repeated(endpoint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_endpoint(endpoint)
    assert "pass" not in str(caught.value)


PROXIES = [
    ({}, "https://h", ""),
    ({"HTTPS_PROXY": "http://p:1"}, "https://h", "http://p:1"),
    ({"https_proxy": "http://p:1"}, "https://h", "http://p:1"),
    ({"HTTPS_PROXY": "http://p:1"}, "http://h", ""),
    ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "127.0.0.1,localhost"}, "http://127.0.0.1:8080", ""),
    ({"HTTP_PROXY": "http://p:1", "no_proxy": ".example.com"}, "http://vpc.example.com", ""),
    ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "*"}, "http://h", ""),
    ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "other"}, "http://h", "http://p:1"),
]


@pytest.mark.parametrize(("environment", "url", "expected"), PROXIES)
def test_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, expected: str) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxies_for(url)[url.partition(":")[0]] == expected


SUBJECTS: list[tuple[dict[str, t.Any], str]] = [
    ({}, ""),
    ({"VpcId": None, "MaxResult": 100}, ""),
    ({"RouteTableId": "vtb-1", "VpcId": "vpc-1"}, " for vpc-1, vtb-1"),
    ({"NetworkInterfaceId": ["eni-1"]}, ""),
]


@pytest.mark.parametrize(("params", "expected"), SUBJECTS)
def test_subject_of(params: dict[str, t.Any], expected: str) -> None:
    assert subject_of(params) == expected
