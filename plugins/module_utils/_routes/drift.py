# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The VPC's route tables to look at, and how far they are from the wanted routes. Never writes."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._alicloud.client import AlicloudClient
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
    UNOWNED,
    UPDATED,
    RouteStep,
    plan_table,
)
from .read import RouteReader, TableChoice, choose_tables
from .report import destination_order, table_values

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

# A plan that would correct everything says what is wrong.
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
KINDS = {CREATED: "missing", MOVED: "wrong_next_hop", UPDATED: "renamed", UNOWNED: "unowned", REFUSED: "taken", DELETED: "unwanted"}
UNSETTLED = "unsettled"


@dataclass(frozen=True)
class Drift:
    """One destination of a table that is not as wanted; ``next_hop_id`` is None for an entry that nobody wants."""

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


def read_routes(module: AnsibleModule) -> dict[str, t.Any]:
    """Return the VPC with its vSwitches and the chosen tables with their entries, quota and, with wanted routes, drift."""
    params = module.params
    desired = parse_desired_routes(params)
    client = AlicloudClient.from_module(module)
    reader = RouteReader(client, params["vpc_id"])
    hops = {route.next_hop_id or "" for route in desired.routes} if desired else ()
    tables = choose_tables(reader, TableChoice(params["tables"], tuple(params["route_table_ids"] or ())), hops)
    vpc = reader.vpc()
    quota = reader.quota(params["route_quota"])
    values = []
    for table in tables:
        entries = reader.all_entries(table.object_id)
        drift = {"drift": [dict(vars(one)) for one in find_drift(table.object_id, entries, desired)]} if desired else {}
        values.append({**table_values(table, entries, quota), **drift})
    return {"vpc": vpc, "tables": values, "api_calls": client.api_calls}


def parse_desired_routes(params: t.Mapping[str, t.Any]) -> DesiredRoutes | None:
    """Return what to compare with, or None; raise InvalidInput with every problem found."""
    if params["routes"] is None:
        return None
    policy = parse_route_policy({**CORRECT_EVERYTHING, "owner": params["owner"], "scope": params["scope"]})
    return DesiredRoutes(policy, parse_routes(params["routes"], policy))


def find_drift(route_table_id: str, entries: t.Sequence[RouteEntry], desired: DesiredRoutes) -> list[Drift]:
    """Return what differs between a table and the wanted routes, sorted by destination."""
    plan = plan_table(route_table_id, entries, desired.routes, desired.policy)
    found = [_drift(step, kind) for step in plan.steps if (kind := _kind(step))]
    return sorted(found, key=lambda drift: destination_order(drift.destination))


def _kind(step: RouteStep) -> str | None:
    if step.state not in KINDS and step.entry is not None and step.entry.status != AVAILABLE:
        return UNSETTLED
    return KINDS.get(step.state)


def _drift(step: RouteStep, kind: str) -> Drift:
    entry = step.entry
    return Drift(
        kind=kind,
        destination=step.destination,
        next_hop_id=None if step.state == DELETED else step.next_hop_id,
        actual_next_hop_id=entry.next_hop_id if entry else None,
        route_entry_id=entry.route_entry_id if entry else None,
        reason=step.reason or (f"the entry is {entry.status}" if entry and kind == UNSETTLED else None),
    )
