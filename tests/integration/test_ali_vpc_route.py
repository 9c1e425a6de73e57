# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The route engine against the emulated region: what it does, what it leaves alone, and how many calls it takes."""

from __future__ import annotations

import re
import threading
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._errors import CollectionError, InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._plan import Outcome
from ansible_collections.alicloud.flannel.tests.integration.ali_vpc_route_fixtures import (
    Region,
    node_routes,
    serve,
    states,
)
from ansible_collections.alicloud.flannel.tests.integration.cloud_fixtures import ACCESS_KEY, SECRET_KEY, TABLE_ID, VPC_ID, build_state
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import operations
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

WANTED = {"10.24.1.0/24": "i-sandbox-n1", "10.24.2.0/24": "i-sandbox-n2", "10.24.3.0/24": "i-sandbox-n3"}


@pytest.fixture
def big_region() -> t.Iterator[Region]:
    """Serve a region of 200 nodes."""
    state = build_state(settle_seconds=0.3)
    state.add_vswitch(VPC_ID, "172.16.4.0/22", "cn-hangzhou-a", "vsw-sandbox-big")
    for number in range(4, 201):
        state.add_instance("vsw-sandbox-big", f"172.16.{4 + number // 250}.{number % 250 + 2}", f"i-sandbox-n{number}")
    yield from serve(state)


# Budgets: calls are counted.


def test_budget_200_routes_into_an_empty_table(big_region: Region) -> None:
    outcome = big_region.converge(node_routes(200))
    assert outcome.problem is None
    assert len(big_region.routes()) == 200
    assert big_region.server.writes() == big_region.server.writes("CreateRouteEntries") == 4
    reads = big_region.server.count() - 4 - big_region.probes()
    assert reads <= 13
    assert big_region.probes() <= 8 + 3 * 2
    assert outcome.returns["api_calls"] == big_region.server.count()


@pytest.mark.parametrize("tables", ["one", "several"])
def test_budget_nothing_to_do_with_200_routes(big_region: Region, tables: str) -> None:
    big_region.converge(node_routes(200))
    if tables == "several":
        big_region.state.add_route_table(VPC_ID, "vtb-sandbox-b")
    big_region.server.reset_calls()
    outcome = big_region.converge(node_routes(200))
    assert (outcome.changed, big_region.server.writes()) == (False, 0)
    assert big_region.server.count() <= 5


def test_budget_one_instance_replaced_is_one_modification(big_region: Region) -> None:
    big_region.converge(node_routes(200))
    operations.replace_instance(big_region.state, "i-sandbox-n7", "i-sandbox-new")
    big_region.server.reset_calls()
    wanted = [{**route, "next_hop_id": route["next_hop_id"].replace("i-sandbox-n7", "i-sandbox-new")} for route in node_routes(200)]
    wanted = [route if route["name"] == "n7" else original for route, original in zip(wanted, node_routes(200))]
    outcome = big_region.converge(wanted)
    assert outcome.returns["summary"]["moved"] == 1
    assert big_region.server.writes() == big_region.server.writes("ModifyRouteEntry") == 1
    assert big_region.routes()["10.24.7.0/24"] == "i-sandbox-new"


def test_budget_a_tenth_replaced_is_one_modification_each(big_region: Region) -> None:
    big_region.converge(node_routes(200))
    big_region.state.settle_seconds = 0.0
    big_region.server.reset_calls()
    wanted = [{**route, "next_hop_id": "i-sandbox-n200"} if number < 20 else route for number, route in enumerate(node_routes(200))]
    outcome = big_region.converge(wanted)
    assert outcome.returns["summary"]["moved"] == 20
    assert big_region.server.writes() == big_region.server.writes("ModifyRouteEntry") == 20
    assert big_region.probes() <= 2 * 20


# Convergence.


def test_entries_get_the_owners_mark_and_become_available(region: Region) -> None:
    outcome = region.converge(node_routes(3))
    assert (outcome.changed, outcome.problem) == (True, None)
    assert region.routes() == WANTED
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


FOREIGN: dict[str, dict[str, t.Any]] = {
    "10.24.100.0/24": {"name": "k2/n1"},
    "10.24.101.0/24": {"name": "made by hand"},
    "10.24.102.0/24": {"name": "k1/n2", "service_type": "TR"},
    "10.24.103.0/24": {"name": "k1/n3", "type": "CEN"},
    "10.24.104.0/24": {"name": "k1/n4", "ecmp_hops": ("i-sandbox-n2",)},
    "10.24.105.0/24": {"name": "k1/n5", "next_hop_type": "HaVip"},
    "10.25.1.0/24": {"name": "k1/out-of-scope"},
    "0.0.0.0/0": {"name": "k1/default"},
}


def test_entries_of_others_stay_byte_identical(region: Region) -> None:
    for destination, fields in FOREIGN.items():
        region.state.add_route_entry(TABLE_ID, destination, "i-sandbox-n1", **fields)
    before = region.fingerprint(*FOREIGN)
    region.converge(node_routes(3), purge=True)
    region.converge([], purge=True, allow_empty=True, max_disruption="100%")
    assert region.fingerprint(*FOREIGN) == before
    assert len(before) == len(FOREIGN)
    assert set(region.routes()) == set(FOREIGN) - {"10.24.103.0/24"}
    assert region.server.writes() == 2


def test_two_owners_share_a_table(region: Region) -> None:
    region.converge(node_routes(2))
    region.converge(node_routes(1, start=3), owner="k2", purge=True)
    assert region.routes() == WANTED
    again = region.converge(node_routes(2), purge=True)
    assert again.changed is False


def test_an_entry_of_another_with_another_hop_is_refused_and_the_rest_converges(region: Region) -> None:
    region.state.add_route_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n1", name="k2/x")
    outcome = region.converge(node_routes(3))
    assert states(outcome) == {"10.24.1.0/24": "created", "10.24.2.0/24": "refused", "10.24.3.0/24": "created"}
    assert "1 refused: 10.24.2.0/24" in str(outcome.problem)
    assert region.routes() == {**WANTED, "10.24.2.0/24": "i-sandbox-n1"}


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


def test_a_former_owners_entries_are_taken_over(region: Region) -> None:
    region.converge(node_routes(3), owner="old")
    wanted = [*node_routes(2), {**node_routes(1, start=3)[0], "next_hop_id": "i-sandbox-n1"}]
    assert "refused" in states(region.converge(wanted, adopt="all")).values()
    outcome = region.converge(wanted, adopt="all", adopt_from=["old"])
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
    assert region.routes() == region.routes("vtb-sandbox-b") == {**WANTED, "10.24.4.0/24": "i-sandbox-n4"}
    assert region.routes("vtb-sandbox-unused") == region.routes("vtb-sandbox-gateway") == {}
    assert region.server.writes() == 2
    assert all(len({v for k, v in call.params.items() if k.endswith(".RouteTableId")}) <= 1 for call in region.server.calls)
    assert len(str(outcome.after).splitlines()) == 2 + 2 * 4
    removed = region.converge(node_routes(1, start=4), state="absent")
    assert removed.returns["summary"]["deleted"] == 2
    assert region.routes() == region.routes("vtb-sandbox-b") == WANTED


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


def test_the_quota_forces_deletions_first_only_where_it_must(region: Region) -> None:
    region.converge(node_routes(3))
    region.state.route_quota = 4
    region.server.reset_calls()
    wanted = [{**route, "destination": route["destination"].replace("10.24.", "10.24.1")} for route in node_routes(3)]
    options: dict[str, t.Any] = {"purge": True, "max_disruption": "100%"}
    outcome = region.converge(wanted, **options)
    assert outcome.problem is None
    assert [call.action for call in region.server.calls if call.is_write] == ["DeleteRouteEntries", "CreateRouteEntries"]
    region.state.route_quota = 200
    region.server.reset_calls()
    region.converge(node_routes(3), **options)
    assert [call.action for call in region.server.calls if call.is_write] == ["CreateRouteEntries", "DeleteRouteEntries"]


# Refusals: nothing is written.


def refused(region: Region, routes: t.Sequence[dict[str, t.Any]], **options: t.Any) -> str:
    """Return the message of a run that must write nothing."""
    before = region.fingerprint(*region.routes())
    with pytest.raises(InvalidInput) as caught:
        region.converge(routes, **options)
    assert region.server.writes() == 0
    assert region.fingerprint(*region.routes()) == before
    return str(caught.value)


def test_the_quota_is_checked_before_the_first_write(region: Region) -> None:
    region.state.route_quota = 2
    message = refused(region, node_routes(3))
    assert "adding 3 and removing 0 makes 3, and its quota is 2 (quota_center)" in message
    assert "its quota is 1 (option)" in refused(region, node_routes(3), route_quota=1)


def test_without_the_right_to_ask_the_quota_is_200_and_says_so(region: Region) -> None:
    region.server.faults.add(Fault("GetProductQuota", times=None, error=ApiError("NoPermission", "You may not.", 403)))
    assert region.converge(node_routes(3)).returns["tables"][0]["quota"] == {"used": 3, "limit": 200, "source": "default"}


@pytest.mark.parametrize("foreign", ["10.0.0.0/8", "10.24.1.0/25"])
@pytest.mark.parametrize("kind", ["Custom", "CEN"])
def test_a_route_that_overlaps_a_foreign_entry(region: Region, foreign: str, kind: str) -> None:
    region.state.add_route_entry(TABLE_ID, foreign, "i-sandbox-n3", type=kind)
    message = refused(region, node_routes(3))
    assert f"10.24.1.0/24 overlaps {foreign} → i-sandbox-n3 in {TABLE_ID}, which isn't ours" in message
    assert region.converge(node_routes(3), allow_overlap=[foreign]).problem is None


def test_a_route_over_a_vswitch_or_the_services_addresses(region: Region) -> None:
    message = refused(region, [{"destination": "172.16.0.0/25", "next_hop_id": "i-sandbox-n1"}], scope=["172.16.0.0/16"])
    assert "172.16.0.0/25 overlaps vSwitch vsw-sandbox-a (172.16.0.0/24)" in message
    message = refused(region, [{"destination": "100.64.1.0/24", "next_hop_id": "i-sandbox-n1"}], scope=["100.64.0.0/10"])
    assert "100.64.0.0/10, which Alibaba Cloud keeps" in message


def test_a_next_hop_that_is_not_in_the_vpc(region: Region) -> None:
    region.state.add_vpc("172.17.0.0/16", "vpc-other")
    region.state.add_vswitch("vpc-other", "172.17.0.0/24", "cn-hangzhou-a", "vsw-other")
    region.add_nodes(1, "vsw-other", network="172.17.0")
    assert "next hop i-sandbox-n4 is in vpc-other, not in vpc-sandbox" in refused(region, node_routes(4))
    assert "no instance i-sandbox-n5 was found" in refused(region, [*node_routes(3), *node_routes(1, start=5)])


def test_a_missing_right_to_read_instances_is_named_although_the_cloud_hides_it(region: Region) -> None:
    rights = {"Effect": "Allow", "Action": ["vpc:*", "quotas:*"], "Resource": "*"}
    region.state.add_account(ACCESS_KEY, SECRET_KEY, {"Version": "1", "Statement": [rights]})
    assert "without the RAM right ecs:DescribeInstances" in refused(region, node_routes(3))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"vpc_id": "vpc-nowhere"}, "VPC vpc-nowhere has no route table in region cn-hangzhou, so it isn't there"),
        ({"route_table_ids": ["vtb-nowhere"]}, "Route table vtb-nowhere isn't one of VPC vpc-sandbox, which has vtb-sandbox-"),
        ({"route_table_ids": ["vtb-sandbox-gateway"]}, "belongs to a gateway"),
        ({"owner": "a/b"}, "owner 'a/b' must be"),
        ({"scope": ["10.25.0.0/16"]}, "is outside scope"),
    ],
)
def test_wrong_options_are_named(region: Region, options: dict[str, t.Any], words: str) -> None:
    region.state.add_route_table(VPC_ID, "vtb-sandbox-gateway", associate_type="Gateway")
    assert words in refused(region, node_routes(3), **options)


def test_half_an_inventory_with_purge(big_region: Region) -> None:
    big_region.converge(node_routes(40))
    big_region.server.reset_calls()
    assert "20 deletions and 0 moves would touch 20 of 40" in refused(big_region, node_routes(20), purge=True)
    assert "routes is empty, and purge would delete all 40" in refused(big_region, [], purge=True)
    kept = big_region.converge(node_routes(20), purge=True, keep_next_hops=[f"i-sandbox-n{n}" for n in range(41)])
    assert (kept.changed, len(big_region.routes())) == (False, 40)


# The cloud as it really behaves.


def appears(destination: str, hop: str, name: str) -> t.Callable[..., None]:
    """Return what lets an entry appear just before a call is carried out."""
    return lambda state, request: state.put_entry(TABLE_ID, destination, hop, name=name)


@pytest.mark.parametrize("failing", ["10.24.1.0/24", "10.24.11.0/24"])
def test_one_entry_of_a_batch_fails_and_only_that_one_is_reported(region: Region, failing: str) -> None:
    wanted = [*node_routes(3), {"destination": "10.24.11.0/24", "next_hop_id": "i-sandbox-n1", "name": "n1b"}]
    region.server.faults.add(Fault("CreateRouteEntries", entries={failing: "SomeNewCode"}))
    outcome = region.converge(wanted)
    assert states(outcome) == {**dict.fromkeys([*WANTED, "10.24.11.0/24"], "created"), failing: "refused"}
    (failed,) = [result for result in outcome.returns["results"] if result["state"] == "refused"]
    assert (failed["code"], bool(failed["request_id"])) == ("SomeNewCode", True)
    assert "SomeNewCode" in str(outcome.problem)
    assert region.converge(wanted).problem is None


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["dropped", "HTTP 500"])
@pytest.mark.parametrize("change", ["create", "move", "delete"])
def test_a_lost_reply_is_resolved_by_reading_back(region: Region, when: str, kind: str, change: str) -> None:
    action = {"create": "CreateRouteEntries", "move": "ModifyRouteEntry", "delete": "DeleteRouteEntries"}[change]
    if change != "create":
        region.converge(node_routes(3))
    wanted = node_routes(3)
    if change == "move":
        wanted[0]["next_hop_id"] = "i-sandbox-n2"
    error = None if kind == "dropped" else ApiError("InternalError", "It failed.", 500)
    region.server.faults.add(Fault(action, drop=kind == "dropped", error=error, when=when))
    region.server.reset_calls()
    outcome = region.converge(wanted, state="absent" if change == "delete" else "present", max_disruption="100%")
    assert outcome.problem is None
    done = {"create": "created", "move": "moved", "delete": "deleted"}[change]
    assert [state for state in states(outcome).values() if state != "unchanged"] == [done] * (1 if change == "move" else 3)
    assert region.routes() == ({} if change == "delete" else {r["destination"]: r["next_hop_id"] for r in wanted})
    assert region.server.writes() == (2 if when == "before" else 1)


def test_a_write_that_lands_after_its_reply_was_given_up_is_our_own(region: Region) -> None:
    region.server.faults.add(
        Fault("CreateRouteEntries", drop=True),
        Fault("CreateRouteEntries", run=appears("10.24.2.0/24", "i-sandbox-n2", "k1/n2")),
    )
    outcome = region.converge(node_routes(3))
    assert (outcome.problem, set(states(outcome).values())) == (None, {"created"})


def test_a_busy_vpc_is_tried_again(region: Region) -> None:
    region.server.faults.add(Fault("CreateRouteEntries", times=3, error=ApiError("TaskConflict", "Too frequent.", 400)))
    outcome = region.converge(node_routes(3))
    assert (outcome.problem, region.routes()) == (None, WANTED)


def test_a_write_that_may_not_be_made_stops_the_run_and_is_told_once(region: Region) -> None:
    region.converge(node_routes(1, start=3))
    region.server.faults.add(Fault("*RouteEntries", times=None, error=ApiError("Forbidden.RAM", "You may not.", 403)))
    region.server.reset_calls()
    outcome = region.converge(node_routes(2), purge=True)
    assert region.server.writes() == 1
    assert (outcome.changed, set(states(outcome).values())) == (False, {"refused"})
    assert "vpc:CreateRouteEntries" in str(outcome.problem)
    assert {result["code"] for result in outcome.returns["results"] if result["destination"] != "10.24.3.0/24"} == {"Forbidden.RAM"}


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
    region.server.faults.add(Fault("CreateRouteEntries", run=appears("10.24.2.0/24", hop, name)))
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


def test_entries_that_an_earlier_run_left_on_their_way_are_waited_for(region: Region) -> None:
    due = region.state.clock() + 0.4
    region.state.put_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n1", name="k1/n1", status="Pending", due=due)
    region.state.put_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n3", name="k1/n2", status="Deleting", due=due)
    outcome = region.converge(node_routes(3))
    assert states(outcome) == {"10.24.1.0/24": "unchanged", "10.24.2.0/24": "created", "10.24.3.0/24": "created"}
    assert (outcome.problem, region.routes()) == (None, WANTED)
    assert region.server.writes() == 1


def test_a_route_that_is_on_its_way_is_not_there_yet(region: Region) -> None:
    region.state.put_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n1", name="k1/n1", status="Pending", due=region.state.clock() + 0.4)
    outcome = region.converge(node_routes(1))
    assert outcome.changed is False
    assert [entry["status"] for entry in outcome.returns["tables"][0]["entries"]] == ["Available"]


def test_a_timeout_tells_what_has_not_settled_and_the_next_run_finishes(region: Region) -> None:
    region.state.settle_seconds = 3.0
    outcome = region.converge(node_routes(3), wait_timeout=1)
    assert "hasn't settled 1 s after a write of 3 entries (10.24.1.0/24" in str(outcome.problem)
    assert [entry["status"] for entry in outcome.returns["tables"][0]["entries"]] == ["Pending"] * 3
    with pytest.raises(CollectionError, match=re.escape(f"{TABLE_ID} still has entries on their way after 1 s")):
        region.converge(node_routes(3), wait_timeout=1)
    again = region.converge(node_routes(3))
    assert (again.changed, again.problem) == (False, None)
    assert {entry["status"] for entry in again.returns["tables"][0]["entries"]} == {"Available"}


def test_without_wait_the_last_write_is_not_waited_for(region: Region) -> None:
    region.state.settle_seconds = 1.0
    outcome = region.converge(node_routes(3), wait=False)
    assert outcome.problem is None
    assert {entry["status"] for entry in outcome.returns["tables"][0]["entries"]} == {"Pending"}
    assert region.probes() == 0


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


def test_an_overlap_that_arrives_later_is_a_warning(region: Region) -> None:
    region.converge(node_routes(3))
    region.state.add_route_entry(TABLE_ID, "10.24.1.128/25", "i-sandbox-n3", name="k2/x")
    outcome = region.converge(node_routes(3))
    assert outcome.changed is False
    assert outcome.returns["warnings"] == [f"{TABLE_ID}: 10.24.1.0/24 overlaps 10.24.1.128/25 → i-sandbox-n3, which isn't ours"]
