# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role vpc_routes does when another writer changes the route table at the same time."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import ControlPlane, control_plane, plain_etcd
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import node_routes
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

__all__ = ["control_plane", "plain_etcd"]

TASK = "Converge the route entries"
DESIRED = {route["destination"]: route["next_hop_id"] for route in node_routes(3)}


def steal(state: t.Any, _request: t.Any) -> None:
    """Lead 10.24.2.0/24 elsewhere, as another writer would between a read and a write."""
    state.remove_route_entry(TABLE_ID, "10.24.2.0/24")
    state.add_route_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n3", name="test/n2")


def lose_races(control_plane: ControlPlane, times: int) -> None:
    """Let the first two entries lead to wrong nodes, and another writer change the second whenever the first is moved."""
    control_plane.publish()
    assert control_plane.run("routes.yml").rc == 0
    for destination, name in (("10.24.1.0/24", "test/n1"), ("10.24.2.0/24", "test/n2")):
        control_plane.region.state.remove_route_entry(TABLE_ID, destination)
        control_plane.region.state.add_route_entry(TABLE_ID, destination, "i-sandbox-n3", name=name)

    def interfere(state: t.Any, request: t.Any) -> None:
        steal(state, request)
        if times > 1:
            state.remove_route_entry(TABLE_ID, "10.24.1.0/24")
            state.add_route_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n3", name="test/n1")

    control_plane.region.server.faults.add(Fault("ModifyRouteEntry", times=times, run=interfere))


def test_a_lost_race_is_planned_again_from_fresh_leases(control_plane: ControlPlane) -> None:
    lose_races(control_plane, times=1)
    run = control_plane.run("routes.yml", {"vpc_routes_max_disruption": "100%"})
    assert run.rc == 0, run.messages()
    assert [result["summary"]["raced"] for result in run.results(TASK)] == [1, 0]
    # The first attempt goes by what the run has read, the second one reads again.
    assert [len(run.results(name)) for name in ("Read the published config and the leases", "Read the leases")] == [1, 1]
    assert control_plane.region.routes() == DESIRED


def test_a_race_that_is_always_lost_ends_with_an_error(control_plane: ControlPlane) -> None:
    lose_races(control_plane, times=20)
    run = control_plane.run("routes.yml", {"vpc_routes_max_disruption": "100%"})
    assert run.rc != 0
    assert len(run.results(TASK)) == 3
    assert "10.24.2.0/24" in run.messages()
