# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What writes route entries: the same to both generations of the SDK."""

from __future__ import annotations

import threading
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import Client, Refused
from ansible_collections.alicloud.flannel.tests.contract.cloud_clock import Clock
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID, VPC_ID, Cloud

REGION = {"RegionId": "cn-hangzhou"}
pytestmark = pytest.mark.usefixtures("clock")


def record(destination: str, number: int = 1, **fields: str) -> dict[str, str]:
    base = {"RouteTableId": TABLE_ID, "DstCidrBlock": destination, "NextHop": f"i-sandbox-n{number}", "NextHopType": "Instance"}
    return {**base, **fields}


def create_one(client: Client, destination: str, number: int = 1, **fields: t.Any) -> str:
    params = {"RouteTableId": TABLE_ID, "DestinationCidrBlock": destination, "NextHopId": f"i-sandbox-n{number}", **fields}
    return str(client.call("vpc", "CreateRouteEntry", {"NextHopType": "Instance", **params})["RouteEntryId"])


def create_batch(client: Client, *records: dict[str, str], **fields: t.Any) -> dict[str, t.Any]:
    return client.call("vpc", "CreateRouteEntries", {**REGION, "RouteEntries": list(records), **fields})


def refusal(call: t.Callable[[], object]) -> tuple[str, int | None]:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code, caught.value.status


def status_of(cloud: Cloud, destination: str) -> str | None:
    cloud.state.settling.settle()
    return next((entry.status for entry in cloud.state.entries_of(TABLE_ID, destination)), None)


def test_an_entry_lives_through_its_states(cloud: Cloud, client: Client, clock: Clock) -> None:
    entry_id = create_one(client, "10.24.1.0/24", RouteEntryName="one/n1", Description="node n1")
    assert status_of(cloud, "10.24.1.0/24") == "Pending"
    clock.settle()
    assert status_of(cloud, "10.24.1.0/24") == "Available"
    client.call(
        "vpc", "ModifyRouteEntry", {**REGION, "RouteEntryId": entry_id, "NewNextHopId": "i-sandbox-n2", "NewNextHopType": "Instance"}
    )
    assert status_of(cloud, "10.24.1.0/24") == "Modifying"
    clock.settle()
    assert cloud.custom_entries() == {"10.24.1.0/24": "i-sandbox-n2"}
    assert cloud.state.entries[entry_id].name == "one/n1"
    client.call("vpc", "DeleteRouteEntry", {"RouteEntryId": entry_id})
    assert status_of(cloud, "10.24.1.0/24") == "Deleting"
    clock.settle()
    assert cloud.custom_entries() == {}


def test_a_batch_creates_and_deletes(cloud: Cloud, client: Client, clock: Clock) -> None:
    answer = create_batch(client, *(record(f"10.24.{n}.0/24", n, Name=f"one/n{n}") for n in (1, 2, 3)))
    assert (answer["SuccessCount"], answer["FailedCount"], answer["FailedRouteEntries"]) == (3, 0, [])
    assert [cloud.state.entries[entry_id].name for entry_id in answer["RouteEntryIds"]] == ["one/n1", "one/n2", "one/n3"]
    clock.settle()
    by_id = {"RouteTableId": TABLE_ID, "RouteEntryId": answer["RouteEntryIds"][0]}
    by_route = {"RouteTableId": TABLE_ID, "DstCidrBlock": "10.24.2.0/24", "NextHop": "i-sandbox-n2"}
    answer = client.call("vpc", "DeleteRouteEntries", {**REGION, "RouteEntries": [by_id, by_route]})
    assert (answer["SuccessCount"], answer["FailedCount"]) == (2, 0)
    clock.settle()
    assert cloud.custom_entries() == {"10.24.3.0/24": "i-sandbox-n3"}


def test_a_batch_fails_in_parts(cloud: Cloud, client: Client, clock: Clock) -> None:
    cloud.state.add_route_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n2")
    answer = create_batch(client, record("10.24.1.0/24"), record("10.24.2.0/24", 9), record("10.24.3.0/24"))
    assert (answer["SuccessCount"], answer["FailedCount"]) == (1, 2)
    failed = answer["FailedRouteEntries"]
    assert [(f["DstCidrBlock"], f["NextHop"], f["FailedCode"]) for f in failed] == [
        ("10.24.1.0/24", "i-sandbox-n1", "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE"),
        ("10.24.2.0/24", "i-sandbox-n9", "InvalidNextHopId.NotFound"),
    ]
    assert all("RouteTableId" not in failure for failure in failed)
    clock.settle()
    assert cloud.custom_entries() == {"10.24.1.0/24": "i-sandbox-n2", "10.24.3.0/24": "i-sandbox-n1"}


def test_a_batch_delete_of_what_is_gone(cloud: Cloud, client: Client) -> None:
    gone = {"RouteTableId": TABLE_ID, "DstCidrBlock": "10.24.1.0/24", "NextHop": "i-sandbox-n1"}
    other_hop = {"RouteTableId": TABLE_ID, "DstCidrBlock": "10.24.2.0/24", "NextHop": "i-sandbox-n1"}
    system = {"RouteTableId": TABLE_ID, "DstCidrBlock": "172.16.0.0/24", "RouteEntryId": cloud.state.entries_of(TABLE_ID)[0].entry_id}
    cloud.state.add_route_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n2")
    answer = client.call("vpc", "DeleteRouteEntries", {**REGION, "RouteEntries": [gone, other_hop, system]})
    codes = [failure["FailedCode"] for failure in answer["FailedRouteEntries"]]
    assert codes == ["VPC_ROUTER_ENTRY_NOT_EXIST", "VPC_ROUTER_ENTRY_NOT_EXIST", "OperationDenied"]


def test_a_batch_holds_fifty(client: Client) -> None:
    assert refusal(lambda: create_batch(client, *(record(f"10.24.{n}.0/24") for n in range(51)))) == ("IllegalParam.RouteEntries", 400)
    assert create_batch(client, *(record(f"10.24.{n}.0/24") for n in range(50)))["SuccessCount"] == 50


def test_one_writer_per_vpc(cloud: Cloud, client: Client, clock: Clock) -> None:
    other = cloud.state.add_route_table(VPC_ID).route_table_id
    cloud.state.add_vpc("172.17.0.0/16", "vpc-other")
    cloud.state.add_route_entry(TABLE_ID, "10.24.8.0/24", "i-sandbox-n1", entry_id="rte-eight")
    create_one(client, "10.24.1.0/24")
    conflict = ("TaskConflict", 400)
    assert refusal(lambda: create_one(client, "10.24.2.0/24")) == conflict
    assert refusal(lambda: create_batch(client, record("10.24.2.0/24", RouteTableId=other))) == conflict
    assert refusal(lambda: client.call("vpc", "DeleteRouteEntry", {"RouteEntryId": "rte-eight"})) == conflict
    assert (
        refusal(lambda: client.call("vpc", "ModifyRouteEntry", {**REGION, "RouteEntryId": "rte-eight", "RouteEntryName": "x"})) == conflict
    )
    create_one(client, "10.24.2.0/24", RouteTableId="vtb-other-system", NextHopId="havip-1", NextHopType="HaVip")
    clock.settle()
    create_one(client, "10.24.2.0/24")


def test_of_writers_at_the_same_time_one_wins(cloud: Cloud, client: Client, clock: Clock) -> None:
    create_one(client, "10.24.99.0/24")  # loads the SDK before the threads start
    clock.settle()
    outcomes: list[str] = []

    def write(number: int) -> None:
        try:
            create_one(client, f"10.24.{number}.0/24")
            outcomes.append("created")
        except Refused as exc:
            outcomes.append(exc.code)

    cloud.state.settle_seconds = 5.0
    threads = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["TaskConflict"] * 4 + ["created"]


def test_without_one_writer_the_entry_itself_conflicts(cloud: Cloud, client: Client) -> None:
    cloud.state.one_writer = False
    create_batch(client, record("10.24.1.0/24"))
    answer = create_batch(client, record("10.24.1.0/24"), record("10.24.2.0/24"))
    assert [failure["FailedCode"] for failure in answer["FailedRouteEntries"]] == ["VPC_ROUTE_ENTRY_STATUS_ERROR"]
    delete = {"RouteTableId": TABLE_ID, "DestinationCidrBlock": "10.24.1.0/24", "NextHopId": "i-sandbox-n1"}
    assert refusal(lambda: client.call("vpc", "DeleteRouteEntry", delete)) == ("IncorrectRouteEntryStatus", 400)


def test_the_quota_counts_custom_entries_of_the_table(cloud: Cloud, client: Client, clock: Clock) -> None:
    cloud.state.route_quota = 2
    answer = create_batch(client, *(record(f"10.24.{n}.0/24") for n in (1, 2, 3)))
    assert (answer["SuccessCount"], [f["FailedCode"] for f in answer["FailedRouteEntries"]]) == (2, ["QuotaExceeded"])
    clock.settle()
    assert refusal(lambda: create_one(client, "10.24.3.0/24")) == ("QuotaExceeded", 400)


def test_a_client_token_makes_one_entry(cloud: Cloud, client: Client, clock: Clock) -> None:
    first = create_one(client, "10.24.1.0/24", ClientToken="token-1")
    # Also while the first one settles: it is the same request, not another writer.
    assert create_one(client, "10.24.1.0/24", ClientToken="token-1") == first
    assert refusal(lambda: create_one(client, "10.24.2.0/24", ClientToken="token-1")) == ("IdempotentParameterMismatch", 400)
    clock.settle()
    assert refusal(lambda: create_one(client, "10.24.1.0/24", ClientToken="token-2")) == ("InvalidCIDRBlock.Duplicate", 400)
    assert len(cloud.custom_entries()) == 1


def test_a_dry_run_validates_and_writes_nothing(cloud: Cloud, client: Client) -> None:
    passed = ("DryRunOperation", 400)
    assert refusal(lambda: create_one(client, "10.24.1.0/24", DryRun=True)) == passed
    assert refusal(lambda: create_batch(client, record("10.24.1.0/24"), DryRun=True)) == passed
    assert refusal(lambda: create_one(client, "172.16.0.0/25", DryRun=True)) == ("InvalidCidrBlock", 400)
    assert cloud.custom_entries() == {}
    assert (cloud.server.count(), cloud.server.writes()) == (3, 0)


# destination: single create, batch
DESTINATIONS: list[tuple[str, str, str]] = [
    ("172.16.0.0/24", "InvalidCidrBlock", "InvalidCidrBlock"),
    ("172.16.0.128/25", "InvalidCidrBlock", "InvalidCidrBlock"),
    ("172.16.0.0/12", "created", "InvalidCidrBlock"),
    ("100.64.0.0/10", "InvalidCidrBlock", "InvalidCidrBlock"),
    ("100.64.1.0/24", "InvalidCidrBlock", "InvalidCidrBlock"),
    ("10.24.1.5/24", "InvalidCidrBlock.Malformed", "InvalidCidrBlock.Malformed"),
    ("10.24.1.0/33", "InvalidCidrBlock.Malformed", "InvalidCidrBlock.Malformed"),
    ("pods", "InvalidCidrBlock.Malformed", "InvalidCidrBlock.Malformed"),
    ("10.24.7.0/24", "InvalidCIDRBlock.Duplicate", "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE"),
    ("10.24.1.0/24", "created", "created"),
    ("10.24.1.1", "created", "created"),
]


@pytest.mark.parametrize(("destination", "outcome"), [(destination, single) for destination, single, _batch in DESTINATIONS])
def test_destinations_of_a_single_create(cloud: Cloud, one_client: Client, destination: str, outcome: str) -> None:
    cloud.state.add_route_entry(TABLE_ID, "10.24.7.0/24", "i-sandbox-n3")
    try:
        create_one(one_client, destination)
    except Refused as exc:
        assert exc.code == outcome
    else:
        assert outcome == "created"


@pytest.mark.parametrize(("destination", "outcome"), [(destination, batch) for destination, _single, batch in DESTINATIONS])
def test_destinations_of_a_batch(cloud: Cloud, one_client: Client, destination: str, outcome: str) -> None:
    cloud.state.add_route_entry(TABLE_ID, "10.24.7.0/24", "i-sandbox-n3")
    failed = create_batch(one_client, record(destination))["FailedRouteEntries"]
    assert [failure["FailedCode"] for failure in failed] == ([] if outcome == "created" else [outcome])


def test_a_bare_address_is_stored_as_a_host_route(cloud: Cloud, client: Client) -> None:
    create_one(client, "10.24.1.1")
    assert list(cloud.custom_entries()) == ["10.24.1.1/32"]


def test_the_next_hop_is_in_the_vpc_of_the_table(cloud: Cloud, client: Client) -> None:
    cloud.state.add_vpc("172.17.0.0/16", "vpc-other")
    vswitch = cloud.state.add_vswitch("vpc-other", "172.17.0.0/24", "cn-hangzhou-a")
    cloud.state.add_instance(vswitch.vswitch_id, "172.17.0.11", "i-other")
    cloud.state.add_route_entry(TABLE_ID, "10.24.8.0/24", "i-sandbox-n1", entry_id="rte-eight")
    mismatch = ("OperationFailed.InstanceDismatchCurrentVpc", 404)
    assert refusal(lambda: create_one(client, "10.24.1.0/24", NextHopId="i-other")) == mismatch
    moved = {**REGION, "RouteEntryId": "rte-eight", "NewNextHopId": "i-other", "NewNextHopType": "Instance"}
    assert refusal(lambda: client.call("vpc", "ModifyRouteEntry", moved)) == mismatch


NEW = {"RouteTableId": TABLE_ID, "DestinationCidrBlock": "10.1.0.0/16", "NextHopId": "i-sandbox-n1"}
CHANGES: list[tuple[str, dict[str, t.Any], str]] = [
    ("DeleteRouteEntry", {"RouteEntryId": "rte-none"}, "InvalidRouteEntry.NotFound"),
    ("DeleteRouteEntry", {"RouteEntryId": "rte-system"}, "OperationDenied"),
    ("DeleteRouteEntry", {"RouteEntryId": "rte-managed"}, "OperationDenied.DeleteManagedRouteEntry"),
    ("DeleteRouteEntry", {"RouteTableId": "vtb-none", "DestinationCidrBlock": "10.0.0.0/8"}, "InvalidRouteTableId.NotFound"),
    ("ModifyRouteEntry", {**REGION, "RouteEntryId": "rte-none", "RouteEntryName": "x"}, "InvalidRouteEntry.NotFound"),
    ("ModifyRouteEntry", {**REGION, "RouteEntryId": "rte-system", "RouteEntryName": "x"}, "OperationDenied"),
    ("ModifyRouteEntry", {**REGION, "RouteEntryId": "rte-ours"}, "MissingParameter"),
    ("ModifyRouteEntry", {**REGION, "RouteEntryId": "rte-ours", "NewNextHopId": "i-sandbox-n2"}, "MissingParameter"),
    ("CreateRouteEntry", {**NEW, "RouteTableId": "vtb-gw"}, "OperationDenied.RouteTableTypeNotPermitted"),
    ("CreateRouteEntry", {**NEW, "NextHopType": "Y"}, "IllegalParam.NextHopType"),
    ("CreateRouteEntry", {**NEW, "NextHopId": ""}, "MissingParameter"),
    ("CreateRouteEntries", {**REGION, "RouteEntries": [record("10.1.0.0/16", RouteTableId="vtb-none")]}, "InvalidRouteTableId.NotFound"),
    ("CreateRouteEntries", {**REGION, "RouteEntries": [record("10.1.0.0/16", Name="x" * 129)]}, "IllegalParam.Name"),
    ("DeleteRouteEntries", {**REGION, "RouteEntries": [{"RouteTableId": TABLE_ID, "DstCidrBlock": "10.1.0.0/16"}]}, "MissingParameter"),
]


@pytest.mark.parametrize(("action", "params", "code"), CHANGES)
def test_refused_changes_write_nothing(cloud: Cloud, one_client: Client, action: str, params: dict[str, t.Any], code: str) -> None:
    cloud.state.add_route_entry(TABLE_ID, "10.99.0.0/16", "", type="System", next_hop_type="local", entry_id="rte-system")
    cloud.state.add_route_entry(TABLE_ID, "10.98.0.0/16", "tr-1", next_hop_type="Attachment", service_type="TR", entry_id="rte-managed")
    cloud.state.add_route_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n1", entry_id="rte-ours")
    cloud.state.add_route_table(VPC_ID, "vtb-gw", associate_type="Gateway")
    before = dict(cloud.state.entries)
    assert refusal(lambda: one_client.call("vpc", action, params))[0] == code
    assert cloud.state.entries == before


def test_calls_and_writes_are_counted(cloud: Cloud, client: Client) -> None:
    create_batch(client, record("10.24.1.0/24"))
    client.call("vpc", "DescribeVpcs", REGION)
    refusal(lambda: create_batch(client, record("10.24.2.0/24")))
    assert (cloud.server.count(), cloud.server.count("CreateRouteEntries"), cloud.server.writes()) == (3, 2, 2)
    assert [(call.product, call.action, call.http_status, call.code) for call in cloud.server.calls] == [
        ("Vpc", "CreateRouteEntries", 200, None),
        ("Vpc", "DescribeVpcs", 200, None),
        ("Vpc", "CreateRouteEntries", 400, "TaskConflict"),
    ]
    cloud.server.reset_calls()
    assert cloud.server.count() == 0
