# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_instance_info as a process against the emulated cloud."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import (
    SECURITY_GROUP_ID,
    VPC_ID,
    VSWITCH_ID,
    Cloud,
)
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module


@pytest.fixture
def read(cloud_args: dict[str, str]) -> t.Callable[..., ModuleResult]:
    """Return a function that runs the module."""

    def run(check: bool = False, **options: t.Any) -> ModuleResult:
        return run_module("ali_instance_info", {**cloud_args, "vpc_id": VPC_ID, **options}, check=check)

    return run


def ids(result: ModuleResult) -> list[str]:
    assert not result.failed, result.msg
    return [instance["instance_id"] for instance in result["instances"]]


def test_an_instance_is_returned_whole(cloud: Cloud, read: t.Callable[..., ModuleResult]) -> None:
    cloud.state.instances["i-sandbox-n1"].tags["role"] = "node"
    cloud.state.instances["i-sandbox-n1"].secondary_ips.append("172.16.0.50")
    result = read(private_ips=["172.16.0.11"])
    assert result["instances"] == [
        {
            "instance_id": "i-sandbox-n1",
            "name": "n1",
            "status": "Running",
            "region": "cn-hangzhou",
            "zone_id": "cn-hangzhou-a",
            "vpc_id": VPC_ID,
            "vswitch_id": VSWITCH_ID,
            "primary_ip": "172.16.0.11",
            "private_ips": ["172.16.0.11", "172.16.0.50"],
            "public_ips": [],
            "eip": None,
            "network_interface_id": "eni-sandbox-n1",
            "security_group_ids": [SECURITY_GROUP_ID],
            "source_dest_check": True,
            "tags": {"role": "node"},
        }
    ]
    assert not result.changed
    assert result["api_calls"] == cloud.server.count() == 2


@pytest.mark.parametrize("check", [False, True])
def test_instances_are_chosen_by_id_by_address_or_all(read: t.Callable[..., ModuleResult], check: bool) -> None:
    assert ids(read(check)) == ["i-sandbox-n1", "i-sandbox-n2", "i-sandbox-n3"]
    assert ids(read(check, instance_ids=["i-sandbox-n3", "i-sandbox-n1", "i-none"])) == ["i-sandbox-n1", "i-sandbox-n3"]
    assert ids(read(check, private_ips=["172.16.0.12", "172.16.0.99"])) == ["i-sandbox-n2"]


def test_an_instance_of_another_vpc_with_the_same_address_is_not_returned(cloud: Cloud, read: t.Callable[..., ModuleResult]) -> None:
    cloud.state.add_vpc("172.16.0.0/16", "vpc-other")
    cloud.state.add_vswitch("vpc-other", "172.16.0.0/24", "cn-hangzhou-a", "vsw-other")
    cloud.state.add_instance("vsw-other", "172.16.0.11", "i-other")
    assert ids(read(private_ips=["172.16.0.11"])) == ["i-sandbox-n1"]


@pytest.mark.parametrize("by", ["all", "instance_ids", "private_ips"])
def test_more_instances_than_a_call_takes(cloud: Cloud, read: t.Callable[..., ModuleResult], by: str) -> None:
    for number in range(1, 221):
        cloud.state.add_instance(VSWITCH_ID, f"172.16.{number // 200 + 1}.{number % 200 + 1}", f"i-many-{number:03}")
    many = {name: instance for name, instance in cloud.state.instances.items() if name.startswith("i-many")}
    choice: dict[str, t.Any] = {
        "all": {},
        "instance_ids": {"instance_ids": list(many)},
        "private_ips": {"private_ips": [instance.private_ip for instance in many.values()]},
    }[by]
    found = ids(read(**choice))
    assert [name for name in found if name in many] == sorted(many)
    assert len(found) == len(set(found)) == 220 + (3 if by == "all" else 0)
    assert cloud.server.count() == 6


def test_a_region_without_the_check_says_nothing_about_it(cloud: Cloud, read: t.Callable[..., ModuleResult]) -> None:
    cloud.state.instances["i-sandbox-n1"].source_dest_check = None
    assert read(instance_ids=["i-sandbox-n1"])["instances"][0]["source_dest_check"] is None


def test_nothing_asked_for_needs_no_call(cloud: Cloud, read: t.Callable[..., ModuleResult]) -> None:
    assert ids(read(instance_ids=[])) == []
    assert cloud.server.count() == 0


def test_an_address_of_nobody_is_an_empty_answer(read: t.Callable[..., ModuleResult]) -> None:
    assert ids(read(private_ips=["172.16.0.99"])) == []


def test_an_empty_answer_for_want_of_a_right_is_told_from_an_empty_vpc(cloud: Cloud, read: t.Callable[..., ModuleResult]) -> None:
    cloud.state.add_account("LTAIpoor", "poor-secret", {"Version": "1", "Statement": []})
    result = read(access_key="LTAIpoor", secret_key="poor-secret", private_ips=["172.16.0.11"])
    assert result.failed
    assert "lacks the permission ecs:DescribeInstances" in result.msg


@pytest.mark.parametrize("options", [{"vpc_id": "vpc-none"}, {"region": "cn-beijing"}])
def test_an_unknown_vpc_is_named(read: t.Callable[..., ModuleResult], options: dict[str, str]) -> None:
    result = read(**options)
    assert result.failed
    assert f"{options.get('vpc_id', VPC_ID)} in {options.get('region', 'cn-hangzhou')}" in result.msg
    assert result["code"] == "InvalidVpcID.NotFound"


def test_ids_and_addresses_together_are_refused(read: t.Callable[..., ModuleResult]) -> None:
    assert "mutually exclusive" in read(instance_ids=["i-sandbox-n1"], private_ips=["172.16.0.11"]).msg
