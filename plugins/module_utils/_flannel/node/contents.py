# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Files that a node gets whose content follows from its subnet. Pure."""

from __future__ import annotations

import json
import typing as t

from . import paths

if t.TYPE_CHECKING:
    from .desired import DesiredNode
    from .observed import ObservedNode

_VXLAN_OVERHEAD = 50
SYSCTL = "# Written by Ansible: role alicloud.flannel.flanneld.\nnet.ipv4.ip_forward = 1\n"


def interfaces_with(node: ObservedNode, address: str) -> list[str]:
    """Return the interfaces whose first address this is."""
    return [name for name, interface in node.interfaces.items() if interface.first_address == address]


def desired_mtu(node: ObservedNode, wanted: DesiredNode) -> int:
    """Return the MTU of containers that the node's interface allows."""
    (primary,) = interfaces_with(node, wanted.address)
    return node.interfaces[primary].mtu - (_VXLAN_OVERHEAD if wanted.backend == "vxlan" else 0)


def current_mtu(node: ObservedNode, wanted: DesiredNode) -> int:
    """Return the MTU of containers: the daemon decides with the backend's settings, which the role does not know."""
    is_own = wanted.mode == "daemon" and node.env.get("FLANNEL_SUBNET") == wanted.gateway
    return (node.env_mtu if is_own else None) or desired_mtu(node, wanted)


def subnet_env(node: ObservedNode, wanted: DesiredNode) -> dict[str, str]:
    """Return what subnet.env is to say. In daemon mode the daemon writes it, and decides about the rest."""
    values = {"FLANNEL_NETWORK": wanted.network, "FLANNEL_SUBNET": wanted.gateway}
    if wanted.mode == "static":
        values.update(FLANNEL_MTU=str(desired_mtu(node, wanted)), FLANNEL_IPMASQ="false")
    return values


def subnet_env_differences(node: ObservedNode, wanted: DesiredNode) -> list[str]:
    """Return how subnet.env differs from what it is to say."""
    return [
        f"{name} is {node.env.get(name, 'missing')} instead of {value}"
        for name, value in subnet_env(node, wanted).items()
        if node.env.get(name) != value
    ]


def env_text(values: t.Mapping[str, str]) -> str:
    """Return the content of subnet.env."""
    return "".join(f"{name}={value}\n" for name, value in values.items())


def conflist_text(node: ObservedNode, wanted: DesiredNode) -> str:
    """Return the list of CNI plugins for the subnet."""
    ipam = {"type": "host-local", "ranges": [[{"subnet": str(wanted.subnet)}]], "routes": [{"dst": "0.0.0.0/0"}]}
    bridge = {"type": "bridge", "bridge": paths.CNI_BRIDGE, "isGateway": True, "ipMasq": False, "hairpinMode": True}
    plugins = [{**bridge, "mtu": current_mtu(node, wanted), "ipam": ipam}, {"type": "portmap", "capabilities": {"portMappings": True}}]
    return json.dumps({"cniVersion": "0.4.0", "name": paths.CNI_NETWORK, "plugins": plugins}, indent=4, sort_keys=True) + "\n"


def docker_values(node: ObservedNode, wanted: DesiredNode) -> dict[str, t.Any]:
    """Return the settings that give Docker the subnet; none when Docker has nothing to do with it."""
    if not wanted.docker:
        return {}
    return {"bip": wanted.gateway, "mtu": current_mtu(node, wanted), "ip-masq": False}
