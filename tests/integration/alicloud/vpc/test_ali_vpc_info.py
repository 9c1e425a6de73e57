# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_vpc_info as a process against the emulated cloud."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY
from ansible_collections.alicloud.flannel.tests.integration.alicloud.object_fixtures import TAGS, EmptyRegion
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, ["vpc-1", "vpc-empty", "vpc-foreign"]),
        ({"tags": TAGS}, ["vpc-1", "vpc-empty"]),
        ({"name": "vpc-1", "tags": TAGS, "vpc_ids": ["vpc-1", "vpc-foreign"]}, ["vpc-1"]),
        ({"tags": {"cluster": "k2"}}, []),
    ],
)
def test_vpcs_are_found_with_what_is_in_them(furnished_region: EmptyRegion, options: dict[str, t.Any], found: list[str]) -> None:
    furnished_region.state.add_security_group("vpc-1", security_group_id="sg-1", name="nodes")
    where = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": "cn-hangzhou", "endpoint": furnished_region.server.url}
    result = run_module("ali_vpc_info", {**where, **options}, check=True)
    assert result["zones"] == furnished_region.state.zones
    vpcs = {vpc["vpc_id"]: vpc for vpc in result["vpcs"]}
    assert (list(vpcs), furnished_region.writes()) == (found, {})
    if "vpc-1" in found:
        assert [(one["vswitch_id"], one["route_table_id"]) for one in vpcs["vpc-1"]["vswitches"]] == [
            ("vsw-custom", "vtb-used"),
            ("vsw-plain", "vtb-1-system"),
        ]
        assert vpcs["vpc-1"]["route_table_id"] == "vtb-1-system"
        assert [(one["route_table_id"], one["route_table_type"]) for one in vpcs["vpc-1"]["route_tables"]] == [
            ("vtb-1-system", "System"),
            ("vtb-free", "Custom"),
            ("vtb-used", "Custom"),
        ]
        assert vpcs["vpc-1"]["security_groups"] == [{"security_group_id": "sg-1", "name": "nodes", "tags": {}}]
