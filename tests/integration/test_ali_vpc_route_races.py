# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other writers in the same table: in the middle of a run, or another run."""

from __future__ import annotations

import threading
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._plan import Outcome
from ansible_collections.alicloud.flannel.tests.integration.ali_vpc_route_fixtures import (
    WANTED,
    Region,
    foreign_entry,
    node_routes,
    states,
)
from ansible_collections.alicloud.flannel.tests.integration.cloud_fixtures import TABLE_ID
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault


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


@pytest.mark.parametrize("edit", [{"next_hop_id": "i-sandbox-n3"}, {"name": "k2/mine"}])
def test_an_entry_that_another_writer_changes_between_two_writes_is_left_alone(region: Region, edit: dict[str, str]) -> None:
    region.converge(node_routes(2))

    def interfere(state: t.Any, request: t.Any) -> None:
        for entry in state.entries_of(TABLE_ID, "10.24.2.0/24"):
            vars(entry).update(edit)

    region.server.faults.add(Fault("ModifyRouteEntry", run=interfere))
    wanted = [{**route, "next_hop_id": "i-sandbox-n3", "name": "n3"} for route in node_routes(2)]
    outcome = region.converge(wanted, max_disruption="100%")
    assert states(outcome) == {"10.24.1.0/24": "moved", "10.24.2.0/24": "raced"}
    assert region.server.writes("ModifyRouteEntry") == 1
    assert outcome.returns["summary"]["raced"] == 1
    (left,) = region.state.entries_of(TABLE_ID, "10.24.2.0/24")
    assert all(getattr(left, field) == value for field, value in edit.items())


def test_an_entry_that_vanishes_and_comes_back_is_not_deleted(region: Region) -> None:
    region.converge(node_routes(2))

    def replace(state: t.Any, request: t.Any) -> None:
        state.remove_route_entry(TABLE_ID, "10.24.2.0/24")
        state.put_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n3", name="k2/mine")

    region.server.faults.add(Fault("CreateRouteEntries", run=replace))
    outcome = region.converge([*node_routes(1), *node_routes(1, start=3)], purge=True)
    assert states(outcome) == {"10.24.1.0/24": "unchanged", "10.24.2.0/24": "unchanged", "10.24.3.0/24": "created"}
    assert region.routes()["10.24.2.0/24"] == "i-sandbox-n3"


def test_two_runs_at_once_both_end_well(region: Region) -> None:
    region.state.settle_seconds = 0.2
    outcomes: list[Outcome] = []
    runs = [threading.Thread(target=lambda: outcomes.append(region.converge(node_routes(3)))) for _run in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [outcome.problem for outcome in outcomes] == [None, None]
    assert region.routes() == WANTED
    assert region.converge(node_routes(3)).changed is False
