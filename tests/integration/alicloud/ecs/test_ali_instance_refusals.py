# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_instance against the emulated cloud: what it refuses, and what the cloud does, before anything is made."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import ApiError
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY
from ansible_collections.alicloud.flannel.tests.integration.alicloud.ecs.ecs_fixtures import NEW_INSTANCES, POLICY, VSWITCH_A, Ecs, have

# What the cloud refuses, found by the rehearsal: nothing is written, in check mode and for real.
REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"image_id": "none"}, "InvalidImageId.NotFound.*Check image_id"),
    ({"instance_type": "none"}, "InvalidInstanceType.ValueNotSupported.*Check instance_type"),
    ({"key_pair": "none"}, "InvalidKeyPairName.NotFound.*ali_key_pair imports one"),
    ({"ram_role": "none"}, "InvalidRamRole.NotFound.*Check ram_role"),
    ({"security_group_ids": ["sg-none"]}, "InvalidSecurityGroupId.NotFound"),
    ({"security_group_ids": ["sg-other"]}, "OperationDenied.InconsistentNetwork.*same VPC"),
    ({"system_disk_size_gb": 5}, "InvalidSystemDiskSize.*Check system_disk_category"),
    ({"exact_count": 6}, "QuotaExceed.ElasticQuota.*Quota Center"),
    ({"vswitch_ids": ["vsw-small"]}, "QuotaExceeded.PrivateIpAddress.*further ones in vswitch_ids"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
@pytest.mark.parametrize("check", [True, False])
def test_what_the_cloud_refuses_is_told_before_anything_is_made(ecs: Ecs, options: dict[str, t.Any], message: str, check: bool) -> None:
    ecs.state.add_vpc("172.17.0.0/16", "vpc-other")
    ecs.state.add_security_group("vpc-other", security_group_id="sg-other")
    ecs.state.add_vswitch("vpc-sandbox", "172.16.2.0/29", "cn-hangzhou-a", "vsw-small")
    ecs.state.instance_quota = 5
    with pytest.raises(ApiError, match=message):
        have(ecs, check=check, **{"count": 5, "vswitch_ids": [VSWITCH_A], **options})
    assert (ecs.state.instances, ecs.writes()) == ({}, {})


BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"internet_bandwidth_mbps": 0}, "internet_bandwidth_mbps is 0; possible are 1 to 100"),
    ({"internet_bandwidth_mbps": 101}, "internet_bandwidth_mbps is 101"),
    ({"tags": {}}, "option tags is empty"),
    ({"name": "n-"}, "option name is 'n-'"),
    ({"name": "9n"}, "option name is '9n'"),
    ({"exact_count": -1}, "exact_count is -1"),
    ({"vswitch_ids": []}, "vswitch_ids is empty"),
    ({"security_group_ids": []}, "security_group_ids is empty"),
    ({"instance_ids": ["i-1"]}, "only for state=absent"),
    ({"password": "short"}, "option password must have"),
    ({"user_data": "x" * 32769}, "user_data has 32769 bytes"),
    ({"private_ips": ["172.16.0.300"]}, "'172.16.0.300', which is not an IPv4 address"),
    ({"private_ips": ["172.16.0.10"]}, "1 different addresses for 2 instances"),
    ({"private_ips": ["172.16.0.10", "172.16.0.10"]}, "1 different addresses for 2 instances"),
    ({"private_ips": ["172.16.0.10", "172.16.9.10"]}, "172.16.9.10, which no vSwitch of vswitch_ids has free"),
    ({"private_ips": ["172.16.0.10", "172.16.0.253"]}, "172.16.0.253, which no vSwitch"),
    ({"private_ips": ["172.16.0.10", "172.16.0.5"]}, r"172.16.0.5 of private_ips belongs to i-other \(other\)"),
    ({"vswitch_ids": ["vsw-none"]}, "There is no vSwitch vsw-none"),
    ({"vswitch_ids": [VSWITCH_A, "vsw-far"]}, "are in 2 VPCs"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_input_is_refused_before_anything_is_made(ecs: Ecs, options: dict[str, t.Any], message: str) -> None:
    ecs.state.add_vpc("172.17.0.0/16", "vpc-far")
    ecs.state.add_vswitch("vpc-far", "172.17.0.0/24", "cn-hangzhou-a", "vsw-far")
    ecs.state.add_instance(VSWITCH_A, "172.16.0.5", "i-other", name="other")
    for check in (True, False):
        with pytest.raises(InvalidInput, match=message):
            ecs.run("ali_instance", check=check, **{**NEW_INSTANCES, "exact_count": 2, **options})
    assert (list(ecs.state.instances), ecs.writes()) == (["i-other"], {})


RIGHTS = ["DescribeInstances", "DescribeVSwitches", "RunInstances", "StartInstances", "DeleteInstances"]


@pytest.mark.parametrize("right", RIGHTS)
def test_a_missing_right_is_named_and_never_taken_for_an_empty_set(ecs: Ecs, right: str) -> None:
    have(ecs, 1)
    next(iter(ecs.state.instances.values())).status = "Stopped"
    statements = [{**one, "Action": [a for a in [*one["Action"]] if not a.endswith(f":{right}")]} for one in POLICY["Statement"][:-1]]
    ecs.state.add_account(ACCESS_KEY, SECRET_KEY, {**POLICY, "Statement": statements})
    ecs.server.reset_calls()
    told: list[str] = []
    for count in (2, 1, 0):
        try:
            told.append(have(ecs, count, allow_removal=True).problem or "")
        except CollectionError as exc:
            told.append(str(exc))
    assert any(f"lacks the permission {'vpc' if 'VSwitch' in right else 'ecs'}:{right}" in text for text in told), told


def test_the_right_to_pass_a_role(ecs: Ecs) -> None:
    ecs.state.add_account("LTAInode", "node-secret", ram_role="node")
    ecs.state.add_account(ACCESS_KEY, SECRET_KEY, {**POLICY, "Statement": POLICY["Statement"][:-1]})
    with pytest.raises(ApiError, match="needs the permission ram:PassRole"):
        have(ecs, 1, ram_role="node")
    assert ecs.state.instances == {}
