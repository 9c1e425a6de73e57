# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls that go wrong on request."""

from __future__ import annotations

import time
import typing as t

import pytest
from aliyunsdkcore.acs_exception.exceptions import ClientException
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import Client, NoReply, Refused
from ansible_collections.alicloud.flannel.tests.contract.cloud_clock import Clock
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID, Cloud
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import ApiError, CloudState, Fault
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import fault_from_json

REGION = {"RegionId": "cn-hangzhou"}
THROTTLED = ApiError("Throttling.User", "slow down", 400)
BROKEN = ApiError("InternalError", "broken", 500)


def create(client: Client, *numbers: int) -> dict[str, t.Any]:
    records = [
        {"RouteTableId": TABLE_ID, "DstCidrBlock": f"10.24.{n}.0/24", "NextHop": "i-sandbox-n1", "NextHopType": "Instance"} for n in numbers
    ]
    return client.call("vpc", "CreateRouteEntries", {**REGION, "RouteEntries": records})


def outcome(call: t.Callable[[], object]) -> str:
    try:
        call()
    except Refused as exc:
        return exc.code
    except (NoReply, ClientException, ValueError):
        # The old SDK hands over a reply that was cut, which is no JSON.
        return "no reply"
    return "ok"


def test_failures_come_one_after_another_and_then_end(cloud: Cloud, client: Client) -> None:
    cloud.server.faults.add(Fault("Describe*", error=THROTTLED, times=2), Fault("DescribeVpcs", error=BROKEN, skip=1))
    asked = [outcome(lambda: client.call("vpc", "DescribeVpcs", REGION)) for _unused in range(5)]
    assert asked == ["Throttling.User", "Throttling.User", "ok", "InternalError", "ok"]


def test_a_rule_without_end_lasts_until_it_is_cleared(cloud: Cloud, client: Client) -> None:
    cloud.server.faults.add(Fault("*", error=THROTTLED, times=None))
    assert {outcome(lambda: client.call("vpc", "DescribeVpcs", REGION)) for _unused in range(3)} == {"Throttling.User"}
    cloud.server.faults.clear()
    assert outcome(lambda: client.call("vpc", "DescribeVpcs", REGION)) == "ok"


BEFORE_AND_AFTER = [
    (Fault("CreateRouteEntries", error=BROKEN), "InternalError", False),
    (Fault("CreateRouteEntries", error=BROKEN, when="after"), "InternalError", True),
    (Fault("CreateRouteEntries", drop=True), "no reply", False),
    (Fault("CreateRouteEntries", drop=True, when="after"), "no reply", True),
    (Fault("CreateRouteEntries", truncate=True), "no reply", True),
]


@pytest.mark.parametrize(("fault", "told", "written"), BEFORE_AND_AFTER)
def test_a_write_fails_before_or_after_it_is_done(cloud: Cloud, sdk: t.Any, client: Client, fault: Fault, told: str, written: bool) -> None:
    cloud.server.faults.add(Fault(**vars(fault)))
    assert outcome(lambda: create(client, 1)) == told
    assert bool(cloud.custom_entries()) is written
    assert cloud.server.writes() == 1


def test_latency(cloud: Cloud, one_client: Client) -> None:
    cloud.server.faults.add(Fault("DescribeVpcs", latency=0.1))
    started = time.monotonic()
    one_client.call("vpc", "DescribeVpcs", REGION)
    assert 0.1 <= time.monotonic() - started < 1.0


def test_single_entries_of_a_batch_fail(cloud: Cloud, client: Client, clock: Clock) -> None:
    cloud.server.faults.add(Fault("*RouteEntries", entries={"10.24.2.0/24": "VPC_ROUTE_ENTRY_STATUS_ERROR"}, times=None))
    answer = create(client, 1, 2, 3)
    assert [(f["DstCidrBlock"], f["FailedCode"]) for f in answer["FailedRouteEntries"]] == [
        ("10.24.2.0/24", "VPC_ROUTE_ENTRY_STATUS_ERROR")
    ]
    cloud.state.add_route_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n1", entry_id="rte-two")
    clock.settle()
    named = [{"RouteTableId": TABLE_ID, "RouteEntryId": "rte-two"}]
    answer = client.call("vpc", "DeleteRouteEntries", {**REGION, "RouteEntries": named})
    assert [f["FailedCode"] for f in answer["FailedRouteEntries"]] == ["VPC_ROUTE_ENTRY_STATUS_ERROR"]
    assert len(cloud.custom_entries()) == 3


def test_a_foreign_writer_is_faster(cloud: Cloud, client: Client) -> None:
    def write_first(state: CloudState, _request: t.Any) -> None:
        state.add_route_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n3")

    cloud.server.faults.add(Fault("CreateRouteEntries", run=write_first))
    answer = create(client, 1)
    assert [f["FailedCode"] for f in answer["FailedRouteEntries"]] == ["VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE"]
    assert cloud.custom_entries() == {"10.24.1.0/24": "i-sandbox-n3"}


def test_a_rule_from_json(cloud: Cloud, one_client: Client) -> None:
    cloud.server.faults.add(fault_from_json({"action": "Describe*", "error": {"code": "SystemBusy", "message": "busy", "status": 503}}))
    assert outcome(lambda: one_client.call("vpc", "DescribeVpcs", REGION)) == "SystemBusy"
