# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ECS 2014-05-26: security groups and their rules. A rule that is there already is not made twice, and that is no error."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.ecs_tags import has_tags, list_tags, request_tags
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, illegal, missing
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Rule
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.paging import page_by_number, page_by_token
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.tokens import once

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import SecurityGroup
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

Reply = t.Dict[str, t.Any]
MAX_RULES = 200
MAX_BATCH = 100
PROTOCOLS = {"TCP", "UDP", "ICMP", "ICMPV6", "GRE", "ALL"}


def find_group(request: ApiRequest, group_id: str) -> SecurityGroup:
    group = request.state.security_groups.get(group_id)
    if group is None:
        raise ApiError("InvalidSecurityGroupId.NotFound", "There is no such security group in this region.", 404)
    return group


def _named_group(request: ApiRequest) -> SecurityGroup:
    return find_group(request, request.require("SecurityGroupId"))


def create_security_group(request: ApiRequest) -> Reply:
    vpc_id = request.require("VpcId")
    if vpc_id not in request.state.vpcs:
        raise ApiError("InvalidVpcId.NotFound", "There is no such VPC in this region.", 404)
    name = _checked_name(request) or ""
    group = request.state.add_security_group(vpc_id, name=name)
    group.description, group.tags = request.get("Description") or "", request_tags(request)
    return {"SecurityGroupId": group.security_group_id}


def _checked_name(request: ApiRequest) -> str | None:
    name = request.get("SecurityGroupName")
    if name is not None and (not 2 <= len(name) <= 128 or not name[0].isalpha() or name.startswith(("http://", "https://"))):
        raise ApiError("InvalidSecurityGroupName.Malformed", f"The name {name!r} is not allowed.")
    return name


def modify_security_group_attribute(request: ApiRequest) -> Reply:
    group = _named_group(request)
    group.name = _checked_name(request) or group.name
    group.description = request.get("Description") or group.description
    return {}


def delete_security_group(request: ApiRequest) -> Reply:
    group = _named_group(request)
    group_id = group.security_group_id
    if any(group_id in instance.security_group_ids for instance in request.state.instances.values()):
        raise ApiError("DependencyViolation", "There are instances in the security group.", 403)
    others = (other for other in request.state.security_groups.values() if other is not group)
    if any(rule.group_id == group_id for other in others for rule in other.rules):
        raise ApiError("DependencyViolation", "Another security group refers to this one.", 403)
    del request.state.security_groups[group_id]
    return {}


def describe_security_group_references(request: ApiRequest) -> Reply:
    wanted, groups = request.strings("SecurityGroupId"), request.state.security_groups.values()
    users = {one: [g.security_group_id for g in groups if any(rule.group_id == one for rule in g.rules)] for one in wanted}
    listed = [
        {"SecurityGroupId": one, "ReferencingSecurityGroups": {"ReferencingSecurityGroup": [{"SecurityGroupId": user} for user in found]}}
        for one, found in users.items()
        if found
    ]
    return {"SecurityGroupReferences": {"SecurityGroupReference": listed}}


def describe_security_groups(request: ApiRequest) -> Reply:
    ids = request.json_strings("SecurityGroupIds")
    groups = [
        group
        for group in request.state.security_groups.values()
        if request.get("VpcId") in (None, group.vpc_id)
        and request.get("SecurityGroupName") in (None, group.name)
        and request.get("SecurityGroupId") in (None, group.security_group_id)
        and (ids is None or group.security_group_id in ids)
        and has_tags(request, group.tags)
    ]
    groups.sort(key=lambda group: group.sequence)
    if request.get("MaxResults") or request.get("NextToken"):
        page, token = page_by_token(request, groups, lambda group: group.sequence, min(request.integer("MaxResults", 10), 100))
        fields: Reply = {"NextToken": token}
    else:
        page, fields = page_by_number(request, groups)
    return {"RegionId": request.state.region, "SecurityGroups": {"SecurityGroup": [_group(group) for group in page]}, **fields}


def _group(group: SecurityGroup) -> Reply:
    return {
        "SecurityGroupId": group.security_group_id,
        "SecurityGroupName": group.name,
        "Description": group.description,
        "VpcId": group.vpc_id,
        "SecurityGroupType": "normal",
        "RuleCount": len(group.rules),
        **list_tags(group.tags),
    }


def describe_security_group_attribute(request: ApiRequest) -> Reply:
    group = _named_group(request)
    direction = request.get("Direction") or "all"
    numbered = [(number, rule) for number, rule in enumerate(group.rules, 1) if direction in ("all", rule.direction)]
    page, token = page_by_token(request, numbered, lambda item: item[0], min(request.integer("MaxResults", 500), 1000))
    return {
        "RegionId": request.state.region,
        "SecurityGroupId": group.security_group_id,
        "SecurityGroupName": group.name,
        "Description": group.description,
        "VpcId": group.vpc_id,
        "InnerAccessPolicy": "Accept" if group.inner_access else "Drop",
        "NextToken": token,
        "Permissions": {"Permission": [_permission(rule) for _number, rule in page]},
    }


def _permission(rule: Rule) -> Reply:
    peer = "Source" if rule.direction == "ingress" else "Dest"
    ends = {"SourceCidrIp": "", "SourceGroupId": "", "DestCidrIp": "", "DestGroupId": ""}
    ends[f"{peer}CidrIp"], ends[f"{peer}GroupId"] = rule.cidr or "", rule.group_id or ""
    return {
        **ends,
        "SecurityGroupRuleId": rule.rule_id,
        "Direction": rule.direction,
        "IpProtocol": rule.protocol,
        "PortRange": rule.port_range,
        "Policy": rule.policy,
        "Priority": str(rule.priority),
        "NicType": "intranet",
        "Description": rule.description,
    }


def _authorize(direction: str) -> t.Callable[[ApiRequest], Reply]:
    def authorize(request: ApiRequest) -> Reply:
        group = _named_group(request)
        rules = [_rule(request, direction, fields) for fields in _records(request)]
        known = {_meaning(rule) for rule in group.rules}
        new = [rule for rule in dict.fromkeys(rules) if _meaning(rule) not in known]
        if len(group.rules) + len(new) > MAX_RULES:
            raise ApiError("AuthorizationLimitExceed", "The security group has as many rules as it may have.", 403)
        group.rules.extend(request.state.with_ids(new))
        request.state.settling.security_group_changed(group.security_group_id)
        return {}

    return authorize


def _records(request: ApiRequest) -> list[dict[str, str]]:
    records = request.records("Permissions")
    if not records:
        raise missing("Permissions.1.IpProtocol")
    if len(records) > MAX_BATCH:
        raise illegal("Permissions", f"{len(records)} rules")
    return records


def _meaning(rule: Rule) -> Rule:
    """Return the rule without what makes no rule different from another."""
    return dataclasses.replace(rule, description="")


def _rule(request: ApiRequest, direction: str, fields: t.Mapping[str, str]) -> Rule:
    peer = "Source" if direction == "ingress" else "Dest"
    cidr, group_id = fields.get(f"{peer}CidrIp"), fields.get(f"{peer}GroupId")
    if not (cidr or group_id):
        raise missing(f"{peer}CidrIp")
    if group_id and not cidr:
        find_group(request, group_id)
    protocol, ports = fields.get("IpProtocol", "").upper(), fields.get("PortRange", "")
    _check_protocol(protocol, ports)
    return Rule(
        direction,
        str(_network(cidr)) if cidr else None,
        None if cidr else group_id,
        protocol,
        ports,
        fields.get("Policy", "accept").capitalize(),
        _priority(fields.get("Priority", "1")),
        fields.get("Description", ""),
    )


def _check_protocol(protocol: str, ports: str) -> None:
    if protocol not in PROTOCOLS:
        raise ApiError("InvalidIpProtocol.ValueNotSupported", f"The protocol {protocol!r} is not supported.")
    good = _is_port_range(ports) if protocol in ("TCP", "UDP") else ports == "-1/-1"
    if not good:
        raise ApiError("InvalidPortRange.Malformed", f"The port range {ports!r} is not allowed for {protocol}.")


def _is_port_range(ports: str) -> bool:
    first, _slash, last = ports.partition("/")
    return first.isdigit() and last.isdigit() and 1 <= int(first) <= int(last) <= 65535


def _network(text: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        raise ApiError("InvalidSourceCidrIp.Malformed", f"{text!r} is not a CIDR.") from None


def _priority(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise ApiError("InvalidPriority.ValueNotSupported", f"The priority {text!r} is not allowed.")
    return int(text)


def _revoke(direction: str) -> t.Callable[[ApiRequest], Reply]:
    def revoke(request: ApiRequest) -> Reply:
        group = _named_group(request)
        wanted = request.strings("SecurityGroupRuleId")
        if len(wanted) > MAX_BATCH:
            raise illegal("SecurityGroupRuleId", f"{len(wanted)} rules")
        known = {rule.rule_id for rule in group.rules if rule.direction == direction}
        if not wanted or not known.issuperset(wanted):
            raise ApiError("InvalidSecurityGroupRuleId.NotFound", "There is no such rule in the security group.", 404)
        group.rules = [rule for rule in group.rules if rule.rule_id not in wanted]
        request.state.settling.security_group_changed(group.security_group_id)
        return {}

    return revoke


def _modify_rule(request: ApiRequest) -> Reply:
    """Change the description of a rule; the other fields can be changed, too, but not here."""
    group, wanted = _named_group(request), request.require("SecurityGroupRuleId")
    if wanted not in {rule.rule_id for rule in group.rules}:
        raise ApiError("InvalidSecurityGroupRuleId.NotFound", "There is no such rule in the security group.", 404)
    text = request.params.get("Description", "")
    group.rules = [dataclasses.replace(rule, description=text) if rule.rule_id == wanted else rule for rule in group.rules]
    return {}


ACTIONS: dict[str, t.Callable[[ApiRequest], Reply]] = {
    "CreateSecurityGroup": once(create_security_group),
    "ModifySecurityGroupAttribute": modify_security_group_attribute,
    "DeleteSecurityGroup": delete_security_group,
    "DescribeSecurityGroupReferences": describe_security_group_references,
    "DescribeSecurityGroups": describe_security_groups,
    "DescribeSecurityGroupAttribute": describe_security_group_attribute,
    "AuthorizeSecurityGroup": once(_authorize("ingress")),
    "AuthorizeSecurityGroupEgress": once(_authorize("egress")),
    "RevokeSecurityGroup": once(_revoke("ingress")),
    "RevokeSecurityGroupEgress": once(_revoke("egress")),
    "ModifySecurityGroupRule": once(_modify_rule),
    "ModifySecurityGroupEgressRule": once(_modify_rule),
}
