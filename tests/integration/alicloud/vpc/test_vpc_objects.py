# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPCs, vSwitches and route tables are made, changed and removed, whatever happens on the way."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY
from ansible_collections.alicloud.flannel.tests.integration.alicloud.object_fixtures import TAGS, EmptyRegion
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudState, Fault
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import PENDING, Vpc

Options = t.Dict[str, t.Any]
VPC: Options = {"name": "new", "cidr_block": "172.20.0.0/16", "tags": TAGS}
VSWITCH: Options = {"name": "new", "vpc_id": "vpc-1", "zone_id": "cn-hangzhou-b", "cidr_block": "172.18.4.0/24", "tags": TAGS}
TABLE: Options = {"name": "new", "vpc_id": "vpc-1", "vswitch_ids": ["vsw-plain"], "tags": TAGS}
# What exists afterwards; the name and the tags stay, since they are what it is found by.
CYCLES: list[tuple[str, str, Options, Options, Options]] = [
    ("ali_vpc", "vpc", VPC, {"description": "changed", "secondary_cidr_blocks": ["172.21.0.0/16"]}, {}),
    ("ali_vswitch", "vswitch", VSWITCH, {"name": "renamed", "tags": {"more": "1"}, "purge_tags": True}, {}),
    ("ali_route_table", "route_table", TABLE, {"vswitch_ids": [], "purge_vswitches": True}, {}),
]


def without_ids(public: Options) -> Options:
    """Return what check mode can know."""
    return {name: value for name, value in public.items() if name not in ("vpc_id", "vswitch_id", "route_table_id", "vrouter_id")}


@pytest.mark.parametrize(("module", "kind", "made", "changed", "removed"), CYCLES, ids=[row[0] for row in CYCLES])
def test_the_cycle_in_check_mode_and_for_real(
    furnished_region: EmptyRegion, module: str, kind: str, made: Options, changed: Options, removed: Options
) -> None:
    region, id_option = furnished_region, f"{kind}_id"
    object_id: str | None = None
    for step in ("make", "change", "remove"):
        options = {
            **made,
            **({} if step == "make" else changed),
            "state": "absent" if step == "remove" else "present",
            id_option: object_id,
        }
        predicted = region.run(module, check=True, **options)
        assert (predicted.changed, region.writes()) == (True, {})
        done = region.run(module, **options)
        assert done.changed
        assert region.writes()
        assert (without_ids(predicted.before), without_ids(predicted.after)) == (without_ids(done.before), without_ids(done.after))
        object_id = done.returns[kind].get(id_option)
        region.server.reset_calls()
        if step == "change":
            options[id_option] = object_id
        for check in (True, False):
            again = region.run(module, check=check, **options)
            assert (again.changed, again.before) == (False, again.after)
            assert again.returns == done.returns
        assert region.writes() == {}
    assert object_id is None


@pytest.mark.parametrize(("module", "kind", "made"), [row[:3] for row in CYCLES], ids=[row[0] for row in CYCLES])
def test_as_a_process(furnished_region: EmptyRegion, module: str, kind: str, made: Options) -> None:
    furnished_region.state.settle_seconds = 0.0
    where = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": "cn-hangzhou", "endpoint": furnished_region.server.url}
    predicted = run_module(module, {**where, **made}, check=True, diff=True)
    assert (predicted.changed, predicted["diff"]["before"], furnished_region.writes()) == (True, {}, {})
    done = run_module(module, {**where, **made}, diff=True)
    assert (done.changed, done["diff"]["after"]) == (True, done[kind])
    assert without_ids(done[kind]) == without_ids(predicted[kind])
    gone = run_module(module, {**where, **made, "state": "absent", **({"purge_vswitches": True} if kind == "route_table" else {})})
    assert (gone.changed, gone[kind]) == (True, {})


# Replies that are lost. The API takes a ClientToken for the first of these, so the client may repeat them.
WITH_TOKEN: list[tuple[str, str, Options]] = [
    ("CreateVpc", "ali_vpc", VPC),
    ("DeleteVpc", "ali_vpc", {"vpc_id": "vpc-empty", "state": "absent"}),
    ("CreateVSwitch", "ali_vswitch", VSWITCH),
    ("CreateRouteTable", "ali_route_table", TABLE),
    ("AssociateRouteTable", "ali_route_table", {**TABLE, "name": "vtb-free"}),
    ("UnassociateRouteTable", "ali_route_table", {"vpc_id": "vpc-1", "name": "vtb-used", "purge_vswitches": True}),
]
WITHOUT_TOKEN: list[tuple[str, str, Options]] = [
    ("AssociateVpcCidrBlock", "ali_vpc", {"vpc_id": "vpc-1", "secondary_cidr_blocks": ["172.19.0.0/16"]}),
    ("UnassociateVpcCidrBlock", "ali_vpc", {"vpc_id": "vpc-1", "purge_secondary_cidr_blocks": True}),
    ("ModifyVpcAttribute", "ali_vpc", {"vpc_id": "vpc-1", "name": "renamed"}),
    ("TagResources", "ali_vpc", {"vpc_id": "vpc-1", "tags": {"more": "1"}}),
    ("UnTagResources", "ali_vpc", {"vpc_id": "vpc-1", "purge_tags": True}),
    ("ModifyVSwitchAttribute", "ali_vswitch", {"vpc_id": "vpc-1", "vswitch_id": "vsw-plain", "name": "renamed"}),
    ("DeleteVSwitch", "ali_vswitch", {"vpc_id": "vpc-1", "name": "vsw-plain", "state": "absent"}),
    ("ModifyRouteTableAttributes", "ali_route_table", {"vpc_id": "vpc-1", "route_table_id": "vtb-free", "name": "renamed"}),
    ("DeleteRouteTable", "ali_route_table", {"vpc_id": "vpc-1", "name": "vtb-free", "state": "absent"}),
]


def holdings(region: EmptyRegion) -> tuple[int, int, int]:
    return len(region.state.vpcs), len(region.state.vswitches), len(region.state.tables)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("action", "module", "options"), WITH_TOKEN, ids=[row[0] for row in WITH_TOKEN])
def test_a_lost_reply_to_a_call_with_a_token(furnished_region: EmptyRegion, action: str, module: str, options: Options, when: str) -> None:
    region, before = furnished_region, holdings(furnished_region)
    region.server.faults.add(Fault(action, drop=True, when=when))
    outcome = region.run(module, **options)
    assert (outcome.changed, outcome.problem) == (True, None)
    assert region.writes()[action] == 2
    assert abs(sum(holdings(region)) - sum(before)) <= 2  # one object, or a VPC with its system table
    assert not region.run(module, **options).changed


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("action", "module", "options"), WITHOUT_TOKEN, ids=[row[0] for row in WITHOUT_TOKEN])
def test_a_lost_reply_to_a_call_without_a_token_is_cleared_up_by_reading_back(
    furnished_region: EmptyRegion, action: str, module: str, options: Options, when: str
) -> None:
    region = furnished_region
    region.server.faults.add(Fault(action, drop=True, when=when))
    if when == "before":
        with pytest.raises(CollectionError, match=f"not known whether vpc:{action}"):
            region.run(module, **options)
    else:
        assert region.run(module, **options).changed
    assert region.writes() == {action: 1}
    assert region.run(module, **options).changed is (when == "before")
    assert not region.run(module, **options).changed


# What an earlier run has begun.


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("ali_vpc", {"vpc_id": "vpc-1"}),
        ("ali_vswitch", {"vpc_id": "vpc-1", "name": "vsw-plain"}),
        ("ali_route_table", {"vpc_id": "vpc-1", "name": "vtb-free"}),
        ("ali_route_table", {"vpc_id": "vpc-1", "name": "vtb-used", "vswitch_ids": ["vsw-custom"]}),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_what_is_still_being_made_is_waited_for(furnished_region: EmptyRegion, module: str, options: Options, check: bool) -> None:
    region, started = furnished_region, furnished_region.time.now
    for about in (region.state.vpcs["vpc-1"].about, region.state.vswitches["vsw-custom"].about, region.state.tables["vtb-free"].about):
        about.status, about.due = PENDING, started + 20
    region.state.vswitches["vsw-plain"].about.status, region.state.vswitches["vsw-plain"].about.due = PENDING, started + 20
    outcome = region.run(module, check=check, **options)
    assert not outcome.changed
    assert outcome.after["status"] == "Available"
    assert 20 <= region.time.now - started <= 30


def test_a_run_that_ended_between_two_calls_is_finished(empty_region: EmptyRegion) -> None:
    desired = {**VPC, "secondary_cidr_blocks": ["172.21.0.0/16", "172.22.0.0/16"]}
    empty_region.server.faults.add(Fault("AssociateVpcCidrBlock", error=ApiError("InvalidParameter", "Broken."), skip=1))
    outcome = empty_region.run("ali_vpc", **desired)
    assert outcome.changed
    assert outcome.problem is not None
    assert "vpc:AssociateVpcCidrBlock for vpc-sandbox000001" in outcome.problem
    assert "Calls made before that: 2" in outcome.problem
    assert outcome.after["secondary_cidr_blocks"] == ["172.21.0.0/16"]
    finished = empty_region.run("ali_vpc", **desired)
    assert finished.after["secondary_cidr_blocks"] == desired["secondary_cidr_blocks"]
    assert empty_region.writes() == {"CreateVpc": 1, "AssociateVpcCidrBlock": 3}


def test_what_is_still_being_removed_is_gone_or_made_anew(furnished_region: EmptyRegion) -> None:
    region = furnished_region
    region.client().call("vpc", "DeleteVpc", {"VpcId": "vpc-empty"})
    assert not region.run("ali_vpc", name="vpc-empty", tags=TAGS, state="absent").changed
    region.client().call("vpc", "DeleteVSwitch", {"VSwitchId": "vsw-plain"})
    made = region.run("ali_vswitch", **{**VSWITCH, "name": "vsw-plain", "cidr_block": "172.16.0.0/24"})
    assert made.returns["vswitch"]["vswitch_id"] != "vsw-plain"


def test_waiting_has_an_end_and_a_later_run_goes_on(furnished_region: EmptyRegion) -> None:
    region = furnished_region
    region.state.settle_seconds = 100.0
    outcome = region.run("ali_vswitch", **VSWITCH, wait_timeout=10)
    (made,) = region.state.vswitches.keys() - {"vsw-plain", "vsw-custom"}
    assert f"did not happen within wait_timeout, 10 seconds; so far it is {made}, Pending." in (outcome.problem or "")
    assert outcome.changed
    assert region.run("ali_vswitch", **VSWITCH).returns["vswitch"]["vswitch_id"] == made
    assert region.writes() == {"CreateVSwitch": 1}


def test_a_vswitch_that_stays_busy_is_named(furnished_region: EmptyRegion) -> None:
    region = furnished_region
    region.state.vswitches["vsw-plain"].about.status, region.state.vswitches["vsw-plain"].about.due = PENDING, region.time.now + 900
    with pytest.raises(CollectionError, match=r"end of changes to the vSwitches of vpc-1 .* so far it is .*vsw-plain, Pending"):
        region.run("ali_route_table", **TABLE)
    assert region.writes() == {}


# Others are at work, too.


def test_somebody_else_may_remove_it_first(furnished_region: EmptyRegion) -> None:
    def remove(state: CloudState, _request: t.Any) -> None:
        del state.vswitches["vsw-plain"]

    furnished_region.server.faults.add(Fault("DeleteVSwitch", run=remove))
    outcome = furnished_region.run("ali_vswitch", vpc_id="vpc-1", name="vsw-plain", state="absent")
    assert (outcome.changed, outcome.after, outcome.problem) == (True, {}, None)
    furnished_region.server.faults.add(Fault("ModifyVpcAttribute", run=lambda state, _request: state.vpcs.clear()))
    with pytest.raises(CollectionError, match=r"InvalidVpcId\.NotFound"):
        furnished_region.run("ali_vpc", vpc_id="vpc-1", name="renamed")


def test_a_listing_that_lags_behind_makes_no_second_object(empty_region: EmptyRegion) -> None:
    hidden: dict[str, Vpc] = {}

    def hide(state: CloudState, _request: t.Any) -> None:
        hidden.update(state.vpcs)
        state.vpcs.clear()

    faults = empty_region.server.faults
    faults.add(
        Fault("DescribeVpcs", run=hide, skip=1), Fault("DescribeVpcs", run=lambda state, _request: state.vpcs.update(hidden), skip=4)
    )
    assert empty_region.run("ali_vpc", **VPC).returns["vpc"]["vpc_id"] in hidden
    assert empty_region.writes() == {"CreateVpc": 1}


def test_a_twin_that_another_run_makes_at_the_same_time_is_told_apart_and_then_named(empty_region: EmptyRegion) -> None:
    def make_twin(state: CloudState, _request: t.Any) -> None:
        about = state.add_vpc(VPC["cidr_block"], "vpc-twin").about
        about.name, about.tags = VPC["name"], dict(TAGS)

    empty_region.server.faults.add(Fault("CreateVpc", run=make_twin))
    made = empty_region.run("ali_vpc", **VPC).returns["vpc"]["vpc_id"]
    assert made != "vpc-twin"
    with pytest.raises(CollectionError, match=f"{made}, vpc-twin"):
        empty_region.run("ali_vpc", **VPC)


@pytest.mark.parametrize("code", ["TaskConflict", "IncorrectVpcStatus", "IncorrectVSwitchStatus", "IncorrectRouteEntryStatus"])
def test_a_busy_vpc_is_waited_for(furnished_region: EmptyRegion, code: str) -> None:
    furnished_region.server.faults.add(Fault("CreateVSwitch", error=ApiError(code, "Busy."), times=3))
    assert furnished_region.run("ali_vswitch", **VSWITCH).changed


@pytest.mark.parametrize(
    ("action", "code", "module", "options"),
    [
        ("DeleteVpc", "DependencyViolation.VSwitch", "ali_vpc", {"vpc_id": "vpc-empty"}),
        ("DeleteVSwitch", "DependencyViolation", "ali_vswitch", {"vpc_id": "vpc-1", "name": "vsw-plain"}),
        ("DeleteRouteTable", "IncorrectRouteTableStatus", "ali_route_table", {"vpc_id": "vpc-1", "name": "vtb-free"}),
    ],
)
def test_what_has_just_been_removed_may_still_count_for_a_while(
    furnished_region: EmptyRegion, action: str, code: str, module: str, options: Options
) -> None:
    furnished_region.server.faults.add(Fault(action, error=ApiError(code, "Something is left."), times=4))
    assert furnished_region.run(module, **options, state="absent").changed
    assert furnished_region.writes() == {action: 5}


def test_what_depends_on_it_unseen_is_told_with_advice(furnished_region: EmptyRegion) -> None:
    region = furnished_region
    region.state.add_security_group("vpc-empty", security_group_id="sg-unseen")
    blind = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:*", "Resource": "*"}]}
    region.state.add_account(ACCESS_KEY, SECRET_KEY, blind)
    with pytest.raises(CollectionError, match=r"DependencyViolation.SecurityGroup.*find it in the VPC console") as caught:
        region.run("ali_vpc", vpc_id="vpc-empty", state="absent")
    assert caught.value.details["code"] == "DependencyViolation.SecurityGroup"
    assert region.time.now - 1000.0 <= 60


@pytest.mark.parametrize(
    ("action", "module", "options"), [(*row[:3],) for row in WITH_TOKEN + WITHOUT_TOKEN], ids=[row[0] for row in WITH_TOKEN + WITHOUT_TOKEN]
)
def test_a_missing_right_is_named(furnished_region: EmptyRegion, action: str, module: str, options: Options) -> None:
    denied = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": f"vpc:{action}", "Resource": "*"},
    ]
    furnished_region.state.add_account(ACCESS_KEY, SECRET_KEY, {"Version": "1", "Statement": denied})
    try:
        told = furnished_region.run(module, **options).problem
    except CollectionError as exc:
        told = str(exc)
    assert f"lacks the permission vpc:{action}" in (told or "")


def test_quotas_are_told(furnished_region: EmptyRegion) -> None:
    state = furnished_region.state
    state.vpc_quota = state.vswitch_quota = state.table_quota = 1
    for module, options, code in (("ali_vpc", VPC, "Vpc"), ("ali_vswitch", VSWITCH, "VSwitch"), ("ali_route_table", TABLE, "RouteTable")):
        with pytest.raises(CollectionError, match=rf"QuotaExceeded\.{code}: .*Quota Center"):
            furnished_region.run(module, **options)
