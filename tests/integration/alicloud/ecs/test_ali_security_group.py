# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_security_group against the emulated cloud."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import NotFound
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, VPC_ID
from ansible_collections.alicloud.flannel.tests.integration.alicloud.ecs.ecs_fixtures import GROUP_ID, POLICY, TAGS, VSWITCH_A, Ecs
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError as Refused
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Rule, SecurityGroup

GROUP: dict[str, t.Any] = {"vpc_id": VPC_ID, "name": "cluster", "tags": TAGS}
NETWORK = {"cidr": "10.24.0.0/16", "description": "containers"}
SSH = {"protocol": "tcp", "port_range": "22", "cidr": "192.0.2.0/24"}


def group_of(ecs: Ecs, name: str = "cluster") -> SecurityGroup | None:
    return next((group for group in ecs.state.security_groups.values() if group.name == name), None)


def problem_of(ecs: Ecs, **options: t.Any) -> str:
    """Return what the module says went wrong; nothing when all went well."""
    try:
        return ecs.run("ali_security_group", **options).problem or ""
    except CollectionError as exc:
        return str(exc)


def rules_of(ecs: Ecs, name: str = "cluster") -> list[tuple[str, str | None, str]]:
    group = group_of(ecs, name)
    return [(rule.protocol, rule.cidr, rule.description) for rule in group.rules] if group else []


CYCLE: list[tuple[str, dict[str, t.Any], dict[str, int], list[tuple[str, str | None, str]]]] = [
    (
        "create",
        {**GROUP, "rules": [NETWORK, SSH]},
        {"CreateSecurityGroup": 1, "AuthorizeSecurityGroup": 1},
        [("ALL", "10.24.0.0/16", "containers"), ("TCP", "192.0.2.0/24", "")],
    ),
    (
        "modify",
        {
            **GROUP,
            "description": "of the cluster",
            "purge_tags": True,
            "rules": [{**NETWORK, "description": "pods"}, {"direction": "egress", "cidr": "192.0.2.9/32", "policy": "drop"}],
            "purge_rules": True,
        },
        {
            "ModifySecurityGroupAttribute": 1,
            "UntagResources": 1,
            "AuthorizeSecurityGroupEgress": 1,
            "ModifySecurityGroupRule": 1,
            "RevokeSecurityGroup": 1,
        },
        [("ALL", "10.24.0.0/16", "pods"), ("ALL", "192.0.2.9/32", "")],
    ),
    ("delete", {**GROUP, "state": "absent"}, {"DeleteSecurityGroup": 1}, []),
]


def test_the_cycle_of_each_state_in_check_mode_and_for_real(ecs: Ecs) -> None:
    for step, options, writes, rules in CYCLE:
        if step == "modify":
            ecs.state.security_groups[group_of(ecs).security_group_id].tags["old"] = "1"  # type: ignore[union-attr]
        predicted = ecs.run("ali_security_group", check=True, **options)
        assert ecs.writes() == {}
        real = ecs.run("ali_security_group", **options)
        assert (ecs.writes(), rules_of(ecs)) == (writes, rules)
        assert predicted.changed and real.changed
        assert predicted.before == real.before != real.after
        assert without_ids(predicted.after) == without_ids(real.after)
        ecs.server.reset_calls()
        for check in (True, False):
            again = ecs.run("ali_security_group", check=check, **options)
            assert (again.changed, again.before, again.after, ecs.writes()) == (False, real.after, real.after, {})
        ecs.server.reset_calls()


def without_ids(shown: dict[str, t.Any]) -> dict[str, t.Any]:
    rules = [{**rule, "rule_id": None} for rule in shown.get("rules", ())]
    return {**shown, "security_group_id": None, "rules": rules}


def test_rules_that_are_not_listed_stay(ecs: Ecs) -> None:
    ecs.state.security_groups[GROUP_ID].rules = ecs.state.with_ids(
        [Rule(cidr="198.51.100.0/24"), Rule(cidr="10.24.0.0/16", description="old text"), Rule(group_id=GROUP_ID)]
    )
    assert not ecs.run("ali_security_group", security_group_id=GROUP_ID).changed
    outcome = ecs.run("ali_security_group", security_group_id=GROUP_ID, rules=[{"cidr": "10.24.0.0/16"}, SSH])
    assert [rule["cidr"] for rule in outcome.after["rules"]] == [None, "10.24.0.0/16", "198.51.100.0/24", "192.0.2.0/24"]
    assert ecs.writes() == {"AuthorizeSecurityGroup": 1}
    assert ("ALL", "10.24.0.0/16", "old text") in rules_of(ecs, "one")
    ecs.run("ali_security_group", security_group_id=GROUP_ID, rules=[{"group_id": GROUP_ID}], purge_rules=True)
    assert [rule.group_id for rule in ecs.state.security_groups[GROUP_ID].rules] == [GROUP_ID]


def test_many_rules_go_in_batches(ecs: Ecs) -> None:
    rules = [{"cidr": f"10.0.{number}.0/24"} for number in range(150)]
    ecs.run("ali_security_group", security_group_id=GROUP_ID, rules=rules)
    assert ecs.writes() == {"AuthorizeSecurityGroup": 2}
    ecs.run("ali_security_group", security_group_id=GROUP_ID, rules=[], purge_rules=True)
    assert ecs.writes() == {"AuthorizeSecurityGroup": 2, "RevokeSecurityGroup": 2}
    assert rules_of(ecs, "one") == []


def test_by_id_name_and_tags_are_given(ecs: Ecs) -> None:
    outcome = ecs.run("ali_security_group", security_group_id=GROUP_ID, name="renamed", tags=TAGS)
    assert (outcome.after["name"], outcome.after["tags"]) == ("renamed", TAGS)
    assert ecs.writes() == {"ModifySecurityGroupAttribute": 1, "TagResources": 1}


def test_what_uses_the_group_is_named_and_nothing_is_removed(ecs: Ecs) -> None:
    ecs.state.add_instance(VSWITCH_A, "172.16.0.9", "i-user", security_group_ids=[GROUP_ID])
    ecs.state.add_security_group(VPC_ID, [Rule(group_id=GROUP_ID)], "sg-peer")
    for check in (True, False):
        with pytest.raises(InvalidInput, match="used by i-user, sg-peer; nothing was removed"):
            ecs.run("ali_security_group", check=check, security_group_id=GROUP_ID, state="absent")
    assert ecs.writes() == {}


def test_a_use_that_comes_up_meanwhile_is_passed_on(ecs: Ecs) -> None:
    in_use = Refused("DependencyViolation", "There are instances in the security group.", 403)
    ecs.server.faults.add(Fault("DeleteSecurityGroup", times=None, error=in_use))
    problem = problem_of(ecs, security_group_id=GROUP_ID, state="absent")
    assert "There are instances in the security group" in problem and "remove it and run again" in problem


def test_a_half_finished_run_is_finished(ecs: Ecs) -> None:
    ecs.server.faults.add(Fault("AuthorizeSecurityGroup", error=Refused("AuthorizationLimitExceed", "Full.", 403)))
    assert "AuthorizationLimitExceed" in problem_of(ecs, **GROUP, rules=[NETWORK])
    ecs.server.reset_calls()
    assert ecs.run("ali_security_group", **GROUP, rules=[NETWORK]).changed
    assert ecs.writes() == {"AuthorizeSecurityGroup": 1}


WRITES = ["CreateSecurityGroup", "AuthorizeSecurityGroup", "ModifySecurityGroupRule", "RevokeSecurityGroup"]


@pytest.mark.parametrize("action", WRITES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_reply_to_a_call_with_a_token_is_made_up_for(ecs: Ecs, action: str, when: str) -> None:
    if action != "CreateSecurityGroup":
        ecs.run("ali_security_group", **GROUP, rules=[{**NETWORK, "description": "old"}, {"cidr": "10.9.0.0/16"}])
    ecs.server.faults.add(Fault(action, drop=True, when=when))
    ecs.run("ali_security_group", **GROUP, rules=[NETWORK, SSH], purge_rules=True)
    assert sorted(rules_of(ecs)) == [("ALL", "10.24.0.0/16", "containers"), ("TCP", "192.0.2.0/24", "")]
    assert len(ecs.state.security_groups) == 2


@pytest.mark.parametrize("action", ["ModifySecurityGroupAttribute", "TagResources", "UntagResources", "DeleteSecurityGroup"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_reply_to_a_call_without_one_is_cleared_up_by_reading_back(ecs: Ecs, action: str, when: str) -> None:
    ecs.state.security_groups[GROUP_ID].tags["old"] = "1"
    ecs.server.faults.add(Fault(action, drop=True, when=when))
    state = "absent" if action == "DeleteSecurityGroup" else "present"
    options: dict[str, t.Any] = {"security_group_id": GROUP_ID, "name": "renamed", "tags": TAGS, "purge_tags": True, "state": state}
    assert (action in problem_of(ecs, **options)) == (when == "before")
    ecs.run("ali_security_group", **options)
    assert not ecs.run("ali_security_group", **options).changed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "cluster"}, "Give security_group_id, or name and vpc_id"),
        ({**GROUP, "name": "1"}, "option name is '1'"),
        ({**GROUP, "description": "http://x"}, "option description"),
        ({**GROUP, "purge_rules": True}, "purge_rules needs the option rules"),
        ({**GROUP, "rules": [{}]}, "Rule 1 of the option rules needs either cidr or group_id"),
        ({**GROUP, "rules": [NETWORK, {"cidr": "10.24.0.1/16"}]}, "Rule 2 .* has host bits set"),
        ({**GROUP, "rules": [{**NETWORK, "priority": 101}]}, "priority 101"),
        ({**GROUP, "rules": [{**NETWORK, "port_range": "22"}]}, "all has none"),
        ({**GROUP, "rules": [{**SSH, "port_range": "90/80"}]}, "it is '90/80'"),
        ({**GROUP, "rules": [NETWORK, {**NETWORK, "description": "again"}]}, "twice, with different descriptions"),
        ({**GROUP, "name": "one"}, "sg-one in vpc-sandbox is also named 'one', but it has no tag cluster"),
        ({"security_group_id": GROUP_ID, "vpc_id": "vpc-other"}, "cannot be moved"),
        ({"security_group_id": "sg-none"}, "There is no security group sg-none"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(ecs: Ecs, options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        ecs.run("ali_security_group", **options)
    assert ecs.writes() == {}


def test_an_unknown_vpc_is_named(ecs: Ecs) -> None:
    for check in (True, False):
        with pytest.raises(NotFound, match="vpc-none"):
            ecs.run("ali_security_group", check=check, **{**GROUP, "vpc_id": "vpc-none"})


@pytest.mark.parametrize(
    "right", [right for right in POLICY["Statement"][0]["Action"] if "SecurityGroup" in right] + ["ecs:" + w for w in WRITES]
)
def test_a_missing_right_is_named(ecs: Ecs, right: str) -> None:
    ecs.run("ali_security_group", **GROUP, rules=[{**NETWORK, "description": "old"}, {"cidr": "10.9.0.0/16"}])
    statements = [{**one, "Action": [action for action in one["Action"] if action != right]} for one in POLICY["Statement"][:2]]
    ecs.state.add_account(ACCESS_KEY, SECRET_KEY, {**POLICY, "Statement": statements})
    steps = ({**GROUP, "rules": [NETWORK, SSH], "purge_rules": True}, {**GROUP, "name": "new"}, {**GROUP, "state": "absent"})
    told = [problem_of(ecs, **options) for options in steps]
    assert any(f"lacks the permission {right}" in text for text in told)


def test_as_a_process(ecs: Ecs) -> None:
    made = ecs.run_process("ali_security_group", **GROUP, rules=[NETWORK])
    assert (made.failed, made.changed) == (False, True)
    assert made["security_group"]["rules"][0]["cidr"] == "10.24.0.0/16"
    assert made["diff"]["before"] == {}
    gone = ecs.run_process("ali_security_group", **GROUP, state="absent")
    assert (gone.changed, gone["security_group"], gone["diff"]["after"]) == (True, {}, {})
