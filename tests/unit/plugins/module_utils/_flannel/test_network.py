# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from ipaddress import IPv4Network

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.network import network_problems, parse_config
from hypothesis import given, settings
from hypothesis import strategies as st

# config, SubnetLen, first and last subnet, number of subnets
ACCEPTED = [
    ({"Network": "10.24.0.0/16"}, 24, "10.24.1.0", "10.24.255.0", 255),
    ({"Network": "10.24.7.9/16"}, 24, "10.24.1.0", "10.24.255.0", 255),
    ({"Network": "10.24.0.0/16", "SubnetLen": 0}, 24, "10.24.1.0", "10.24.255.0", 255),
    ({"Network": "10.24.0.0/22"}, 24, "10.24.1.0", "10.24.3.0", 3),
    ({"Network": "10.24.0.0/23"}, 25, "10.24.0.128", "10.24.1.128", 3),
    ({"Network": "10.24.0.0/24"}, 26, "10.24.0.64", "10.24.0.192", 3),
    ({"Network": "10.24.0.0/28"}, 30, "10.24.0.4", "10.24.0.12", 3),
    ({"Network": "10.24.0.0/16", "SubnetLen": 18}, 18, "10.24.64.0", "10.24.192.0", 3),
    ({"Network": "10.24.0.0/16", "SubnetLen": 30}, 30, "10.24.0.4", "10.24.255.252", 16383),
    ({"Network": "10.24.0.0/16", "SubnetMin": "10.24.10.0"}, 24, "10.24.10.0", "10.24.255.0", 246),
    ({"Network": "10.24.0.0/16", "SubnetMin": "10.24.0.0"}, 24, "10.24.0.0", "10.24.255.0", 256),
    ({"Network": "10.24.0.0/16", "SubnetMin": "0.0.0.0", "SubnetMax": "10.24.5.0"}, 24, "10.24.1.0", "10.24.5.0", 5),
    ({"Network": "10.24.0.0/16", "SubnetMin": "10.24.5.0", "SubnetMax": "10.24.5.0"}, 24, "10.24.5.0", "10.24.5.0", 1),
    ({"network": "10.24.0.0/16", "SUBNETLEN": 25, "backend": {"type": "VXLAN"}}, 25, "10.24.0.128", "10.24.255.128", 511),
    ({"Network": "10.24.0.0/16", "network": "10.25.0.0/16"}, 24, "10.25.1.0", "10.25.255.0", 255),
    ({"Network": "10.24.0.0/16", "EnableIPv4": True, "EnableIPv6": None, "Unknown": [1]}, 24, "10.24.1.0", "10.24.255.0", 255),
    ({"Network": "0.0.0.0/1"}, 24, "0.0.1.0", "127.255.255.0", 2**23 - 1),
]

# config, part of the message
REFUSED = [
    ({}, "has no Network"),
    ({"Network": None}, "has no Network"),
    ({"Network": "10.24.0.0"}, "not an IPv4 network"),
    ({"Network": "10.24.0.0/33"}, "not an IPv4 network"),
    ({"Network": "10.24.0.0/255.255.0.0"}, "not an IPv4 network"),
    ({"Network": "fd00::/48"}, "not an IPv4 network"),
    ({"Network": 10}, "not an IPv4 network"),
    ({"Network": "0.0.0.0/0"}, "no network at all"),
    ({"Network": "10.24.0.0/29"}, "too small"),
    ({"Network": "10.24.0.0/16", "SubnetLen": 17}, "from 18 (at least four subnets) to 30"),
    ({"Network": "10.24.0.0/16", "SubnetLen": 31}, "SubnetLen 31"),
    ({"Network": "10.24.0.0/16", "SubnetLen": -24}, "SubnetLen -24"),
    ({"Network": "10.24.0.0/16", "SubnetLen": "24"}, "SubnetLen '24'"),
    ({"Network": "10.24.0.0/16", "SubnetLen": 24.0}, "SubnetLen 24.0"),
    ({"Network": "10.24.0.0/16", "SubnetLen": True}, "SubnetLen True"),
    ({"Network": "10.24.0.0/16", "SubnetMin": "10.25.1.0"}, "SubnetMin 10.25.1.0 is outside"),
    ({"Network": "10.24.0.0/16", "SubnetMax": "10.23.1.0"}, "SubnetMax 10.23.1.0 is outside"),
    ({"Network": "10.24.0.0/16", "SubnetMin": "10.24.1.1"}, "SubnetMin 10.24.1.1 is not the first address of a /24"),
    ({"Network": "10.24.0.0/16", "SubnetMax": "10.24.1.128"}, "SubnetMax 10.24.1.128 is not the first address of a /24"),
    ({"Network": "10.24.0.0/16", "SubnetMin": "10.24.1.0/24"}, "not an IPv4 address"),
    ({"Network": "10.24.0.0/16", "SubnetMin": "10.24.9.0", "SubnetMax": "10.24.5.0"}, "above SubnetMax"),
    ({"Network": "10.24.0.0/16", "EnableIPv4": False}, "EnableIPv4"),
    ({"Network": "10.24.0.0/16", "EnableIPv6": "yes"}, "EnableIPv6 must be true or false"),
    ({"Network": "10.24.0.0/16", "Backend": "alloc"}, "Backend is not"),
    ({"Network": "10.24.0.0/16", "Backend": {}}, "Backend has no Type"),
    ({"Network": "10.24.0.0/16", "Backend": {"Type": 1}}, "Backend has no Type"),
    ("{", "not valid JSON"),
    (b"\xff", "not valid JSON"),
    ("[" * 100000, "not valid JSON"),
    ("[]", "not a JSON object"),
    ("null", "not a JSON object"),
]


@pytest.mark.parametrize(("config", "subnet_len", "first", "last", "capacity"), ACCEPTED)
def test_flannel_config_is_read_as_flannel_reads_it(
    config: dict[str, t.Any], subnet_len: int, first: str, last: str, capacity: int
) -> None:
    for source in (config, json.dumps(config), json.dumps(config).encode()):
        parsed = parse_config(source)
        assert (parsed.subnet_len, str(parsed.subnet_min), str(parsed.subnet_max)) == (subnet_len, first, last)
        assert parsed.capacity == capacity
        assert str(next(parsed.subnets())) == f"{first}/{subnet_len}"


@pytest.mark.parametrize(("config", "message"), REFUSED)
def test_what_flannel_refuses_is_refused_with_a_reason(config: t.Any, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_config(config)
    assert message in str(caught.value)
    assert network_problems(config) == [str(caught.value)]


NETWORKS = st.builds(
    lambda base, prefix, extra: (IPv4Network((base >> (32 - prefix) << (32 - prefix), prefix)), min(30, prefix + extra)),
    st.integers(0, 2**32 - 1),
    st.integers(16, 28),
    st.integers(2, 8),
)


@settings(deadline=None)
@given(NETWORKS)
def test_the_subnets_given_out_are_those_that_are_not_refused(drawn: tuple[IPv4Network, int]) -> None:
    network, subnet_len = drawn
    config = parse_config({"Network": str(network), "SubnetLen": subnet_len})
    subnets = list(config.subnets())
    assert len(subnets) == config.capacity
    assert [subnet for subnet in network.subnets(new_prefix=subnet_len) if not config.refusal(subnet)] == subnets
    assert network.network_address not in [subnet.network_address for subnet in subnets]


@given(NETWORKS)
def test_a_config_that_was_read_reads_the_same_again(drawn: tuple[IPv4Network, int]) -> None:
    network, subnet_len = drawn
    public = parse_config({"Network": str(network), "SubnetLen": subnet_len, "Backend": {"Type": "vxlan", "VNI": 7}, "X": 1}).public()
    assert public["Backend"] == {"Type": "vxlan", "VNI": 7}
    assert public["X"] == 1
    assert parse_config(public).public() == public


@pytest.mark.parametrize(
    ("subnet", "reason"),
    [
        ("10.24.1.0/24", None),
        ("10.24.255.0/24", None),
        ("10.24.1.0/25", "its length is /25"),
        ("10.24.0.0/16", "its length is /16"),
        ("10.25.1.0/24", "outside the network 10.24.0.0/16"),
        ("10.24.0.0/24", "outside 10.24.1.0 to 10.24.255.0"),
    ],
)
def test_a_subnet_that_flannel_would_not_use_is_refused(subnet: str, reason: str | None) -> None:
    refusal = parse_config({"Network": "10.24.0.0/16"}).refusal(IPv4Network(subnet))
    assert refusal is None if reason is None else reason in str(refusal)


def test_credentials_are_seen_and_left_out() -> None:
    backend = {"Type": "ali-vpc", "accessKeyID": "LTAIexample", "AccessKeySecret": "example-secret"}
    config = parse_config({"Network": "10.24.0.0/16", "Backend": backend})
    assert config.has_credentials
    assert config.public()["Backend"] == {"Type": "ali-vpc"}
    assert not parse_config({"Network": "10.24.0.0/16"}).has_credentials


def test_no_message_quotes_a_config_that_cannot_be_read() -> None:
    for text in ('{"Backend": {"AccessKeySecret": "example-secret"', '["example-secret"]'):
        with pytest.raises(InvalidInput) as caught:
            parse_config(text)
        assert "example-secret" not in str(caught.value)


ALLOC = {"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}}
PROBLEMS = [
    (ALLOC, {}, []),
    (ALLOC, {"nodes": [{}] * 255}, []),
    (ALLOC, {"reserved": [{"cidr": "172.16.0.0/16", "label": "VPC vpc-bp1example"}]}, []),
    (
        ALLOC,
        {"reserved": [{"cidr": "10.24.3.0/24", "label": "vSwitch vsw-bp1example"}]},
        ["overlaps 10.24.3.0/24 (vSwitch vsw"],
    ),
    (
        ALLOC,
        {"reserved": [{"cidr": "10.0.0.0/8", "label": "VPC"}, {"cidr": "10.24.9.7/24", "label": "secondary"}]},
        ["overlaps 10.0.0.0/8 (VPC)", "overlaps 10.24.9.7/24 (secondary)"],
    ),
    ({**ALLOC, "Network": "100.100.0.0/16"}, {}, ["overlaps 100.64.0.0/10"]),
    (ALLOC, {"nodes": [{}] * 256}, ["256 nodes need a subnet each, but Network 10.24.0.0/16 with SubnetLen 24 has 255"]),
    ({**ALLOC, "EnableIPv6": True, "IPv6Network": "fd00::/48"}, {}, ["EnableIPv6 is true"]),
    ({"Network": "100.64.0.0/24"}, {"nodes": [{}] * 4}, ["overlaps 100.64.0.0/10", "4 nodes need a subnet"]),
]


@pytest.mark.parametrize(("config", "arguments", "expected"), PROBLEMS)
def test_every_problem_is_named(config: dict[str, t.Any], arguments: dict[str, t.Any], expected: list[str]) -> None:
    problems = network_problems(config, **arguments)
    assert len(problems) == len(expected)
    assert all(part in problem for part, problem in zip(expected, problems))
