# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC 2016-04-28: what makes, changes and deletes VPCs and vSwitches. Codes are those of the API reference of each action."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, dry_run, missing
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import AVAILABLE, DELETING, PENDING, Described
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.objects import (
    require_quiet_vpc,
    require_vpc,
    require_vswitch,
    start_task,
)

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Vpc, VSwitch
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

Reply = t.Dict[str, t.Any]
RESERVED = [ipaddress.IPv4Network(cidr) for cidr in ("100.64.0.0/10", "224.0.0.0/4", "127.0.0.0/8", "169.254.0.0/16")]
MAX_SECONDARY = 5


def about_of(request: ApiRequest, name: str) -> Described:
    """Return what the caller says about a new object; ``name`` is the parameter with its name."""
    about = Described(name=request.get(name) or "", description=request.get("Description") or "")
    about.tags = {tag["Key"]: tag.get("Value", "") for tag in request.records("Tag")}
    check_text(name, about.name)
    check_text("Description", about.description, 256)
    return about


def check_text(parameter: str, text: str, longest: int = 128) -> None:
    if len(text) > longest or text.startswith(("http://", "https://")):
        raise ApiError(f"InvalidParameter.{parameter}.Malformed", f"The value of {parameter} is not valid.")


def change_about(request: ApiRequest, about: Described, name: str) -> None:
    """Set the name and the description that the caller gives."""
    for parameter, field, longest in ((name, "name", 128), ("Description", "description", 256)):
        value = request.get(parameter)
        if value is not None:
            check_text(parameter, value, longest)
            setattr(about, field, value)


def create_vpc(request: ApiRequest) -> Reply:
    state, about = request.state, about_of(request, "VpcName")
    cidr = _network(request.get("CidrBlock") or "172.16.0.0/12", 8, 28)
    if len(state.vpcs) >= state.vpc_quota:
        raise ApiError("QuotaExceeded.Vpc", "The region holds as many VPCs as the quota allows.")
    if request.flag("DryRun"):
        raise dry_run()
    vpc = state.add_vpc(str(cidr))
    vpc.about = about
    start_task(state, about, PENDING)
    return {"VpcId": vpc.vpc_id, "VRouterId": vpc.vrouter_id, "RouteTableId": vpc.system_table_id, "ResourceGroupId": "rg-sandbox"}


def _network(text: str, shortest: int, longest: int) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        raise ApiError("InvalidCidrBlock.Malformed", "The CIDR block is not valid.") from None
    if not shortest <= network.prefixlen <= longest or any(network.subnet_of(block) for block in RESERVED):
        raise ApiError("InvalidCidrBlock.Malformed", "The CIDR block is not allowed.")
    return network


def delete_vpc(request: ApiRequest) -> Reply:
    state, vpc = request.state, require_vpc(request.state, request.require("VpcId"))
    for kind, found in (
        ("VSwitch", state.vswitches_of(vpc.vpc_id)),
        ("RouteTable", [table for table in state.tables_of(vpc.vpc_id) if table.table_type == "Custom"]),
        ("RouteEntry", [entry for entry in state.entries_of(vpc.system_table_id) if entry.type == "Custom"]),
        ("SecurityGroup", [group for group in state.security_groups.values() if group.vpc_id == vpc.vpc_id]),
    ):
        if found:
            raise ApiError(f"DependencyViolation.{kind}", "Something in the VPC depends on it.")
    if request.flag("DryRun"):
        raise dry_run()
    require_quiet_vpc(state, vpc)
    start_task(state, vpc.about, DELETING, doomed=True)
    return {}


def modify_vpc_attribute(request: ApiRequest) -> Reply:
    change_about(request, require_vpc(request.state, request.require("VpcId")).about, "VpcName")
    return {}


def associate_vpc_cidr_block(request: ApiRequest) -> Reply:
    vpc = require_vpc(request.state, request.require("VpcId"))
    cidr = _network(request.require("SecondaryCidrBlock"), 8, 28)
    if any(cidr.overlaps(ipaddress.IPv4Network(other)) for other in _blocks(vpc)):
        raise ApiError("InvalidCidrBlock.Overlapped", "The CIDR block overlaps with one of the VPC.")
    if len(vpc.secondary_cidrs) >= MAX_SECONDARY:
        raise ApiError("QuotaExceeded.SecondaryCidrBlock", "The VPC has as many CIDR blocks as the quota allows.")
    require_quiet_vpc(request.state, vpc)
    vpc.secondary_cidrs.append(str(cidr))
    return {}


def unassociate_vpc_cidr_block(request: ApiRequest) -> Reply:
    vpc, cidr = require_vpc(request.state, request.require("VpcId")), request.require("SecondaryCidrBlock")
    if cidr not in vpc.secondary_cidrs:
        raise ApiError("InvalidCidrBlock.NotFound", "The VPC has no such secondary CIDR block.", 404)
    if any(_is_inside(vswitch, cidr) for vswitch in request.state.vswitches_of(vpc.vpc_id)):
        raise ApiError("DependencyViolation.VSwitch", "A vSwitch uses the CIDR block.")
    require_quiet_vpc(request.state, vpc)
    vpc.secondary_cidrs.remove(cidr)
    return {}


def _blocks(vpc: Vpc) -> list[str]:
    return [vpc.cidr, *vpc.secondary_cidrs]


def _is_inside(vswitch: VSwitch, cidr: str) -> bool:
    return ipaddress.IPv4Network(vswitch.cidr).subnet_of(ipaddress.IPv4Network(cidr))


def create_vswitch(request: ApiRequest) -> Reply:
    state, about = request.state, about_of(request, "VSwitchName")
    if request.get("CidrBlock") is None:
        raise missing("CidrBlock")
    cidr, zone = _network(request.require("CidrBlock"), 16, 29), request.require("ZoneId")
    vpc = require_vpc(state, request.require("VpcId"))
    if zone not in state.zones:
        raise ApiError("InvalidZoneId.NotFound", "There is no such zone in this region.", 404)
    _check_vswitch(state, vpc, cidr)
    require_quiet_vpc(state, vpc)
    vswitch = state.add_vswitch(vpc.vpc_id, str(cidr), zone)
    vswitch.about = about
    start_task(state, about, PENDING)
    return {"VSwitchId": vswitch.vswitch_id}


def _check_vswitch(state: CloudState, vpc: Vpc, cidr: ipaddress.IPv4Network) -> None:
    vswitches = state.vswitches_of(vpc.vpc_id)
    if not any(cidr.subnet_of(ipaddress.IPv4Network(block)) for block in _blocks(vpc)):
        raise ApiError("InvalidParameter", "The CIDR block is not in one of the VPC.")
    if any(cidr.overlaps(ipaddress.IPv4Network(vswitch.cidr)) for vswitch in vswitches):
        raise ApiError("InvalidCidrBlock.Overlapped", "The CIDR block overlaps with another vSwitch.")
    tables = {table.route_table_id for table in state.tables_of(vpc.vpc_id)}
    custom = [entry for entry in state.entries.values() if entry.table_id in tables and entry.type == "Custom"]
    if any(ipaddress.IPv4Network(entry.destination).subnet_of(cidr) for entry in custom):
        raise ApiError("InvalidCidrBlock.Overlapped", "The CIDR block overlaps with a route entry.")
    if len(vswitches) >= state.vswitch_quota:
        raise ApiError("QuotaExceeded.VSwitch", "The VPC holds as many vSwitches as the quota allows.")


def modify_vswitch_attribute(request: ApiRequest) -> Reply:
    change_about(request, require_vswitch(request.state, request.require("VSwitchId")).about, "VSwitchName")
    return {}


def delete_vswitch(request: ApiRequest) -> Reply:
    """While it is being deleted, a vSwitch is Pending."""
    state, vswitch = request.state, require_vswitch(request.state, request.require("VSwitchId"))
    if vswitch.about.status != AVAILABLE:
        raise ApiError("IncorrectVSwitchStatus", "The vSwitch is being changed.")
    if any(instance.vswitch_id == vswitch.vswitch_id for instance in state.instances.values()):
        raise ApiError("DependencyViolation", "Something in the vSwitch depends on it.")
    if state.tables[vswitch.route_table_id].table_type == "Custom":
        raise ApiError("DependencyViolation.RouteTable", "The vSwitch is associated with a custom route table.")
    if request.flag("DryRun"):
        raise dry_run()
    require_quiet_vpc(state, state.vpcs[vswitch.vpc_id])
    start_task(state, vswitch.about, PENDING, doomed=True)
    return {}
