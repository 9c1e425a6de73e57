# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other writers in the same table: another run at any moment of a run, or somebody's single edit between two writes."""

from __future__ import annotations

import contextlib
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID, build_state
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import Region, foreign_entry, node_routes, serve, states
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

PURGE: dict[str, t.Any] = {"purge": True, "max_disruption": "100%"}


def routes(hops: t.Mapping[int, int]) -> list[dict[str, t.Any]]:
    """Return the routes that lead subnet 10.24.x.0/24 to node n."""
    return [{"destination": f"10.24.{x}.0/24", "next_hop_id": f"i-sandbox-n{n}", "name": f"n{x}"} for x, n in hops.items()]


BEFORE = routes({1: 1, 2: 1, 3: 3})
DESIRED = routes({1: 1, 2: 2, 4: 1})  # from BEFORE: 3 is deleted, 2 moved, 4 created


def hops_of(desired: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, str]:
    return {route["destination"]: route["next_hop_id"] for route in desired}


def reported(outcome: Outcome) -> dict[str, str]:
    """Return next hop by destination as the run says it leaves them."""
    return {entry["destination"]: entry["next_hop_id"] for entry in outcome.returns["tables"][0]["entries"]}


Run = t.Callable[[Region], Outcome]


def interleaved(first: Run, second: Run) -> t.Iterator[tuple[Region, Outcome, Outcome]]:
    """Let the whole second run happen inside the first call of the first run; then, in a fresh region, inside its second one; and so on."""
    for moment in range(100):
        with contextlib.contextmanager(serve)(build_state()) as region:
            region.converge(BEFORE)
            another, inside = region.as_another(), []
            region.server.faults.add(Fault("*", skip=moment, run=lambda *_: inside.append(second(another))))  # noqa: B023
            outcome = first(region)
            if not inside:
                assert moment > 8
                return
            yield region, outcome, inside[0]


def test_two_runs_of_one_owner_that_want_the_same_both_succeed() -> None:
    def run(region: Region) -> Outcome:
        return region.converge(DESIRED, **PURGE)

    for region, one, other in interleaved(run, run):
        assert (one.problem, other.problem) == (None, None)
        assert region.routes() == reported(one) == hops_of(DESIRED)
        assert region.converge(DESIRED, **PURGE).changed is False


def test_two_runs_of_one_owner_that_want_different_things_tell_the_truth() -> None:
    newer = routes({1: 2, 2: 3, 3: 3, 4: 2})
    for region, one, other in interleaved(
        lambda region: region.converge(DESIRED, **PURGE),
        lambda region: region.converge(newer, max_disruption="100%"),
    ):
        assert (other.problem, reported(one)) == (None, region.routes())
        for destination, hop in hops_of(DESIRED).items():
            assert (region.routes().get(destination) == hop) is (states(one)[destination] not in ("raced", "refused"))
        assert (one.problem is None) is {"raced", "refused"}.isdisjoint(states(one).values())
        assert region.converge(newer, max_disruption="100%").problem is None
        assert region.routes() == hops_of(newer)


def test_two_owners_that_want_different_destinations_both_succeed() -> None:
    theirs = routes({11: 1, 12: 2})
    for region, one, other in interleaved(
        lambda region: region.converge(DESIRED, **PURGE),
        lambda region: region.converge(theirs, owner="k2", **PURGE),
    ):
        assert (one.problem, other.problem) == (None, None)
        assert region.routes() == {**hops_of(DESIRED), **hops_of(theirs)}
        assert {entry.name.split("/")[0] for entry in region.entries() if entry.destination.startswith("10.24.1")} == {"k1", "k2"}


def test_two_owners_that_want_the_same_destination_leave_it_to_the_first() -> None:
    theirs = routes({2: 3, 4: 3, 5: 3})
    for region, one, other in interleaved(
        lambda region: region.converge(DESIRED, **PURGE),
        lambda region: region.converge(theirs, owner="k2", **PURGE),
    ):
        assert other.problem is not None
        owners = {entry.destination: entry.name.split("/")[0] for entry in region.entries() if entry.type == "Custom"}
        assert (owners["10.24.2.0/24"], owners["10.24.5.0/24"]) == ("k1", "k2")
        desired = hops_of(DESIRED if owners["10.24.4.0/24"] == "k1" else theirs)
        assert region.routes()["10.24.4.0/24"] == desired["10.24.4.0/24"]
        assert (one.problem is None) is (owners["10.24.4.0/24"] == "k1")


@pytest.mark.parametrize(
    ("hop", "name", "state"),
    [
        ("i-sandbox-n2", "k1/n2", "unchanged"),
        ("i-sandbox-n2", "k2/x", "unowned"),
        ("i-sandbox-n3", "k2/x", "raced"),
        ("i-sandbox-n3", "k1/n2", "raced"),
    ],
)
def test_a_duplicate_is_read_back_and_its_hop_compared(region: Region, hop: str, name: str, state: str) -> None:
    region.server.faults.add(Fault("CreateRouteEntries", run=foreign_entry("10.24.2.0/24", hop, name)))
    outcome = region.converge(node_routes(3))
    assert states(outcome) == {"10.24.1.0/24": "created", "10.24.2.0/24": state, "10.24.3.0/24": "created"}
    assert region.routes()["10.24.2.0/24"] == hop
    assert (outcome.problem is None) is (state != "raced")


THERE = {"next_hop_id": "i-sandbox-n1", "name": "k1/n2"}
# What another writer makes of 10.24.2.0/24 (None: nothing, with a new id or its own), and how our change of it then ends.
EDITS: dict[str, tuple[bool, dict[str, str] | None, dict[str, str]]] = {
    "vanishes": (True, None, {"create": "raced", "move": "raced", "delete": "unchanged"}),
    "changes its hop": (False, {"next_hop_id": "i-sandbox-n3"}, {"create": "raced", "move": "raced", "delete": "raced"}),
    "changes its name": (False, {"name": "k2/x"}, {"create": "unowned", "move": "raced", "delete": "raced"}),
    "changes its description": (False, {"description": "x"}, {"create": "raced", "move": "raced", "delete": "raced"}),
    "is made again": (True, {}, {"create": "created", "move": "raced", "delete": "unchanged"}),
    "is made again by another": (True, {"name": "k2/x"}, {"create": "unowned", "move": "raced", "delete": "unchanged"}),
    "gets the wanted hop": (False, {"next_hop_id": "i-sandbox-n2"}, {"move": "unchanged"}),
}
CASES = [(edit, change, state) for edit, (_gone, _fields, ends) in EDITS.items() for change, state in ends.items()]


@pytest.mark.parametrize("tables", [1, 2])
@pytest.mark.parametrize(("edit", "change", "state"), CASES, ids=[f"{change}-{edit}" for edit, change, _state in CASES])
def test_an_entry_that_changes_between_two_writes(region: Region, edit: str, change: str, state: str, tables: int) -> None:
    """The other writer acts inside the write before the one that our change belongs to; after a creation, inside the next write.

    10.24.8.0/24 goes in the same batch as 10.24.2.0/24, and goes whatever becomes of that.
    """
    gone, fields, _ends = EDITS[edit]
    if tables == 2:
        region.state.add_route_table("vpc-sandbox", "vtb-another")
    written = "vtb-another" if tables == 2 and change != "create" else TABLE_ID
    region.converge(routes({2: 1, 8: 1, 9: 1} if change != "create" else {8: 1, 9: 1}), tables="all")
    region.server.reset_calls()

    def interfere(state: t.Any, _request: t.Any) -> None:
        (entry,) = state.entries_of(written, "10.24.2.0/24")
        if gone:
            state.remove_route_entry(written, "10.24.2.0/24")
        if gone and fields is not None:
            state.put_entry(written, "10.24.2.0/24", **{**THERE, **fields})
        if not gone:
            vars(entry).update(fields)

    action, desired = {
        "create": ("ModifyRouteEntry", {2: 1, 9: 2}),
        "move": ("CreateRouteEntries", {2: 2, 9: 1, 5: 1}),
        "delete": ("CreateRouteEntries", {9: 1, 5: 1}),
    }[change]
    region.server.faults.add(Fault(action, skip=tables - 1 if change != "create" else 0, run=interfere))
    outcome = region.converge(routes(desired), tables="all", **PURGE)
    result = next(r for r in outcome.returns["results"] if (r["route_table_id"], r["destination"]) == (written, "10.24.2.0/24"))
    assert result["state"] == state, result
    assert (outcome.problem is None) is (state != "raced")
    left = [(entry.next_hop_id, entry.name) for entry in region.state.entries_of(written, "10.24.2.0/24")]
    expected = {**THERE, **(fields or {})}
    assert left == ([] if fields is None else [(expected["next_hop_id"], expected["name"])])
    assert region.state.entries_of(written, "10.24.8.0/24") == []


def test_a_route_that_was_as_desired_and_is_undone_meanwhile_is_told(region: Region) -> None:
    """Nothing of ours changes these two; they are held to the last read all the same."""
    region.converge(node_routes(1))
    region.state.add_route_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n2", name="made by hand")

    def undo(state: t.Any, _request: t.Any) -> None:
        state.remove_route_entry(TABLE_ID, "10.24.1.0/24")
        (entry,) = state.entries_of(TABLE_ID, "10.24.2.0/24")
        entry.next_hop_id = "i-sandbox-n3"

    region.server.faults.add(Fault("CreateRouteEntries", run=undo))
    outcome = region.converge(node_routes(3))
    assert states(outcome) == {"10.24.1.0/24": "raced", "10.24.2.0/24": "raced", "10.24.3.0/24": "created"}
    assert "2 raced" in str(outcome.problem)
    assert list(states(region.converge(node_routes(3))).values()) == ["created", "refused", "unchanged"]


def edit(**fields: str) -> t.Callable[..., None]:
    """Return what another writer does to 10.24.2.0/24."""

    def change(state: t.Any, _request: t.Any) -> None:
        (entry,) = state.entries_of(TABLE_ID, "10.24.2.0/24")
        vars(entry).update(fields)

    return change


def test_a_race_that_another_run_ends_as_we_want_it_is_no_problem(region: Region) -> None:
    region.converge(routes({2: 1}))
    desired = routes({2: 2, 5: 1})
    last_read = Fault("DescribeRouteEntryList", skip=3, run=edit(next_hop_id="i-sandbox-n2"))
    region.server.faults.add(Fault("CreateRouteEntries", run=edit(next_hop_id="i-sandbox-n3")), last_read)
    outcome = region.converge(desired)
    assert (outcome.problem, states(outcome)) == (None, {"10.24.2.0/24": "unchanged", "10.24.5.0/24": "created"})
    assert region.server.writes("ModifyRouteEntry") == 0


def test_a_route_that_was_refused_and_is_there_all_the_same_is_no_problem(region: Region) -> None:
    made = foreign_entry("10.24.2.0/24", "i-sandbox-n2", "k1/n2")
    region.server.faults.add(Fault("CreateRouteEntries", entries={"10.24.2.0/24": "SomeNewCode"}, run=made))
    outcome = region.converge(node_routes(3))
    assert (outcome.problem, set(states(outcome).values())) == (None, {"created"})
