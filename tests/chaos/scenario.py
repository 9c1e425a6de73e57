# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a seed stands for: route tables, wanted routes, options, and everything that goes wrong. A pure function of the seed."""

from __future__ import annotations

import random
import typing as t
from dataclasses import dataclass, field

SYSTEM_TABLE = "vtb-sandbox-system"
OTHER_TABLE = "vtb-sandbox-b"
SCOPE = "10.24.0.0/16"
BACKBONE = "10.0.0.0/8"  # a foreign entry above everything, which the tasks accept
OWNER, NEIGHBOUR, FORMER = "k1", "k2", "old"
# Patterns by which calls are chosen to go wrong.
WRITES = ("CreateRouteEntries", "ModifyRouteEntry", "DeleteRouteEntries")

# What goes wrong and right again by itself, at most a few times: a run must get over it.
TRANSIENT = (
    "throttling",
    "throttling-user",
    "task-conflict",
    "busy-status",
    "error-before",
    "error-after",
    "dropped-before",
    "dropped-after",
    "truncated",
    "slow-settling",
)
# Other writers.
FOREIGN = ("appears-same-hop", "appears-other-hop", "vanishes", "rehopped", "renamed", "recreated", "instance-replaced")
SECOND_RUNS = ("second-run", "neighbours-run")
# What a run can't get over.
LASTING = ("partial-known", "partial-unknown", "batch-refused", "quota-lowered", "stalled", "outage", "forbidden")
KILLS = ("killed-before", "killed-after")
KINDS = (*TRANSIENT, *FOREIGN, *SECOND_RUNS, *LASTING, *KILLS)


@dataclass(frozen=True)
class Route:
    destination: str
    hop: str | None
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Task:
    """What one owner asks for."""

    owner: str
    routes: tuple[Route, ...]
    tables: tuple[str, ...]  # those that are meant
    options: t.Mapping[str, t.Any] = field(default_factory=dict)

    def option(self, name: str, default: t.Any = None) -> t.Any:
        return self.options.get(name, default)


@dataclass(frozen=True)
class Initial:
    """An entry that is there at the start; fields are those of the emulator's model."""

    table_id: str
    destination: str
    hop: str
    fields: t.Mapping[str, t.Any]
    due_in: float | None = None


@dataclass(frozen=True)
class Event:
    """Something that goes wrong at the calls that match: after ``skip`` of them, ``times`` times."""

    kind: str
    action: str
    skip: int
    times: int = 1


@dataclass(frozen=True)
class Scenario:
    seed: int
    nodes: tuple[str, ...]
    two_tables: bool
    initial: tuple[Initial, ...]
    task: Task
    neighbour: Task
    events: tuple[Event, ...]
    runs: int
    settle: float
    latency: float
    tight_quota: bool
    release_keeps_entries: bool


def make_scenario(seed: int) -> Scenario:
    """Return the scenario of a seed."""
    rng = random.Random(seed)
    nodes = tuple(f"i-sandbox-n{number}" for number in range(1, rng.randint(4, 14)))
    two_tables = rng.random() < 0.4
    free = [f"10.24.{number}.0/24" for number in range(1, 250)]
    rng.shuffle(free)
    task = _task(rng, nodes, two_tables, free)
    neighbour = _neighbour(rng, nodes, task, free)
    return Scenario(
        seed,
        nodes,
        two_tables,
        tuple(_initial(rng, nodes, task, neighbour, free)),
        task,
        neighbour,
        tuple(_events(rng)),
        runs=rng.choice((1, 1, 1, 2, 2, 3)),
        settle=rng.choice((0.0, 0.5, 2.0, 3.0, 8.0)),
        latency=rng.choice((0.02, 0.1, 0.4)),
        tight_quota=rng.random() < 0.3,
        release_keeps_entries=rng.random() < 0.7,
    )


def table_of(node: str, two_tables: bool) -> str:
    """Return the table that the node's vSwitch uses: with two tables, every second node is in another vSwitch."""
    number = int(node.rpartition("n")[2]) if node.rpartition("n")[2].isdigit() else 0
    return OTHER_TABLE if two_tables and number % 2 else SYSTEM_TABLE


def _task(rng: random.Random, nodes: t.Sequence[str], two_tables: bool, free: list[str]) -> Task:
    count = rng.choice((0, *[rng.randint(1, 12)] * 11, *[rng.randint(13, 49)] * 4, *[rng.randint(51, 120)] * 4))
    routes = [_route(rng, free.pop(), rng.choice(nodes)) for _number in range(count)]
    options: dict[str, t.Any] = {"allow_empty": True, "max_disruption": "1000", "allow_overlap": [BACKBONE]}
    if rng.random() < 0.1 and routes:
        options["state"] = "absent"
        routes = [route if rng.random() < 0.7 else Route(route.destination, None) for route in routes]
    else:
        options["purge"] = rng.random() < 0.6
        options["adopt"] = rng.choice(("none", "none", "matching", "all"))
        if options["adopt"] != "none":
            options["adopt_from"] = rng.choice(([], [FORMER]))
        options["keep_next_hops"] = rng.choice(([], [], [nodes[0]]))
        options["keep_destinations"] = rng.choice(([], [], ["10.24.240.0/20"]))
    options["wait"] = rng.random() < 0.95
    options["wait_timeout"] = rng.choice((60, 300, 600))
    choice, tables = _tables(rng, two_tables, routes, options)
    return Task(OWNER, tuple(routes), tables, {**options, **choice})


def _route(rng: random.Random, destination: str, hop: str) -> Route:
    name = f"node-{destination.split('.')[2]}" if rng.random() < 0.9 else None
    return Route(destination, hop, name, rng.choice((None, None, None, "made by a test")))


def _tables(
    rng: random.Random, two_tables: bool, routes: t.Sequence[Route], options: t.Mapping[str, t.Any]
) -> tuple[dict[str, t.Any], tuple[str, ...]]:
    """Return the options that choose tables, and the tables that they mean."""
    there = (SYSTEM_TABLE, OTHER_TABLE) if two_tables else (SYSTEM_TABLE,)
    way = rng.choice(("nodes", "nodes", "system", "all", "listed"))
    if way == "listed":
        chosen = tuple(table for table in there if rng.random() < 0.5) or there
        return {"route_table_ids": list(chosen)}, chosen
    if way == "system":
        return {"tables": way}, (SYSTEM_TABLE,)
    if way == "all" or not routes or options.get("state") == "absent":
        return {"tables": way}, there
    hops = {route.hop or "" for route in routes} | set(options["keep_next_hops"])
    used = {table_of(hop, two_tables) for hop in hops}
    return {"tables": way}, tuple(table for table in there if table in used)


def _neighbour(rng: random.Random, nodes: t.Sequence[str], task: Task, free: list[str]) -> Task:
    """Return what another cluster in the VPC wants: routes of its own, and now and then one that ours wants, too."""
    routes = [_route(rng, free.pop(), rng.choice(nodes)) for _number in range(rng.randint(1, 5))]
    if rng.random() < 0.3 and task.routes and task.option("state") is None:
        routes.append(_route(rng, rng.choice(task.routes).destination, rng.choice(nodes)))
    options = {"tables": "system", "allow_overlap": [BACKBONE], "max_disruption": "1000", "wait_timeout": 300, "purge": rng.random() < 0.3}
    return Task(NEIGHBOUR, tuple(routes), (SYSTEM_TABLE,), options)


# How an entry at a wanted destination can be. Weights: a table that is new, one that drifted, one that is as wanted.
STATES = (
    "missing",
    "right",
    "wrong-hop",
    "wrong-name",
    "edited",
    "former",
    "foreign-same",
    "foreign-other",
    "managed",
    "pending",
    "leaving",
)
TABLES = {
    "new": (90, 2, 1, 1, 1, 1, 1, 2, 1, 0, 0),
    "drifted": (20, 30, 10, 6, 8, 6, 4, 6, 3, 4, 3),
    "converged": (3, 90, 2, 1, 1, 1, 0, 1, 0, 1, 0),
}


def _initial(rng: random.Random, nodes: t.Sequence[str], task: Task, neighbour: Task, free: list[str]) -> t.Iterator[Initial]:
    for table in sorted({SYSTEM_TABLE, *task.tables}):
        # A move is a call of its own: a big table has few of them.
        weights = TABLES[rng.choice(tuple(TABLES)) if len(task.routes) < 30 else rng.choice(("new", "converged"))]
        for route in task.routes:
            state = rng.choices(STATES, weights)[0]
            if state != "missing":
                yield _desired(rng, nodes, task, table, route, state)
        for _number in range(rng.choice((0, 0, 1, 3, 8, 60) if len(task.routes) > 12 else (0, 1, 3, 8))):
            name = f"{OWNER}/{rng.choice(('gone', 'gone/twice', ''))}"
            yield Initial(table, free.pop(), rng.choice(nodes), {"name": name})
        taken = {route.destination for route in task.routes}
        for route in neighbour.routes:
            if rng.random() < 0.3 and route.destination not in taken:
                yield Initial(table, route.destination, rng.choice(nodes), {"name": f"{NEIGHBOUR}/{route.name}"})
        yield from _strangers(rng, nodes, table, free)


def _desired(rng: random.Random, nodes: t.Sequence[str], task: Task, table: str, route: Route, state: str) -> Initial:
    hop = route.hop or rng.choice(nodes)
    other = rng.choice([node for node in nodes if node != hop])
    mine = f"{task.owner}/{route.name or route.destination.replace('/', '-')}"
    description = route.description or ""
    return {
        "right": Initial(table, route.destination, hop, {"name": mine, "description": description}),
        "wrong-hop": Initial(table, route.destination, other, {"name": mine}),
        "wrong-name": Initial(table, route.destination, hop, {"name": f"{task.owner}/renamed", "description": "edited"}),
        "edited": Initial(table, route.destination, rng.choice((hop, other)), {"name": rng.choice(("by hand", ""))}),
        "former": Initial(table, route.destination, rng.choice((hop, other)), {"name": f"{FORMER}/x"}),
        "foreign-same": Initial(table, route.destination, hop, {"name": f"{NEIGHBOUR}x/y"}),
        "foreign-other": Initial(table, route.destination, other, {"name": f"{NEIGHBOUR}x/y"}),
        "managed": Initial(table, route.destination, hop, {"name": mine, "service_type": "TR"}),
        "pending": Initial(table, route.destination, hop, {"name": mine, "status": "Pending"}, due_in=rng.choice((1.0, 6.0))),
        "leaving": Initial(table, route.destination, other, {"name": mine, "status": "Deleting"}, due_in=rng.choice((1.0, 6.0))),
    }[state]


def _strangers(rng: random.Random, nodes: t.Sequence[str], table: str, free: list[str]) -> t.Iterator[Initial]:
    """Yield entries that nobody may touch."""
    kinds: tuple[tuple[str | None, dict[str, t.Any]], ...] = (
        (None, {"name": f"{NEIGHBOUR}x/z"}),
        (None, {"name": "by hand", "description": "keep"}),
        (None, {"name": f"{OWNER}/managed", "service_type": "TR"}),
        (None, {"name": f"{OWNER}/cen", "type": "CEN"}),
        (None, {"name": f"{OWNER}/ecmp", "ecmp_hops": (nodes[1],)}),
        (None, {"name": f"{OWNER}/havip", "next_hop_type": "HaVip"}),
        (f"10.25.{rng.randint(0, 255)}.0/24", {"name": f"{OWNER}/outside"}),
        (BACKBONE, {"name": f"{NEIGHBOUR}x/backbone"}),
        ("0.0.0.0/0", {"name": f"{OWNER}/default"}),
    )
    for destination, fields in kinds:
        if rng.random() < 0.4:
            yield Initial(table, destination or free.pop(), nodes[0], fields)


def _events(rng: random.Random) -> t.Iterator[Event]:
    groups = (TRANSIENT, TRANSIENT, FOREIGN, FOREIGN, FOREIGN, SECOND_RUNS, LASTING, LASTING, KILLS)
    calm = rng.random() < 0.3  # only what a run must get over
    for _number in range(rng.choice((0, 1, 2, 3, 4, 5, 6, 7))):
        yield _event(rng, rng.choice(TRANSIENT if calm else rng.choice(groups)))
    if not calm and rng.random() < 0.25:
        # Who keeps the VPC busy may be changing what we are about to write.
        write = rng.choice(WRITES[1:])
        yield from (Event("task-conflict", write, 0, times=3), Event(rng.choice(FOREIGN[2:6]), write, 1))


def _event(rng: random.Random, kind: str) -> Event:
    anywhere, at_a_write = ("*", rng.choice((rng.randint(0, 10), rng.randint(0, 40)))), (rng.choice(WRITES), rng.choice((0, 0, 0, 1, 2)))
    if kind in KILLS:
        return Event(kind, *rng.choice((anywhere, at_a_write, at_a_write)))
    if kind in ("partial-known", "partial-unknown", "batch-refused"):
        return Event(kind, rng.choice(("CreateRouteEntries", "CreateRouteEntries", "DeleteRouteEntries")), rng.choice((0, 0, 1)))
    if kind in ("forbidden", "busy-status", "task-conflict", "quota-lowered", "appears-same-hop", "appears-other-hop", "error-after"):
        return Event(kind, *at_a_write, times=rng.randint(1, 6) if kind in ("busy-status", "task-conflict") else 1)
    if kind.startswith("throttling"):
        return Event(kind, *rng.choice((anywhere, at_a_write)), times=rng.randint(1, 6))
    return Event(kind, *rng.choice((anywhere, at_a_write)))
