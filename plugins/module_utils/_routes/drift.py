# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""How far a route table is from the desired routes. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .entry import (
    ADOPT_NONE,
    AVAILABLE,
    PRESENT,
    DesiredRoute,
    RouteEntry,
    RoutePolicy,
)
from .input import parse_route_policy, parse_routes
from .plan import (
    CREATED,
    DELETED,
    MOVED,
    REFUSED,
    UNCHANGED,
    UNOWNED,
    UPDATED,
    RouteStep,
    plan_table,
)
from .report import destination_order

# A plan that would correct everything shows what is wrong.
CORRECT_EVERYTHING = {
    "purge": True,
    "max_disruption": "100%",
    "allow_empty": True,
    "adopt": ADOPT_NONE,
    "adopt_from": (),
    "allow_overlap": (),
    "keep_destinations": (),
    "keep_next_hops": (),
    "state": PRESENT,
}
MISSING, WRONG_NEXT_HOP, RENAMED, TAKEN, UNWANTED, UNSETTLED = "missing", "wrong_next_hop", "renamed", "taken", "unwanted", "unsettled"
KINDS = {CREATED: MISSING, MOVED: WRONG_NEXT_HOP, UPDATED: RENAMED, UNOWNED: UNOWNED, REFUSED: TAKEN, DELETED: UNWANTED}


@dataclass(frozen=True)
class Drift:
    """One destination of a table that is not as desired; ``next_hop_id`` is None for an entry that should not exist."""

    kind: str
    destination: str
    next_hop_id: str | None
    actual_next_hop_id: str | None
    route_entry_id: str | None
    reason: str | None


@dataclass(frozen=True)
class DesiredRoutes:
    """The routes to compare with, and whose they are."""

    policy: RoutePolicy
    routes: tuple[DesiredRoute, ...]


def parse_desired_routes(params: t.Mapping[str, t.Any]) -> DesiredRoutes | None:
    """Return what to compare with, or None; raise InvalidInput with every problem found."""
    if params["routes"] is None:
        return None
    policy = parse_route_policy({**CORRECT_EVERYTHING, "owner": params["owner"], "scope": params["scope"]})
    return DesiredRoutes(policy, parse_routes(params["routes"], policy))


def find_drift(route_table_id: str, entries: t.Sequence[RouteEntry], desired: DesiredRoutes) -> list[Drift]:
    """Return what differs between a table and the desired routes, sorted by destination."""
    found = [_drift(kind, step) for kind, step in differing_steps(route_table_id, entries, desired)]
    return sorted(found, key=lambda drift: destination_order(drift.destination))


def differing_steps(route_table_id: str, entries: t.Sequence[RouteEntry], desired: DesiredRoutes) -> list[tuple[str, RouteStep]]:
    """Return the steps that the table lacks, and those that wait for the cloud, each with the kind of difference."""
    plan = plan_table(route_table_id, entries, desired.routes, desired.policy)
    return [(kind, step) for step in plan.steps if (kind := _kind(step))]


def _kind(step: RouteStep) -> str | None:
    if step.state in (UNCHANGED, UNOWNED) and step.entry is not None and step.entry.status != AVAILABLE:
        return UNSETTLED
    return KINDS.get(step.state)


def _drift(kind: str, step: RouteStep) -> Drift:
    entry = step.entry
    return Drift(
        kind=kind,
        destination=step.destination,
        next_hop_id=None if step.state == DELETED else step.next_hop_id,
        actual_next_hop_id=entry.next_hop_id if entry else None,
        route_entry_id=entry.route_entry_id if entry else None,
        reason=step.reason or (f"the entry is {entry.status}" if entry and kind == UNSETTLED else None),
    )
