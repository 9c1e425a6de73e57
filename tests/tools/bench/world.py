# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A region to measure in: nodes spread over route tables, entries that are there already, and calls that take a known time."""

from __future__ import annotations

import contextlib
import ipaddress
import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, VPC_ID, build_state
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState, Fault

OWNER = "bench"
SCOPE = "10.24.0.0/14"
SETTLE_SECONDS = 2.0
# What the emulated cloud waits before it carries a call out. It needs some time of its own, too: a case measures the sum.
CALL_SECONDS = 0.02
Route = t.Dict[str, t.Any]
_SUBNETS = [str(subnet) for subnet in ipaddress.ip_network(SCOPE).subnets(new_prefix=24)]


@dataclass(frozen=True)
class Region:
    """A running region."""

    state: CloudState
    server: CloudServer

    def routes(self, table_id: str) -> dict[str, str]:
        """Return next hop by destination of a table's custom entries that have settled."""
        self.state.settling.settle()
        entries = [entry for entry in self.state.entries_of(table_id) if (entry.type, entry.status) == ("Custom", "Available")]
        return {entry.destination: entry.next_hop_id for entry in entries}

    def count(self) -> dict[str, int]:
        """Return the calls by kind; a probe asks for single destinations, to see whether a write has settled."""
        calls, writes = self.server.count(), self.server.writes()
        probes = sum("DestCidrBlockList.1" in call.params for call in self.server.calls)
        deletes = self.server.writes("DeleteRouteEntries")
        return {"api_calls": calls, "writes": writes, "reads": calls - writes - probes, "probes": probes, "deletes": deletes}


def routes_of(count: int) -> list[Route]:
    """Return the wanted route of each node."""
    return [{"destination": _SUBNETS[n], "next_hop_id": node(n), "name": f"n{n}"} for n in range(count)]


def node(number: int) -> str:
    """Return the ID of a node's instance."""
    return f"i-bench-n{number}"


@contextlib.contextmanager
def serve_region(nodes: int, tables: int = 1, **settings: t.Any) -> t.Iterator[Region]:
    """Serve a region of so many nodes; each table but the first is a custom one with a vSwitch of its own."""
    state = build_state(settle_seconds=SETTLE_SECONDS, route_quota=max(200, nodes), **settings)
    for table in range(tables):
        _add_vswitch(state, table)
    for number in range(nodes):
        table = number % tables
        state.add_instance(f"vsw-bench-{table}", f"172.16.{16 * (table + 1) + number // 250}.{number % 250 + 2}", node(number))
    server = CloudServer(state)
    server.start()
    try:
        yield Region(state, server)
    finally:
        server.stop()


def _add_vswitch(state: CloudState, number: int) -> None:
    table_id = state.add_route_table(VPC_ID, f"vtb-bench-{number}").route_table_id if number else None
    state.add_vswitch(VPC_ID, f"172.16.{16 * (number + 1)}.0/20", "cn-hangzhou-a", f"vsw-bench-{number}", table_id)


def tables_of(region: Region) -> list[str]:
    """Return the IDs of the region's route tables."""
    return list(region.state.tables)


def put(region: Region, routes: t.Iterable[Route]) -> None:
    """Put entries of ours into every table, settled."""
    for route in routes:
        for table_id in tables_of(region):
            region.state.put_entry(table_id, route["destination"], route["next_hop_id"], name=f"{OWNER}/{route['name']}")


def slow_down(region: Region) -> None:
    """Let every call take its time from now on."""
    region.server.faults.add(Fault("*", times=None, latency=CALL_SECONDS))


def client_of(region: Region, **options: t.Any) -> AlicloudClient:
    """Return a client as the modules make it."""
    credentials = Credentials(ACCESS_KEY, SECRET_KEY, None, source="benchmark")
    return AlicloudClient(region.state.region, credentials, endpoint=region.server.url, **options)
