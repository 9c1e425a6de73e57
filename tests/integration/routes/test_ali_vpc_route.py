# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_vpc_route and ali_vpc_route_info as processes."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import (
    NETWORK,
    SECRET_KEY,
    TABLE_ID,
    VPC_ID,
    VSWITCH_ID,
    Cloud,
)
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module


def route(number: int, node: int) -> dict[str, str]:
    return {"destination": f"10.24.{number}.0/24", "next_hop_id": f"i-sandbox-n{node}", "name": f"n{number}"}


CREATED = [route(1, 1), route(2, 2), route(3, 3)]
MODIFIED = [route(1, 3), route(2, 2), route(4, 1)]
AFTER_CREATE = {"10.24.1.0/24": "i-sandbox-n1", "10.24.2.0/24": "i-sandbox-n2", "10.24.3.0/24": "i-sandbox-n3"}
AFTER_MODIFY = {"10.24.1.0/24": "i-sandbox-n3", "10.24.2.0/24": "i-sandbox-n2", "10.24.4.0/24": "i-sandbox-n1"}
TEARDOWN = {"routes": [], "purge": True, "allow_empty": True, "max_disruption": "100%"}
PURGE = {"purge": True, "max_disruption": "100%"}

# options, what holds before, what holds after
CYCLE: list[tuple[dict[str, t.Any], dict[str, str], dict[str, str]]] = [
    ({"routes": CREATED}, {}, AFTER_CREATE),
    ({"routes": CREATED}, AFTER_CREATE, AFTER_CREATE),
    ({"routes": MODIFIED, **PURGE}, AFTER_CREATE, AFTER_MODIFY),
    ({"routes": MODIFIED, **PURGE}, AFTER_MODIFY, AFTER_MODIFY),
    (TEARDOWN, AFTER_MODIFY, {}),
    (TEARDOWN, {}, {}),
]


def converge(args: dict[str, str], options: dict[str, t.Any], *, check: bool = False) -> ModuleResult:
    return run_module("ali_vpc_route", {**args, "vpc_id": VPC_ID, "owner": "k1", "scope": [NETWORK], **options}, check=check, diff=True)


def without_ids(result: ModuleResult) -> t.Any:
    """Return what check mode can know beforehand."""
    return [{**item, "route_entry_id": None} for item in result["results"]]


def test_the_twelve_step_cycle(cloud: Cloud, cloud_args: dict[str, str]) -> None:
    for options, before, after in CYCLE:
        assert cloud.custom_entries() == before
        cloud.server.reset_calls()
        predicted = converge(cloud_args, options, check=True)
        assert not predicted.failed, predicted.msg
        assert (cloud.server.writes(), cloud.custom_entries()) == (0, before)
        done = converge(cloud_args, options)
        assert not done.failed, done.msg
        assert cloud.custom_entries() == after
        assert predicted.changed is done.changed is (before != after)
        assert (cloud.server.writes() > 0) is (before != after)
        assert predicted["diff"] == done["diff"]
        assert without_ids(predicted) == without_ids(done)
        assert SECRET_KEY not in predicted.output + done.output


def test_a_refusal_fails_the_task_and_lists_every_problem(cloud: Cloud, cloud_args: dict[str, str]) -> None:
    result = converge(cloud_args, {"routes": [route(1, 1), {**route(2, 2), "destination": "10.25.0.0/24"}], "owner": "k1"})
    assert result.failed
    assert result["problems"] == ["destination 10.25.0.0/24 is outside scope (10.24.0.0/16)"]
    assert cloud.server.count() == 0


def test_a_partial_success_fails_the_task_and_reports_everything(cloud: Cloud, cloud_args: dict[str, str]) -> None:
    cloud.state.add_route_entry(TABLE_ID, "10.24.2.0/24", "i-sandbox-n1", name="by hand")
    for check in (True, False):
        result = converge(cloud_args, {"routes": CREATED}, check=check)
        assert (result.failed, result.changed) == (True, True)
        assert [item["state"] for item in result["results"]] == ["created", "refused", "created"]
        assert "isn't ours to move (Custom entry named 'by hand')" in result.msg
    assert cloud.custom_entries() == {**AFTER_CREATE, "10.24.2.0/24": "i-sandbox-n1"}


def test_absent_removes_exactly_the_listed_routes(cloud: Cloud, cloud_args: dict[str, str]) -> None:
    converge(cloud_args, {"routes": CREATED})
    for check, left in ((True, AFTER_CREATE), (False, {k: v for k, v in AFTER_CREATE.items() if k != "10.24.1.0/24"})):
        result = converge(cloud_args, {"state": "absent", "routes": [route(1, 1), route(2, 3)]}, check=check)
        assert not result.failed, result.msg
        assert [item["state"] for item in result["results"]] == ["deleted", "unchanged"]
        assert cloud.custom_entries() == left


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tables": "all", "route_table_ids": [TABLE_ID]}, "mutually exclusive"),
        ({"vpc_id": "vpc-nowhere"}, "VPC vpc-nowhere has no route table in region cn-hangzhou"),
        ({"secret_key": "wrong"}, "secret key does not match"),
    ],
)
def test_bad_options_fail_with_a_reason(cloud: Cloud, cloud_args: dict[str, str], options: dict[str, t.Any], words: str) -> None:
    result = converge(cloud_args, {"routes": CREATED, **options})
    assert result.failed
    assert words in result.msg
    assert cloud.custom_entries() == {}


def test_info_shows_the_vpc_and_every_entry_with_its_owner(cloud: Cloud, cloud_args: dict[str, str]) -> None:
    converge(cloud_args, {"routes": CREATED})
    cloud.state.add_route_table(VPC_ID, "vtb-sandbox-gateway", associate_type="Gateway")
    cloud.state.add_route_entry(TABLE_ID, "10.0.0.0/8", "ccn-1", name="k2/x", type="CEN", next_hop_type="CenBasic")
    cloud.server.reset_calls()
    result = run_module("ali_vpc_route_info", {**cloud_args, "vpc_id": VPC_ID}, check=True)
    assert (result.failed, result.changed, cloud.server.writes()) == (False, False, 0)
    assert result["api_calls"] == cloud.server.count()
    assert result["vpc"] == {
        "vpc_id": VPC_ID,
        "cidr_block": "172.16.0.0/16",
        "secondary_cidr_blocks": [],
        "vswitches": [{"vswitch_id": VSWITCH_ID, "cidr_block": "172.16.0.0/24", "route_table_id": TABLE_ID}],
    }
    (table,) = result["tables"]
    assert table["quota"] == {"used": 3, "limit": 200, "source": "quota_center"}
    shown = [(entry["destination"], entry["type"], entry["owner"], entry["next_hop_id"]) for entry in table["entries"]]
    assert shown[0] == ("10.0.0.0/8", "CEN", "k2", "ccn-1")
    assert shown[1:4] == [(destination, "Custom", "k1", hop) for destination, hop in AFTER_CREATE.items()]
    assert {entry[1] for entry in shown[4:]} == {"System"}


def test_info_takes_the_quota_that_it_is_told(cloud: Cloud, cloud_args: dict[str, str]) -> None:
    args = {**cloud_args, "vpc_id": VPC_ID, "route_table_ids": [TABLE_ID], "route_quota": 7}
    assert run_module("ali_vpc_route_info", args)["tables"][0]["quota"] == {"used": 0, "limit": 7, "source": "option"}
    assert cloud.server.count("GetProductQuota") == 0
