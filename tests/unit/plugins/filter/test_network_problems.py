# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.network_problems import network_problems

CONFIG = {"Network": "10.24.0.0/16", "SubnetLen": 24, "Backend": {"Type": "alloc"}}
PUBLISHED = {"Network": "10.24.0.0/16", "SubnetLen": 24, "SubnetMin": "10.24.1.0", "SubnetMax": "10.24.255.0", "Backend": {"Type": "alloc"}}
VPC = {
    "vpc_id": "vpc-bp1example",
    "cidr_block": "172.16.0.0/16",
    "secondary_cidr_blocks": [],
    "vswitches": [{"vswitch_id": "vsw-bp1example", "cidr_block": "172.16.0.0/24", "route_table_id": "vtb-bp1example"}],
}
LEASES = [{"subnet": "10.24.1.0/24", "public_ip": "172.16.0.11"}]

TEST_PROBLEMS: list[tuple[dict[str, t.Any], dict[str, t.Any], list[str]]] = [
    (CONFIG, {"vpc": VPC, "published": PUBLISHED, "leases": LEASES}, []),
    (CONFIG, {"vpc": {**VPC, "cidr_block": "10.0.0.0/8"}}, ["VPC vpc-bp1example"]),
    (CONFIG, {"vpc": {**VPC, "secondary_cidr_blocks": ["10.24.128.0/20"]}}, ["secondary CIDR of VPC vpc-bp1example"]),
    (CONFIG, {"vpc": {**VPC, "vswitches": [{"vswitch_id": "vsw-1", "cidr_block": "10.24.3.0/24"}]}}, ["vSwitch vsw-1"]),
    ({**CONFIG, "Network": "100.64.0.0/16"}, {"vpc": VPC}, ["100.64.0.0/10"]),
    (
        {**CONFIG, "Network": "10.25.0.0/16"},
        {"published": PUBLISHED, "leases": LEASES},
        ["Network is 10.24.0.0/16, desired is 10.25.0.0/16"],
    ),
    ({**CONFIG, "SubnetLen": 25}, {"published": PUBLISHED, "leases": LEASES}, ["SubnetLen is 24, desired is 25"]),
    ({**CONFIG, "Network": "10.25.0.0/16"}, {"published": PUBLISHED, "leases": []}, []),
    (
        {**CONFIG, "SubnetMin": "10.24.2.0"},
        {"published": PUBLISHED, "leases": LEASES},
        ["The lease 10.24.1.0/24 of 172.16.0.11 would be lost"],
    ),
    ({**CONFIG, "Network": "10.24.0.0/30"}, {}, ["/30"]),
    (CONFIG, {"nodes": [{"name": "n1", "subnet": "10.24.7.0/24"}, {"name": "n2", "subnet": None}]}, []),
    (CONFIG, {"nodes": [{"name": "n1", "subnet": "10.99.1.0/24"}]}, ["n1 cannot have the subnet 10.99.1.0/24: it is outside"]),
    (CONFIG, {"nodes": [{"name": "n1", "subnet": "10.24.1.0/25"}]}, ["n1 cannot have the subnet 10.24.1.0/25: its length"]),
    (CONFIG, {"nodes": [{"name": "n1", "subnet": "10.24.1.7/24"}]}, ["n1 cannot have the subnet 10.24.1.7/24: it is not"]),
    (
        CONFIG,
        {"nodes": [{"name": name, "subnet": "10.24.7.0/24"} for name in ("n1", "n2")]},
        ["(n1, n2) have the flannel_subnet 10.24.7.0/24"],
    ),
]


@pytest.mark.parametrize(("config", "given", "expected"), TEST_PROBLEMS)
def test_each_problem_is_named_once(config: dict[str, t.Any], given: dict[str, t.Any], expected: list[str]) -> None:
    problems = network_problems(config, **given)
    assert len(problems) == len(expected)
    for problem, part in zip(problems, expected, strict=True):
        assert part in problem
