# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task must make of a route entry, said a second time and without any of the engine's code."""

from __future__ import annotations

import ipaddress
import math
import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.tests.chaos.scenario import SCOPE, Route, Task

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteEntry

LEAVE, DELETE, BECOME = "leave", "delete", "become"


@dataclass(frozen=True)
class Texts:
    """What of an entry can be written."""

    hop: str
    name: str
    description: str


@dataclass(frozen=True)
class Verdict:
    """What has to happen to an entry: it is left alone, deleted, or becomes as ``after`` says (which it may be already)."""

    kind: str
    after: Texts | None = None


def texts_of(entry: RouteEntry) -> Texts:
    return Texts(entry.next_hop_id, entry.name, entry.description)


def verdict(entry: RouteEntry, task: Task) -> Verdict:
    """Return what the task must make of an entry."""
    route = {route.destination: route for route in task.routes}.get(entry.destination)
    mark = entry.name.split("/")[0] if "/" in entry.name else None
    if not is_plain(entry) or entry.table_id not in task.tables:
        return Verdict(LEAVE)
    if task.option("state") == "absent":
        listed = route is not None and route.hop in (None, entry.next_hop_id)
        return Verdict(DELETE if listed and mark == task.owner else LEAVE)
    if mark == task.owner:
        if route is not None:
            return Verdict(BECOME, Texts(route.hop or "", _name(task, route, entry.name), route.description or entry.description))
        return Verdict(DELETE if task.option("purge") and not _is_kept(entry, task) else LEAVE)
    if route is not None and (mark is None or mark in task.option("adopt_from", ())):
        adopted = task.option("adopt") == "all" or (task.option("adopt") == "matching" and route.hop == entry.next_hop_id)
        if adopted:
            return Verdict(BECOME, Texts(route.hop or "", _name(task, route, None), route.description or entry.description))
    return Verdict(LEAVE)


def new_entry(task: Task, route: Route) -> Texts:
    """Return what the entry of a route has when it is made."""
    return Texts(route.hop or "", _name(task, route, None), route.description or "")


def changes(entries: t.Iterable[RouteEntry], task: Task) -> dict[str, dict[str, int]]:
    """Return by table how many entries are to be created, modified and deleted."""
    counts = {table: {"create": 0, "modify": 0, "delete": 0} for table in task.tables}
    taken = set()
    for entry in entries:
        if entry.status == "Deleting" or entry.table_id not in counts:
            continue
        taken.add((entry.table_id, entry.destination))
        decided = verdict(entry, task)
        counts[entry.table_id]["delete"] += decided.kind == DELETE
        counts[entry.table_id]["modify"] += decided.kind == BECOME and decided.after != texts_of(entry)
    if task.option("state") != "absent":
        for table in task.tables:
            counts[table]["create"] = sum((table, route.destination) not in taken for route in task.routes)
    return counts


def fewest_writes(counts: t.Mapping[str, t.Mapping[str, int]]) -> int:
    """Return the calls that these changes take when nothing goes wrong: 50 creations or deletions in one table, or one modification."""
    return sum(math.ceil(table["create"] / 50) + table["modify"] + math.ceil(table["delete"] / 50) for table in counts.values())


def room_needed(entries: t.Iterable[RouteEntry], task: Task) -> int:
    """Return the smallest quota with which the task can be done, deletions first."""
    entries = list(entries)
    counts = changes(entries, task)
    there = {table: sum(_takes_room(entry) and entry.table_id == table for entry in entries) for table in counts}
    return max(there[table] + counts[table]["create"] - counts[table]["delete"] for table in counts)


def _takes_room(entry: RouteEntry) -> bool:
    return entry.type == "Custom" and entry.status != "Deleting"


def is_plain(entry: RouteEntry) -> bool:
    """Say whether an entry is of the kind that may be changed at all."""
    return (
        (entry.type, entry.service_type, entry.next_hop_type, entry.ecmp_hops) == ("Custom", "", "Instance", ())
        and entry.destination != "0.0.0.0/0"
        and ipaddress.ip_network(entry.destination).subnet_of(ipaddress.ip_network(SCOPE))  # type: ignore[arg-type]
    )


def _is_kept(entry: RouteEntry, task: Task) -> bool:
    kept = [ipaddress.ip_network(cidr) for cidr in task.option("keep_destinations", ())]
    inside = any(ipaddress.ip_network(entry.destination).overlaps(cidr) for cidr in kept)
    return inside or entry.next_hop_id in task.option("keep_next_hops", ())


def _name(task: Task, route: Route, current: str | None) -> str:
    """Return the name that the entry of a route has; one of ours keeps its name when the route has none."""
    if route.name is None and current is not None:
        return current
    return f"{task.owner}/{route.name or route.destination.replace('/', '-')}"
