# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._verify.example_observations import (
    found,
    rule,
    rules,
    set_at,
)

ACCEPT = rule("ingress", "all", "10.24.0.0/16")
GROUPS: list[tuple[str, list[t.Any], str, str]] = [
    ("nothing", [], "broken", "does not let in ICMP from 10.24.0.0/16"),
    ("the nodes only", [rule("ingress", "all", "172.16.0.0/16")], "broken", "does not let in ICMP"),
    ("a part", [rule("ingress", "all", "10.24.2.0/23")], "broken", "ICMP from 10.24.1.0/24"),
    (
        "dropped first",
        [rule("ingress", "icmp", "10.24.1.0/24", "drop"), rule("ingress", "all", "10.24.0.0/16", priority=2)],
        "broken",
        "10.24.1.0/24",
    ),
    ("dropped at the same priority", [ACCEPT, rule("ingress", "all", "10.24.0.0/16", "drop")], "broken", "ICMP"),
    ("another group", [{**ACCEPT, "cidr": None}], "broken", "ICMP"),
    ("dropped on its way out", [ACCEPT, rule("egress", "all", "10.24.0.0/16", "drop")], "broken", "does not let out ICMP to 10.24.0.0/16"),
    ("no TCP", [rule("ingress", "icmp", "10.24.0.0/16")], "warning", "does not let in TCP"),
    ("some TCP", [rule("ingress", "icmp", "10.24.0.0/16"), rule("ingress", "tcp", "0.0.0.0/0", ports="80/80")], "warning", "TCP"),
]


@pytest.mark.parametrize(("given", "level", "problem"), [case[1:] for case in GROUPS], ids=[case[0] for case in GROUPS])
def test_security_groups_that_keep_the_network_out(given: list[t.Any], level: str, problem: str) -> None:
    findings = found(rules(*given))
    assert {(finding["link"], finding["level"]) for finding in findings} == {("security group", level)}
    assert any(problem in finding["problem"] for finding in findings)


@pytest.mark.parametrize(
    "given",
    [
        [rule("ingress", "all", "0.0.0.0/0")],
        [rule("ingress", "all", "10.24.0.0/17"), rule("ingress", "all", "10.0.0.0/8", "drop", priority=2)],
        [rule("ingress", "icmp", "10.24.0.0/16"), rule("ingress", "tcp", "10.24.0.0/16", ports="1/65535")],
        [ACCEPT, rule("egress", "all", "192.0.2.0/24", "drop"), rule("ingress", "all", "2001:db8::/32", "drop")],
    ],
)
def test_security_groups_that_let_the_network_in(given: list[t.Any]) -> None:
    assert found(rules(*given)) == []


def test_rules_that_may_not_be_read_are_told_as_not_checked() -> None:
    (finding,) = found(set_at("cloud", "instances", "security_groups", 0, "rules", value=None))
    assert (finding["level"], finding["link"]) == ("warning", "security group")
    assert "were not checked: the permission ecs:DescribeSecurityGroupAttribute is missing" in finding["problem"]
