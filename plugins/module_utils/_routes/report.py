# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a run did or would do, as data and as text in the form of a route table. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.text import name_first
from .entry import (
    AVAILABLE,
    CUSTOM,
    RouteEntry,
    RoutePolicy,
    is_within,
    network_of,
)
from .guard import Quota, quota_used
from .plan import (
    ADOPTED,
    CREATED,
    DELETED,
    MOVED,
    RACED,
    REFUSED,
    UNCHANGED,
    UNOWNED,
    UPDATED,
    WRITES,
    RouteStep,
)

if t.TYPE_CHECKING:
    from .._alicloud.vpc.route_table import RouteTable

STATES = (CREATED, MOVED, UPDATED, ADOPTED, DELETED, UNCHANGED, UNOWNED, REFUSED, RACED)


@dataclass(frozen=True)
class Result:
    """What became of one destination in one table."""

    state: str
    route_table_id: str
    destination: str
    next_hop_id: str
    name: str
    previous_next_hop_id: str | None = None
    route_entry_id: str | None = None
    status: str | None = None
    reason: str | None = None
    code: str | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class TableReport:
    """One table before and after the run."""

    table: RouteTable
    before: tuple[RouteEntry, ...]
    after: tuple[RouteEntry, ...]
    quota: Quota


def result_of(step: RouteStep, state: str | None = None, **details: str | None) -> Result:
    """Return the step as a result; as it was planned, unless another state is given."""
    entry, state = step.entry, state or step.state
    moved = entry is not None and entry.next_hop_id != step.next_hop_id
    details.setdefault("reason", step.reason)
    details.setdefault("route_entry_id", (entry.route_entry_id or None) if entry else None)
    if state in WRITES:
        details.setdefault("status", AVAILABLE if state != DELETED else None)
    else:
        details.setdefault("status", entry.status if entry else None)
    return Result(
        state=state,
        route_table_id=step.route_table_id,
        destination=step.destination,
        next_hop_id=step.next_hop_id,
        name=step.name,
        previous_next_hop_id=entry.next_hop_id if entry is not None and moved else None,
        **details,
    )


def returns(reports: t.Sequence[TableReport], results: t.Sequence[Result], warnings: t.Sequence[str], api_calls: int) -> dict[str, t.Any]:
    """Return the module's return values."""
    ordered = sorted(results, key=lambda result: (result.route_table_id, destination_order(result.destination)))
    values: dict[str, t.Any] = {
        "results": [dict(vars(result)) for result in ordered],
        "summary": {state: sum(1 for result in results if result.state == state) for state in STATES},
        "tables": [table_values(report.table, report.after, report.quota) for report in reports],
        "api_calls": api_calls,
    }
    if warnings:
        values["warnings"] = list(warnings)
    return values


def table_values(table: RouteTable, entries: t.Sequence[RouteEntry], quota: Quota) -> dict[str, t.Any]:
    """Return a table and its entries as plain values."""
    return {
        "route_table_id": table.object_id,
        "route_table_type": table.type,
        "vswitch_ids": list(table.vswitch_ids),
        "quota": {"used": quota_used(entries), "limit": quota.limit, "source": quota.source},
        "entries": [entry.public() for entry in sorted(entries, key=lambda entry: destination_order(entry.destination))],
    }


def changed(results: t.Iterable[Result]) -> bool:
    """Return whether anything was or would be written."""
    return any(result.state in WRITES for result in results)


def problem(results: t.Sequence[Result], stopped_by: t.Sequence[str] = ()) -> str | None:
    """Return what the operator still has to fix after everything else was done, or None."""
    parts = list(stopped_by)
    for state in (REFUSED, RACED):
        found = [result for result in results if result.state == state]
        if found:
            parts.append(f"{len(found)} {state}: {_shown_reasons(found)}")
    if not parts:
        return None
    done = sum(1 for result in results if result.state in WRITES)
    text = ". ".join(part.rstrip(".") for part in parts)
    return f"Not every route is as desired ({done} changed). {text}. See results; run again to complete the rest."


def render(tables: t.Sequence[tuple[RouteTable, t.Sequence[RouteEntry]]], policy: RoutePolicy) -> str:
    """Return the custom entries in scope as a route table, one line an entry."""
    return "".join(_render_table(table, entries, policy) for table, entries in tables)


def destination_order(destination: str) -> tuple[int, ...]:
    """Return the sort key of a destination: its address, not its text."""
    network = network_of(destination)
    return (network.version, int(network.network_address), network.prefixlen) if network else (0,)


def _render_table(table: RouteTable, entries: t.Sequence[RouteEntry], policy: RoutePolicy) -> str:
    shown = [entry for entry in entries if entry.type == CUSTOM and is_within(entry.network, policy.scope)]
    lines = [_render_entry(entry) for entry in sorted(shown, key=lambda entry: destination_order(entry.destination))]
    return "".join(f"{line}\n" for line in [f"{table.object_id} ({table.type})", *lines])


def _render_entry(entry: RouteEntry) -> str:
    texts = [f'"{text}"' for text in (entry.name, entry.description) if text]
    return " ".join([f"{entry.destination} → {entry.next_hop_id}", *texts])


def _shown_reasons(results: t.Sequence[Result], most: int = 5) -> str:
    """Return each reason once, with the first destinations that it is about."""
    by_reason: dict[str, list[str]] = {}
    for result in results:
        by_reason.setdefault(result.reason or result.code or "no reason given", []).append(
            f"{result.destination} in {result.route_table_id}"
        )
    shown = [f"{name_first(places, most)} ({reason.rstrip('.')})" for reason, places in by_reason.items()]
    return "; ".join(shown[:most]) + (f"; and {len(shown) - most} other reasons" if len(shown) > most else "")
