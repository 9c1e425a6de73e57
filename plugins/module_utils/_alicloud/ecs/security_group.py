# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans security groups: which one is meant, what it is to be like. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..._core.errors import InvalidInput
from ..._core.text import name_first
from ..object import (
    Identity,
    Tags,
    check_name,
    check_text,
    option_tags,
    parse_tags,
    plan_tags,
    wire_tags,
)
from ..object_plan import ApiCall, ObjectPlan, tag_calls
from .security_rule import (
    Rule,
    parse_desired_rules,
    plan_rules,
    rule_calls,
    rule_order,
    rules_after,
)

# API reference of CreateSecurityGroup.
LONGEST_DESCRIPTION = 256
KIND = "security_group"
_SHOWN = 10


@dataclass(frozen=True)
class SecurityGroup:
    """A security group with its rules; ``object_id`` is empty while it is only planned."""

    object_id: str
    vpc_id: str
    name: str
    description: str
    tags: Tags
    rules: tuple[Rule, ...] = ()

    def public(self) -> dict[str, t.Any]:
        """Return what the module shows of it."""
        return {
            "security_group_id": self.object_id or None,
            "vpc_id": self.vpc_id,
            "name": self.name,
            "description": self.description,
            "tags": dict(self.tags),
            "rules": [rule.public() for rule in sorted(self.rules, key=rule_order)],
        }


@dataclass(frozen=True)
class DesiredSecurityGroup:
    """The desired security group. None leaves a property as it is."""

    absent: bool
    object_id: str | None
    vpc_id: str | None
    name: str | None
    description: str | None
    tags: Tags
    purge_tags: bool
    rules: tuple[Rule, ...] | None
    purge_rules: bool

    def identity(self, region: str, made: str | None) -> Identity:
        """Return which security group is meant; what this run has made is known by its ID, and may take a moment until it is listed."""
        expected = not self.absent and made is None
        return Identity("security group", self.vpc_id or f"region {region}", made or self.object_id, self.name, self.tags, expected)


def parse_security_group(raw: t.Mapping[str, t.Any]) -> SecurityGroup:
    """Return an item of DescribeSecurityGroups, which has no rules."""
    return SecurityGroup(
        raw["SecurityGroupId"], raw.get("VpcId", ""), raw.get("SecurityGroupName", ""), raw.get("Description", ""), parse_tags(raw)
    )


def parse_desired_security_group(options: t.Mapping[str, t.Any]) -> DesiredSecurityGroup:
    """Return what the module's options ask for."""
    object_id, vpc_id, name = (options[option] for option in ("security_group_id", "vpc_id", "name"))
    if not object_id and not (name and vpc_id):
        raise InvalidInput("Give security_group_id, or name and vpc_id: otherwise it is not clear which security group is meant.")
    if name is not None:
        check_name("security group", name)
    check_text("description", options["description"], LONGEST_DESCRIPTION)
    if options["purge_rules"] and options["rules"] is None:
        raise InvalidInput("The option purge_rules needs the option rules; rules: [] removes every rule.")
    return DesiredSecurityGroup(
        options["state"] == "absent",
        object_id,
        vpc_id,
        name,
        options["description"],
        option_tags(options),
        options["purge_tags"],
        None if options["rules"] is None else parse_desired_rules(options["rules"]),
        options["purge_rules"],
    )


def plan_security_group(desired: DesiredSecurityGroup, current: SecurityGroup | None) -> ObjectPlan:
    """Plan to make the security group or to change what differs; refuse to move it to another VPC."""
    if current is None:
        tags = plan_tags({}, desired.tags, purge=False).after
        new = SecurityGroup("", desired.vpc_id or "", desired.name or "", desired.description or "", tags, desired.rules or ())
        return ObjectPlan(KIND, None, new.public(), (_creation(new),))
    if desired.vpc_id not in (None, current.vpc_id):
        raise InvalidInput(
            f"Security group {current.object_id} is in {current.vpc_id}, not in {desired.vpc_id}, and cannot be moved; nothing was changed."
        )
    group_id = current.object_id
    tagging, tags = tag_calls("securitygroup", group_id, current.tags, desired.tags, purge=desired.purge_tags, untag="UntagResources")
    rules = plan_rules(current.rules, desired.rules, purge=desired.purge_rules)
    description = current.description if desired.description is None else desired.description
    after = replace(current, name=desired.name or current.name, description=description, tags=tags, rules=rules_after(current.rules, rules))
    changes = (*_modification(current, after), *tagging, *rule_calls(group_id, rules))
    return ObjectPlan(KIND, current.public(), after.public(), changes)


def plan_security_group_removal(current: SecurityGroup | None, users: t.Collection[str]) -> ObjectPlan:
    """Plan to remove the security group; refuse while instances, interfaces or rules of other groups use it."""
    if current is None:
        return ObjectPlan(KIND, None, None)
    if users:
        raise InvalidInput(
            f"Security group {current.object_id} is used by {name_first(sorted(users), _SHOWN)}; nothing was removed. Release these "
            "instances or interfaces, or remove the rules that name it from these groups, first."
        )
    return ObjectPlan(KIND, current.public(), None, (ApiCall("DeleteSecurityGroup", {"SecurityGroupId": current.object_id}),))


def _creation(group: SecurityGroup) -> ApiCall:
    params = {
        "VpcId": group.vpc_id,
        "SecurityGroupName": group.name,
        "Description": group.description or None,
        "Tag": wire_tags(group.tags),
    }
    return ApiCall("CreateSecurityGroup", params, token=True, id_field="SecurityGroupId")


def _modification(current: SecurityGroup, after: SecurityGroup) -> tuple[ApiCall, ...]:
    if (current.name, current.description) == (after.name, after.description):
        return ()
    params = {"SecurityGroupId": after.object_id, "SecurityGroupName": after.name, "Description": after.description or None}
    return (ApiCall("ModifySecurityGroupAttribute", params),)
