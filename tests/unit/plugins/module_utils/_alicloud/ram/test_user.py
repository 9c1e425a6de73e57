# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ram.key_file import AccessKey
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ram.user import Attachment, DesiredUser, User, plan_user
from hypothesis import given
from hypothesis import strategies as st

A, B = Attachment("Custom", "a"), Attachment("System", "b")

PLANNED: list[tuple[DesiredUser, User | None, list[str]]] = [
    (DesiredUser("u"), None, ["CreateUser"]),
    (DesiredUser("u"), User("u", "name", "text", (A,), ("key",)), []),
    (DesiredUser("u", policies=(A,), key=True), None, ["CreateUser", "AttachPolicyToUser", "CreateAccessKey"]),
    (DesiredUser("u", policies=(A,)), User("u", policies=(B,)), ["AttachPolicyToUser"]),
    (DesiredUser("u", policies=(A,), purge_policies=True), User("u", policies=(B,)), ["AttachPolicyToUser", "DetachPolicyFromUser"]),
    (DesiredUser("u", purge_policies=True), User("u", policies=(B,)), []),
    (DesiredUser("u", comments="other"), User("u", "name", "text"), ["UpdateUser"]),
    (DesiredUser("u", key=True), User("u", keys=("one", "two")), []),
    (DesiredUser("u", present=False), None, []),
    (DesiredUser("u", present=False), User("u"), ["DeleteUser"]),
    (
        DesiredUser("u", present=False, force=True),
        User("u", policies=(A,), keys=("one", "two")),
        ["DeleteAccessKey", "DeleteAccessKey", "DetachPolicyFromUser", "DeleteUser"],
    ),
]


@pytest.mark.parametrize(("desired", "current", "expected"), PLANNED)
def test_plans(desired: DesiredUser, current: User | None, expected: list[str]) -> None:
    assert [step.action for step in plan_user(desired, current).changes] == expected


TEXT = st.sampled_from(["", "a", "b"])
POLICIES = st.sampled_from([(), (A,), (B,), (A, B)])
USERS = st.none() | st.builds(User, st.just("u"), TEXT, TEXT, POLICIES, st.sampled_from([(), ("k",)]))
DESIRED = st.builds(
    DesiredUser, st.just("u"), st.booleans(), st.sampled_from([None, "a"]), st.sampled_from([None, "b"]), st.none() | POLICIES,
    st.booleans(), st.booleans(), st.just(True),
)  # fmt: skip


@given(DESIRED, USERS)
def test_a_plan_leaves_nothing_to_do(desired: DesiredUser, current: User | None) -> None:
    plan = plan_user(desired, current)
    assert plan_user(desired, plan.after).changes == ()
    assert plan.predict().changed is (plan.current != plan.after)


def test_no_text_of_a_user_or_a_key_shows_it() -> None:
    assert "LTAI" not in repr(User("u", keys=("LTAI",)))
    assert "LTAI" not in repr(AccessKey("LTAI", "secret"))
