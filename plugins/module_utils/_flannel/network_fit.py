# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a network config has to fit: the VPC that it is for, and the cluster that already uses it. Pure."""

from __future__ import annotations

import typing as t
from ipaddress import IPv4Network

from .network import NetworkConfig, parse_config

FIXED = ("Network", "SubnetLen")


def reserved_ranges(vpc: t.Mapping[str, t.Any]) -> list[dict[str, str]]:
    """Return the VPC's address ranges, with a label each; ``vpc`` is as ali_vpc_route_info returns it."""
    return [
        {"cidr": vpc["cidr_block"], "label": f"VPC {vpc['vpc_id']}"},
        *({"cidr": cidr, "label": f"secondary CIDR of VPC {vpc['vpc_id']}"} for cidr in vpc["secondary_cidr_blocks"]),
        *({"cidr": vswitch["cidr_block"], "label": f"vSwitch {vswitch['vswitch_id']}"} for vswitch in vpc["vswitches"]),
    ]


def change_problems(
    desired: str | bytes | t.Mapping[str, t.Any],
    published: t.Mapping[str, t.Any] | None,
    leases: t.Sequence[t.Mapping[str, t.Any]],
) -> list[str]:
    """Return why the published config may not become the desired one while these leases are in use."""
    if not leases:
        return []
    config = parse_config(desired)
    now = config.public()
    changes = [f"{name} is {published[name]}, desired is {now[name]}" for name in FIXED if published and published[name] != now[name]]
    if changes:
        return [f"The network cannot change while it has {len(leases)} lease(s): {'; '.join(changes)}."]
    refusals = ((lease, config.refusal(IPv4Network(lease["subnet"]))) for lease in leases)
    return [
        f"The lease {lease['subnet']} of {lease['public_ip']} would be lost: {refusal}."
        for lease, refusal in refusals
        if refusal is not None
    ]


def reservation_problems(desired: str | bytes | t.Mapping[str, t.Any], nodes: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    """Return why the nodes can't have the subnets that the inventory gives them."""
    config = parse_config(desired)
    fixed = [(node["name"], str(node["subnet"])) for node in nodes if node.get("subnet")]
    refusals = ((name, text, _refusal(config, text)) for name, text in fixed)
    names: dict[str, list[str]] = {}
    for name, text in fixed:
        names.setdefault(text, []).append(name)
    return [
        *(
            f"The node {name} cannot have the subnet {text}: {refusal}. Correct flannel_subnet."
            for name, text, refusal in refusals
            if refusal
        ),
        *(f"Several nodes ({', '.join(some)}) have the flannel_subnet {text}." for text, some in names.items() if len(some) > 1),
    ]


def _refusal(config: NetworkConfig, text: str) -> str | None:
    try:
        return config.refusal(IPv4Network(text))
    except ValueError:
        return "it is not an IPv4 subnet, such as 10.24.1.0/24"
