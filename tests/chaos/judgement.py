# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges a played scenario: what the runs said, where it ended, and what it took."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.tests.chaos import oracle
from ansible_collections.alicloud.flannel.tests.chaos.oracle import BECOME, DELETE, LEAVE, texts_of, verdict
from ansible_collections.alicloud.flannel.tests.chaos.scenario import FOREIGN, KILLS, LASTING, SECOND_RUNS, TRANSIENT, Task

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.chaos.play import Play, Run
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteEntry

# Writes that an event can cost beside those that it makes fail: what it undid is done again, what it cut in two takes two calls.
COST = {
    **dict.fromkeys(FOREIGN, 2),
    **dict.fromkeys(LASTING, 2),
    **dict.fromkeys(KILLS, 1),
}
# Tries until a VPC is free for which nobody injected anything: what another run wrote, or the other part of a batch, settles in 8 s.
CONFLICTS = 8
SECONDS_A_TRY = 7  # between tries in the long run
Result = t.Mapping[str, t.Any]
DONE = ("created", "moved", "updated", "adopted")
Fields = t.Dict[str, t.Any]


def false_claims(run: Run) -> list[str]:
    """Return what the run said that was not so when it read the tables for the last time."""
    if run.outcome is None:
        wrote = run.client.writes if isinstance(run.error, InvalidInput) else 0
        return [f"a refused plan made {wrote} writes: {run.error}"] if wrote else []
    results = run.outcome.returns["results"]
    problems = [
        f"said {result['state']} of {result}, but was shown {entry}"
        for result, entry in _shown(run)
        if not _is_true(result, entry, run.task)
    ]
    expected = {(table, route.destination) for table in run.task.tables for route in run.task.routes}
    told = {(result["route_table_id"], result["destination"]) for result in results}
    problems += [f"said nothing of {place}" for place in sorted(expected - told)]
    unfinished = [result for result in results if result["state"] in ("refused", "raced")]
    if run.outcome.problem is None and unfinished:
        problems.append(f"said that all is well with {unfinished}")
    waited = run.task.option("wait", True) and run.outcome.problem is None
    problems += [f"did not wait for {entry}" for result, entry in _shown(run) if waited and _is_late(result, entry)]
    if run.outcome.changed and not run.client.writes:
        problems.append("said that it changed something without a write")
    return problems


def hidden_refusals(play: Play) -> list[str]:
    """Return what the cloud refused in a batch and the run tells otherwise. A call that failed as a whole has refused no entry of it."""
    problems = []
    for run in play.runs:
        told = {} if run.outcome is None else {(r["route_table_id"], r["destination"]): r for r in run.outcome.returns["results"]}
        for place, code in (
            run.client.refused.items() if all(call.http_status == 200 for call in play.server.calls if call.is_write) else ()
        ):
            if place in told and (told[place]["state"], told[place]["code"]) != ("refused", code):
                problems.append(f"{place} was refused with {code}, but {told[place]} was said")
    return problems


def unfinished(run: Run) -> list[str]:
    """Return what a run left undone that somebody else's entry doesn't excuse."""
    if run.outcome is None:
        return [f"the run failed: {run.error}"]
    left = [(result, entry) for result, entry in _shown(run) if result["state"] in ("refused", "raced")]
    problems = [f"{result} is unfinished" for result, entry in left if entry is None or verdict(entry, run.task).kind != LEAVE]
    if run.outcome.problem is not None and not left:
        problems.append(f"the run failed: {run.outcome.problem}")
    return problems


def clean_run(play: Play, task: Task) -> t.Iterator[str]:
    """Run the task undisturbed, in check mode before and after; yield what is not as wanted then."""
    before = play.entries()
    play.state.route_quota = max(1, oracle.room_needed(before, task)) if play.scenario.tight_quota else 400
    writes = play.server.writes()
    predicted, run = play.run(task, check=True), play.run(task)
    if predicted.client.writes or str(predicted) != str(run):
        yield f"check mode made {predicted.client.writes} writes and said {predicted}; the run said {run}"
    if not task.option("wait"):
        play.clock.sleep(10)
    yield from [*false_claims(run), *unfinished(run), *not_converged(before, play.entries(), task)]
    if play.server.writes() - writes != oracle.fewest_writes(oracle.changes(before, task)):
        yield f"the run that nothing disturbed took {play.server.writes() - writes} writes"
    for check in (True, False):
        writes = play.server.writes()
        again = play.run(task, check=check)
        if again.outcome is None or again.outcome.changed or play.server.writes() != writes:
            yield f"a further run (check mode: {check}) is not quiet: {again.outcome or again.error}"


def not_converged(before: t.Sequence[RouteEntry], after: t.Sequence[RouteEntry], task: Task) -> list[str]:
    """Return what a run that nothing disturbed made of the tables, and should not have."""
    now = {entry.entry_id: entry for entry in after}
    problems = []
    for entry in before:
        decided = verdict(entry, task)
        desired = None if decided.kind == DELETE else {**vars(entry), **_written(decided)}
        found = vars(now[entry.entry_id]) if entry.entry_id in now else None
        if found != desired:
            problems.append(f"{entry} must {decided}, and is now {found}")
    problems += _not_made(before, after, task)
    return problems


def must_be_well(play: Play) -> bool:
    """Say whether nothing struck but what goes right again by itself, and so little of it that no run may fail."""
    struck, task = play.strikes.count(), play.scenario.task
    in_peace = {route.destination for route in task.routes}.isdisjoint(route.destination for route in play.scenario.neighbour.routes)
    others = {"second-run", "neighbours-run"} if in_peace and not play.scenario.tight_quota else set()
    return bool(task.option("wait") and not set(struck) - {*TRANSIENT, *others} and sum(struck.values()) <= 5)


def too_many_writes(play: Play) -> list[str]:
    """Return a complaint if all runs together wrote more than the ideal and what the events can have cost.

    The ideal is what the tasks take at the start when nothing goes wrong: 50 creations or deletions in a table, or one modification, a
    call. A write that the cloud answered may be made again for every entry that somebody else touched (COST), for every route whose
    instance was replaced, and as a whole by a second run of the same task, or when creations hit a quota. A write that it did not
    answer, or refused, is one that an event made fail, that met an entry of a foreign writer, or that came while another's write
    settled (CONFLICTS for each that may have). When nothing settles any more, one write of each run is tried until its time is up.
    """
    struck = play.strikes.count()
    ours, *neighbours = [oracle.fewest_writes(oracle.changes(play.at_start, task)) for task in play.tasks()]
    limit = ours * (1 + struck["second-run"] + struck["quota-lowered"]) + sum(neighbours) * max(1, struck["neighbours-run"])
    limit += play.strikes.rerouted + sum(COST.get(kind, 0) * times for kind, times in struck.items())
    answered = sum(call.is_write and call.http_status == 200 for call in play.server.calls)
    met = sum(struck[kind] for kind in (*FOREIGN, *KILLS))
    unsettled = sum(struck[kind] for kind in (*SECOND_RUNS, *KILLS, "partial-known", "batch-refused")) + play.starts_unsettled()
    may_fail = play.strikes.failed_calls() + met + play.strikes.rerouted + CONFLICTS * unsettled
    if struck["stalled"]:
        may_fail += sum(CONFLICTS + run.task.option("wait_timeout") // SECONDS_A_TRY for run in play.runs)
    failed = play.server.writes() - answered
    problems = [f"{answered} writes were answered; {limit} are enough"] if answered > limit else []
    return problems + ([f"{failed} writes failed; {may_fail} may"] if failed > may_fail else [])


def _not_made(before: t.Sequence[RouteEntry], after: t.Sequence[RouteEntry], task: Task) -> list[str]:
    taken = {(entry.table_id, entry.destination) for entry in before}
    known = {entry.entry_id for entry in before}
    made = {(entry.table_id, entry.destination): entry for entry in after if entry.entry_id not in known}
    desired = {} if task.option("state") == "absent" else {(table, r.destination): r for table in task.tables for r in task.routes}
    problems = []
    for place, route in desired.items():
        entry = made.pop(place, None)
        if place not in taken and (entry is None or texts_of(entry) != oracle.new_entry(task, route) or entry.status != "Available"):
            problems.append(f"{route} is missing at {place}: {entry}")
    return problems + [f"nobody wants {entry}" for entry in made.values()]


def _written(decided: oracle.Verdict) -> Fields:
    if decided.after is None:
        return {}
    return {"next_hop_id": decided.after.hop, "name": decided.after.name, "description": decided.after.description}


def _shown(run: Run) -> t.Iterator[tuple[Result, RouteEntry | None]]:
    """Yield each result with the entry that the run was shown last at its place; one that is going is none."""
    assert run.outcome is not None
    for result in run.outcome.returns["results"]:
        shown = run.client.shown.get((result["route_table_id"], result["destination"]))
        yield result, shown.entry if shown and shown.entry.status != "Deleting" else None


def _is_late(result: Result, entry: RouteEntry | None) -> bool:
    return result["state"] in (*DONE, "unchanged") and entry is not None and entry.status != "Available"


def _is_true(result: Result, entry: RouteEntry | None, task: Task) -> bool:
    route = {route.destination: route for route in task.routes}.get(result["destination"])
    if task.option("state") == "absent" or route is None:
        return _is_true_of_removal(result, entry, task)
    decided = None if entry is None else verdict(entry, task)
    as_desired = entry is not None and decided is not None and decided.kind == BECOME and decided.after == texts_of(entry)
    if result["state"] == "unowned":
        ours = entry is not None and oracle.is_plain(entry) and entry.name.startswith(f"{task.owner}/")
        return entry is not None and entry.next_hop_id == route.hop and not ours
    if result["state"] == "raced" and entry is not None and entry.name != result["name"]:
        return True  # still ours and leading where it should, but not as it was left
    return as_desired if result["state"] in (*DONE, "unchanged") else not as_desired


def _is_true_of_removal(result: Result, entry: RouteEntry | None, task: Task) -> bool:
    still_there = entry is not None and entry.entry_id == result["route_entry_id"]
    must_go = entry is not None and verdict(entry, task).kind == DELETE
    if result["state"] == "unchanged":
        return not (still_there and must_go)
    return still_there if result["state"] == "refused" else not still_there or result["state"] == "raced"
