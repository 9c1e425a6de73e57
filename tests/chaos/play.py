# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays a scenario on an emulated region in virtual time: the real engine and the real wire, and a witness who sees every call."""

from __future__ import annotations

import copy
import random
import traceback
import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.resource import RouteResource
from ansible_collections.alicloud.flannel.plugins.modules.ali_vpc_route import argument_spec
from ansible_collections.alicloud.flannel.tests.chaos import oracle
from ansible_collections.alicloud.flannel.tests.chaos.scenario import NEIGHBOUR, OTHER_TABLE, SCOPE, SYSTEM_TABLE, Scenario, Task
from ansible_collections.alicloud.flannel.tests.chaos.strikes import STALL_SECONDS, Strikes
from ansible_collections.alicloud.flannel.tests.chaos.witness import Client, Paths, Witness
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import Call
    from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.wire import Wire
    from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteEntry

VPC_ID = "vpc-sandbox"
SECRET_KEY = "sandbox-secret-key"  # the emulator's own
DEFAULTS = {name: option.get("default") for name, option in argument_spec().items()}


class Killed(BaseException):
    """The client's process is gone."""


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)


class MortalWire:
    """The real wire, which takes time, and on which the client may die."""

    def __init__(self, wire: Wire, play: Play, client: Client) -> None:
        self._wire = wire
        self._play = play
        self._client = client

    def send(self, call: Call, body: t.Mapping[str, str]) -> dict[str, t.Any]:
        play = self._play
        killed = play.strikes.death_at(call.action) if self._client.mortal else None
        if killed == "killed-before":
            raise Killed
        self._client.sent = play.clock()
        play.clock.sleep(play.scenario.latency)
        try:
            return self._wire.send(call, body)
        finally:
            if killed:
                raise Killed


@dataclass
class Run:
    """What a run of a task said, and what its client had been shown at its end."""

    task: Task
    client: Client
    outcome: Outcome | None = None
    error: CollectionError | None = None
    killed: bool = False

    def __str__(self) -> str:
        """Return in short what the run said."""
        if self.outcome is None:
            return "killed" if self.killed else str(self.error)
        said = {state: count for state, count in self.outcome.returns["summary"].items() if count}
        return f"{said}, problem: {self.outcome.problem}"


class Play:
    """A scenario in progress."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.clock = Clock()
        self.state = build_state(scenario, self.clock)
        self.paths = Paths()
        self.server = CloudServer(self.state, dataplane=self.paths)
        self.witness = Witness(self.state, self.tasks())
        self.strikes = Strikes(scenario, self.state, self.witness, self.paths, self._run_again)
        self.runs: list[Run] = []
        self.at_start = [copy.copy(entry) for entry in self.state.entries.values()]
        self._guard_routes()

    def faulty_runs(self) -> None:
        """Run the task while things go wrong."""
        self.server.faults.add(*self.strikes.faults())
        for _number in range(self.scenario.runs):
            self.run(self.strikes.up_to_date(self.scenario.task))

    def calm_down(self) -> None:
        """Let nothing more go wrong, and everything settle."""
        self.server.faults.clear()
        self.server.faults.add(self.strikes.watching())
        self.strikes.kills.clear()
        self.state.settle_seconds = self.scenario.settle
        self.clock.sleep(2 * STALL_SECONDS)
        self.state.settling.settle()
        self.witness.check_foreign()

    def new_client(self, task: Task, *, mortal: bool) -> tuple[str, Client]:
        """Let somebody in; return the access key and what the witness will know of its owner."""
        access_key = f"LTAIrun{len(self.witness.clients)}"
        self.state.add_account(access_key, SECRET_KEY)
        client = self.witness.clients[access_key] = Client(task, mortal)
        return access_key, client

    def run(self, task: Task, *, check: bool = False, mortal: bool = True) -> Run:
        """Run a task once, as the module would. Every run has an identity of its own, by which the witness knows it."""
        access_key, client = self.new_client(task, mortal=mortal)
        run = Run(task, client)
        self.runs.append(run)
        try:
            params = {**DEFAULTS, **options_of(task)}
            run.outcome = converge(RouteResource(self._sdk_client(access_key, client, task), params), check_mode=check)
        except CollectionError as exc:
            run.error = exc
        except Killed:
            run.killed = True
        return run

    def tasks(self) -> list[Task]:
        """Return the tasks that are run in this scenario."""
        others = [self.scenario.neighbour] if any(event.kind == "neighbours-run" for event in self.scenario.events) else []
        return [self.scenario.task, *others]

    def starts_unsettled(self) -> bool:
        """Say whether something is on its way that no run of ours waits for: from the start, or because it shall not wait."""
        return not self.scenario.task.option("wait") or any(entry.due_in is not None for entry in self.scenario.initial)

    def story(self) -> list[str]:
        """Return what struck and what the runs said, for people."""
        told = [f"{run.task.owner}: {run}" for run in self.runs]
        return [f"options {self.scenario.task.options}", f"struck {dict(self.strikes.count())} of {self.scenario.events}", *told]

    def entries(self) -> list[RouteEntry]:
        """Return copies of all entries as they are now."""
        self.state.settling.settle()
        return [copy.copy(entry) for entry in self.state.entries.values()]

    def _run_again(self, owner: str) -> None:
        task = self.scenario.neighbour if owner == NEIGHBOUR else self.scenario.task
        try:
            self.run(self.strikes.up_to_date(task), mortal=False)
        except Exception:
            # This is a thread of the cloud: an exception would look like a fault of it.
            self.witness.violations.append(traceback.format_exc())

    def _sdk_client(self, access_key: str, client: Client, task: Task) -> AlicloudClient:
        credentials = Credentials(access_key, SECRET_KEY, None, source="test")
        made = AlicloudClient(
            self.state.region,
            credentials,
            endpoint=self.server.url,
            retry_seconds=task.option("wait_timeout"),
            clock=self.clock,
            sleep=self.clock.sleep,
        )
        # The two seams of the play: the wire, and the chance in the pauses, which must be the same again.
        made._wire = t.cast("Wire", MortalWire(made._wire, self, client))
        made._chance = random.Random(self.scenario.seed).random
        return made

    def _guard_routes(self) -> None:
        """Tell the paths what is right: what the task wants, and every route that it has no business with."""
        task = self.scenario.task
        if task.option("state") != "absent":
            self.paths.right = {(table, route.destination): route.hop or "" for table in task.tables for route in task.routes}
        for entry in self.at_start:
            if entry.status == "Available" and all(oracle.verdict(entry, each).kind == oracle.LEAVE for each in self.tasks()):
                self.paths.right.setdefault((entry.table_id, entry.destination), entry.next_hop_id)


def build_state(scenario: Scenario, clock: t.Callable[[], float]) -> CloudState:
    """Return the region as it is at the start."""
    state = CloudState(settle_seconds=scenario.settle, clock=clock, release_keeps_entries=scenario.release_keeps_entries)
    state.add_vpc("172.16.0.0/16", VPC_ID, system_table_id=SYSTEM_TABLE)
    state.add_vswitch(VPC_ID, "172.16.0.0/20", "cn-hangzhou-a", "vsw-sandbox-a")
    if scenario.two_tables:
        state.add_route_table(VPC_ID, OTHER_TABLE)
        state.add_vswitch(VPC_ID, "172.16.16.0/20", "cn-hangzhou-b", "vsw-sandbox-b", OTHER_TABLE)
    for number, node in enumerate(scenario.nodes, start=1):
        odd = scenario.two_tables and number % 2
        state.add_instance("vsw-sandbox-b" if odd else "vsw-sandbox-a", f"172.16.{16 if odd else 0}.{number + 10}", node)
    for entry in scenario.initial:
        due = None if entry.due_in is None else clock() + entry.due_in
        state.put_entry(entry.table_id, entry.destination, entry.hop, due=due, **entry.fields)
    if scenario.tight_quota:
        state.route_quota = max(1, oracle.room_needed(state.entries.values(), scenario.task))
    return state


def options_of(task: Task) -> dict[str, t.Any]:
    """Return the module's options for a task."""
    routes = [
        {"destination": route.destination, "next_hop_id": route.hop, "name": route.name, "description": route.description}
        for route in task.routes
    ]
    return {"vpc_id": VPC_ID, "owner": task.owner, "scope": [SCOPE], "routes": routes, **task.options}
