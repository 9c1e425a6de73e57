# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the route engine refuses, and that a refused plan writes nothing."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import Forbidden
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, TABLE_ID, VPC_ID
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import (
    Region,
    node_routes,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault


def refused(region: Region, routes: t.Sequence[dict[str, t.Any]], **options: t.Any) -> str:
    """Return the message of a run that must write nothing."""
    before = region.fingerprint(*region.routes())
    with pytest.raises(InvalidInput) as caught:
        region.converge(routes, **options)
    assert region.server.writes() == 0
    assert region.fingerprint(*region.routes()) == before
    return str(caught.value)


def test_the_quota_is_checked_before_the_first_write(region: Region) -> None:
    region.state.route_quota = 2
    message = refused(region, node_routes(3))
    assert "adding 3 and removing 0 makes 3, and its quota is 2 (quota_center)" in message
    assert "its quota is 1 (option)" in refused(region, node_routes(3), route_quota=1)


def test_each_table_has_a_quota_of_its_own(region: Region) -> None:
    region.state.add_route_table(VPC_ID, "vtb-full")
    for number in range(5):
        region.state.add_route_entry("vtb-full", f"192.168.{number}.0/24", "i-sandbox-n1")
    region.state.route_quota = 7
    message = refused(region, node_routes(3), tables="all")
    assert "vtb-full has 5 custom entries; adding 3 and removing 0 makes 8, and its quota is 7" in message
    assert message.count("custom entries") == 1
    assert region.converge(node_routes(2), tables="all").problem is None
    region.state.remove_route_entry(TABLE_ID, "10.24.1.0/24")
    region.state.route_quota = 1
    region.server.reset_calls()
    assert f"{TABLE_ID} has 1 custom entries; adding 1" in refused(region, node_routes(2), tables="all")


def test_without_the_right_to_ask_the_quota_is_200_and_says_so(region: Region) -> None:
    region.server.faults.add(Fault("GetProductQuota", times=None, error=ApiError("NoPermission", "You may not.", 403)))
    assert region.converge(node_routes(3)).returns["tables"][0]["quota"] == {"used": 3, "limit": 200, "source": "default"}


@pytest.mark.parametrize("foreign", ["10.0.0.0/8", "10.24.1.0/25"])
@pytest.mark.parametrize("kind", ["Custom", "CEN"])
def test_a_route_that_overlaps_a_foreign_entry(region: Region, foreign: str, kind: str) -> None:
    region.state.add_route_entry(TABLE_ID, foreign, "i-sandbox-n3", type=kind)
    message = refused(region, node_routes(3))
    assert f"10.24.1.0/24 overlaps {foreign} → i-sandbox-n3 in {TABLE_ID}, which isn't ours" in message
    assert region.converge(node_routes(3), allow_overlap=[foreign]).problem is None


def test_a_route_over_a_vswitch_or_the_services_addresses(region: Region) -> None:
    message = refused(region, [{"destination": "172.16.0.0/25", "next_hop_id": "i-sandbox-n1"}], scope=["172.16.0.0/16"])
    assert "172.16.0.0/25 overlaps vSwitch vsw-sandbox-a (172.16.0.0/24)" in message
    message = refused(region, [{"destination": "100.64.1.0/24", "next_hop_id": "i-sandbox-n1"}], scope=["100.64.0.0/10"])
    assert "100.64.0.0/10, which Alibaba Cloud reserves" in message


def test_a_next_hop_that_is_not_in_the_vpc(region: Region) -> None:
    region.state.add_vpc("172.17.0.0/16", "vpc-other")
    region.state.add_vswitch("vpc-other", "172.17.0.0/24", "cn-hangzhou-a", "vsw-other")
    region.add_nodes(1, "vsw-other", network="172.17.0")
    assert "next hop i-sandbox-n4 is in vpc-other, not in vpc-sandbox" in refused(region, node_routes(4))
    assert "no instance i-sandbox-n5 was found" in refused(region, [*node_routes(3), *node_routes(1, start=5)])


def test_a_missing_right_to_read_instances_is_named_although_the_cloud_hides_it(region: Region) -> None:
    rights = {"Effect": "Allow", "Action": ["vpc:*", "quotas:*"], "Resource": "*"}
    region.state.add_account(ACCESS_KEY, SECRET_KEY, {"Version": "1", "Statement": [rights]})
    with pytest.raises(Forbidden, match="lacks the permission ecs:DescribeInstances"):
        region.converge(node_routes(3))
    assert region.server.writes() == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"vpc_id": "vpc-nowhere"}, "VPC vpc-nowhere has no route table in region cn-hangzhou, so it doesn't exist there"),
        ({"route_table_ids": ["vtb-nowhere"]}, "Route table vtb-nowhere isn't one of VPC vpc-sandbox, which has vtb-sandbox-"),
        ({"route_table_ids": ["vtb-sandbox-gateway"]}, "belongs to a gateway"),
        ({"owner": "a/b"}, "owner 'a/b' must be"),
        ({"scope": ["10.25.0.0/16"]}, "is outside scope"),
    ],
)
def test_wrong_options_are_named(region: Region, options: dict[str, t.Any], words: str) -> None:
    region.state.add_route_table(VPC_ID, "vtb-sandbox-gateway", associate_type="Gateway")
    assert words in refused(region, node_routes(3), **options)


def test_more_moves_and_deletions_than_one_run_may_make(region: Region) -> None:
    region.converge(node_routes(3), max_disruption="0")
    region.server.reset_calls()
    wrong = [{**route, "next_hop_id": "i-sandbox-n3"} for route in node_routes(2)]
    message = refused(region, wrong, purge=True)
    assert "1 deletions and 2 moves would touch 3 of 3 Available entries, and max_disruption=10% allows 1" in message
    assert "max_disruption=2 allows 2" in refused(region, wrong, purge=True, max_disruption="2")
    assert region.converge(wrong, purge=True, max_disruption="3").returns["summary"]["moved"] == 2


def test_half_an_inventory_with_purge(region: Region) -> None:
    region.add_nodes(37)
    region.converge(node_routes(40))
    region.server.reset_calls()
    assert "20 deletions and 0 moves would touch 20 of 40" in refused(region, node_routes(20), purge=True)
    assert "routes is empty, and purge would delete all 40" in refused(region, [], purge=True)
    kept = region.converge(node_routes(20), purge=True, keep_next_hops=[f"i-sandbox-n{n}" for n in range(41)])
    assert (kept.changed, len(region.routes())) == (False, 40)
