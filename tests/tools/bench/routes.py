# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many calls and how much time ali_vpc_route takes, in this process: its start is measured by another case."""

from __future__ import annotations

import math
import statistics
import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.resource import RouteResource
from ansible_collections.alicloud.flannel.plugins.modules.ali_vpc_route import argument_spec
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import VPC_ID
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case, timed
from ansible_collections.alicloud.flannel.tests.tools.bench.one_by_one import one_by_one
from ansible_collections.alicloud.flannel.tests.tools.bench.world import (
    OWNER,
    SCOPE,
    SETTLE_SECONDS,
    Region,
    Route,
    client_of,
    node,
    put,
    routes_of,
    serve_region,
    slow_down,
    tables_of,
)

BATCH = 50
PAGE = 100
SYSTEM_ENTRIES = 4
# A run without writes is short: the median of so many is taken.
REPEATED = 5
# A run may take this many times the least that its calls and the cloud's settle time need.
SLACK = 1.3


@dataclass(frozen=True)
class Work:
    """What is there, what is wanted, and what that may cost."""

    case: str
    there: t.Sequence[Route]
    desired: t.Sequence[Route]
    writes: int
    reads: int
    tables: int = 1

    @property
    def limits(self) -> dict[str, float]:
        """Return the limits: the first write learns the settle time, the others use it."""
        probes = 8 + 2 * (self.writes - 1) if self.writes else 0
        return {"writes": self.writes, "reads": self.reads, "probes": probes, "deletes": 0}


def pages(entries: int) -> int:
    """Return how many calls a listing takes."""
    return max(1, math.ceil(entries / PAGE))


def reads(before: int, after: int, others: int, tables: int = 1) -> int:
    """Return how many reads work with writes needs: the tables, and of each our kind of entries, all entries, and in the end ours again."""
    return 1 + tables * (pages(before) + pages(before + SYSTEM_ENTRIES) + pages(after)) + others


def cold(count: int, tables: int = 1) -> Work:
    """Return the work of filling empty tables."""
    name = f"routes-{count}-cold" if tables == 1 else f"routes-{count}-tables{tables}"
    others = 1 + math.ceil(count / PAGE) + 1  # vSwitches, instances, quota
    return Work(name, [], routes_of(count), tables * math.ceil(count / BATCH), reads(0, count, others, tables), tables)


def moved(name: str, count: int, wrong: int) -> Work:
    """Return the work of moving some routes to their nodes."""
    desired = routes_of(count)
    there = [{**route, "next_hop_id": node(count - 1)} if number < wrong else route for number, route in enumerate(desired)]
    return Work(f"routes-{count}-{name}", there, desired, wrong, reads(count, count, others=1))  # the new hops


def works() -> list[Work]:
    """Return every case."""
    return [
        *(cold(count) for count in (1, 50, 200, 1000)),
        Work("routes-200-noop", routes_of(200), routes_of(200), 0, 5),
        moved("drift10", 200, 20),
        moved("replace1", 200, 1),
        cold(200, tables=3),
    ]


def measure_call(region: Region) -> float:
    """Return the median seconds of the call that a run makes most: a page of a table."""
    client = client_of(region)
    query = {"RouteTableId": tables_of(region)[0], "RouteEntryType": "Custom", "MaxResult": PAGE}
    return statistics.median(timed(client.call, "vpc", "DescribeRouteEntryList", query)[1] for _call in range(15))


def run(region: Region, routes: t.Sequence[Route]) -> float:
    """Converge the region's tables and return the seconds that it took."""
    defaults = {name: option.get("default") for name, option in argument_spec().items()}
    params = {**defaults, "vpc_id": VPC_ID, "owner": OWNER, "scope": [SCOPE], "routes": list(routes), "wait_timeout": 60}
    resource = RouteResource(client_of(region), params)
    region.server.reset_calls()
    outcome, seconds = timed(converge, resource, check_mode=False)
    desired = {route["destination"]: route["next_hop_id"] for route in routes}
    if outcome.problem or any(region.routes(table_id) != desired for table_id in tables_of(region)):
        raise RuntimeError(f"The routes are not as wanted: {outcome.problem}")
    return seconds


def bench(work: Work) -> Case:
    """Do the work and return what it took."""
    with serve_region(len(work.desired), work.tables) as region:
        put(region, work.there)
        slow_down(region)
        call_seconds = measure_call(region)
        seconds = statistics.median(run(region, work.desired) for _run in range(1 if work.writes else REPEATED))
        counted: dict[str, t.Any] = {
            **region.count(),
            "seconds": seconds,
            "call_seconds": round(call_seconds, 3),
            "settle_seconds": SETTLE_SECONDS,
        }
    minimum = counted["writes"] * (SETTLE_SECONDS + call_seconds) + counted["reads"] * call_seconds
    counted["minimum_seconds"] = round(minimum, 3)
    return Case(work.case, counted, work.limits, {"seconds": round(SLACK * minimum, 3)})


def routes_cases() -> t.Iterator[Case]:
    """Do all works; one route at a time is there for comparison."""
    figures = {}
    for work in works():
        case = bench(work)
        figures[work.case] = case.figures
        yield case
    yield one_by_one(routes_of(200), figures["routes-200-cold"])
