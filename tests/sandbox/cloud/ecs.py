# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ECS 2014-05-26: what describes instances and their network interfaces, and changes the latter."""

from __future__ import annotations

import fnmatch
import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.ecs_tags import has_tags, list_tags
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, illegal
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.paging import page_by_number, page_by_token

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Instance
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

Reply = t.Dict[str, t.Any]
MAX_LISTED = 100


def describe_instances(request: ApiRequest) -> Reply:
    instances = [i for i in _instances_in_order(request.state) if _is_wanted_place(request, i) and _is_wanted_identity(request, i)]
    instances = [i for i in instances if has_tags(request, i.tags)]
    if request.get("MaxResults") or request.get("NextToken"):
        size = min(max(request.integer("MaxResults", 10), 10), 100)
        page, token = page_by_token(request, instances, lambda instance: instance.sequence, size)
        return {"Instances": {"Instance": [_instance(request.state, i) for i in page]}, "NextToken": token, "TotalCount": len(instances)}
    page, fields = page_by_number(request, instances, largest=100)
    return {"Instances": {"Instance": [_instance(request.state, i) for i in page]}, "NextToken": "", **fields}


def _instances_in_order(state: CloudState) -> list[Instance]:
    return sorted(state.instances.values(), key=lambda instance: instance.sequence)


def _is_wanted_place(request: ApiRequest, instance: Instance) -> bool:
    return (
        request.get("VpcId") in (None, instance.vpc_id)
        and request.get("VSwitchId") in (None, instance.vswitch_id)
        and request.get("ZoneId") in (None, instance.zone_id)
        and request.get("Status") in (None, instance.status)
        and request.get("KeyPairName") in (None, instance.key_pair)
        and request.get("SecurityGroupId") in (None, *instance.security_group_ids)
    )


def _is_wanted_identity(request: ApiRequest, instance: Instance) -> bool:
    ids = _listed(request, "InstanceIds")
    # The address filter works only together with the network type.
    addresses = _listed(request, "PrivateIpAddresses") if request.get("InstanceNetworkType") == "vpc" else None
    return (
        (ids is None or instance.instance_id in ids)
        and (addresses is None or bool(set(addresses) & set(_addresses(instance))))
        and fnmatch.fnmatchcase(instance.name, request.get("InstanceName") or "*")
    )


def _listed(request: ApiRequest, name: str) -> list[str] | None:
    values = request.json_strings(name)
    if values is not None and len(values) > MAX_LISTED:
        raise illegal(name, f"{len(values)} values")
    return values


def _addresses(instance: Instance) -> list[str]:
    return [address for interface in _interfaces(instance) for address in interface.addresses]


def _instance(state: CloudState, instance: Instance) -> Reply:
    reply: Reply = {
        "InstanceId": instance.instance_id,
        "InstanceName": instance.name,
        "HostName": instance.host_name or instance.name,
        "Status": instance.status,
        "RegionId": state.region,
        "ZoneId": instance.zone_id,
        "ImageId": instance.image_id,
        "InstanceType": instance.instance_type,
        "KeyPairName": instance.key_pair or "",
        "InstanceNetworkType": "vpc",
        "VpcAttributes": {
            "VpcId": instance.vpc_id,
            "VSwitchId": instance.vswitch_id,
            "PrivateIpAddress": {"IpAddress": [instance.private_ip]},
            "NatIpAddress": "",
        },
        "NetworkInterfaces": {"NetworkInterface": [_short_interface(interface) for interface in _interfaces(instance)]},
        "SecurityGroupIds": {"SecurityGroupId": list(instance.security_group_ids)},
        "PublicIpAddress": {"IpAddress": list(instance.public_ips)},
        "EipAddress": {"IpAddress": instance.eip, "AllocationId": "eip-sandbox" if instance.eip else ""},
    }
    if instance.tags:  # else the field is absent
        reply.update(list_tags(instance.tags))
    return reply


@dataclass(frozen=True)
class Interface:
    interface_id: str
    kind: str  # Primary | Secondary
    addresses: list[str]
    instance: Instance
    sequence: int


def _interfaces(instance: Instance) -> list[Interface]:
    primary = [instance.private_ip, *instance.secondary_ips]
    interfaces = [Interface(instance.network_interface_id, "Primary", primary, instance, 2 * instance.sequence)]
    if instance.secondary_interface:
        second = [instance.secondary_interface]
        interfaces.append(Interface(f"{instance.network_interface_id}-2", "Secondary", second, instance, 2 * instance.sequence + 1))
    return interfaces


def _short_interface(interface: Interface) -> Reply:
    return {
        "NetworkInterfaceId": interface.interface_id,
        "Type": interface.kind,
        "PrimaryIpAddress": interface.addresses[0],
        "MacAddress": _mac(interface),
        "PrivateIpSets": _private_ip_sets(interface),
    }


def _private_ip_sets(interface: Interface) -> Reply:
    return {"PrivateIpSet": [{"PrivateIpAddress": address, "Primary": number == 0} for number, address in enumerate(interface.addresses)]}


def _mac(interface: Interface) -> str:
    return "00:16:" + ":".join(f"{int(part):02x}" for part in interface.addresses[0].split("."))


def describe_network_interfaces(request: ApiRequest) -> Reply:
    found = [i for instance in _instances_in_order(request.state) for i in _interfaces(instance) if _is_wanted_interface(request, i)]
    if request.get("MaxResults") or request.get("NextToken"):
        size = min(max(request.integer("MaxResults", 10), 10), 500)
        page, token = page_by_token(request, found, lambda interface: interface.sequence, size)
        fields: Reply = {"NextToken": token, "TotalCount": len(found)}
    else:
        page, fields = page_by_number(request, found, largest=500)
    return {"NetworkInterfaceSets": {"NetworkInterfaceSet": [_interface(i) for i in page]}, **fields}


def _is_wanted_interface(request: ApiRequest, interface: Interface) -> bool:
    ids, addresses = request.strings("NetworkInterfaceId"), request.strings("PrivateIpAddress")
    if len(ids) > MAX_LISTED:
        raise illegal("NetworkInterfaceId", f"{len(ids)} values")
    return (
        (not ids or interface.interface_id in ids)
        and (not addresses or bool(set(addresses) & set(interface.addresses)))
        and request.get("PrimaryIpAddress") in (None, interface.addresses[0])
        and request.get("InstanceId") in (None, interface.instance.instance_id)
        and request.get("VpcId") in (None, interface.instance.vpc_id)
        and request.get("VSwitchId") in (None, interface.instance.vswitch_id)
        and request.get("Type") in (None, interface.kind)
        and request.get("Status") in (None, "InUse")
        and request.get("SecurityGroupId") in (None, *interface.instance.security_group_ids)
    )


def _interface(interface: Interface) -> Reply:
    instance = interface.instance
    reply: Reply = {
        "NetworkInterfaceId": interface.interface_id,
        "InstanceId": instance.instance_id,
        "PrivateIpAddress": interface.addresses[0],
        "PrivateIpSets": _private_ip_sets(interface),
        "MacAddress": _mac(interface),
        "Type": interface.kind,
        "Status": "InUse",
        "VpcId": instance.vpc_id,
        "VSwitchId": instance.vswitch_id,
        "ZoneId": instance.zone_id,
        "SecurityGroupIds": {"SecurityGroupId": list(instance.security_group_ids)},
    }
    if instance.source_dest_check is not None:
        reply["SourceDestCheck"] = instance.source_dest_check and interface.kind == "Primary"
    return reply


def modify_network_interface_attribute(request: ApiRequest) -> Reply:
    """Set the source/destination check of a primary interface."""
    wanted = request.require("NetworkInterfaceId")
    instance = next((i for i in request.state.instances.values() if i.network_interface_id == wanted), None)
    if instance is None:
        raise ApiError("InvalidEniId.NotFound", "There is no such network interface in this region.", 404)
    value = request.get("SourceDestCheck")
    if value is not None and instance.source_dest_check is not None:
        instance.source_dest_check = value.lower() == "true"
        request.state.settling.instance_changed(instance)
    return {}
