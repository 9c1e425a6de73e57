# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_vpc_route_info as a process: how the tables differ from the wanted routes."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import (
    ACCESS_KEY,
    NETWORK,
    SECRET_KEY,
    TABLE_ID,
    VPC_ID,
)
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import Region, node_routes
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module


def read(region: Region, **options: t.Any) -> ModuleResult:
    """Run the module."""
    identity = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": region.state.region, "endpoint": region.server.url}
    return run_module("ali_vpc_route_info", {**identity, "vpc_id": VPC_ID, **options})


def test_each_kind_of_drift_is_named_and_nothing_is_written(region: Region) -> None:
    region.add_nodes(5)
    put = region.state.put_entry
    put(TABLE_ID, "10.24.1.0/24", "i-sandbox-n1", name="k1/n1")
    put(TABLE_ID, "10.24.3.0/24", "i-sandbox-n1", name="k1/n3")
    put(TABLE_ID, "10.24.4.0/24", "i-sandbox-n4", name="k1/other")
    put(TABLE_ID, "10.24.5.0/24", "i-sandbox-n5", name="k1/n5", status="Pending", due=region.state.clock() + 60)
    put(TABLE_ID, "10.24.6.0/24", "i-sandbox-n6", name="web")
    put(TABLE_ID, "10.24.7.0/24", "i-sandbox-n1", name="k2/n7")
    put(TABLE_ID, "10.24.8.0/24", "i-sandbox-n8", name="k1/n8")
    put(TABLE_ID, "10.24.9.0/24", "i-sandbox-n1", name="k2/n9")
    desired = node_routes(7)
    result = read(region, routes=desired, owner="k1", scope=[NETWORK], tables="nodes")
    (table,) = result["tables"]
    assert [(d["destination"], d["kind"], d["next_hop_id"], d["actual_next_hop_id"]) for d in table["drift"]] == [
        ("10.24.2.0/24", "missing", "i-sandbox-n2", None),
        ("10.24.3.0/24", "wrong_next_hop", "i-sandbox-n3", "i-sandbox-n1"),
        ("10.24.4.0/24", "renamed", "i-sandbox-n4", "i-sandbox-n4"),
        ("10.24.5.0/24", "unsettled", "i-sandbox-n5", "i-sandbox-n5"),
        ("10.24.6.0/24", "unowned", "i-sandbox-n6", "i-sandbox-n6"),
        ("10.24.7.0/24", "taken", "i-sandbox-n7", "i-sandbox-n1"),
        ("10.24.8.0/24", "unwanted", None, "i-sandbox-n8"),
    ]
    assert table["quota"] == {"used": 8, "limit": 200, "source": "quota_center"}
    assert region.server.writes() == 0


def test_a_table_that_is_as_desired_has_no_drift(region: Region) -> None:
    region.converge(node_routes(3))
    result = read(region, routes=node_routes(3), owner="k1", scope=[NETWORK])
    assert [table["drift"] for table in result["tables"]] == [[]]


def test_without_routes_nothing_is_compared(region: Region) -> None:
    assert all("drift" not in table for table in read(region)["tables"])


def test_desired_routes_are_checked_as_those_of_a_run_are(region: Region) -> None:
    result = read(region, routes=node_routes(1), owner="k1", scope=["10.25.0.0/16"])
    assert (result.failed, "10.24.1.0/24 is outside scope" in result.msg) == (True, True)
    assert region.server.count() == 0
    assert read(region, routes=node_routes(1)).failed
