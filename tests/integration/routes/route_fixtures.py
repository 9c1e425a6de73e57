# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Route tables in an emulated region, converged in this process."""

from __future__ import annotations

import collections
import typing as t
from dataclasses import asdict, dataclass, field, replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials
from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.resource import RouteResource
from ansible_collections.alicloud.flannel.plugins.modules.ali_vpc_route import argument_spec
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import (
    ACCESS_KEY,
    NETWORK,
    SECRET_KEY,
    TABLE_ID,
    VPC_ID,
    VSWITCH_ID,
    build_state,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteEntry
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.recorder import Call


class VirtualClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


Route = t.Dict[str, t.Any]

DESIRED = {"10.24.1.0/24": "i-sandbox-n1", "10.24.2.0/24": "i-sandbox-n2", "10.24.3.0/24": "i-sandbox-n3"}  # node_routes(3)


def node_routes(count: int, start: int = 1) -> list[Route]:
    """Return the routes of nodes n1, n2 and so on: node n has the subnet 10.24.n.0/24."""
    return [{"destination": f"10.24.{n}.0/24", "next_hop_id": f"i-sandbox-n{n}", "name": f"n{n}"} for n in range(start, start + count)]


@dataclass
class Region:
    """A running region and the ways in which the tests look at it."""

    state: CloudState
    server: CloudServer
    clock: VirtualClock = field(default_factory=VirtualClock)
    access_key: str = ACCESS_KEY

    def as_another(self) -> Region:
        """Return the region as somebody else sees it, whose calls can be told apart."""
        self.state.add_account("LTAIanother", SECRET_KEY)
        return replace(self, access_key="LTAIanother")

    def client(self, retry_seconds: float = 30) -> AlicloudClient:
        """Return a client with the module's own pace and patience; it waits in virtual time."""
        return AlicloudClient(
            self.state.region,
            Credentials(self.access_key, SECRET_KEY, None, source="test"),
            endpoint=self.server.url,
            retry_seconds=retry_seconds,
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    def converge(self, routes: t.Sequence[Route], *, check: bool = False, **options: t.Any) -> Outcome:
        """Run the module's work once, as the module would."""
        defaults = {name: option.get("default") for name, option in argument_spec().items()}
        params = {**defaults, "vpc_id": VPC_ID, "owner": "k1", "scope": [NETWORK], "wait_timeout": 30, "routes": list(routes), **options}
        return converge(RouteResource(self.client(params["wait_timeout"]), params), check_mode=check)

    def add_nodes(self, count: int, vswitch_id: str = VSWITCH_ID, start: int = 4, network: str = "172.16.0") -> None:
        """Start instances i-sandbox-nN; the first three are there already."""
        for number in range(start, start + count):
            self.state.add_instance(vswitch_id, f"{network}.{number + 10}", f"i-sandbox-n{number}")

    def routes(self, table_id: str = TABLE_ID) -> dict[str, str]:
        """Return next hop by destination of a table's custom entries."""
        return {entry.destination: entry.next_hop_id for entry in self.entries(table_id) if entry.type == "Custom"}

    def entries(self, table_id: str = TABLE_ID) -> list[RouteEntry]:
        """Return a table's entries."""
        self.state.settling.settle()
        return self.state.entries_of(table_id)

    def fingerprint(self, *destinations: str) -> list[dict[str, t.Any]]:
        """Return every field of these entries, to be compared later."""
        return [asdict(entry) for entry in self.state.entries.values() if entry.destination in destinations]

    def actions(self) -> dict[str, int]:
        """Return the calls since the last reset by action."""
        return dict(collections.Counter(call.action for call in self.server.calls))

    def probes(self) -> int:
        """Return how many calls looked whether a write has settled, or read single entries."""
        return sum("DestCidrBlockList.1" in call.params for call in self.server.calls)


class Remembered(t.Dict[str, RouteEntry]):
    """The region's entries by id, those that are gone included in ``ever``."""

    def __init__(self, entries: t.Mapping[str, RouteEntry]) -> None:
        super().__init__(entries)
        self.ever = dict(entries)

    def __setitem__(self, entry_id: str, entry: RouteEntry) -> None:
        super().__setitem__(entry_id, entry)
        self.ever[entry_id] = entry


def stale_writes(calls: t.Sequence[Call], ever: t.Mapping[str, RouteEntry]) -> list[str]:
    """Return the writes that address an entry which their writer last read more than one write of its own ago."""
    stale = []
    for number, call in enumerate(calls):
        for entry_id in [value for name, value in call.params.items() if name.endswith("RouteEntryId")]:
            before = [c for c in calls[:number] if c.params["AccessKeyId"] == call.params["AccessKeyId"]]
            seen = max((n for n, earlier in enumerate(before) if shows(earlier, ever[entry_id])), default=-1)
            if seen < 0 or sum(later.is_write and later.http_status in (0, 200) for later in before[seen:]) > 1:
                stale.append(f"{call.action} {entry_id}")
    return stale


def shows(call: Call, entry: RouteEntry) -> bool:
    """Return whether the call reads the entry."""
    asked = [value for name, value in call.params.items() if name.startswith("DestCidrBlockList.")]
    reads = call.action == "DescribeRouteEntryList" and call.params["RouteTableId"] == entry.table_id
    return reads and (not asked or entry.destination in asked)


def serve(state: CloudState) -> t.Iterator[Region]:
    """Serve a region until the test ends, and hold every run in it to the rule for writes by id."""
    state.clock = clock = VirtualClock()
    state.entries = entries = Remembered(state.entries)
    server = CloudServer(state)
    server.start()
    yield Region(state, server, clock)
    server.stop()
    assert stale_writes(server.calls, entries.ever) == []


@pytest.fixture
def region() -> t.Iterator[Region]:
    """Serve a fresh region of three nodes."""
    yield from serve(build_state())


def states(outcome: Outcome) -> dict[str, str]:
    """Return the state of each destination; one table only."""
    return {result["destination"]: result["state"] for result in outcome.returns["results"]}


def foreign_entry(destination: str, hop: str, name: str) -> t.Callable[..., None]:
    """Return what lets an entry appear just before a call is carried out."""
    return lambda state, request: state.put_entry(TABLE_ID, destination, hop, name=name)
