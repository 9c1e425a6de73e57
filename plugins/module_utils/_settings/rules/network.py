# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the network, the backend and the nodes must be like together. Pure."""

from __future__ import annotations

import typing as t

from ..._core.errors import InvalidInput
from ..._flannel.network import network_problems
from ..._flannel.network_fit import reservation_problems
from ..._flannel.nodes import parse_nodes
from ..forms import parse_flag, parse_whole
from ..rule import SettingRule
from ..show import name_some

if t.TYPE_CHECKING:
    from ..inventory import Inventory

_SIZES = {"SubnetLen": "network_config_subnet_len", "SubnetMin": "network_config_subnet_min", "SubnetMax": "network_config_subnet_max"}
_TIMES = {
    "network_config_schedule_seconds": 36000,
    "network_config_keep_ttl_below": 39600,
    "network_config_renew_margin_seconds": 43200,
}


def size_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield what flannel would not accept of the network, and subnets of nodes that are not in it."""
    network = inventory.shared("flannel_network")
    if network is None:
        return
    config = {"Network": network, "Backend": {"Type": "alloc"}, **_sizes(inventory)}
    nodes = _nodes(inventory)
    problems = network_problems(config, nodes) or reservation_problems(config, nodes)
    if problems:
        yield f"The network {network} (flannel_network) cannot be used: {' '.join(problems)}"


def time_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield whether leases would expire between two runs."""
    times = {name: parse_whole(inventory.shared(name, default)) or 0 for name, default in _TIMES.items()}
    ordered = list(times.values())
    if not ordered[0] < ordered[1] < ordered[2]:
        needed = " < ".join(f"{name} ({seconds})" for name, seconds in times.items())
        yield f"Leases would expire between two runs. Needed: {needed}."


def backend_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield what VXLAN doesn't go together with."""
    if inventory.shared("flannel_backend") != "vxlan":
        return
    static = [node for node in inventory.nodes if inventory.get(node, "flannel_mode") == "static"]
    if static:
        yield (
            f"flannel_backend is vxlan, which needs flanneld on every node, but flannel_mode is static on {name_some(static)}. "
            "Set flannel_mode to daemon for each of them, or flannel_backend to vpc."
        )
    excepted = [node for node in inventory.nodes if inventory.get(node, "flanneld_masquerade_except")]
    if excepted:
        yield (
            "flannel_backend is vxlan, where nobody outside the network knows the way to a container's address, but "
            f"flanneld_masquerade_except is set on {name_some(excepted)}. Empty flanneld_masquerade_except, or set flannel_backend to vpc."
        )


def runtime_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield the nodes whose subnet two runtimes would get."""
    both = [
        node
        for node in inventory.nodes
        if parse_flag(inventory.get(node, "flanneld_docker", False)) and parse_flag(inventory.get(node, "flanneld_cni", True))
    ]
    if both:
        yield (
            f"flanneld_cni and flanneld_docker are both on for {name_some(both)}, and would give the same addresses to two bridges. "
            "Set flanneld_cni to false for containers of Docker alone."
        )


def _sizes(inventory: Inventory) -> dict[str, t.Any]:
    found = {field: inventory.shared(name) for field, name in _SIZES.items()}
    numbers = {"SubnetLen": parse_whole(found.pop("SubnetLen"))}
    return {field: value for field, value in {**found, **numbers}.items() if value}


def _nodes(inventory: Inventory) -> list[dict[str, t.Any]]:
    try:
        return parse_nodes(inventory.nodes, inventory.values)
    except InvalidInput:  # a problem of its own, or there are none yet
        return []


RULES = (
    SettingRule(("flannel_network", "flannel_subnet", "flannel_address", "ansible_host", *_SIZES.values()), size_problems),
    SettingRule(tuple(_TIMES), time_problems, ("network_config",)),
    SettingRule(("flannel_backend", "flannel_mode", "flanneld_masquerade_except"), backend_problems),
    SettingRule(("flanneld_cni", "flanneld_docker"), runtime_problems, ("flanneld",)),
)
