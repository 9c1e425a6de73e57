# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans security groups: which one is meant, what it is to be like. No I/O."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.alicloud.flannel.plugins.module_utils._ali_security_rule import (
    Rule,
    RuleChanges,
    plan_rules,
    rules_after,
    sort_key,
    wanted_rules,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_object import (
    Identity,
    TagPlan,
    Tags,
    check_text,
    option_tags,
    parse_tags,
    plan_tags,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._plan import Outcome

# API reference of CreateSecurityGroup.
_NAME = re.compile(r"[^\W\d_][\w:.-]{1,127}")
LONGEST_DESCRIPTION = 256


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
            "rules": [rule.public() for rule in sorted(self.rules, key=sort_key)],
        }


@dataclass(frozen=True)
class Wanted:
    """The security group that is asked for. None leaves a property as it is."""

    absent: bool
    object_id: t.Optional[str]
    vpc_id: t.Optional[str]
    name: t.Optional[str]
    description: t.Optional[str]
    tags: Tags
    purge_tags: bool
    rules: t.Optional[tuple[Rule, ...]]
    purge_rules: bool

    def identity(self, region: str) -> Identity:
        """Return which security group is meant."""
        place = self.vpc_id or f"region {region}"
        return Identity("security group", place, self.object_id, self.name, self.tags, expected=not self.absent)


def parse_group(raw: t.Mapping[str, t.Any]) -> SecurityGroup:
    """Return an item of DescribeSecurityGroups, which has no rules."""
    return SecurityGroup(
        raw["SecurityGroupId"], raw.get("VpcId", ""), raw.get("SecurityGroupName", ""), raw.get("Description", ""), parse_tags(raw)
    )


def parse_wanted(options: t.Mapping[str, t.Any]) -> Wanted:
    """Return what the module's options ask for."""
    object_id, vpc_id, name = (options[option] for option in ("security_group_id", "vpc_id", "name"))
    if not object_id and not (name and vpc_id):
        raise InvalidInput("Give security_group_id, or name and vpc_id: it is not clear which security group is meant.")
    if name is not None and (not _NAME.fullmatch(name) or name.startswith(("http://", "https://"))):
        raise InvalidInput(
            f"The option name is {name!r}. The name of a security group has 2 to 128 characters: a letter, then letters, digits and "
            "'.', '_', ':', '-'."
        )
    check_text("description", options["description"], LONGEST_DESCRIPTION)
    if options["purge_rules"] and options["rules"] is None:
        raise InvalidInput("The option purge_rules needs the option rules; rules: [] is how to take away every rule.")
    return Wanted(
        options["state"] == "absent",
        object_id,
        vpc_id,
        name,
        options["description"],
        option_tags(options),
        options["purge_tags"],
        None if options["rules"] is None else wanted_rules(options["rules"]),
        options["purge_rules"],
    )


@dataclass(frozen=True)
class GroupPlan:
    """The security group as it is and as it is wanted."""

    current: t.Optional[SecurityGroup]
    after: t.Optional[SecurityGroup]
    tags: TagPlan
    rules: RuleChanges

    @property
    def changes(self) -> tuple[str, ...]:
        """Return what is to be done, in words."""
        if self.current is None or self.after is None:
            return () if self.current is self.after else ("delete" if self.current else "create",)
        steps = (
            ("modify", (self.current.name, self.current.description) != (self.after.name, self.after.description)),
            ("tag", bool(self.tags.add or self.tags.remove)),
            ("rules", bool(self.rules)),
        )
        return tuple(step for step, needed in steps if needed)

    def predict(self) -> Outcome:
        """Return what will hold once every change is made."""
        return self.outcome(self.after)

    def outcome(self, after: t.Optional[SecurityGroup]) -> Outcome:
        """Return what holds once the changes are made."""
        shown = after.public() if after else None
        before = self.current.public() if self.current else {}
        return Outcome(bool(self.changes), before, shown or {}, {"security_group": shown})


def plan_group(wanted: Wanted, current: t.Optional[SecurityGroup]) -> GroupPlan:
    """Plan; refuse to move a security group to another VPC."""
    if wanted.absent:
        return GroupPlan(current, None, plan_tags({}, {}, purge=False), RuleChanges())
    if current is None:
        tags = plan_tags({}, wanted.tags, purge=False)
        new = SecurityGroup("", wanted.vpc_id or "", wanted.name or "", wanted.description or "", tags.after, wanted.rules or ())
        return GroupPlan(None, new, tags, RuleChanges(add=wanted.rules or ()))
    if wanted.vpc_id not in (None, current.vpc_id):
        raise InvalidInput(
            f"Security group {current.object_id} is in {current.vpc_id}, not in {wanted.vpc_id}, and cannot be moved; nothing was changed."
        )
    tags = plan_tags(current.tags, wanted.tags, purge=wanted.purge_tags)
    rules = plan_rules(current.rules, wanted.rules, purge=wanted.purge_rules)
    after = replace(
        current,
        name=wanted.name or current.name,
        description=current.description if wanted.description is None else wanted.description,
        tags=tags.after,
        rules=rules_after(current.rules, rules),
    )
    return GroupPlan(current, after, tags, rules)
