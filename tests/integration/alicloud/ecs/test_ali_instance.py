# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_instance against the emulated cloud: what it makes, and what it never makes twice."""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.tests.integration.alicloud.ecs.ecs_fixtures import (
    NEW_INSTANCES,
    TAGS,
    VSWITCH_A,
    VSWITCH_B,
    Ecs,
    have,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError as Refused
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

ABSENT: dict[str, t.Any] = {"tags": TAGS, "state": "absent", "allow_removal": True}


def homes(ecs: Ecs) -> dict[str, str]:
    """Return the vSwitch of each instance by name."""
    return {one.name: one.vswitch_id for one in sorted(ecs.state.instances.values(), key=lambda one: one.name)}


def names(outcome: Outcome, part: str) -> list[str]:
    return [one["name"] for one in outcome.returns[part]]


CYCLE: list[tuple[str, dict[str, t.Any], list[str], list[str], dict[str, int]]] = [
    ("create", {**NEW_INSTANCES, "exact_count": 3}, ["n-1", "n-2", "n-3"], [], {"RunInstances": 3}),
    ("modify", {**NEW_INSTANCES, "exact_count": 2, "allow_removal": True}, [], ["n-3"], {"DeleteInstances": 1}),
    ("delete", ABSENT, [], ["n-1", "n-2"], {"DeleteInstances": 1}),
]


def test_the_cycle_of_each_state_in_check_mode_and_for_real(ecs: Ecs) -> None:
    for _step, options, created, removed, writes in CYCLE:
        before = homes(ecs)
        predicted = ecs.run("ali_instance", check=True, **options)
        assert (homes(ecs), ecs.writes()) == (before, {})
        real = ecs.run("ali_instance", **options)
        assert ecs.writes() == writes
        for outcome in (predicted, real):
            assert outcome.changed
            assert (names(outcome, "created"), names(outcome, "removed")) == (created, removed)
            assert outcome.before != outcome.after
        assert names(predicted, "instances") == names(real, "instances") == sorted(homes(ecs))
        ecs.server.reset_calls()
        for check in (True, False):
            again = ecs.run("ali_instance", check=check, **options)
            assert (again.changed, again.before, ecs.writes()) == (False, again.after, {})
            assert (again.returns["created"], again.returns["removed"]) == ([], [])
        ecs.server.reset_calls()
    assert homes(ecs) == {}


def test_new_instances_are_whole(ecs: Ecs) -> None:
    ecs.state.add_account("LTAInode", "node-secret", ram_role="node")
    secret = {"password": "Correct-Horse-1", "user_data": "#!/bin/sh\necho ready\n", "ram_role": "node"}
    outcome = have(ecs, 1, **secret, system_disk_category="cloud_essd", system_disk_size_gb=40, internet_bandwidth_mbps=5)
    (instance,) = ecs.state.instances.values()
    assert (instance.status, instance.source_dest_check, instance.tags) == ("Running", False, TAGS)
    assert (instance.name, instance.host_name, instance.key_pair, instance.ram_role) == ("n-1", "n-1", "one", "node")
    assert (instance.user_data, instance.password) == (secret["user_data"], secret["password"])
    (shown,) = outcome.returns["instances"]
    assert (shown["primary_ip"], shown["zone_id"], shown["source_dest_check"]) == ("172.16.0.1", "cn-hangzhou-a", False)
    call = next(call for call in ecs.server.calls if call.is_write)
    assert (call.params["SystemDisk.Category"], call.params["SystemDisk.Size"]) == ("cloud_essd", "40")
    assert (call.params["InternetMaxBandwidthOut"], call.params["InternetChargeType"]) == ("5", "PayByTraffic")
    assert shown["public_ips"] == instance.public_ips != []
    assert ecs.writes() == {"RunInstances": 1}
    for hidden in (secret["password"], "echo ready", base64.b64encode(secret["user_data"].encode()).decode()):
        assert hidden not in repr(outcome)


def test_instances_are_spread_and_numbers_reused(ecs: Ecs) -> None:
    have(ecs, 5)
    spread = {"n-1": VSWITCH_A, "n-2": VSWITCH_B, "n-3": VSWITCH_A, "n-4": VSWITCH_B, "n-5": VSWITCH_A}
    assert homes(ecs) == spread
    have(ecs, 2, allow_removal=True)
    assert homes(ecs) == {"n-1": VSWITCH_A, "n-2": VSWITCH_B}
    first = next(one.instance_id for one in ecs.state.instances.values() if one.name == "n-1")
    ecs.run("ali_instance", **ABSENT, instance_ids=[first])
    assert have(ecs, 2).returns["created"][0]["name"] == "n-1"
    assert homes(ecs) == {"n-1": VSWITCH_A, "n-2": VSWITCH_B}


def test_many_instances_of_one_vswitch_take_few_calls(ecs: Ecs) -> None:
    have(ecs, 120, vswitch_ids=[VSWITCH_A])
    assert sorted(homes(ecs)) == sorted(f"n-{number}" for number in range(1, 121))
    # 1 to 9, 10 to 99, 100 to 120: a call counts with one number of digits.
    assert ecs.writes() == {"RunInstances": 3}
    ecs.server.reset_calls()
    have(ecs, 0, allow_removal=True)
    assert (homes(ecs), ecs.writes()) == ({}, {"DeleteInstances": 2})


def test_each_address_is_given_once(ecs: Ecs) -> None:
    addresses = ["172.16.1.10", "172.16.0.10", "172.16.1.11"]
    have(ecs, 2, private_ips=addresses[:2])
    assert {one.name: one.private_ip for one in ecs.state.instances.values()} == {"n-1": "172.16.1.10", "n-2": "172.16.0.10"}
    have(ecs, 3, private_ips=addresses)
    assert {one.private_ip for one in ecs.state.instances.values()} == set(addresses)
    assert homes(ecs)["n-3"] == VSWITCH_B


def test_other_instances_are_none_of_the_set(ecs: Ecs) -> None:
    ecs.state.add_instance(VSWITCH_A, "172.16.0.5", "i-other", name="n-1", tags={"cluster": "two"})
    have(ecs, 1)
    assert len(ecs.state.instances) == 2
    with pytest.raises(InvalidInput, match=r"i-other .* lacks one of the tags"):
        ecs.run("ali_instance", **ABSENT, instance_ids=["i-other"])
    assert have(ecs, 0, allow_removal=True).returns["removed"][0]["name"] == "n-1"
    assert list(ecs.state.instances) == ["i-other"]


def test_ids_that_are_gone_are_fine(ecs: Ecs) -> None:
    have(ecs, 2)
    ids = sorted(ecs.state.instances)
    outcome = ecs.run("ali_instance", **ABSENT, instance_ids=[ids[0], "i-gone"])
    assert [one["instance_id"] for one in outcome.returns["removed"]] == ids[:1]
    assert not ecs.run("ali_instance", **ABSENT, instance_ids=[ids[0], "i-gone"]).changed
    assert list(ecs.state.instances) == ids[1:]


@pytest.mark.parametrize("options", [{**NEW_INSTANCES, "exact_count": 1}, {"tags": TAGS, "state": "absent"}])
def test_nothing_is_released_without_leave(ecs: Ecs, options: dict[str, t.Any]) -> None:
    have(ecs, 3)
    ecs.server.reset_calls()
    for check in (True, False):
        with pytest.raises(InvalidInput, match=r"of the 3 instances .* n-3 \(i-.*allow_removal: true"):
            ecs.run("ali_instance", check=check, **options)
    assert (len(ecs.state.instances), ecs.writes()) == (3, {})


def test_a_half_finished_run_is_finished(ecs: Ecs) -> None:
    have(ecs, 4)
    first, second, third, fourth = sorted(ecs.state.instances.values(), key=lambda one: one.name)
    del ecs.state.instances[fourth.instance_id]
    ecs.state.lifecycle.begin(first, "Pending")
    second.status = "Stopped"
    ecs.state.lifecycle.begin(third, "Stopping")
    third.source_dest_check = True
    ecs.server.reset_calls()
    outcome = have(ecs, 5)
    assert [one["status"] for one in outcome.returns["instances"]] == ["Running"] * 5
    assert {one.source_dest_check for one in ecs.state.instances.values()} == {False}
    assert names(outcome, "created") == ["n-4", "n-5"]
    assert ecs.writes() == {"RunInstances": 2, "StartInstances": 1, "ModifyNetworkInterfaceAttribute": 1}
    assert not have(ecs, 5).changed


def test_a_region_that_ignores_the_wish_has_the_check_turned_off_later(ecs: Ecs) -> None:
    def ignore(_state: t.Any, request: t.Any) -> None:
        request.params["NetworkInterface.1.SourceDestCheck"] = "true"

    ecs.server.faults.add(Fault("RunInstances", times=None, run=ignore))
    outcome = have(ecs, 2)
    assert [one["source_dest_check"] for one in outcome.returns["instances"]] == [False, False]
    assert ecs.writes() == {"RunInstances": 2, "ModifyNetworkInterfaceAttribute": 2}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("lost", [1, 3])
def test_a_lost_reply_makes_no_instance_twice(ecs: Ecs, when: str, lost: int) -> None:
    # The first call is the rehearsal.
    ecs.server.faults.add(Fault("RunInstances", skip=1, times=lost, drop=True, when=when))
    outcome = have(ecs, 3, vswitch_ids=[VSWITCH_A])
    assert (outcome.problem, sorted(homes(ecs))) == (None, ["n-1", "n-2", "n-3"])
    assert len(outcome.returns["created"]) == 3


def test_replies_that_stay_lost_are_made_up_for_by_the_next_run(ecs: Ecs) -> None:
    ecs.server.faults.add(Fault("RunInstances", skip=1, times=None, drop=True, when="after"))
    outcome = have(ecs, 3, vswitch_ids=[VSWITCH_A])
    assert outcome.problem and "0 of 3 instances were made" in outcome.problem
    ecs.server.faults.clear()
    assert have(ecs, 3, vswitch_ids=[VSWITCH_A]).problem is None
    assert sorted(homes(ecs)) == ["n-1", "n-2", "n-3"]


def test_a_cloud_that_is_lost_on_the_way_is_told_from_the_beginning(ecs: Ecs) -> None:
    def lose(*_args: t.Any) -> None:
        ecs.server.faults.add(Fault("Describe*", times=None, drop=True))

    ecs.server.faults.add(Fault("RunInstances", skip=2, run=lose))
    with pytest.raises(CollectionError, match=r"3 of 3 instances were made.*ecs:DescribeInstances in cn-hangzhou got no answer"):
        have(ecs, 3)


@pytest.mark.parametrize("action", ["DeleteInstances", "StartInstances"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_other_lost_replies(ecs: Ecs, action: str, when: str) -> None:
    have(ecs, 2)
    for instance in ecs.state.instances.values():
        instance.status = "Stopped"
    ecs.server.faults.add(Fault(action, drop=True, when=when))
    if action == "DeleteInstances":
        assert have(ecs, 0, allow_removal=True).problem is None
        assert homes(ecs) == {}
    else:
        outcome = have(ecs, 2)
        assert (outcome.problem is None) == (when == "after")
        assert {one.status for one in ecs.state.instances.values()} == ({"Running"} if when == "after" else {"Stopped"})


def test_a_failure_on_the_way_is_told_with_what_was_done(ecs: Ecs) -> None:
    no_stock = Refused("OperationDenied.NoStock", "Sold out.", 403)
    ecs.server.faults.add(Fault("RunInstances", skip=3, error=no_stock))
    outcome = have(ecs, 3)
    assert outcome.changed
    assert outcome.problem and "OperationDenied.NoStock" in outcome.problem and "1 of 3 instances were made" in outcome.problem
    assert names(outcome, "created") == ["n-1"]
    assert names(have(ecs, 3), "created") == ["n-2", "n-3"]


def test_a_start_without_stock_is_told(ecs: Ecs) -> None:
    have(ecs, 1)
    (instance,) = ecs.state.instances.values()
    instance.status = "Stopped"
    ecs.server.faults.add(Fault("StartInstances", error=Refused("OperationDenied.NoStock", "Sold out.", 403)))
    outcome = have(ecs, 1)
    assert outcome.problem and "OperationDenied.NoStock" in outcome.problem
    assert not outcome.changed


def test_time_that_runs_out_is_told(ecs: Ecs) -> None:
    ecs.state.settle_seconds = 1000.0
    outcome = have(ecs, 1, wait_timeout=30)
    assert outcome.problem and "wait_timeout, 30 seconds" in outcome.problem and "Pending" in outcome.problem
    assert (outcome.changed, len(ecs.state.instances)) == (True, 1)
    ecs.settle(2000)
    ecs.state.settle_seconds = 3.0
    assert not have(ecs, 1, wait_timeout=3000).returns["created"]


def test_one_that_somebody_else_releases_meanwhile(ecs: Ecs) -> None:
    have(ecs, 3)
    victim = min(ecs.state.instances)

    def release(state: t.Any, _request: t.Any) -> None:
        state.lifecycle.take_away(victim)

    ecs.server.faults.add(Fault("DeleteInstances", run=release))
    outcome = have(ecs, 0, allow_removal=True)
    assert (outcome.problem, homes(ecs)) == (None, {})
    assert len(outcome.returns["removed"]) == 2


def test_as_a_process_no_secret_is_shown(ecs: Ecs) -> None:
    ecs.state.settle_seconds = 0.0
    secret = {"password": "Correct-Horse-1", "user_data": "token=abcdef-123456"}
    result = ecs.run_process("ali_instance", **{**NEW_INSTANCES, **secret, "exact_count": 2})
    assert (result.failed, result.changed) == (False, True)
    assert [one["name"] for one in result["instances"]] == ["n-1", "n-2"]
    assert [one["name"] for one in result["diff"]["after"]["instances"]] == ["n-1", "n-2"]
    assert not any(text in result.output for text in (*secret.values(), base64.b64encode(secret["user_data"].encode()).decode()))
    refused = ecs.run_process("ali_instance", tags=TAGS, exact_count=2)
    assert "state is present but all of the following are missing: name, vswitch_ids" in refused.msg
