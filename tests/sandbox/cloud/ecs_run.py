# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ECS 2014-05-26: RunInstances. Everything is checked before the first instance is made."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.ecs_groups import find_group
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.ecs_tags import request_tags
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, dry_run
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.policy import ACCOUNT_ID, is_allowed

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import VSwitch
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

Reply = t.Dict[str, t.Any]
MAX_AMOUNT = 100
MAX_USER_DATA = 32 * 1024
_SEQUENCE = re.compile(r"(?P<prefix>.+)\[(?P<begin>\d*),?(?P<bits>\d?)\](?P<suffix>.*)")
_SPECIAL = set("()`~!@#$%^&*-_+=|{}[]:;'<>,.?/")


@dataclass(frozen=True)
class Placement:
    """Where the primary network interfaces go."""

    vswitch: VSwitch
    group_ids: list[str]
    addresses: list[str]
    source_dest_check: bool


def run_instances(request: ApiRequest) -> Reply:
    amount = request.integer("Amount", 1)
    if not 1 <= amount <= MAX_AMOUNT:
        raise ApiError("InvalidAmount.NotNumeric", f"{amount} instances are not possible.", 403)
    _check_choice(request)
    _check_login(request)
    user_data = _user_data(request)
    placement = _placement(request, amount)
    _check_quota(request, amount)
    if request.flag("DryRun"):
        raise dry_run()
    names, host_names = _names(request, "InstanceName", amount), _names(request, "HostName", amount)
    return {"InstanceIdSets": {"InstanceIdSet": [_make(request, placement, n, names, host_names, user_data) for n in range(amount)]}}


def _make(request: ApiRequest, placement: Placement, number: int, names: list[str], host_names: list[str], user_data: str) -> str:
    state = request.state
    instance_id = state.next_id("i")
    instance = state.put_instance(
        placement.vswitch.vswitch_id,
        placement.addresses[number],
        instance_id,
        name=names[number] if names else instance_id,
        host_name=host_names[number] if host_names else "",
        security_group_ids=placement.group_ids,
        source_dest_check=placement.source_dest_check,
        tags=request_tags(request),
        image_id=request.get("ImageId") or "",
        instance_type=request.get("InstanceType") or "",
        key_pair=request.get("KeyPairName"),
        ram_role=request.get("RamRoleName"),
        http_tokens=request.get("HttpTokens") or "optional",
        user_data=user_data,
        password=request.get("Password") or "",
        public_ips=[_public_address(state)] if request.integer("InternetMaxBandwidthOut", 0) else [],
        status="Pending",
    )
    state.lifecycle.begin(instance, "Pending")
    return instance_id


def _public_address(state: CloudState) -> str:
    """Return an address that nobody in the world has, and no other instance either (RFC 2544)."""
    return str(ipaddress.IPv4Network("198.18.0.0/15")[state.next_sequence()])


def _check_choice(request: ApiRequest) -> None:
    if request.require("ImageId") not in request.state.images:
        raise ApiError("InvalidImageId.NotFound", "There is no such image.", 404)
    if request.require("InstanceType") not in request.state.instance_types:
        raise ApiError("InvalidInstanceType.ValueNotSupported", "There is no such instance type, or not in this zone.")
    bandwidth = request.integer("InternetMaxBandwidthOut", 0)
    if not 0 <= bandwidth <= 100:
        raise ApiError("InvalidInternetMaxBandwidthOut.ValueNotSupported", f"{bandwidth} Mbit/s are not possible.")
    size = request.get("SystemDisk.Size")
    if size is not None and not (size.isdigit() and 20 <= int(size) <= 2048):
        raise ApiError("InvalidSystemDiskSize", f"A system disk of {size} GiB is not possible.", 404)


def _check_login(request: ApiRequest) -> None:
    pair, role, password = request.get("KeyPairName"), request.get("RamRoleName"), request.get("Password")
    if pair is not None and pair not in request.state.key_pairs:
        raise ApiError("InvalidKeyPairName.NotFound", "There is no such key pair in this region.", 404)
    if password is not None and not _is_password(password):
        raise ApiError("InvalidPassword.Malformed", "The password does not follow the rules.")
    if role is not None:
        _check_role(request, role)


def _check_role(request: ApiRequest, role: str) -> None:
    holders = {account.ram_role for account in request.state.accounts.values()} | {arn.rpartition("/")[2] for arn in request.state.roles}
    if role not in holders:
        raise ApiError("InvalidRamRole.NotFound", "There is no such RAM role.", 404)
    if not is_allowed(request.account.policy, "ram:PassRole", f"acs:ram::{ACCOUNT_ID}:role/{role}"):
        raise ApiError("InvalidUser.PassRoleForbidden", "The caller may not pass a RAM role to an instance.", 403)


def _is_password(text: str) -> bool:
    kinds = (any(c.isupper() for c in text), any(c.islower() for c in text), any(c.isdigit() for c in text), bool(_SPECIAL & set(text)))
    return 8 <= len(text) <= 30 and sum(kinds) >= 3


def _user_data(request: ApiRequest) -> str:
    try:
        data = base64.b64decode(request.params.get("UserData", ""), validate=True)
    except binascii.Error:
        raise ApiError("InvalidUserData.Base64FormatInvalid", "The user data is not in Base64.", 403) from None
    if len(data) > MAX_USER_DATA:
        raise ApiError("InvalidUserData.SizeExceeded", "The user data is larger than 32 KB.")
    return data.decode()


def _check_quota(request: ApiRequest, amount: int) -> None:
    quota = request.state.instance_quota
    if quota is not None and len(request.state.instances) + amount > quota:
        raise ApiError("QuotaExceed.ElasticQuota", "There would be more instances than the quota allows.", 403)


def _placement(request: ApiRequest, amount: int) -> Placement:
    """Return the placement from NetworkInterface.1, or from the parameters that stand for it."""
    primary = next((one for one in request.records("NetworkInterface") if one.get("InstanceType") == "Primary"), None)
    if primary is None:
        given, groups = dict(request.params), request.strings("SecurityGroupIds") or [request.params.get("SecurityGroupId", "")]
        first = request.get("PrivateIpAddress")
    else:
        given, first = primary, primary.get("PrimaryIpAddress")
        groups = [value for name, value in sorted(primary.items()) if name.startswith("SecurityGroupId")]
    vswitch = request.state.vswitches.get(given.get("VSwitchId", ""))
    if vswitch is None:
        raise ApiError("InvalidVSwitchId.NotFound", "There is no such vSwitch in this region.", 404)
    for group_id in groups or [""]:
        if find_group(request, group_id).vpc_id != vswitch.vpc_id:
            raise ApiError("OperationDenied.InconsistentNetwork", "Security group and vSwitch are in different VPCs.", 403)
    # The check is on in newer accounts, unless the request says otherwise.
    on = given.get("SourceDestCheck", "true").lower() == "true"
    return Placement(vswitch, groups, _addresses(request, vswitch, first, amount), on)


def _addresses(request: ApiRequest, vswitch: VSwitch, first: str | None, amount: int) -> list[str]:
    """Return so many free addresses: consecutive ones from the first where one is asked for, else the lowest."""
    network = ipaddress.IPv4Network(vswitch.cidr)
    usable = [str(network[number]) for number in range(1, network.num_addresses - 3)]
    neighbours = [instance for instance in request.state.instances.values() if instance.vpc_id == vswitch.vpc_id]
    used = {address for one in neighbours for address in (one.private_ip, *one.secondary_ips, one.secondary_interface)}
    if first is None:
        free = [address for address in usable if address not in used][:amount]
        if len(free) < amount:
            raise ApiError("QuotaExceeded.PrivateIpAddress", "The vSwitch has too few free addresses.", 403)
        return free
    if first not in usable[: len(usable) - amount + 1]:
        raise ApiError("InvalidVSwitchId.IpInvalid", f"{first} is no usable address of the vSwitch.", 403)
    wanted = usable[usable.index(first) :][:amount]
    if used & set(wanted):
        raise ApiError("InvalidIPAddress.AlreadyUsed", "The address is in use.")
    return wanted


def _names(request: ApiRequest, parameter: str, amount: int) -> list[str]:
    """Return the names that prefix[begin,bits]suffix stands for, or one name for all of them."""
    template = request.get(parameter)
    if template is None:
        return []
    match = _SEQUENCE.fullmatch(template)
    if match:
        begin, bits = int(match["begin"] or 0), int(match["bits"] or 6)
        bits = 6 if len(str(begin)) > bits else bits
        numbers = [f"{begin + number:0{bits}}" for number in range(amount)]
        return [f"{match['prefix']}{number}{match['suffix']}" for number in numbers]
    if request.flag("UniqueSuffix") and amount > 1:
        return [f"{template}{number:03}" for number in range(1, amount + 1)]
    return [template] * amount
