# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ram.policy import (
    DesiredPolicy,
    Policy,
    Use,
    parse_policy,
    parse_use,
    plan_policy,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

ONE = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:*", "Resource": "*"}]}
TWO = {"Version": "1", "Statement": [{"Effect": "Deny", "Action": "vpc:*", "Resource": "*"}]}
ENTITIES = {
    "Users": {"User": [{"UserName": "robot"}]},
    "Groups": {"Group": [{"GroupName": "admins"}]},
    "Roles": {"Role": [{"RoleName": "routes"}]},
}
VERSIONS = {
    "PolicyVersions": {"PolicyVersion": [{"VersionId": "v1", "IsDefaultVersion": False}, {"VersionId": "v2", "IsDefaultVersion": True}]}
}


def actions(*arguments: t.Any) -> list[str]:
    return [step.action for step in plan_policy(*arguments).changes]


PLANNED: list[tuple[DesiredPolicy, Policy | None, list[str]]] = [
    (DesiredPolicy("p", ONE), None, ["CreatePolicy"]),
    (DesiredPolicy("p", ONE), Policy("p", "text", ONE), []),
    (DesiredPolicy("p", ONE, "other"), Policy("p", "text", ONE), ["UpdatePolicyDescription"]),
    (DesiredPolicy("p", TWO, "other"), Policy("p", "text", ONE), ["CreatePolicyVersion", "UpdatePolicyDescription"]),
    (DesiredPolicy("p"), None, []),
    (DesiredPolicy("p"), Policy("p", "text", ONE), ["DeletePolicy"]),
]


@pytest.mark.parametrize(("desired", "current", "expected"), PLANNED)
def test_plans(desired: DesiredPolicy, current: Policy | None, expected: list[str]) -> None:
    assert actions(desired, current, Use()) == expected


def test_everything_that_holds_a_policy_goes_before_it() -> None:
    use = parse_use(VERSIONS, ENTITIES, "p")
    with pytest.raises(InvalidInput, match="attached to user robot, group admins, role routes; nothing"):
        plan_policy(DesiredPolicy("p"), Policy("p", "", ONE), use)
    steps = plan_policy(DesiredPolicy("p", detach=True), Policy("p", "", ONE), use).changes
    assert [(step.action, step.params) for step in steps] == [
        ("DetachPolicyFromUser", {"PolicyType": "Custom", "PolicyName": "p", "UserName": "robot"}),
        ("DetachPolicyFromGroup", {"PolicyType": "Custom", "PolicyName": "p", "GroupName": "admins"}),
        ("DetachPolicyFromRole", {"PolicyType": "Custom", "PolicyName": "p", "RoleName": "routes"}),
        ("DeletePolicyVersion", {"PolicyName": "p", "VersionId": "v1"}),
        ("DeletePolicy", {"PolicyName": "p"}),
    ]


def test_a_policy_that_nobody_holds_is_parsed() -> None:
    assert parse_use({}, {"Users": {}}, "p") == Use()
    answer = {"Policy": {"PolicyName": "p"}, "DefaultPolicyVersion": {"PolicyDocument": json.dumps(ONE)}}
    assert parse_policy(answer) == Policy("p", "", ONE)


DOCUMENTS = st.sampled_from([ONE, TWO])
POLICIES = st.none() | st.builds(Policy, st.just("p"), st.sampled_from(["", "a", "b"]), DOCUMENTS)
DESIRED = st.builds(DesiredPolicy, st.just("p"), st.none() | DOCUMENTS, st.sampled_from([None, "a", "b"]))


@given(DESIRED, POLICIES)
def test_a_plan_leaves_nothing_to_do(desired: DesiredPolicy, current: Policy | None) -> None:
    plan = plan_policy(desired, current, Use())
    assert plan_policy(desired, plan.after, Use()).changes == ()
    assert plan.predict().changed is (plan.current != plan.after)
