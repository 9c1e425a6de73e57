# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans what one route table needs from its entries. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .entry import (
    ABSENT,
    ADOPT_ALL,
    AVAILABLE,
    CUSTOM,
    DELETING,
    INSTANCE,
    DesiredRoute,
    RouteEntry,
    RoutePolicy,
    is_adoptable,
    is_ours,
    networks_overlap,
    same_route,
)

CREATED = "created"
MOVED = "moved"
UPDATED = "updated"
ADOPTED = "adopted"
DELETED = "deleted"
UNCHANGED = "unchanged"
UNOWNED = "unowned"
REFUSED = "refused"
RACED = "raced"

MODIFICATIONS = (MOVED, UPDATED, ADOPTED)
WRITES = (CREATED, *MODIFICATIONS, DELETED)
BATCH_SIZE = 50


@dataclass(frozen=True)
class RouteStep:
    """What happens to one destination in one table: ``state`` says what will have been done.

    ``entry`` is the entry that the step was planned from, if there is one; ``name`` and
    ``description`` are what the entry has afterwards.
    """

    state: str
    route_table_id: str
    destination: str
    next_hop_id: str
    name: str = ""
    description: str = ""
    entry: RouteEntry | None = None
    reason: str | None = None

    @property
    def owner(self) -> str:
        """Return the mark in the name that the entry has afterwards."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class TablePlan:
    """The steps of one table, and the entries they were planned from."""

    route_table_id: str
    entries: tuple[RouteEntry, ...]
    steps: tuple[RouteStep, ...]
    deletes_first: bool = False

    def of(self, *states: str) -> tuple[RouteStep, ...]:
        """Return the steps of these states."""
        return tuple(step for step in self.steps if step.state in states)

    @property
    def changes(self) -> tuple[RouteStep, ...]:
        """Return the steps that write, in the order in which they are made."""
        order = (DELETED, CREATED, *MODIFICATIONS) if self.deletes_first else (CREATED, *MODIFICATIONS, DELETED)
        return tuple(sorted(self.of(*WRITES), key=lambda step: order.index(step.state)))


@dataclass(frozen=True)
class Write:
    """One call that writes: steps of one kind in one table."""

    route_table_id: str
    state: str
    steps: tuple[RouteStep, ...]

    @property
    def destinations(self) -> tuple[str, ...]:
        """Return the destinations that the call is about."""
        return tuple(step.destination for step in self.steps)


def plan_table(route_table_id: str, entries: t.Sequence[RouteEntry], desired: t.Sequence[DesiredRoute], policy: RoutePolicy) -> TablePlan:
    """Plan the steps that give one table the desired routes."""
    live = tuple(entry for entry in entries if entry.status != DELETING)
    at_destination: dict[str, list[RouteEntry]] = {}
    for entry in live:
        at_destination.setdefault(entry.destination, []).append(entry)
    decide = _absent_step if policy.state == ABSENT else _present_step
    steps = [decide(route_table_id, route, _first_custom(at_destination.get(route.destination)), policy) for route in desired]
    if policy.purge:
        steps.extend(_purge_steps(live, desired, policy))
    return TablePlan(route_table_id, live, tuple(steps))


def plan_writes(plan: TablePlan) -> list[Write]:
    """Group a table's changes into calls: a modification is a call of its own, the others go in batches."""
    writes: list[Write] = []
    for step in plan.changes:
        last = writes[-1] if writes else None
        joins = last is not None and last.state == step.state and step.state not in MODIFICATIONS
        if last is not None and joins and len(last.steps) < BATCH_SIZE:
            writes[-1] = replace(last, steps=(*last.steps, step))
        else:
            writes.append(Write(plan.route_table_id, step.state, (step,)))
    return writes


def entries_after(plan: TablePlan) -> tuple[RouteEntry, ...]:
    """Return the table's entries as they will be once every change is made; new entries have no id yet."""
    gone = {step.entry for step in plan.of(DELETED)}
    modified = {step.entry: step for step in plan.of(*MODIFICATIONS)}
    kept = [_modified(entry, modified[entry]) if entry in modified else entry for entry in plan.entries if entry not in gone]
    return (*kept, *(_new_entry(step) for step in plan.of(CREATED)))


def entry_name(route: DesiredRoute, policy: RoutePolicy) -> str:
    """Return the name that an entry gets: our mark and the route's name, by default its destination."""
    return f"{policy.owner}/{route.name or route.destination.replace('/', '-')}"


def _first_custom(entries: t.Sequence[RouteEntry] | None) -> RouteEntry | None:
    ranked = sorted(entries or (), key=lambda entry: entry.type != CUSTOM)
    return ranked[0] if ranked else None


def _present_step(table_id: str, route: DesiredRoute, entry: RouteEntry | None, policy: RoutePolicy) -> RouteStep:
    planned = RouteStep(
        CREATED, table_id, route.destination, route.next_hop_id or "", entry_name(route, policy), route.description or "", entry
    )
    if entry is None:
        return planned
    if is_ours(entry, policy):
        return _own_step(planned, route, entry)
    if same_route(entry, route):
        if is_adoptable(entry, policy):
            return replace(planned, state=ADOPTED, description=_kept(route.description, entry.description))
        return replace(planned, state=UNOWNED, name=entry.name, description=entry.description, reason=_whose(entry))
    if policy.adopt == ADOPT_ALL and is_adoptable(entry, policy):
        return replace(planned, state=MOVED, description=_kept(route.description, entry.description))
    return replace(planned, state=REFUSED, reason=f"the table already has {shown(entry)}, and that isn't ours to move ({_whose(entry)})")


def _own_step(planned: RouteStep, route: DesiredRoute, entry: RouteEntry) -> RouteStep:
    step = replace(
        planned,
        name=planned.name if route.name is not None else entry.name,
        description=_kept(route.description, entry.description),
    )
    if not same_route(entry, route):
        return replace(step, state=MOVED)
    same_texts = (step.name, step.description) == (entry.name, entry.description)
    return replace(step, state=UNCHANGED if same_texts else UPDATED)


def _absent_step(table_id: str, route: DesiredRoute, entry: RouteEntry | None, policy: RoutePolicy) -> RouteStep:
    if entry is None or entry.type != CUSTOM:
        return RouteStep(UNCHANGED, table_id, route.destination, route.next_hop_id or "")
    step = RouteStep(UNCHANGED, table_id, route.destination, entry.next_hop_id, entry.name, entry.description, entry)
    if route.next_hop_id is not None and not same_route(entry, route):
        return replace(step, reason=f"the entry points to {entry.next_hop_id}, not to {route.next_hop_id}, and stays")
    if is_ours(entry, policy):
        return replace(step, state=DELETED)
    return replace(step, state=REFUSED, reason=f"{shown(entry)} isn't ours to delete ({_whose(entry)})")


def _purge_steps(entries: t.Sequence[RouteEntry], desired: t.Sequence[DesiredRoute], policy: RoutePolicy) -> t.Iterator[RouteStep]:
    destinations = {route.destination for route in desired}
    for entry in entries:
        if entry.destination in destinations or not is_ours(entry, policy):
            continue
        step = RouteStep(DELETED, entry.route_table_id, entry.destination, entry.next_hop_id, entry.name, entry.description, entry)
        kept = _why_kept(entry, policy)
        yield replace(step, state=UNCHANGED, reason=kept) if kept else step


def _why_kept(entry: RouteEntry, policy: RoutePolicy) -> str | None:
    if entry.next_hop_id in policy.keep_next_hops:
        return "not listed, kept: its next hop is in keep_next_hops"
    if any(networks_overlap(entry.network, block) for block in policy.keep_destinations):
        return "not listed, kept: its destination is in keep_destinations"
    return None


def _kept(desired: str | None, current: str) -> str:
    return current if desired is None else desired


def _modified(entry: RouteEntry, step: RouteStep) -> RouteEntry:
    return replace(entry, next_hops=((INSTANCE, step.next_hop_id),), name=step.name, description=step.description)


def _new_entry(step: RouteStep) -> RouteEntry:
    return RouteEntry(
        route_entry_id="",
        route_table_id=step.route_table_id,
        destination=step.destination,
        status=AVAILABLE,
        name=step.name,
        description=step.description,
        next_hops=((INSTANCE, step.next_hop_id),),
    )


def shown(entry: RouteEntry) -> str:
    """Return the entry as a route table has it."""
    return f"{entry.destination} → {entry.next_hop_id or entry.type}"


def _whose(entry: RouteEntry) -> str:
    kind = "managed" if entry.service_type else entry.type or "unknown"
    return f"{kind} entry named '{entry.name}'" if entry.name else f"{kind} entry without a name"
