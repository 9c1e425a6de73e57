# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of security groups: what the cloud lists, what is asked for, what differs."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.security_rule import (
    Rule,
    parse_desired_rules,
    parse_rule,
    plan_rules,
    rule_calls,
    rules_after,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

LISTED = {
    "SecurityGroupRuleId": "sgr-1",
    "Direction": "ingress",
    "IpProtocol": "ALL",
    "PortRange": "-1/-1",
    "Policy": "Accept",
    "Priority": "1",
    "SourceCidrIp": "10.24.0.0/16",
    "Description": "containers",
}
OPTION = {
    "direction": "ingress",
    "protocol": "all",
    "port_range": None,
    "cidr": "10.24.0.0/16",
    "group_id": None,
    "policy": "accept",
    "priority": 1,
    "description": None,
}


def rule(**fields: t.Any) -> Rule:
    (made,) = parse_desired_rules([{**OPTION, **fields}])
    return made


SAME: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({}, {}),
    ({"SourceCidrIp": "10.24.0.9"}, {"cidr": "10.24.0.9/32"}),
    ({"SourceCidrIp": "10.24.0.9/32"}, {"cidr": "10.24.0.9"}),
    ({"IpProtocol": "TCP", "PortRange": "22/22"}, {"protocol": "tcp", "port_range": "22"}),
    ({"IpProtocol": "UDP", "PortRange": "8000/8099"}, {"protocol": "udp", "port_range": "8000-8099"}),
    ({"SourceCidrIp": "", "SourceGroupId": "sg-2"}, {"cidr": None, "group_id": "sg-2"}),
    ({"Policy": "Drop", "Priority": "7"}, {"policy": "drop", "priority": 7}),
    ({"Direction": "egress", "SourceCidrIp": "", "DestCidrIp": "10.24.0.0/16"}, {"direction": "egress"}),
    ({"SourcePortRange": "-1/-1", "DestCidrIp": ""}, {}),
    ({}, {"description": "another text"}),
]
OTHER: list[dict[str, t.Any]] = [
    {"SourceCidrIp": "10.25.0.0/16"},
    {"Priority": "2"},
    {"Policy": "Drop"},
    {"IpProtocol": "GRE"},
    {"DestCidrIp": "192.0.2.1/32"},
    {"SourcePortRange": "53/53"},
    {"SourceCidrIp": "", "Ipv6SourceCidrIp": "2001:db8::/32"},
    {"SourceCidrIp": "", "SourcePrefixListId": "pl-1"},
    {"SourcePrefixListId": "pl-1"},
    {"Direction": "egress", "DestCidrIp": "10.24.0.0/16"},
]


@pytest.mark.parametrize(("listed", "option"), SAME)
def test_what_is_asked_for_is_known_again(listed: dict[str, t.Any], option: dict[str, t.Any]) -> None:
    assert parse_rule({**LISTED, **listed}) == rule(**option)


@pytest.mark.parametrize("listed", OTHER)
def test_another_rule_is_never_taken_for_it(listed: dict[str, t.Any]) -> None:
    assert parse_rule({**LISTED, **listed}) != rule()


def test_a_rule_as_the_api_takes_it() -> None:
    assert rule(direction="egress", protocol="tcp", port_range="443", description="web").wire() == {
        "IpProtocol": "TCP",
        "PortRange": "443/443",
        "DestCidrIp": "10.24.0.0/16",
        "DestGroupId": None,
        "Policy": "accept",
        "Priority": 1,
        "Description": "web",
        "NicType": "intranet",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"cidr": None},
        {"group_id": "sg-2"},
        {"priority": 0},
        {"protocol": "tcp"},
        {"protocol": "tcp", "port_range": "0"},
        {"protocol": "tcp", "port_range": "1/65536"},
        {"protocol": "udp", "port_range": "dns"},
        {"port_range": "22"},
        {"cidr": "10.24.0.0/33"},
        {"cidr": "2001:db8::/32"},
        {"description": "x" * 513},
    ],
)
def test_bad_rules_are_refused(fields: dict[str, t.Any]) -> None:
    with pytest.raises(InvalidInput, match="option"):
        rule(**fields)


def test_additions_come_before_removals_in_batches_of_a_hundred() -> None:
    current = [parse_rule({**LISTED, "SourceCidrIp": f"10.1.{n}.0/24", "SecurityGroupRuleId": f"sgr-{n}"}) for n in range(101)]
    want = [rule(cidr=f"10.2.{n}.0/24") for n in range(101)]
    changes = plan_rules(current, want, purge=True)
    calls = rule_calls("sg-1", changes)
    sizes = [(call.action, len(call.params.get("Permissions") or call.params["SecurityGroupRuleId"])) for call in calls]
    assert sizes == [("AuthorizeSecurityGroup", n) for n in (100, 1)] + [("RevokeSecurityGroup", n) for n in (100, 1)]
    assert all(call.token for call in calls)


NUMBERS = st.sets(st.integers(0, 8))


@given(NUMBERS, NUMBERS, st.booleans())
def test_the_laws_of_a_plan(there: set[int], asked: set[int], purge: bool) -> None:
    current = [parse_rule({**LISTED, "SourceCidrIp": f"10.{n}.0.0/16", "SecurityGroupRuleId": f"sgr-{n}"}) for n in sorted(there)]
    want = [rule(cidr=f"10.{n}.0.0/16", description="new" if n % 2 else None) for n in sorted(asked)]
    changes = plan_rules(current, want, purge=purge)
    after = rules_after(current, changes)
    assert set(after) == set(want) | (set() if purge else set(current))
    assert len(after) == len(set(after))
    assert rule_calls("sg-1", plan_rules(after, want, purge=purge)) == ()
    assert {one.description for one in after if one in set(want) and one.rule_id is None} <= {None, "new"}
    assert not set(changes.add) & set(current) and set(changes.remove) <= set(current)
