# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.instance import chunks, parse_checks, parse_instance
from hypothesis import given
from hypothesis import strategies as st

RAW: dict[str, t.Any] = {
    "InstanceId": "i-1",
    "InstanceName": "n1",
    "Status": "Running",
    "RegionId": "cn-hangzhou",
    "ZoneId": "cn-hangzhou-h",
    "InstanceNetworkType": "vpc",
    "VpcAttributes": {"VpcId": "vpc-1", "VSwitchId": "vsw-1", "PrivateIpAddress": {"IpAddress": ["172.16.0.11"]}},
    "NetworkInterfaces": {
        "NetworkInterface": [
            {
                "NetworkInterfaceId": "eni-2",
                "Type": "Secondary",
                "PrimaryIpAddress": "172.16.0.90",
                "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": "172.16.0.90", "Primary": True}]},
            },
            {
                "NetworkInterfaceId": "eni-1",
                "Type": "Primary",
                "PrimaryIpAddress": "172.16.0.11",
                "PrivateIpSets": {
                    "PrivateIpSet": [
                        {"PrivateIpAddress": "172.16.0.50", "Primary": False},
                        {"PrivateIpAddress": "172.16.0.11", "Primary": True},
                    ]
                },
            },
        ]
    },
    "PublicIpAddress": {"IpAddress": ["203.0.113.5"]},
    "EipAddress": {"IpAddress": "203.0.113.6", "AllocationId": "eip-1"},
    "Tags": {"Tag": [{"TagKey": "role", "TagValue": "node"}, {"TagKey": "bare"}]},
    "SecurityGroupIds": {"SecurityGroupId": ["sg-2", "sg-1"]},
}


def test_an_instance_is_parsed_with_the_check_of_its_primary_interface() -> None:
    assert parse_instance(RAW, {"eni-1": True, "eni-2": False}) == {
        "instance_id": "i-1",
        "name": "n1",
        "status": "Running",
        "region": "cn-hangzhou",
        "zone_id": "cn-hangzhou-h",
        "vpc_id": "vpc-1",
        "vswitch_id": "vsw-1",
        "primary_ip": "172.16.0.11",
        "private_ips": ["172.16.0.11", "172.16.0.50", "172.16.0.90"],
        "public_ips": ["203.0.113.5"],
        "eip": "203.0.113.6",
        "network_interface_id": "eni-1",
        "security_group_ids": ["sg-1", "sg-2"],
        "source_dest_check": True,
        "tags": {"role": "node", "bare": ""},
    }


@pytest.mark.parametrize("absent", [name for name in RAW if name != "InstanceId"])
def test_an_instance_without_a_field_is_parsed(absent: str) -> None:
    parsed = parse_instance({name: value for name, value in RAW.items() if name != absent}, {})
    assert parsed["instance_id"] == "i-1"
    assert parsed["source_dest_check"] is None


def test_a_region_without_the_check_leaves_the_field_out() -> None:
    raw: list[dict[str, t.Any]] = [{"NetworkInterfaceId": "eni-1"}, {"NetworkInterfaceId": "eni-2", "SourceDestCheck": False}]
    assert parse_checks(raw) == {"eni-1": None, "eni-2": False}


@given(st.lists(st.text(), max_size=350))
def test_chunks_hold_everything_in_order_and_none_is_too_large(values: list[str]) -> None:
    parts = list(chunks(values))
    assert [value for part in parts for value in part] == values
    assert all(1 <= len(part) <= 100 for part in parts)
