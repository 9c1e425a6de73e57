# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a scenario's events happen: as faults of the emulated cloud, as other writers, as the death of the client."""

from __future__ import annotations

import collections
import random
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.alicloud.flannel.tests.chaos import oracle
from ansible_collections.alicloud.flannel.tests.chaos.scenario import FORMER, KILLS, NEIGHBOUR, OWNER, Event, Route, Scenario, Task
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import operations
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.chaos.witness import Paths, Witness
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteEntry
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

THROTTLED = ("Throttling", "Request was denied due to request throttling.", 400)
ERRORS = {
    "throttling": THROTTLED,
    "throttling-user": ("Throttling.User", "Request was denied due to user flow control.", 400),
    "outage": THROTTLED,
    "task-conflict": ("TaskConflict", "The operation is too frequent.", 400),
    "busy-status": ("IncorrectRouteEntryStatus", "The route entry is busy.", 400),
    "error-before": ("InternalError", "The request processing has failed.", 500),
    "error-after": ("ServiceUnavailable", "The request has failed.", 503),
    "batch-refused": ("InvalidNexthop.NotFound", "The specified next hop does not exist.", 404),
    "forbidden": ("Forbidden.RAM", "User not authorized to operate on the specified resource.", 403),
}
KNOWN_CODES = ("VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE", "VPC_ROUTE_ENTRY_STATUS_ERROR", "VPC_ROUTER_ENTRY_NOT_EXIST")
UNKNOWN_CODE = "VPC_ROUTE_ENTRY_SOMETHING_NEW"
STALL_SECONDS = 100000.0
# So many calls of a run fail in an outage; more than it tries.
OUTAGE = 200


@dataclass
class Strikes:
    """The events of a scenario, and how often each kind struck."""

    scenario: Scenario
    state: CloudState
    witness: Witness
    paths: Paths
    run_again: t.Callable[[str], None]  # carries out a whole run of an owner

    def __post_init__(self) -> None:
        self.struck: collections.Counter[str] = collections.Counter()
        self.replaced: dict[str, str] = {}  # new instance by old one
        self.rerouted = 0  # routes that lead elsewhere since then
        self.kills = [
            (event.kind, Fault(event.action, skip=event.skip, times=event.times)) for event in self.scenario.events if event.kind in KILLS
        ]
        self._failing: list[tuple[str, int, Fault]] = []

    def faults(self) -> list[Fault]:
        """Return the rules for the cloud: first what others do, then the witness who sees the call, then what fails it."""
        events = [(number, event) for number, event in enumerate(self.scenario.events) if event.kind not in KILLS]
        happen = [self._happening(number, event) for number, event in events if event.kind in HAPPENINGS]
        self._failing = [(event.kind, fault.times or 0, fault) for _n, event in events if (fault := _failing(event)) is not None]
        return [*happen, self.watching(), *(fault for _kind, _times, fault in self._failing)]

    def watching(self) -> Fault:
        """Return the rule that lets the witness see every call."""
        return Fault("*", times=None, run=self.witness)

    def death_at(self, action: str) -> str | None:
        """Return how the client dies at this call, if it does."""
        kind = next((kind for kind, rule in self.kills if rule.take(action)), None)
        self.struck.update([kind] if kind else [])
        return kind

    def count(self) -> collections.Counter[str]:
        """Return how often each kind struck."""
        counter = collections.Counter(self.struck)
        for kind, times, fault in self._failing:
            failed = times - (fault.times or 0)
            counter[kind] += min(failed, 1) if kind == "outage" else failed
        return +counter

    def failed_calls(self) -> int:
        """Return how many calls the cloud was made to fail, or not to answer."""
        return sum(times - (fault.times or 0) for _kind, times, fault in self._failing)

    def _happening(self, number: int, event: Event) -> Fault:
        rng = random.Random(f"{self.scenario.seed}/{number}")

        def run(state: CloudState, request: ApiRequest) -> None:
            # Not within the state's lock, which settling takes itself.
            self.struck[event.kind] += HAPPENINGS[event.kind](self, rng, request)
            state.settling.settle()

        if event.kind in AGAIN:
            owner = AGAIN[event.kind]
            return Fault(event.action, skip=event.skip, run=lambda state, request: self._other_run(event.kind, owner))
        return Fault(event.action, skip=event.skip, times=event.times, run=run)

    def _other_run(self, kind: str, owner: str) -> None:
        self.struck[kind] += 1
        self.run_again(owner)

    # What happens. Each returns whether there was something to do.

    def slow_settling(self, rng: random.Random, _request: ApiRequest) -> bool:
        self.state.settle_seconds = rng.choice((0.0, 1.0, 4.0, 8.0))
        return True

    def stalled(self, _rng: random.Random, _request: ApiRequest) -> bool:
        self.state.settle_seconds = STALL_SECONDS
        return True

    def quota_lowered(self, rng: random.Random, _request: ApiRequest) -> bool:
        used = max(sum(entry.type == "Custom" for entry in self.state.entries_of(table)) for table in self.state.tables)
        self.state.route_quota = used + rng.choice((0, 0, 1, 3))
        return True

    def partial(self, rng: random.Random, request: ApiRequest, codes: t.Sequence[str]) -> bool:
        records = request.records("RouteEntries")
        for record in rng.sample(records, min(len(records), rng.randint(1, 3))):
            entry = self.state.entries.get(record.get("RouteEntryId", ""))
            destination = entry.destination if entry else record.get("DstCidrBlock", "")
            request.failing_entries[destination] = rng.choice(codes)
            if codes == (UNKNOWN_CODE,):
                self.witness.clients[request.account.access_key].refused[record["RouteTableId"], destination] = UNKNOWN_CODE
        return True

    def appears(self, rng: random.Random, request: ApiRequest, same: bool) -> bool:
        created = {(record["RouteTableId"], record.get("DstCidrBlock")) for record in request.records("RouteEntries")}
        free = [
            (table, route)
            for table in self.scenario.task.tables
            for route in self.scenario.task.routes
            if not self.state.entries_of(table, route.destination)
        ]
        if not free:
            return False
        named = [(table, route) for table, route in free if (table, route.destination) in created]
        table, route = rng.choice(named or free)
        hop = self._current(route) if same else self._other_hop(rng, self._current(route))
        name = rng.choice((f"{NEIGHBOUR}x/new", "by hand", f"{FORMER}/new", f"{OWNER}/{route.name or 'new'}"))
        self.witness.note(self.state.put_entry(table, route.destination, hop, name=name))
        return True

    def vanishes(self, rng: random.Random, request: ApiRequest) -> bool:
        entry = self._one_of_ours(rng, request)
        if entry is None:
            return False
        self._take_away(entry)
        return True

    def rehopped(self, rng: random.Random, request: ApiRequest) -> bool:
        entry = self._one_of_ours(rng, request)
        if entry is None:
            return False
        self.paths.excuse((entry.table_id, entry.destination))
        entry.next_hop_id = self._other_hop(rng, entry.next_hop_id)
        self.state.settling.entry_appeared(entry)
        self.witness.note(entry)
        return True

    def renamed(self, rng: random.Random, request: ApiRequest) -> bool:
        entry = self._one_of_ours(rng, request)
        if entry is None:
            return False
        entry.name = rng.choice(("by hand", f"{NEIGHBOUR}x/taken", f"{OWNER}/edited"))
        self.witness.note(entry)
        return True

    def recreated(self, rng: random.Random, request: ApiRequest) -> bool:
        entry = self._one_of_ours(rng, request)
        if entry is None:
            return False
        self._take_away(entry)
        hop = rng.choice((entry.next_hop_id, self._other_hop(rng, entry.next_hop_id)))
        name = rng.choice((entry.name, "by hand", f"{NEIGHBOUR}x/taken"))
        self.witness.note(self.state.put_entry(entry.table_id, entry.destination, hop, name=name))
        return True

    def instance_replaced(self, rng: random.Random, _request: ApiRequest) -> bool:
        old = rng.choice(sorted(self.state.instances))
        self.paths.excuse(*[place for place, hop in self.paths.hops.items() if hop == old])
        gone = [entry for entry in self.state.entries.values() if entry.next_hop_id == old]
        new = operations.replace_instance(self.state, old).instance_id
        self.replaced[old] = new
        for place in [place for place, hop in self.paths.right.items() if hop == old]:
            self.paths.right[place] = new
            self.rerouted += 1
        for entry in gone:
            if entry.entry_id not in self.state.entries:
                self.witness.forget(entry)
        self.witness.bring_up_to_date(self.up_to_date)
        return True

    def _take_away(self, entry: RouteEntry) -> None:
        self.paths.excuse((entry.table_id, entry.destination))
        self.state.remove_route_entry(entry.table_id, entry.destination)
        self.witness.forget(entry)

    def _one_of_ours(self, rng: random.Random, request: ApiRequest) -> RouteEntry | None:
        """Choose an entry of ours; often one that this call writes, or that a run is about to write."""
        tables = self.scenario.task.tables
        marked = [entry for entry in self.state.entries.values() if entry.name.startswith(f"{OWNER}/") and oracle.is_plain(entry)]
        ours = [entry for entry in marked if entry.table_id in tables and entry.status == "Available"]
        decided = [(entry, oracle.verdict(entry, self.scenario.task)) for entry in ours]
        due = [e for e, what in decided if what.kind == oracle.DELETE or (what.after and what.after != oracle.texts_of(e))]
        named = {request.get("RouteEntryId"), *(record.get("RouteEntryId") for record in request.records("RouteEntries"))}
        choices = [[entry for entry in ours if entry.entry_id in named], due, ours]
        rng.shuffle(choices)
        return next((rng.choice(some) for some in choices if some), None)

    def _current(self, route: Route) -> str:
        hop = route.hop or min(self.state.instances)
        while hop in self.replaced:
            hop = self.replaced[hop]
        return hop

    def _other_hop(self, rng: random.Random, hop: str) -> str:
        return rng.choice([other for other in sorted(self.state.instances) if other != hop])

    def up_to_date(self, task: Task) -> Task:
        """Return a task whose routes lead to the instances that are there now."""
        return replace(
            task, routes=tuple(route if route.hop is None else replace(route, hop=self._current(route)) for route in task.routes)
        )


HAPPENINGS: dict[str, t.Callable[[Strikes, random.Random, ApiRequest], bool]] = {
    "slow-settling": Strikes.slow_settling,
    "stalled": Strikes.stalled,
    "quota-lowered": Strikes.quota_lowered,
    "partial-known": lambda strikes, rng, request: strikes.partial(rng, request, KNOWN_CODES),
    "partial-unknown": lambda strikes, rng, request: strikes.partial(rng, request, (UNKNOWN_CODE,)),
    "appears-same-hop": lambda strikes, rng, request: strikes.appears(rng, request, same=True),
    "appears-other-hop": lambda strikes, rng, request: strikes.appears(rng, request, same=False),
    "vanishes": Strikes.vanishes,
    "rehopped": Strikes.rehopped,
    "renamed": Strikes.renamed,
    "recreated": Strikes.recreated,
    "instance-replaced": Strikes.instance_replaced,
    "second-run": lambda strikes, rng, request: True,
    "neighbours-run": lambda strikes, rng, request: True,
}
AGAIN = {"second-run": OWNER, "neighbours-run": NEIGHBOUR}


def _failing(event: Event) -> Fault | None:
    """Return the rule of an event that makes calls fail."""
    rule = Fault(event.action, skip=event.skip, times=OUTAGE if event.kind == "outage" else event.times)
    if event.kind in ERRORS:
        code, message, status = ERRORS[event.kind]
        return replace(rule, error=ApiError(code, message, status), when="after" if event.kind == "error-after" else "before")
    if event.kind.startswith("dropped-"):
        return replace(rule, drop=True, when=event.kind.partition("-")[2])
    return replace(rule, truncate=True) if event.kind == "truncated" else None
