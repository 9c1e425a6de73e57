# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the route engine does with whose entries, in which tables and in which order."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID, VPC_ID
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import (
    DESIRED,
    Region,
    node_routes,
    states,
)

FOREIGN: dict[str, dict[str, t.Any]] = {
    "10.24.100.0/24": {"name": "k2/n1"},
    "10.24.101.0/24": {"name": "made by hand"},
    "10.24.102.0/24": {"name": "k1/n2", "service_type": "TR"},
    "10.24.103.0/24": {"name": "k1/n3", "type": "CEN"},
    "10.24.104.0/24": {"name": "k1/n4", "ecmp_hops": ("i-sandbox-n2",)},
    "10.24.105.0/24": {"name": "k1/n5", "next_hop_type": "HaVip"},
    "10.24.107.0/24": {"name": "k1/n7", "type": "BGP"},
    "10.24.108.0/24": {"name": "k1/n8", "type": "ECR"},
    "10.25.1.0/24": {"name": "k1/out-of-scope"},
    "0.0.0.0/0": {"name": "k1/default"},
}


def test_entries_get_the_owners_mark_and_become_available(region: Region) -> None:
    outcome = region.converge(node_routes(3))
    assert (outcome.changed, outcome.problem) == (True, None)
    assert region.routes() == DESIRED
    (table,) = outcome.returns["tables"]
    assert [(entry["name"], entry["owner"], entry["status"]) for entry in table["entries"]] == [
        (f"k1/n{n}", "k1", "Available") for n in (1, 2, 3)
    ]
    assert table["quota"] == {"used": 3, "limit": 200, "source": "quota_center"}
    assert all(result["route_entry_id"] for result in outcome.returns["results"])


def test_check_mode_predicts_exactly_what_the_run_then_does_and_writes_nothing(region: Region) -> None:
    region.state.add_route_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n3", name="k1/n1")
    region.state.add_route_entry(TABLE_ID, "10.24.9.0/24", "i-sandbox-n3", name="k1/n9")
    predicted = region.converge(node_routes(3), check=True, purge=True, max_disruption="100%")
    assert region.server.writes() == 0
    done = region.converge(node_routes(3), purge=True, max_disruption="100%")
    assert (predicted.before, predicted.after, predicted.changed) == (done.before, done.after, done.changed)
    assert predicted.returns["summary"] == done.returns["summary"]
    assert done.before == f'{TABLE_ID} (System)\n10.24.1.0/24 → i-sandbox-n3 "k1/n1"\n10.24.9.0/24 → i-sandbox-n3 "k1/n9"\n'
    assert done.after == f"{TABLE_ID} (System)\n" + "".join(f'10.24.{n}.0/24 → i-sandbox-n{n} "k1/n{n}"\n' for n in (1, 2, 3))


def test_entries_of_others_stay_byte_identical(region: Region) -> None:
    for destination, fields in FOREIGN.items():
        region.state.add_route_entry(TABLE_ID, destination, "i-sandbox-n1", **fields)
    before = region.fingerprint(*FOREIGN)
    region.converge(node_routes(3), purge=True)
    region.converge([], purge=True, allow_empty=True, max_disruption="100%")
    assert region.fingerprint(*FOREIGN) == before
    assert len(before) == len(FOREIGN)
    assert region.server.writes() == 2
    at_stake = [d for d, fields in FOREIGN.items() if d.startswith("10.24.") and "type" not in fields]
    unwanted = region.converge([{"destination": destination} for destination in at_stake], state="absent")
    assert states(unwanted) == dict.fromkeys(at_stake, "refused")
    desired = [{"destination": destination, "next_hop_id": "i-sandbox-n2"} for destination in at_stake]
    assert states(region.converge(desired)) == states(unwanted)
    assert region.fingerprint(*FOREIGN) == before
    assert states(region.converge(desired, adopt="all")) == {**states(unwanted), "10.24.101.0/24": "moved"}


def test_an_entry_that_no_user_made_is_nothing_to_remove(region: Region) -> None:
    region.converge(node_routes(2))
    region.state.add_route_entry(TABLE_ID, "10.24.9.0/24", "ccn-1", name="k1/n9", type="CEN", next_hop_type="CenBasic")
    unwanted = [{"destination": "10.24.9.0/24"}, {"destination": "10.24.1.0/24"}]
    assert states(region.converge(unwanted[:1], state="absent")) == {"10.24.9.0/24": "unchanged"}
    assert states(region.converge(unwanted, state="absent")) == {"10.24.9.0/24": "unchanged", "10.24.1.0/24": "deleted"}


def test_two_owners_share_a_table(region: Region) -> None:
    region.converge(node_routes(2))
    region.converge(node_routes(1, start=3), owner="k2", purge=True)
    assert region.routes() == DESIRED
    again = region.converge(node_routes(2), purge=True)
    assert again.changed is False


def test_an_entry_of_another_with_another_hop_is_refused_and_the_rest_converges(region: Region) -> None:
    region.state.add_route_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n1", name="k2/x")
    outcome = region.converge(node_routes(3))
    assert states(outcome) == {"10.24.1.0/24": "created", "10.24.2.0/24": "refused", "10.24.3.0/24": "created"}
    assert "1 refused: 10.24.2.0/24" in str(outcome.problem)
    assert region.routes() == {**DESIRED, "10.24.2.0/24": "i-sandbox-n1"}


def test_a_name_edited_in_the_console_breaks_nothing(region: Region) -> None:
    region.converge(node_routes(3))
    (edited,) = region.state.entries_of(TABLE_ID, "10.24.2.0/24")
    edited.name = "web"
    outcome = region.converge(node_routes(3), purge=True)
    assert (outcome.changed, outcome.problem) == (False, None)
    assert states(outcome)["10.24.2.0/24"] == "unowned"
    adopted = region.converge(node_routes(3), adopt="matching")
    assert states(adopted)["10.24.2.0/24"] == "adopted"
    assert edited.name == "k1/n2"
    assert region.converge(node_routes(3)).changed is False


@pytest.mark.parametrize(("field", "value"), [("name", "n9"), ("description", "new")])
def test_a_new_text_is_written_in_place_and_nothing_else_is(region: Region, field: str, value: str) -> None:
    region.converge(node_routes(2))
    desired = [{**node_routes(1)[0], field: value}, node_routes(2)[1]]
    region.server.reset_calls()
    outcome = region.converge(desired, max_disruption="0")
    assert states(outcome) == {"10.24.1.0/24": "updated", "10.24.2.0/24": "unchanged"}
    (write,) = [call.params for call in region.server.calls if call.is_write]
    assert {"RouteEntryName", "Description", "NewNextHopId"} & set(write) == {{"name": "RouteEntryName"}.get(field, "Description")}
    assert value in str(outcome.after)
    assert region.converge(desired).changed is False


def test_a_former_owners_entries_are_taken_over(region: Region) -> None:
    region.converge(node_routes(3), owner="old")
    desired = [*node_routes(2), {**node_routes(1, start=3)[0], "next_hop_id": "i-sandbox-n1"}]
    assert "refused" in states(region.converge(desired, adopt="all")).values()
    outcome = region.converge(desired, adopt="all", adopt_from=["old"])
    assert list(states(outcome).values()) == ["adopted", "adopted", "moved"]
    assert {entry.name for entry in region.entries() if entry.type == "Custom"} == {"k1/n1", "k1/n2", "k1/n3"}
    assert region.server.writes("DeleteRouteEntries") == 0


def test_a_table_per_node_group(region: Region) -> None:
    region.state.add_route_table(VPC_ID, "vtb-sandbox-b")
    region.state.add_route_table(VPC_ID, "vtb-sandbox-unused")
    region.state.add_route_table(VPC_ID, "vtb-sandbox-gateway", associate_type="Gateway")
    region.state.add_vswitch(VPC_ID, "172.16.1.0/24", "cn-hangzhou-b", "vsw-sandbox-b", "vtb-sandbox-b")
    region.add_nodes(1, "vsw-sandbox-b", network="172.16.1")
    outcome = region.converge(node_routes(4))
    assert outcome.problem is None
    assert region.routes() == region.routes("vtb-sandbox-b") == {**DESIRED, "10.24.4.0/24": "i-sandbox-n4"}
    assert region.routes("vtb-sandbox-unused") == region.routes("vtb-sandbox-gateway") == {}
    assert region.server.writes() == 2
    assert all(len({v for k, v in call.params.items() if k.endswith(".RouteTableId")}) <= 1 for call in region.server.calls)
    assert len(str(outcome.after).splitlines()) == 2 + 2 * 4
    moved = region.converge([*node_routes(3), {**node_routes(1, start=4)[0], "next_hop_id": "i-sandbox-n1"}], tables="all")
    assert (moved.problem, moved.returns["summary"]["moved"], moved.returns["summary"]["created"]) == (None, 2, 4)
    assert region.routes() == region.routes("vtb-sandbox-b") == {**DESIRED, "10.24.4.0/24": "i-sandbox-n1"}
    assert region.routes("vtb-sandbox-gateway") == {}
    removed = region.converge([{"destination": "10.24.4.0/24"}], state="absent")
    assert removed.returns["summary"]["deleted"] == 3
    assert region.routes() == region.routes("vtb-sandbox-b") == DESIRED


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"tables": "system"}, {TABLE_ID}),
        ({"tables": "all"}, {TABLE_ID, "vtb-sandbox-b"}),
        ({"route_table_ids": ["vtb-sandbox-b"]}, {"vtb-sandbox-b"}),
        ({"tables": "nodes"}, {TABLE_ID}),
        ({"tables": "nodes", "keep_next_hops": ["i-sandbox-n4"]}, {TABLE_ID, "vtb-sandbox-b"}),
    ],
)
def test_the_chosen_tables_are_converged(region: Region, options: dict[str, t.Any], written: set[str]) -> None:
    region.state.add_route_table(VPC_ID, "vtb-sandbox-b")
    region.state.add_route_table(VPC_ID, "vtb-sandbox-gateway", associate_type="Gateway")
    region.state.add_vswitch(VPC_ID, "172.16.1.0/24", "cn-hangzhou-b", "vsw-sandbox-b", "vtb-sandbox-b")
    region.add_nodes(1, "vsw-sandbox-b", network="172.16.1")
    region.converge(node_routes(3), **options)
    assert {table for table in region.state.tables if region.routes(table)} == written


@pytest.mark.parametrize("count", [10, 11, 60])
def test_many_deletions_after_a_creation_are_read_before_they_are_made(region: Region, count: int) -> None:
    """A few are read with the last look at the creation; many need a read of their own."""
    region.add_nodes(count)
    region.converge(node_routes(count))
    outcome = region.converge([{**route, "destination": "10.24.200.0/24"} for route in node_routes(1)], purge=True, max_disruption="100%")
    assert (outcome.problem, outcome.returns["summary"]["deleted"]) == (None, count)
    assert region.routes() == {"10.24.200.0/24": "i-sandbox-n1"}


def test_a_purge_of_everything_is_in_every_table(region: Region) -> None:
    region.state.add_route_table(VPC_ID, "vtb-sandbox-b")
    region.converge(node_routes(3), tables="all")
    outcome = region.converge([], purge=True, allow_empty=True, max_disruption="100%", keep_next_hops=["i-sandbox-n1"])
    assert outcome.problem is None
    assert region.routes() == region.routes("vtb-sandbox-b") == {"10.24.1.0/24": "i-sandbox-n1"}


def test_the_quota_forces_deletions_first_only_where_it_must(region: Region) -> None:
    region.converge(node_routes(3))
    region.state.route_quota = 4
    region.server.reset_calls()
    desired = [{**route, "destination": route["destination"].replace("10.24.", "10.24.1")} for route in node_routes(3)]
    options: dict[str, t.Any] = {"purge": True, "max_disruption": "100%"}
    outcome = region.converge(desired, **options)
    assert outcome.problem is None
    assert [call.action for call in region.server.calls if call.is_write] == ["DeleteRouteEntries", "CreateRouteEntries"]
    region.state.route_quota = 200
    region.server.reset_calls()
    region.converge(node_routes(3), **options)
    assert [call.action for call in region.server.calls if call.is_write] == ["CreateRouteEntries", "DeleteRouteEntries"]


def test_an_overlap_that_arrives_later_is_a_warning(region: Region) -> None:
    region.converge(node_routes(3))
    region.state.add_route_entry(TABLE_ID, "10.24.1.128/25", "i-sandbox-n3", name="k2/x")
    outcome = region.converge(node_routes(3))
    assert outcome.changed is False
    assert outcome.returns["warnings"] == [f"{TABLE_ID}: 10.24.1.0/24 overlaps 10.24.1.128/25 → i-sandbox-n3, which isn't ours"]
