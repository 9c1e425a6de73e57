# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Makes the changes of the plans, one write after another, and reads the tables again."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._alicloud.errors import ApiError
from .._core.text import name_first
from .entry import AVAILABLE, DELETING, RouteEntry
from .plan import (
    CREATED,
    DELETED,
    MODIFICATIONS,
    RACED,
    REFUSED,
    WRITES,
    RouteStep,
    TablePlan,
    Write,
    plan_writes,
)
from .report import Result, result_of
from .verdict import (
    after_all,
    before_writing,
    done_by_another,
    holds,
    is_undone,
    raced,
)
from .waiter import Pending, Poll
from .write import entries_by_destination

if t.TYPE_CHECKING:
    from .read import RouteReader
    from .waiter import Waiter
    from .write import RouteWriter

# How many destinations of the next write are read in the same calls that poll whether the last one has settled.
READ_AHEAD = 10
QUOTA_EXCEEDED = "QuotaExceeded"


@dataclass(frozen=True)
class Applied:
    """What was done: a result for every step, the tables' live entries, and further problems."""

    results: tuple[Result, ...]
    entries: t.Mapping[str, tuple[RouteEntry, ...]]
    problems: tuple[str, ...]


class RouteApplier:
    """Applies plans once."""

    def __init__(self, reader: RouteReader, writer: RouteWriter, waiter: Waiter, *, wait: bool) -> None:
        self._reader = reader
        self._writer = writer
        self._waiter = waiter
        self._wait = wait
        self._results: dict[RouteStep, Result] = {}
        self._poll: Poll | None = None
        self._full: set[str] = set()
        self._stopped_by: str | None = None
        self._problems: list[str] = []

    def apply(self, plans: t.Sequence[TablePlan]) -> Applied:
        """Make every change; a write that stops does not undo or hide another."""
        writes = [write for plan in plans for write in plan_writes(plan)]
        following: list[Write | None] = [*writes[1:], None]
        try:
            for number, write in enumerate(writes):
                if self._stopped_by:
                    break
                if write.state == CREATED and write.route_table_id in self._full:
                    self._refuse(write.steps, reason="not tried: the route table is full")
                    continue
                self._make(write, following[number], planned_from_this_read=number == 0)
            return self._finish(plans)
        except ApiError as exc:
            results = self._results.values()
            exc.details.update(
                results=[dict(vars(result)) for result in results], changed=any(result.state in WRITES for result in results)
            )
            raise

    def _make(self, write: Write, following: Write | None, *, planned_from_this_read: bool) -> None:
        """Make one write and wait for it. The cloud takes one write a VPC at a time, so the next one has to wait in any case."""
        steps = write.steps if planned_from_this_read or write.state == CREATED else self._still_as_planned(write)
        try:
            written = self._writer.write(replace(write, steps=steps))
        except ApiError as exc:
            self._stopped_by = f"an earlier write failed permanently ({exc.code or 'no answer'})"
            self._refuse(steps, reason=str(exc), code=exc.code, request_id=exc.request_id)
            return
        by_destination = {result.destination: result for result in written.results}
        self._results.update({step: by_destination[step.destination] for step in steps})
        if any((result.code or "").startswith(QUOTA_EXCEEDED) for result in written.results):
            self._full.add(write.route_table_id)
        if written.gave_up:
            self._stopped_by = f"the cloud did not take an earlier write for {self._waiter.timeout:g} s"
        else:
            self._await([step for step in steps if by_destination[step.destination].state in WRITES], write, following)

    def _await(self, steps: t.Sequence[RouteStep], write: Write, following: Write | None) -> None:
        """Wait for what was written, if anything comes after it."""
        if not steps or not (following or self._wait):
            return
        self._poll = self._waiter.wait(Pending(write.route_table_id, *_split(steps)), _read_ahead(write, following))
        if not self._poll.settled:
            self._stopped_by = "an earlier write has not settled in time"

    def _refuse(self, steps: t.Iterable[RouteStep], **details: str | None) -> None:
        self._results.update({step: result_of(step, REFUSED, **details) for step in steps})

    def _still_as_planned(self, write: Write) -> tuple[RouteStep, ...]:
        """Return the steps whose entry is still what they were planned from, by a read that is at most one write old."""
        poll = self._poll
        if poll and poll.route_table_id == write.route_table_id and set(write.destinations) <= set(poll.destinations):
            entries: tuple[RouteEntry, ...] = poll.entries
        else:
            entries = self._reader.entries_at(write.route_table_id, write.destinations)
        there = entries_by_destination(entries)
        overtaken = {step: result for step in write.steps if (result := before_writing(step, there.get(step.destination)))}
        self._results.update(overtaken)
        return tuple(step for step in write.steps if step not in overtaken)

    def _finish(self, plans: t.Sequence[TablePlan]) -> Applied:
        """Read the tables that were written to once more; that read decides what is reported."""
        entries: dict[str, tuple[RouteEntry, ...]] = {}
        results: list[Result] = []
        for plan in plans:
            table_entries = self._last_entries(plan) if plan.changes else plan.entries
            entries[plan.route_table_id] = tuple(entry for entry in table_entries if entry.status != DELETING)
            there = entries_by_destination(table_entries)
            results.extend(self._final_result(step, there.get(step.destination)) for step in plan.steps)
        return Applied(tuple(results), entries, tuple(self._problems))

    def _last_entries(self, plan: TablePlan) -> tuple[RouteEntry, ...]:
        """Return the table's custom entries after waiting for those of ours that were not polled yet; say which are late."""
        entries = self._reader.custom_entries(plan.route_table_id)
        written = [step for step in plan.changes if step in self._results and self._results[step].state in WRITES]
        late = _unsettled(written, entries)
        if late and self._wait and not self._stopped_by:
            self._waiter.wait(Pending(plan.route_table_id, *_split(late)))
            entries = self._reader.custom_entries(plan.route_table_id)
            late = _unsettled(written, entries)
        if late and (self._wait or self._stopped_by):
            self._problems.append(self._overdue(plan.route_table_id, len(written), late, entries_by_destination(entries)))
        return entries

    def _final_result(self, step: RouteStep, entry: RouteEntry | None) -> Result:
        """Return the result by the last read: an earlier result may no longer hold, or hold by now."""
        result = self._results.get(step)
        if result is None:
            untried = {"reason": f"not tried: {self._stopped_by}"} if step.state in WRITES else {}
            result = result_of(step, REFUSED if untried else step.state, **untried)
        if result.state in WRITES or (result.state == REFUSED and step.state in WRITES and holds(step, entry)):
            result = after_all(step, entry)
        elif result.state == RACED and holds(step, entry):
            result = done_by_another(step)
        elif is_undone(step, result.state, entry):
            result = raced(step, entry)
        return replace(result, status=entry.status if entry else None)

    def _overdue(self, route_table_id: str, written: int, late: t.Sequence[RouteStep], there: t.Mapping[str, RouteEntry]) -> str:
        some = name_first((f"{step.destination} ({there[step.destination].status})" for step in late), most=5)
        return (
            f"{route_table_id}: {written - len(late)} of {written} written entries have settled, these have not: {some}. "
            f"The cloud is still working on them: run again, or raise wait_timeout ({self._waiter.timeout:g} s) if this is usual"
        )


def _split(steps: t.Sequence[RouteStep]) -> tuple[tuple[str, ...], dict[str, str]]:
    arriving = tuple(step.destination for step in steps if step.state != DELETED)
    leaving = {step.destination: step.entry.route_entry_id for step in steps if step.state == DELETED and step.entry is not None}
    return arriving, leaving


def _read_ahead(write: Write, following: Write | None) -> tuple[str, ...]:
    if following is None or following.state not in (*MODIFICATIONS, DELETED) or following.route_table_id != write.route_table_id:
        return ()
    return following.destinations if len(following.steps) <= READ_AHEAD else ()


def _unsettled(steps: t.Iterable[RouteStep], entries: t.Iterable[RouteEntry]) -> list[RouteStep]:
    there = entries_by_destination(entries)
    return [step for step in steps if _is_unsettled(step, there.get(step.destination))]


def _is_unsettled(step: RouteStep, entry: RouteEntry | None) -> bool:
    if entry is None:
        return False
    if step.state == DELETED:
        return step.entry is not None and entry.route_entry_id == step.entry.route_entry_id
    return entry.status != AVAILABLE
