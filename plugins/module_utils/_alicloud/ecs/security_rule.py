# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The rules of a security group: what is there, what is asked for, and what differs. No I/O."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass, field, replace

from ..._core.errors import InvalidInput
from ..object import check_text
from ..object_plan import ApiCall

# Rules that one call takes (API reference of AuthorizeSecurityGroup and RevokeSecurityGroup).
_BATCH = 100
_EVERY_PORT = "-1/-1"
_WITH_PORTS = ("tcp", "udp")
_PORTS = re.compile(r"(\d{1,5})(?:[/-](\d{1,5}))?")
# What narrows a rule down further: the other end's address, or the ports that packets come from (API reference of AuthorizeSecurityGroup).
_FURTHER = {
    "ingress": ("DestCidrIp", "Ipv6DestCidrIp", "PortRangeListId"),
    "egress": ("SourceCidrIp", "Ipv6SourceCidrIp", "PortRangeListId"),
}


@dataclass(frozen=True)
class Rule:
    """A rule. Two with the same fields are the same rule, whatever their descriptions say."""

    direction: str
    protocol: str
    port_range: str
    cidr: str | None
    group_id: str | None
    policy: str
    priority: int
    # What our options cannot express, so that such a rule is never mistaken for another one.
    further: tuple[str, ...] = ()
    description: str | None = field(default=None, compare=False)
    rule_id: str | None = field(default=None, compare=False)

    def public(self) -> dict[str, t.Any]:
        """Return what the module shows of the rule."""
        return {
            "rule_id": self.rule_id,
            "direction": self.direction,
            "protocol": self.protocol,
            "port_range": self.port_range,
            "cidr": self.cidr,
            "group_id": self.group_id,
            "policy": self.policy,
            "priority": self.priority,
            "description": self.description or "",
        }

    def wire(self) -> dict[str, t.Any]:
        """Return an item of the parameter Permissions."""
        end = "Source" if self.direction == "ingress" else "Dest"
        return {
            "IpProtocol": self.protocol.upper(),
            "PortRange": self.port_range,
            f"{end}CidrIp": self.cidr,
            f"{end}GroupId": self.group_id,
            "Policy": self.policy,
            "Priority": self.priority,
            "Description": self.description or None,
            "NicType": "intranet",
        }


def parse_rule(raw: t.Mapping[str, t.Any]) -> Rule:
    """Return an item of DescribeSecurityGroupAttribute."""
    direction = raw["Direction"]
    end = "Source" if direction == "ingress" else "Dest"
    further = [f"{name}={raw[name]}" for name in (f"{end}PrefixListId", *_FURTHER[direction]) if raw.get(name)]
    if (raw.get("SourcePortRange") or _EVERY_PORT) != _EVERY_PORT:
        further.append(f"SourcePortRange={raw['SourcePortRange']}")
    return Rule(
        direction,
        str(raw["IpProtocol"]).lower(),
        raw.get("PortRange") or _EVERY_PORT,
        _plain_cidr(raw.get(f"{end}CidrIp") or raw.get(f"Ipv6{end}CidrIp")),
        raw.get(f"{end}GroupId") or None,
        str(raw["Policy"]).lower(),
        int(raw["Priority"]),
        tuple(further),
        raw.get("Description") or "",
        raw.get("SecurityGroupRuleId"),
    )


def _plain_cidr(text: str | None) -> str | None:
    """Return the CIDR in its usual form: an address may be listed without its length."""
    if not text:
        return None
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text


def parse_desired_rules(options: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[Rule, ...]:
    """Return the rules of the option; refuse what the API would, and one rule with two descriptions."""
    rules: dict[Rule, Rule] = {}
    for number, option in enumerate(options, start=1):
        rule = _parse_desired_rule(f"Rule {number} of the option rules", option)
        if rule in rules and rules[rule].description != rule.description:
            raise InvalidInput(f"Rule {number} of the option rules is listed twice, with different descriptions.")
        rules[rule] = rule
    return tuple(rules)


def _parse_desired_rule(what: str, option: t.Mapping[str, t.Any]) -> Rule:
    if bool(option["cidr"]) == bool(option["group_id"]):
        raise InvalidInput(f"{what} needs either cidr or group_id, and not both.")
    if not 1 <= option["priority"] <= 100:
        raise InvalidInput(f"{what} has the priority {option['priority']}; it must be from 1, which is decided first, to 100.")
    check_text("description of rules", option["description"], 512)
    return Rule(
        option["direction"],
        option["protocol"],
        _parse_desired_ports(what, option["protocol"], option["port_range"]),
        _parse_desired_cidr(what, option["cidr"]) if option["cidr"] else None,
        option["group_id"],
        option["policy"],
        option["priority"],
        description=option["description"],
    )


def _parse_desired_ports(what: str, protocol: str, text: str | None) -> str:
    """Return the ports as first/last; only TCP and UDP have some."""
    if protocol not in _WITH_PORTS:
        if text in (None, _EVERY_PORT):
            return _EVERY_PORT
        raise InvalidInput(f"{what} has ports ({text}), but {protocol} has none: leave port_range out, or use tcp or udp.")
    match = _PORTS.fullmatch(text or "")
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= 65535:
        raise InvalidInput(f"{what} needs a port_range such as 22 or 8000/8099, from 1 to 65535, for {protocol}; it is {text!r}.")
    return f"{first}/{last}"


def _parse_desired_cidr(what: str, text: str) -> str:
    try:
        return str(ipaddress.IPv4Network(text))
    except ValueError as exc:
        raise InvalidInput(f"{what} has the cidr {text!r}, which is not a CIDR block: {exc}. One looks like 10.24.0.0/16.") from None


@dataclass(frozen=True)
class RuleChanges:
    """What makes the rules as desired. Additions come before removals, so that there is no gap."""

    add: tuple[Rule, ...] = ()
    describe: tuple[Rule, ...] = ()  # with the new description and the ID
    remove: tuple[Rule, ...] = ()


def plan_rules(current: t.Sequence[Rule], desired: t.Sequence[Rule] | None, *, purge: bool) -> RuleChanges:
    """Plan so that the desired rules exist, and with ``purge`` no others; None changes nothing."""
    if desired is None:
        return RuleChanges()
    there = {rule: rule for rule in reversed(current)}
    return RuleChanges(
        add=tuple(rule for rule in desired if rule not in there),
        describe=tuple(
            replace(there[rule], description=rule.description)
            for rule in desired
            if rule in there and rule.description not in (None, there[rule].description)
        ),
        remove=tuple(rule for rule in current if rule not in set(desired)) if purge else (),
    )


def rules_after(current: t.Sequence[Rule], changes: RuleChanges) -> tuple[Rule, ...]:
    """Return the rules that hold once the changes are made."""
    described = {rule.rule_id: rule for rule in changes.describe}
    kept = [described.get(rule.rule_id, rule) for rule in current if rule not in set(changes.remove)]
    return (*kept, *changes.add)


def rule_calls(group_id: str, changes: RuleChanges) -> tuple[ApiCall, ...]:
    """Return the calls that make the changes."""
    calls = []
    for direction, suffix in (("ingress", ""), ("egress", "Egress")):
        group = {"SecurityGroupId": group_id}
        for part in _batches(changes.add, direction):
            calls.append(ApiCall(f"AuthorizeSecurityGroup{suffix}", {**group, "Permissions": [rule.wire() for rule in part]}, token=True))
        for rule in (rule for rule in changes.describe if rule.direction == direction):
            text = {"SecurityGroupRuleId": rule.rule_id, "Description": rule.description}
            calls.append(ApiCall(f"ModifySecurityGroup{suffix}Rule", {**group, **text}, token=True))
        for part in _batches(changes.remove, direction):
            ids = {"SecurityGroupRuleId": [rule.rule_id for rule in part]}
            calls.append(ApiCall(f"RevokeSecurityGroup{suffix}", {**group, **ids}, token=True))
    return tuple(calls)


def _batches(rules: t.Iterable[Rule], direction: str) -> t.Iterator[t.Sequence[Rule]]:
    chosen = [rule for rule in rules if rule.direction == direction]
    return (chosen[start : start + _BATCH] for start in range(0, len(chosen), _BATCH))


def rule_order(rule: Rule) -> tuple[t.Any, ...]:
    """Order rules for display."""
    return (rule.direction == "egress", rule.priority, rule.protocol, rule.port_range, rule.cidr or "", rule.group_id or "", rule.policy)
