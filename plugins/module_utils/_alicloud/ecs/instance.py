# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The instances of a VPC, as the rest of this collection sees them."""

from __future__ import annotations

import json
import typing as t

from ..errors import ApiError, NotFound
from ..object import wire_tags

if t.TYPE_CHECKING:
    from ..client import AlicloudClient

# The API takes at most so many IDs or addresses a call, and gives at most so many items a page.
CHUNK = 100
_INTERFACE_PAGE = 500

Instance = t.Dict[str, t.Any]


def parse_instance(raw: t.Mapping[str, t.Any], checks: t.Mapping[str, bool | None]) -> Instance:
    """Return an item of DescribeInstances in our shape; ``checks`` maps interface IDs to their source/destination check."""
    interfaces = _items(raw, "NetworkInterfaces", "NetworkInterface")
    primary: t.Mapping[str, t.Any] = next((interface for interface in interfaces if interface.get("Type") == "Primary"), {})
    network = raw.get("VpcAttributes") or {}
    return {
        "instance_id": raw["InstanceId"],
        "name": raw.get("InstanceName", ""),
        "status": raw.get("Status", ""),
        "region": raw.get("RegionId", ""),
        "zone_id": raw.get("ZoneId", ""),
        "vpc_id": network.get("VpcId", ""),
        "vswitch_id": network.get("VSwitchId", ""),
        "primary_ip": primary.get("PrimaryIpAddress"),
        "private_ips": _private_ips(interfaces),
        "public_ips": sorted(_items(raw, "PublicIpAddress", "IpAddress")),
        "eip": (raw.get("EipAddress") or {}).get("IpAddress") or None,
        "network_interface_id": primary.get("NetworkInterfaceId"),
        "security_group_ids": sorted(_items(raw, "SecurityGroupIds", "SecurityGroupId")),
        "source_dest_check": checks.get(primary.get("NetworkInterfaceId", "")),
        "tags": {tag["TagKey"]: tag.get("TagValue", "") for tag in _items(raw, "Tags", "Tag")},
    }


def parse_checks(raw: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, bool | None]:
    """Return the source/destination check by interface ID; None where the region has no such check."""
    return {interface["NetworkInterfaceId"]: interface.get("SourceDestCheck") for interface in raw}


def chunks(values: t.Sequence[str]) -> t.Iterator[t.Sequence[str]]:
    """Return the values in parts that one call takes."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def read_instances(
    client: AlicloudClient,
    vpc_id: str | None,
    *,
    instance_ids: t.Sequence[str] | None = None,
    private_ips: t.Sequence[str] | None = None,
    tags: t.Mapping[str, str] | None = None,
) -> list[Instance]:
    """Return the instances of the VPC (None: of the region) with these IDs, addresses or tags, or all of it; sorted by ID."""
    queries = list(_queries({"VpcId": vpc_id, "MaxResults": CHUNK, "Tag": wire_tags(tags or {})}, instance_ids, private_ips))
    raw = [item for query in queries for item in _describe(client, query)]
    if queries and not raw:
        require_permission_to_list(client)
        if vpc_id:
            client.call("vpc", "DescribeVpcAttribute", {"VpcId": vpc_id})
    unique = {item["InstanceId"]: item for item in raw}
    checks = read_checks(client, [interface for item in unique.values() for interface in _primary_ids(item)])
    return [parse_instance(unique[instance_id], checks) for instance_id in sorted(unique)]


def describe_instances(client: AlicloudClient, instance_ids: t.Iterable[str]) -> t.Iterator[dict[str, t.Any]]:
    """Return the items that DescribeInstances has for these IDs; an ID without an instance has none."""
    return (raw for query in _queries({"MaxResults": CHUNK}, list(instance_ids), None) for raw in _describe(client, query))


def read_checks(client: AlicloudClient, interface_ids: t.Sequence[str]) -> dict[str, bool | None]:
    """Return the source/destination check of these interfaces; raise when one of them isn't listed.

    A caller without the permission may get an empty list. That must not pass for a region without the check: packets would be dropped.
    """
    found: dict[str, bool | None] = {}
    for part in chunks(sorted(interface_ids)):
        query = {"NetworkInterfaceId": list(part), "MaxResults": _INTERFACE_PAGE}
        found.update(parse_checks(client.pages("ecs", "DescribeNetworkInterfaces", query, ("NetworkInterfaceSets", "NetworkInterfaceSet"))))
    missing = sorted(set(interface_ids) - found.keys())
    if missing:
        raise _missing_interfaces(client, missing)
    return found


def require_permission_to_list(client: AlicloudClient) -> None:
    """Raise Forbidden when nothing was listed for want of the permission ecs:DescribeInstances, which only a dry run says."""
    try:
        client.call("ecs", "DescribeInstances", {"DryRun": True})
    except ApiError as exc:
        if exc.code != "DryRunOperation":
            raise


def missing_instances(client: AlicloudClient, instance_ids: t.Iterable[str], vpc_id: str | None) -> NotFound:
    """Return the error for instances that were asked for and don't exist."""
    place = f"in {vpc_id}" if vpc_id else f"in {client.region}"
    return NotFound(
        f"ecs:DescribeInstances found no instance {', '.join(instance_ids)} {place}; nothing was changed. Check the IDs and the region. "
        "The cloud also leaves out instances for which the permission ecs:DescribeInstances is missing.",
        action="DescribeInstances",
    )


def _missing_interfaces(client: AlicloudClient, interface_ids: t.Sequence[str]) -> NotFound:
    # Unlike DescribeInstances, this call has no dry run that would tell why.
    return NotFound(
        f"ecs:DescribeNetworkInterfaces did not list {len(interface_ids)} primary interfaces of the instances, such as {interface_ids[0]}, "
        f"in {client.region}. The cloud leaves out interfaces for which the permission ecs:DescribeNetworkInterfaces "
        "is missing: grant it in RAM as docs/ram-policy.json of this collection does. If an instance was released a moment ago, run again.",
        action="DescribeNetworkInterfaces",
    )


def _queries(
    scope: dict[str, t.Any], instance_ids: t.Sequence[str] | None, private_ips: t.Sequence[str] | None
) -> t.Iterator[dict[str, t.Any]]:
    if instance_ids is not None:
        for part in chunks(sorted(set(instance_ids))):
            yield {**scope, "InstanceIds": json.dumps(list(part))}
    elif private_ips is not None:
        for part in chunks(sorted(set(private_ips))):
            # An address matches in other VPCs of the region, too; without the network type the filter has no effect.
            yield {**scope, "InstanceNetworkType": "vpc", "PrivateIpAddresses": json.dumps(list(part))}
    else:
        yield scope


def _describe(client: AlicloudClient, query: t.Mapping[str, t.Any]) -> t.Iterator[dict[str, t.Any]]:
    return client.pages("ecs", "DescribeInstances", query, ("Instances", "Instance"))


def _private_ips(interfaces: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    return [
        address["PrivateIpAddress"]
        for interface in sorted(interfaces, key=lambda one: one.get("Type") != "Primary")
        for address in sorted(_items(interface, "PrivateIpSets", "PrivateIpSet"), key=lambda one: not one.get("Primary"))
    ]


def _primary_ids(raw: t.Mapping[str, t.Any]) -> list[str]:
    return [one["NetworkInterfaceId"] for one in _items(raw, "NetworkInterfaces", "NetworkInterface") if one.get("Type") == "Primary"]


def _items(raw: t.Mapping[str, t.Any], outer: str, inner: str) -> list[t.Any]:
    return (raw.get(outer) or {}).get(inner) or []
