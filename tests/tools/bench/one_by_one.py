# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same routes as others write them: create one, wait until the cloud has settled, go on to the next."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.pace import Pace
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case
from ansible_collections.alicloud.flannel.tests.tools.bench.world import Route, client_of, serve_region

# Public clients of this API look at the whole table every 3 to 5 seconds; this is the faster way.
POLL_SECONDS = 3.0


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def one_by_one(routes: t.Sequence[Route], ours: t.Mapping[str, t.Any]) -> Case:
    """Write the routes and compare with our own figures. Every call is made; only the waiting is not waited for."""
    clock = Clock()
    with serve_region(len(routes), clock=clock, policy=None) as region:
        # No rate but its own.
        client = client_of(region, clock=clock, sleep=clock.sleep, pace=Pace(burst=10_000))
        for route in routes:
            create(client, route)
        if len(region.routes(TABLE_ID)) != len(routes):
            raise RuntimeError("not every route was created")
        calls, writes = region.server.count(), region.server.writes()
    seconds = round(clock.now + calls * ours["call_seconds"], 2)
    counted = {"api_calls": calls, "writes": writes, "reads": 0, "probes": calls - writes, "seconds": seconds}
    how = {"clock": "virtual", "poll_seconds": POLL_SECONDS, "call_seconds": ours["call_seconds"], "settle_seconds": ours["settle_seconds"]}
    ratios = {f"{name}_ratio": round(counted[name] / ours[name], 1) for name in ("seconds", "api_calls")}
    return Case(f"routes-{len(routes)}-one-by-one", {**counted, "minimum_seconds": ours["minimum_seconds"], **how, **ratios})


def create(client: AlicloudClient, route: Route) -> None:
    """Create one entry and look at the table until it is there for good."""
    desired = {"DestinationCidrBlock": route["destination"], "NextHopId": route["next_hop_id"], "NextHopType": "Instance"}
    client.call("vpc", "CreateRouteEntry", {"RouteTableId": TABLE_ID, **desired})
    status = None
    while status != "Available":
        client.sleep(POLL_SECONDS)
        entries = client.pages("vpc", "DescribeRouteEntryList", {"RouteTableId": TABLE_ID, "MaxResult": 100})
        status = next((entry["Status"] for entry in entries if entry["DestinationCidrBlock"] == route["destination"]), None)
