# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The route engine in calls: how many it may take for what."""

from __future__ import annotations

import collections
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID, VPC_ID, build_state
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import (
    Region,
    node_routes,
    serve,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import operations


@pytest.fixture
def big_region() -> t.Iterator[Region]:
    """Serve a region of 200 nodes."""
    state = build_state(settle_seconds=0.3)
    state.add_vswitch(VPC_ID, "172.16.4.0/22", "cn-hangzhou-a", "vsw-sandbox-big")
    for number in range(4, 201):
        state.add_instance("vsw-sandbox-big", f"172.16.{4 + number // 250}.{number % 250 + 2}", f"i-sandbox-n{number}")
    yield from serve(state)


def test_budget_200_routes_into_an_empty_table(big_region: Region) -> None:
    outcome = big_region.converge(node_routes(200))
    assert outcome.problem is None
    assert len(big_region.routes()) == 200
    assert big_region.server.writes() == big_region.server.writes("CreateRouteEntries") == 4
    reads = big_region.server.count() - 4 - big_region.probes()
    assert reads <= 13
    assert big_region.probes() == 5  # two until the first batch has settled, then one for each
    assert outcome.returns["api_calls"] == big_region.server.count()


@pytest.mark.parametrize("tables", ["one", "several"])
def test_budget_nothing_to_do_with_200_routes(big_region: Region, tables: str) -> None:
    big_region.converge(node_routes(200))
    if tables == "several":
        big_region.state.add_route_table(VPC_ID, "vtb-sandbox-b")
    big_region.server.reset_calls()
    outcome = big_region.converge(node_routes(200))
    assert (outcome.changed, big_region.server.writes()) == (False, 0)
    assert big_region.server.count() <= 5


READS = {"DescribeRouteTableList", "DescribeRouteEntryList"}


@pytest.mark.parametrize(
    ("hops", "writes", "guards"),
    [
        ({1: 1, 2: 2}, set(), set()),
        ({1: 1}, {"DeleteRouteEntries"}, set()),
        ({1: 1, 2: 3}, {"ModifyRouteEntry"}, {"DescribeInstances"}),
        ({1: 1, 2: 2, 3: 3}, {"CreateRouteEntries"}, {"DescribeInstances", "DescribeVSwitches", "GetProductQuota"}),
    ],
    ids=["nothing to do", "delete", "move", "create"],
)
def test_guards_that_cost_calls_are_asked_once_and_only_for_what_they_guard(
    region: Region, hops: dict[int, int], writes: set[str], guards: set[str]
) -> None:
    region.converge(node_routes(2))
    region.server.reset_calls()
    desired = [{"destination": f"10.24.{x}.0/24", "next_hop_id": f"i-sandbox-n{n}", "name": f"n{x}"} for x, n in hops.items()]
    region.converge(desired, purge=True)
    actions = region.actions()
    assert set(actions) == READS | writes | guards
    assert {actions[action] for action in writes | guards} <= {1}
    called = [call.action for call in region.server.calls]
    assert all(called[called.index(write) - 1] == "DescribeRouteEntryList" for write in writes)  # nothing slow in between
    # The plan reads the table twice when it writes; then one look, and the last read.
    assert actions["DescribeRouteEntryList"] == (4 if writes else 1)


def test_budget_one_instance_replaced_is_one_modification(big_region: Region) -> None:
    big_region.converge(node_routes(200))
    operations.replace_instance(big_region.state, "i-sandbox-n7", "i-sandbox-new")
    big_region.server.reset_calls()
    desired = [{**route, "next_hop_id": route["next_hop_id"].replace("i-sandbox-n7", "i-sandbox-new")} for route in node_routes(200)]
    desired = [route if route["name"] == "n7" else original for route, original in zip(desired, node_routes(200))]
    outcome = big_region.converge(desired)
    assert outcome.returns["summary"]["moved"] == 1
    assert big_region.server.writes() == big_region.server.writes("ModifyRouteEntry") == 1
    assert big_region.routes()["10.24.7.0/24"] == "i-sandbox-new"


def test_budget_a_tenth_replaced_is_one_modification_each(big_region: Region) -> None:
    big_region.converge(node_routes(200))
    big_region.state.settle_seconds = 0.0
    big_region.server.reset_calls()
    desired = [{**route, "next_hop_id": "i-sandbox-n200"} if number < 20 else route for number, route in enumerate(node_routes(200))]
    outcome = big_region.converge(desired)
    assert outcome.returns["summary"]["moved"] == 20
    assert big_region.server.writes() == big_region.server.writes("ModifyRouteEntry") == 20
    assert big_region.probes() == 20  # one look after each, which reads the next one's entry, too


def test_budget_a_table_without_changes_is_not_read_again(region: Region) -> None:
    region.state.add_route_table(VPC_ID, "vtb-sandbox-b")
    region.converge(node_routes(3), tables="all")
    region.state.remove_route_entry("vtb-sandbox-b", "10.24.2.0/24")
    region.server.reset_calls()
    assert region.converge(node_routes(3), tables="all").returns["summary"]["created"] == 1
    reads = collections.Counter(call.params.get("RouteTableId") for call in region.server.calls if call.action == "DescribeRouteEntryList")
    assert reads == {TABLE_ID: 2, "vtb-sandbox-b": 4}
