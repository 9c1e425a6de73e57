# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What is read of security groups before each plan. The plans are made elsewhere."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..client import items_of
from ..errors import Forbidden
from ..object import find_one
from ..object_plan import ObjectPlan, ObjectResource
from .security_group import (
    SecurityGroup,
    parse_desired_security_group,
    parse_security_group,
    plan_security_group,
    plan_security_group_removal,
)
from .security_rule import Rule, parse_rule

if t.TYPE_CHECKING:
    from ..client import AlicloudClient

# The largest pages of these listings (API reference).
_GROUPS_PAGE, _RULES_PAGE, _INTERFACES_PAGE = 100, 1000, 500


def read_rules(client: AlicloudClient, group_id: str) -> tuple[Rule, ...]:
    """Return the rules of a security group."""
    query = {"SecurityGroupId": group_id, "MaxResults": _RULES_PAGE}
    found = client.pages("ecs", "DescribeSecurityGroupAttribute", query, ("Permissions", "Permission"))
    return tuple(parse_rule(raw) for raw in found)


def read_readable_rules(client: AlicloudClient, group_ids: t.Iterable[str]) -> list[dict[str, t.Any]]:
    """Return the rules of each group; None for those that the identity may not read."""
    groups: list[dict[str, t.Any]] = []
    for group_id in sorted(set(group_ids)):
        try:
            rules: list[dict[str, t.Any]] | None = [rule.public() for rule in read_rules(client, group_id)]
        except Forbidden:
            rules = None
        groups.append({"security_group_id": group_id, "rules": rules})
    return groups


class SecurityGroupPlanner:
    """Reads a security group and plans it."""

    def __init__(self, client: AlicloudClient, options: t.Mapping[str, t.Any]) -> None:
        self._client = client
        self._desired = parse_desired_security_group(options)

    def plan(self, made: str | None) -> ObjectPlan:
        """Plan from the current state."""
        identity = self._desired.identity(self._client.region, made)
        query = {"SecurityGroupId": identity.object_id} if identity.object_id else {"VpcId": self._desired.vpc_id}
        group = find_one(identity, self._groups(query))
        if self._desired.absent:
            return plan_security_group_removal(group, self._users(group.object_id) if group else ())
        if group:
            return plan_security_group(self._desired, replace(group, rules=read_rules(self._client, group.object_id)))
        # An unknown VPC has no security groups either; only this call tells the two apart.
        self._client.call("vpc", "DescribeVpcAttribute", {"VpcId": self._desired.vpc_id})
        return plan_security_group(self._desired, None)

    def _groups(self, query: t.Mapping[str, t.Any]) -> list[SecurityGroup]:
        query, items = {**query, "MaxResults": _GROUPS_PAGE}, ("SecurityGroups", "SecurityGroup")
        return [parse_security_group(raw) for raw in self._client.pages("ecs", "DescribeSecurityGroups", query, items)]

    def _users(self, group_id: str) -> set[str]:
        """Return the instances and other interfaces in the group, and the groups whose rules name it."""
        query, items = {"SecurityGroupId": group_id, "MaxResults": _INTERFACES_PAGE}, ("NetworkInterfaceSets", "NetworkInterfaceSet")
        interfaces = self._client.pages("ecs", "DescribeNetworkInterfaces", query, items)
        users = {raw.get("InstanceId") or raw["NetworkInterfaceId"] for raw in interfaces}
        answer = self._client.call("ecs", "DescribeSecurityGroupReferences", {"SecurityGroupId": [group_id]})
        for raw in items_of(answer, ("SecurityGroupReferences", "SecurityGroupReference")):
            users |= {one["SecurityGroupId"] for one in items_of(raw, ("ReferencingSecurityGroups", "ReferencingSecurityGroup"))}
        return users - {group_id}


def security_group_resource(client: AlicloudClient, options: t.Mapping[str, t.Any]) -> ObjectResource:
    """Return the security group that the module's options describe."""
    return ObjectResource(client, "ecs", SecurityGroupPlanner(client, options).plan, options["wait_timeout"])
