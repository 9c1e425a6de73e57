# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads and makes security groups."""

from __future__ import annotations

import typing as t
import uuid
from dataclasses import replace

from ansible_collections.alicloud.flannel.plugins.module_utils._ali_security_group import (
    GroupPlan,
    SecurityGroup,
    Wanted,
    parse_group,
    parse_wanted,
    plan_group,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._ali_security_rule import Rule, parse_rule
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_client import items_of
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_ecs import write, write_tags
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_errors import NotFound
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_object import find_one, wait_for, wire_tags
from ansible_collections.alicloud.flannel.plugins.module_utils._errors import InvalidInput

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_client import AlicloudClient
    from ansible_collections.alicloud.flannel.plugins.module_utils._plan import Outcome

# Rules that one call takes (API reference of AuthorizeSecurityGroup and RevokeSecurityGroup).
_BATCH = 100
_RULES_PAGE = 1000
_SHOWN = 10


class SecurityGroupResource:
    """One security group."""

    def __init__(self, client: AlicloudClient, wanted: Wanted, wait_timeout: float) -> None:
        self._client = client
        self._wanted = wanted
        self._wait_timeout = wait_timeout

    def plan(self) -> GroupPlan:
        """Read the security group and plan; refuse to remove it while something needs it."""
        wanted = self._wanted
        query = {"SecurityGroupId": wanted.object_id} if wanted.object_id else {"VpcId": wanted.vpc_id}
        found = find_one(wanted.identity(self._client.region), self._list(query))
        current = replace(found, rules=self._rules(found.object_id)) if found else None
        plan = plan_group(wanted, current)
        if plan.changes == ("delete",):
            self._refuse_use(plan.current.object_id if plan.current else "")
        if plan.changes == ("create",):
            # An unknown VPC has no security groups either; only this tells the one from the other.
            self._client.call("vpc", "DescribeVpcAttribute", {"VpcId": wanted.vpc_id})
        return plan

    def apply(self, plan: GroupPlan) -> Outcome:
        """Make the changes and return what was then read back."""
        if plan.after is None:
            self._delete(plan.current.object_id if plan.current else "")
            return plan.outcome(None)
        group_id = plan.current.object_id if plan.current else self._create(plan.after)
        if "modify" in plan.changes:
            self._modify(group_id, plan.after)
        if plan.current:
            write_tags(self._client, "securitygroup", group_id, plan.tags, lambda: self._require(group_id).tags)
        self._write_rules(group_id, plan)
        return plan.outcome(replace(self._require(group_id), rules=self._rules(group_id)))

    def _list(self, query: t.Mapping[str, t.Any]) -> list[SecurityGroup]:
        items = ("SecurityGroups", "SecurityGroup")
        return [parse_group(raw) for raw in self._client.pages("ecs", "DescribeSecurityGroups", {**query, "MaxResults": 100}, items)]

    def _read(self, group_id: str) -> t.Optional[SecurityGroup]:
        return next((group for group in self._list({"SecurityGroupId": group_id}) if group.object_id == group_id), None)

    def _require(self, group_id: str) -> SecurityGroup:
        """Return the group; one that was just made may take a moment to be listed."""
        what = f"Listing security group {group_id}"
        found = wait_for(self._client, lambda: self._read(group_id), lambda group: group is not None, self._wait_timeout, what)
        return t.cast(SecurityGroup, found)

    def _rules(self, group_id: str) -> tuple[Rule, ...]:
        query = {"SecurityGroupId": group_id, "MaxResults": _RULES_PAGE}
        found = self._client.pages("ecs", "DescribeSecurityGroupAttribute", query, ("Permissions", "Permission"))
        return tuple(parse_rule(raw) for raw in found)

    def _create(self, group: SecurityGroup) -> str:
        params = {
            "VpcId": group.vpc_id,
            "SecurityGroupName": group.name,
            "Description": group.description or None,
            "Tag": wire_tags(group.tags),
            "ClientToken": str(uuid.uuid4()),
        }
        group_id = str(self._client.call("ecs", "CreateSecurityGroup", params)["SecurityGroupId"])
        self._require(group_id)
        return group_id

    def _modify(self, group_id: str, after: SecurityGroup) -> None:
        params = {"SecurityGroupId": group_id, "SecurityGroupName": after.name, "Description": after.description or None}
        write(self._client, "ModifySecurityGroupAttribute", params, lambda: _named(self._require(group_id)) == _named(after))

    def _write_rules(self, group_id: str, plan: GroupPlan) -> None:
        for direction, suffix in (("ingress", ""), ("egress", "Egress")):
            for part in _batches(plan.rules.add, direction):
                self._call(f"AuthorizeSecurityGroup{suffix}", group_id, {"Permissions": [rule.wire() for rule in part]})
            for rule in plan.rules.describe:
                if rule.direction == direction:
                    text = {"SecurityGroupRuleId": rule.rule_id, "Description": rule.description}
                    self._call(f"ModifySecurityGroup{suffix}Rule", group_id, text)
            for part in _batches(plan.rules.remove, direction):
                self._call(f"RevokeSecurityGroup{suffix}", group_id, {"SecurityGroupRuleId": [rule.rule_id for rule in part]})

    def _call(self, action: str, group_id: str, params: t.Mapping[str, t.Any]) -> None:
        self._client.call("ecs", action, {"SecurityGroupId": group_id, **params, "ClientToken": str(uuid.uuid4())})

    def _delete(self, group_id: str) -> None:
        try:
            write(self._client, "DeleteSecurityGroup", {"SecurityGroupId": group_id}, lambda: self._read(group_id) is None)
        except NotFound:
            return  # somebody else removed it

    def _refuse_use(self, group_id: str) -> None:
        """Raise when network interfaces are in the group or rules of other groups name it."""
        query = {"SecurityGroupId": group_id, "MaxResults": 500}
        items = ("NetworkInterfaceSets", "NetworkInterfaceSet")
        interfaces = self._client.pages("ecs", "DescribeNetworkInterfaces", query, items)
        users = {raw.get("InstanceId") or raw["NetworkInterfaceId"] for raw in interfaces}
        answer = self._client.call("ecs", "DescribeSecurityGroupReferences", {"SecurityGroupId": [group_id]})
        for raw in items_of(answer, ("SecurityGroupReferences", "SecurityGroupReference")):
            users |= {one["SecurityGroupId"] for one in items_of(raw, ("ReferencingSecurityGroups", "ReferencingSecurityGroup"))}
        users -= {group_id}
        if users:
            raise InvalidInput(
                f"Security group {group_id} is used by {_some(users)}; nothing was removed. Release these instances or interfaces, or take "
                "the rules that name it out of these groups, first."
            )


def security_group_resource(client: AlicloudClient, options: t.Mapping[str, t.Any]) -> SecurityGroupResource:
    """Return the resource that the module's options describe."""
    return SecurityGroupResource(client, parse_wanted(options), options["wait_timeout"])


def _batches(rules: t.Sequence[Rule], direction: str) -> t.Iterator[t.Sequence[Rule]]:
    chosen = [rule for rule in rules if rule.direction == direction]
    return (chosen[start : start + _BATCH] for start in range(0, len(chosen), _BATCH))


def _named(group: SecurityGroup) -> tuple[str, str]:
    return group.name, group.description


def _some(names: t.Collection[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(sorted(names)[:_SHOWN]) + more
