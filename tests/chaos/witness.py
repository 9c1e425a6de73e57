# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watches every call and every packet's way, and notes what must not be. It sees a call before it is carried out."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import dataclass, field

from ansible_collections.alicloud.flannel.tests.chaos import oracle
from ansible_collections.alicloud.flannel.tests.chaos.scenario import Task
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.paging import _position
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.recorder import READS

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteEntry, Rule
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

Place = t.Tuple[str, str]  # table and destination

# The API has no compare-and-swap: a change by another writer that comes so shortly before a write that no read lies between
# can't be seen. No read may be older than this when a write rests on it (seconds), nor than one write.
FRESH_SECONDS = 5.0


class Paths:
    """A dataplane that knows where packets go, and notes every route that is lost although it was right."""

    def __init__(self) -> None:
        self.hops: dict[Place, str] = {}
        self.right: dict[Place, str] = {}  # where packets shall go
        self.guarded: set[Place] = set()  # places whose route is right, or was when this started
        self.lost: list[str] = []

    def excuse(self, *places: Place) -> None:
        """Stop guarding places that somebody else is about to break, until they are right again."""
        self.guarded.difference_update(places)

    def route_added(self, table_id: str, destination: str, instance_id: str) -> None:
        self.hops[table_id, destination] = instance_id
        if self.right.get((table_id, destination)) == instance_id:
            self.guarded.add((table_id, destination))
        self._check(table_id, destination)

    def route_removed(self, table_id: str, destination: str, instance_id: str) -> None:
        if self.hops.get((table_id, destination)) == instance_id:
            del self.hops[table_id, destination]
        self._check(table_id, destination)

    def instance_placed(self, instance_id: str, place: object) -> None:
        pass

    def instance_released(self, instance_id: str) -> None:
        pass

    def source_dest_check(self, instance_id: str, address: str, on: bool) -> None:
        pass

    def security_group_rules(self, instance_id: str, address: str, rules: t.Sequence[Rule]) -> None:
        pass

    def _check(self, table_id: str, destination: str) -> None:
        place = (table_id, destination)
        if place in self.guarded and self.hops.get(place) != self.right[place]:
            self.lost.append(f"{destination} in {table_id} lost its route to {self.right[place]}: now {self.hops.get(place)}")
            self.guarded.discard(place)


@dataclass
class Shown:
    """An entry as a client was shown it."""

    entry: RouteEntry
    moment: float
    writes: int  # that the client had made by then


@dataclass
class Client:
    """What one run of a task has read and written."""

    task: Task
    mortal: bool = False  # its process may be killed
    shown: dict[Place, Shown] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    refused: dict[Place, str] = field(default_factory=dict)  # entries of a batch that the cloud was made to refuse for good, with the code
    quota: int | None = None  # as it was told
    emptied: set[str] = field(default_factory=set)  # tables in which it deleted although everything fitted
    writes: int = 0
    sent: float = 0.0  # when its last call was sent

    def has_room(self, table: str) -> bool:
        """Say whether all that is to be created fits into a table beside what was shown there."""
        there = {destination for (place, destination) in self.shown if place == table}
        custom = sum(shown.entry.type == "Custom" for place, shown in self.shown.items() if place[0] == table)
        return self.quota is not None and custom + sum(route.destination not in there for route in self.task.routes) <= self.quota

    def find(self, entry_id: str | None) -> Shown | None:
        return next((shown for shown in self.shown.values() if shown.entry.entry_id == entry_id), None)


class Witness:
    """Judges each call by what its maker has been shown."""

    def __init__(self, state: CloudState, tasks: t.Sequence[Task]) -> None:
        self.violations: list[str] = []
        self.overtaken: set[str] = set()  # entries that another writer changed in the moment between a read and a write
        self.foreign: dict[str, RouteEntry] = {}
        self.clients: dict[str, Client] = {}  # by access key
        self.write_calls = 0
        self._state = state
        self._tasks = list(tasks)
        for entry in state.entries.values():
            self.note(entry)

    def note(self, entry: RouteEntry) -> None:
        """Remember an entry as it is when nobody may change it."""
        self.foreign.pop(entry.entry_id, None)
        if entry.status != "Deleting" and all(oracle.verdict(entry, task).kind == oracle.LEAVE for task in self._tasks):
            self.foreign[entry.entry_id] = copy.copy(entry)

    def bring_up_to_date(self, changed: t.Callable[[Task], Task]) -> None:
        """Take into account that the tasks changed; runs that began before go on with the old ones."""
        self._tasks += [changed(task) for task in self._tasks]
        for entry_id in list(self.foreign):
            self.note(self._state.entries[entry_id])

    def forget(self, entry: RouteEntry) -> None:
        """Somebody else took an entry away."""
        self.foreign.pop(entry.entry_id, None)

    def __call__(self, state: CloudState, request: ApiRequest) -> None:
        """See a call."""
        client = self.clients[request.account.access_key]
        with state.lock:
            self.check_foreign()
            if request.action == "DescribeRouteEntryList":
                self._show(client, request)
            elif request.action == "GetProductQuota":
                client.quota = state.route_quota
            elif not request.action.startswith(READS):
                self.write_calls += 1
                self._judge(client, request)

    def check_foreign(self) -> None:
        """Compare what nobody may change with what is there."""
        for entry_id, before in list(self.foreign.items()):
            now = self._state.entries.get(entry_id)
            if now is None or _lasting(now) != _lasting(before):
                del self.foreign[entry_id]
                if entry_id not in self.overtaken:
                    self.violations.append(f"an entry of somebody else was changed: {before} is now {now}")

    def _show(self, client: Client, request: ApiRequest) -> None:
        table = request.require("RouteTableId")
        asked = request.strings("DestCidrBlockList")
        after = _position(request)
        size = min(request.integer("MaxResult", 10), 100)
        if not after:
            for place in [p for p in client.shown if p[0] == table and (not asked or p[1] in asked)]:
                del client.shown[place]
        entries = [
            entry
            for entry in self._state.entries_of(table)
            if (not asked or entry.destination in asked) and request.get("RouteEntryType") in (None, entry.type)
        ]
        for entry in [entry for entry in entries if entry.sequence > after][:size]:
            shown = Shown(copy.copy(entry), self._state.clock(), client.writes)
            client.shown[table, entry.destination] = shown
        client.listed.add(table)

    def _judge(self, client: Client, request: ApiRequest) -> None:
        if request.action == "CreateRouteEntries":
            for record in request.records("RouteEntries"):
                self._judge_creation(client, record)
        elif request.action == "DeleteRouteEntries":
            for record in request.records("RouteEntries"):
                client.emptied.update([record["RouteTableId"]] if client.has_room(record["RouteTableId"]) else [])
                self._judge_change(client, request, record.get("RouteEntryId"), None)
        else:
            self._judge_change(client, request, request.get("RouteEntryId"), request)
        client.writes += 1

    def _judge_creation(self, client: Client, record: t.Mapping[str, str]) -> None:
        table, destination = record["RouteTableId"], record["DstCidrBlock"]
        route = next((route for route in client.task.routes if route.destination == destination), None)
        written = oracle.Texts(record["NextHop"], record.get("Name", ""), record.get("Description", ""))
        shown = client.shown.get((table, destination))
        if route is None or table not in client.task.tables or written != oracle.new_entry(client.task, route):
            self.violations.append(f"{client.task.owner} creates what nobody wants: {dict(record)}")
        elif table not in client.listed or (shown is not None and shown.entry.status != "Deleting"):
            self.violations.append(f"{client.task.owner} creates {destination} in {table} beside what it was shown: {shown}")
        elif table in client.emptied:
            self.violations.append(f"{client.task.owner} deletes in {table} before it creates, although there is room")

    def _judge_change(self, client: Client, request: ApiRequest, entry_id: str | None, modification: ApiRequest | None) -> None:
        shown = client.find(entry_id)
        if shown is None:
            self.violations.append(
                f"{client.task.owner} sends {request.action} for {entry_id}, which it was not shown: {dict(request.params)}"
            )
            return
        decided = oracle.verdict(shown.entry, client.task)
        desired = oracle.DELETE if modification is None else oracle.BECOME
        what = f"{client.task.owner} sends {request.action} for {shown.entry}"
        if decided.kind != desired:
            self.violations.append(f"{what}, which it must {decided.kind}")
        elif modification is not None:
            self._judge_fields(what, decided, modification)
        self._judge_age(client, what, shown)

    def _judge_fields(self, what: str, decided: oracle.Verdict, request: ApiRequest) -> None:
        after = decided.after or oracle.Texts("", "", "")
        for name, desired in (("NewNextHopId", after.hop), ("RouteEntryName", after.name), ("Description", after.description)):
            if request.get(name) not in (None, desired):
                self.violations.append(f"{what} with {name}={request.get(name)} instead of {desired}")

    def _judge_age(self, client: Client, what: str, shown: Shown) -> None:
        """Check that the write rests on a fresh read; if the entry is another one by now, nobody could know."""
        now = self._state.entries.get(shown.entry.entry_id)
        if now is None or oracle.texts_of(now) == oracle.texts_of(shown.entry):
            return
        age, writes = client.sent - shown.moment, client.writes - shown.writes
        if age > FRESH_SECONDS or writes > 1:
            self.violations.append(f"{what}, read {age:.1f} s and {writes} writes ago; since then somebody made it {now}")
        self.overtaken.add(shown.entry.entry_id)


def _lasting(entry: RouteEntry) -> dict[str, t.Any]:
    """Return every field but those in which a task of the cloud itself shows."""
    return {name: value for name, value in vars(entry).items() if name not in ("status", "due", "previous_hop")}
