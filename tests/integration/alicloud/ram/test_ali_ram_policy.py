# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_ram_policy against the emulated cloud."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import Forbidden, QuotaExceeded
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from ansible_collections.alicloud.flannel.tests.integration.alicloud.ram.ram_fixtures import DOCUMENT, OTHER, Ram
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError as Refused
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RamPolicy

CYCLE: list[tuple[dict[str, t.Any], dict[str, t.Any] | None]] = [
    ({"document": DOCUMENT, "description": "one"}, {"name": "routes", "description": "one", "document": DOCUMENT}),
    ({"document": json.dumps(OTHER)}, {"name": "routes", "description": "one", "document": OTHER}),
    ({"state": "absent"}, None),
]


def test_the_cycle(ram: Ram, cloud_args: dict[str, str]) -> None:
    for options, expected in CYCLE:
        for check, changed in ((True, True), (False, True), (True, False), (False, False)):
            writes = ram.cloud.server.writes()
            result = run_module("ali_ram_policy", {**cloud_args, "name": "routes", **options}, check=check, diff=True)
            assert not result.failed, result.msg
            assert (result.changed, result["policy"], result["diff"]["after"]) == (changed, expected, expected or {})
            assert (ram.cloud.server.writes() > writes) is (changed and not check)
    assert ram.cloud.state.policies == {}


def test_the_document_is_compared_as_data(ram: Ram) -> None:
    ram.cloud.state.policies["routes"] = RamPolicy("routes", "", {1: json.dumps(DOCUMENT, indent=2, sort_keys=True)})
    assert not ram.policy().changed


def test_old_versions_make_room_and_go_with_the_policy(ram: Ram) -> None:
    for number in range(8):
        document = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": f"vpc:Describe{number}", "Resource": "*"}]}
        assert ram.policy(document=document).changed
    policy = ram.cloud.state.policies["routes"]
    assert (sorted(policy.versions), policy.default) == ([4, 5, 6, 7, 8], 8)
    assert ram.policy(state="absent").changed
    assert ram.cloud.state.policies == {}


def test_a_policy_that_is_attached_is_deleted_only_when_that_is_meant(ram: Ram) -> None:
    ram.policy()
    ram.user(policies=[{"name": "routes"}])
    with pytest.raises(InvalidInput, match="attached to user robot; nothing was removed"):
        ram.policy(state="absent")
    assert ram.policy(state="absent", detach=True).changed
    assert (ram.cloud.state.policies, ram.cloud.state.users["robot"].policies) == ({}, [])


LOST = [Fault("*", drop=True), Fault("*", drop=True, when="after"), Fault("*", truncate=True)]
WRITES: list[tuple[str, dict[str, t.Any]]] = [
    ("CreatePolicy", {"name": "new"}),
    ("CreatePolicyVersion", {"document": OTHER}),
    ("UpdatePolicyDescription", {"description": "other"}),
    ("DetachPolicyFromUser", {"state": "absent", "detach": True}),
    ("DeletePolicyVersion", {"state": "absent", "detach": True}),
    ("DeletePolicy", {"state": "absent", "detach": True}),
]


@pytest.mark.parametrize("fault", LOST, ids=["before", "after", "cut"])
@pytest.mark.parametrize(("action", "options"), WRITES, ids=[action for action, _options in WRITES])
def test_a_lost_reply_is_made_good_by_reading_back(ram: Ram, fault: Fault, action: str, options: dict[str, t.Any]) -> None:
    ram.policy(document=OTHER)
    ram.policy()
    ram.user(policies=[{"name": "routes"}])
    ram.cloud.server.reset_calls()
    ram.cloud.server.faults.add(Fault(action, drop=fault.drop, truncate=fault.truncate, when=fault.when))
    assert ram.policy(**options).changed
    assert ram.cloud.server.writes(action) == (2 if fault.drop and fault.when == "before" else 1)
    assert not ram.policy(**options).changed


def test_somebody_else_who_makes_the_same_policy_first_is_heeded(ram: Ram) -> None:
    def make(*_args: t.Any) -> None:
        ram.cloud.state.policies["routes"] = RamPolicy("routes", "theirs", {1: json.dumps(OTHER)})

    ram.cloud.server.faults.add(Fault("CreatePolicy", run=make))
    assert ram.policy().after == {"name": "routes", "description": "theirs", "document": DOCUMENT}
    assert json.loads(ram.cloud.state.policies["routes"].versions[2]) == DOCUMENT


def test_a_failure_on_the_way_says_how_far_it_came(ram: Ram) -> None:
    ram.policy()
    ram.cloud.server.faults.add(Fault("UpdatePolicyDescription", error=Refused("InvalidParameter.Description", "No.")))
    with pytest.raises(CollectionError, match="1 of 2 changes were made before that"):
        ram.policy(document=OTHER, description="other")


def test_refusals_are_explained(ram: Ram) -> None:
    ram.cloud.state.add_account("LTAIpoor", "poor", {"Version": "1", "Statement": []})
    with pytest.raises(Forbidden, match="lacks the permission ram:GetPolicy"):
        ram.policy(access_key="LTAIpoor")
    ram.cloud.server.faults.add(Fault("CreatePolicy", error=Refused("LimitExceeded.Policy", "Enough.", 409)))
    with pytest.raises(QuotaExceeded, match=r"ram:CreatePolicy for routes.*Quota Center"):
        ram.policy()


LONG = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "x" * 6144, "Resource": "*"}]}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "a b"}, "letters, digits and hyphens"),
        ({"name": "x" * 129}, "1 to 128"),
        ({"document": {}}, "not a RAM policy"),
        ({"document": {**DOCUMENT, "Version": 1}}, "the text '1'"),
        ({"document": {"Version": "1", "Statement": []}}, "not empty"),
        ({"document": {"Version": "1", "Statement": [{"Effect": "allow"}]}}, "Statement 1 .*no Effect"),
        ({"document": LONG}, "at most 6144"),
        ({"description": ""}, "1 to 1024"),
    ],
)
def test_bad_input_is_refused_before_any_call(ram: Ram, options: dict[str, t.Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        ram.policy(**options)
    assert ram.cloud.server.count() == 0
