# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_source_dest_check as a process against the emulated cloud."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import VPC_ID, VSWITCH_ID, Cloud
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError as Refused
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

WRITE = "ModifyNetworkInterfaceAttribute"
ALL = ("i-sandbox-n1", "i-sandbox-n2", "i-sandbox-n3")


@pytest.fixture
def set_check(cloud_args: dict[str, str]) -> t.Callable[..., ModuleResult]:
    """Return a function that runs the module, with diff."""

    def run(check: bool = False, instance_ids: t.Sequence[str] = ALL, **options: t.Any) -> ModuleResult:
        args = {**cloud_args, "vpc_id": VPC_ID, "instance_ids": list(instance_ids), **options}
        return run_module("ali_source_dest_check", args, check=check, diff=True)

    return run


def states(cloud: Cloud) -> dict[str, bool | None]:
    return {name: instance.source_dest_check for name, instance in sorted(cloud.state.instances.items())}


def all_are(value: bool) -> dict[str, bool | None]:
    return dict.fromkeys(ALL, value)


# The check is never absent: "create" is turning it off, "modify" doing so where somebody turned it on again, "delete" turning it on.
CYCLE: list[tuple[str, bool, int]] = [("create", False, 3), ("modify", False, 1), ("delete", True, 3)]


def test_the_cycle_of_each_state_in_check_mode_and_for_real(cloud: Cloud, set_check: t.Callable[..., ModuleResult]) -> None:
    for step, enabled, writes in CYCLE:
        if step == "modify":
            cloud.state.instances["i-sandbox-n2"].source_dest_check = True
        before = states(cloud)
        for check in (True, False):
            cloud.server.reset_calls()
            result = set_check(check, enabled=enabled)
            assert result.changed
            assert result["diff"] == {"before": before, "after": all_are(enabled)}
            assert [one["source_dest_check"] for one in result["instances"]] == [enabled] * 3
            assert states(cloud) == (before if check else all_are(enabled))
            assert cloud.server.writes() == (0 if check else writes)
        for check in (True, False):
            cloud.server.reset_calls()
            again = set_check(check, enabled=enabled)
            assert not again.changed
            assert again["diff"] == {"before": all_are(enabled), "after": all_are(enabled)}
            assert cloud.server.writes() == 0


def test_the_check_is_turned_off_by_default_and_only_for_the_instances_named(
    cloud: Cloud, set_check: t.Callable[..., ModuleResult]
) -> None:
    result = set_check(instance_ids=["i-sandbox-n2", "i-sandbox-n2"])
    assert result["instances"] == [{"instance_id": "i-sandbox-n2", "network_interface_id": "eni-sandbox-n2", "source_dest_check": False}]
    assert states(cloud) == {"i-sandbox-n1": True, "i-sandbox-n2": False, "i-sandbox-n3": True}


def test_only_the_primary_interface_is_written(cloud: Cloud, set_check: t.Callable[..., ModuleResult]) -> None:
    cloud.state.instances["i-sandbox-n1"].secondary_interface = "172.16.0.90"
    set_check(instance_ids=["i-sandbox-n1"])
    assert [call.params["NetworkInterfaceId"] for call in cloud.server.calls if call.action == WRITE] == ["eni-sandbox-n1"]


def test_a_region_without_the_check_has_nothing_to_do(cloud: Cloud, set_check: t.Callable[..., ModuleResult]) -> None:
    for instance in cloud.state.instances.values():
        instance.source_dest_check = None
    result = set_check()
    assert (result.failed, result.changed) == (False, False)
    assert cloud.server.writes() == 0


def test_no_instances_need_no_call(cloud: Cloud, set_check: t.Callable[..., ModuleResult]) -> None:
    assert not set_check(instance_ids=[]).changed
    assert cloud.server.count() == 0


def test_more_instances_than_a_call_takes(cloud: Cloud, set_check: t.Callable[..., ModuleResult]) -> None:
    names = [f"i-many-{number:03}" for number in range(1, 121)]
    for number, name in enumerate(names, start=1):
        cloud.state.add_instance(VSWITCH_ID, f"172.16.1.{number}", name, source_dest_check=number == 110)
    result = set_check(instance_ids=names)
    assert result.changed
    assert cloud.server.writes() == 1
    assert cloud.server.count() == 5


@pytest.mark.parametrize("options", [{"instance_ids": ["i-sandbox-n1", "i-none"]}, {"instance_ids": ["i-sandbox-n1", "i-other"]}])
def test_an_unknown_instance_is_named_and_nothing_is_written(
    cloud: Cloud, set_check: t.Callable[..., ModuleResult], options: dict[str, t.Any]
) -> None:
    cloud.state.add_vpc("172.16.0.0/16", "vpc-other")
    cloud.state.add_vswitch("vpc-other", "172.16.0.0/24", "cn-hangzhou-a", "vsw-other")
    cloud.state.add_instance("vsw-other", "172.16.0.11", "i-other")
    result = set_check(**options)
    assert result.failed
    assert f"found no instance {options['instance_ids'][1]} in {VPC_ID}" in result.msg
    assert "ecs:DescribeInstances is missing" in result.msg
    assert cloud.server.writes() == 0


def test_a_missing_right_is_named(cloud: Cloud, set_check: t.Callable[..., ModuleResult]) -> None:
    reads = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"}]}
    cloud.state.add_account("LTAIreader", "reader-secret", reads)
    result = set_check(access_key="LTAIreader", secret_key="reader-secret")
    assert f"lacks the permission ecs:{WRITE}" in result.msg
    assert not result.changed


def test_a_failure_on_the_way_reports_what_was_done(cloud: Cloud, set_check: t.Callable[..., ModuleResult]) -> None:
    cloud.server.faults.add(Fault(WRITE, skip=1, error=Refused("InvalidEniId.NotFound", "Gone.", 404)))
    result = set_check()
    assert (result.failed, result.changed) == (True, True)
    assert "1 of 3 interfaces were changed" in result.msg
    after = {"i-sandbox-n1": False, "i-sandbox-n2": True, "i-sandbox-n3": True}
    assert states(cloud) == after == result["diff"]["after"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_reply_is_cleared_up_by_reading_back(cloud: Cloud, set_check: t.Callable[..., ModuleResult], when: str) -> None:
    cloud.server.faults.add(Fault(WRITE, drop=True, when=when))
    result = set_check(instance_ids=["i-sandbox-n1"])
    carried_out = when == "after"
    assert (result.failed, result.changed) == (not carried_out, carried_out)
    assert cloud.server.writes() == 1
    assert states(cloud)["i-sandbox-n1"] is not carried_out
    again = set_check(instance_ids=["i-sandbox-n1"])
    assert again.changed is not carried_out
