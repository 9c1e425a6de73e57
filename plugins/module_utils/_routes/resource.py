# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The VPC's routes as a resource that the runner converges: reads, plans, guards, applies and reports."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._alicloud.client import AlicloudClient
from .._core.errors import CollectionError, InvalidInput
from .._core.plan import Outcome
from .._core.text import name_first
from .apply import RouteApplier
from .drift import find_drift, parse_desired_routes
from .entry import (
    AVAILABLE,
    CUSTOM,
    DELETING,
    PRESENT,
    RouteEntry,
    RoutePolicy,
    is_ours,
)
from .guard import (
    Quota,
    find_overlaps,
    guard_addresses,
    guard_disruption,
    guard_empty,
    guard_next_hops,
    guard_overlap,
    guard_quota,
    order_for_quota,
)
from .input import parse_route_policy, parse_routes, refusal
from .plan import (
    CREATED,
    MOVED,
    TablePlan,
    entries_after,
    plan_table,
)
from .read import (
    RouteReader,
    TableChoice,
    choose_tables,
    default_quota,
)
from .report import (
    Result,
    TableReport,
    changed,
    problem,
    render,
    result_of,
    returns,
    table_values,
)
from .waiter import Pending, Waiter
from .write import RouteWriter

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from .._alicloud.vpc.route_table import RouteTable


@dataclass(frozen=True)
class RoutesPlan:
    """The plans of every chosen table."""

    tables: tuple[RouteTable, ...]
    plans: tuple[TablePlan, ...]
    policy: RoutePolicy
    quota: Quota
    warnings: tuple[str, ...]
    api_calls: int

    @property
    def changes(self) -> tuple[t.Any, ...]:
        """Return every change of every table, in the order in which they are made."""
        return tuple(step for plan in self.plans for step in plan.changes)

    def predict(self) -> Outcome:
        """Return what will hold once every change is made."""
        after = {plan.route_table_id: entries_after(plan) for plan in self.plans}
        results = [result_of(step) for plan in self.plans for step in plan.steps]
        return self.outcome(results, after, (), self.api_calls)

    def outcome(
        self,
        results: t.Sequence[Result],
        after: t.Mapping[str, tuple[RouteEntry, ...]],
        problems: t.Sequence[str],
        api_calls: int,
    ) -> Outcome:
        """Return the outcome for these results and entries."""
        reports = [TableReport(table, plan.entries, after[plan.route_table_id], self.quota) for table, plan in zip(self.tables, self.plans)]
        return Outcome(
            changed=changed(results),
            before=render([(report.table, report.before) for report in reports], self.policy),
            after=render([(report.table, report.after) for report in reports], self.policy),
            returns=returns(reports, results, self.warnings, api_calls),
            problem=problem(results, problems),
        )


class RouteResource:
    """The desired routes of one owner in the chosen tables of one VPC."""

    def __init__(self, client: AlicloudClient, params: t.Mapping[str, t.Any]) -> None:
        self._policy = parse_route_policy(params)
        self._routes = parse_routes(params["routes"], self._policy)
        self._choice = TableChoice(params["tables"], tuple(params["route_table_ids"] or ()))
        self._route_quota: int | None = params["route_quota"]
        self._wait: bool = params["wait"]
        self._client = client
        self._reader = RouteReader(client, params["vpc_id"])
        self._waiter = Waiter(self._reader, params["wait_timeout"], client.clock, client.sleep)

    @classmethod
    def from_module(cls, module: AnsibleModule) -> RouteResource:
        """Return the resource that the module's options describe."""
        return cls(AlicloudClient.from_module(module, retry_seconds=module.params["wait_timeout"]), module.params)

    def plan(self) -> RoutesPlan:
        """Read and plan; what matters only for a write is read only when there is one, with the entries last, right before it."""
        tables = choose_tables(self._reader, self._choice, self._hops_to_go_by())
        plans = [self._plan_table(table, self._settled_entries(table)) for table in tables]
        quota = default_quota(self._route_quota)
        if any(plan.changes for plan in plans):
            self._guard(plans)
            plans = [self._plan_table(table, self._reader.all_entries(table.object_id)) for table in tables]
            quota = self._guard(plans)
            plans = [order_for_quota(plan, quota) for plan in plans]
        warnings = [text for plan in plans for text in find_overlaps(plan, self._policy)]
        plans = [replace(plan, entries=tuple(entry for entry in plan.entries if entry.type == CUSTOM)) for plan in plans]
        return RoutesPlan(tables, tuple(plans), self._policy, quota, tuple(warnings), self._client.api_calls)

    def apply(self, plan: RoutesPlan) -> Outcome:
        """Make the plan's changes and return what then holds."""
        writer = RouteWriter(self._client, self._reader)
        applied = RouteApplier(self._reader, writer, self._waiter, wait=self._wait).apply(plan.plans)
        return plan.outcome(applied.results, applied.entries, applied.problems, self._client.api_calls)

    def _hops_to_go_by(self) -> set[str]:
        """Return the instances whose vSwitches select the tables. A route to remove is in every table, its node's own or not."""
        if self._policy.state != PRESENT or not self._routes:
            return set()
        return {route.next_hop_id or "" for route in self._routes} | self._policy.keep_next_hops

    def _plan_table(self, table: RouteTable, entries: t.Sequence[RouteEntry]) -> TablePlan:
        return plan_table(table.object_id, entries, self._routes, self._policy)

    def _settled_entries(self, table: RouteTable) -> tuple[RouteEntry, ...]:
        """Return the custom entries once those that concern us are stable: an earlier run may have left some pending."""
        entries = self._reader.custom_entries(table.object_id)
        if not self._wait:
            return entries
        moving = self._moving(entries)
        if not moving:
            return entries
        arriving = tuple(entry.destination for entry in moving if entry.status != DELETING)
        leaving = {entry.destination: entry.route_entry_id for entry in moving if entry.status == DELETING}
        self._waiter.wait(Pending(table.object_id, arriving, leaving))
        entries = self._reader.custom_entries(table.object_id)
        moving = self._moving(entries)
        if moving:
            shown = name_first((f"{entry.destination} ({entry.status})" for entry in moving), most=5)
            raise CollectionError(
                f"{table.object_id} still has pending entries after {self._waiter.timeout:g} s: {shown}. Nothing was written. "
                "Another writer may be active; run again, or raise wait_timeout.",
                route_table_id=table.object_id,
            )
        return entries

    def _moving(self, entries: t.Sequence[RouteEntry]) -> list[RouteEntry]:
        desired = {route.destination for route in self._routes}
        return [e for e in entries if e.status != AVAILABLE and (e.destination in desired or is_ours(e, self._policy))]

    def _guard(self, plans: t.Sequence[TablePlan]) -> Quota:
        """Refuse everything if anything is wrong; nothing has been written yet. What it reads, it reads once. Return the quota."""
        problems: list[str] = []
        adds = any(plan.of(CREATED) for plan in plans)
        vswitches = self._reader.vswitches() if adds else ()
        quota = self._reader.quota(self._route_quota) if adds else default_quota(self._route_quota)
        hops = {step.next_hop_id for plan in plans for step in plan.of(CREATED, MOVED)}
        problems += guard_next_hops(plans, self._reader.vpc_id, self._reader.instances(hops))
        for plan in plans:
            problems += guard_empty(plan, len(self._routes), self._policy)
            problems += guard_disruption(plan, self._policy)
            problems += guard_addresses(plan, vswitches)
            problems += guard_overlap(plan, self._policy)
            problems += guard_quota(plan, quota)
        if problems:
            raise InvalidInput(refusal(problems), problems=problems)
        return quota


def read_routes(module: AnsibleModule) -> dict[str, t.Any]:
    """Return the VPC with its vSwitches and the chosen tables with their entries, quota and, with desired routes, drift."""
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
