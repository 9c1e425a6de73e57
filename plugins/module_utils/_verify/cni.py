# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The links of the chain between a node's subnet and a container: the CNI network, its plugins and its bridge. Pure."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .._core.answer import Answer, BadAnswer
from .._flannel.node.paths import CNI_PLUGINS
from .chain import RUN_FLANNELD, Finding
from .observations import gateway_of

if t.TYPE_CHECKING:
    from .._flannel.node.observed import Interface, ObservedNode
    from .observations import Observations, ObservedHost


@dataclass(frozen=True)
class CniBridge:
    """The bridge of a CNI network."""

    name: str
    subnet: str
    masquerades: bool
    mtu: int | None


def check_cni(observed: Observations, host: ObservedHost, node: ObservedNode) -> t.Iterator[Finding]:
    """Yield what is wrong between subnet.env and a container."""
    missing = [name for name in CNI_PLUGINS if not any(name in plugins for plugins in node.cni_plugins.values())]
    if missing:
        repair = "Install them (on Debian the package containernetworking-plugins), or set flanneld_cni_bin_dir to their folder."
        yield Finding(host.name, "cni", f"CNI plugins are missing: {', '.join(missing)}.", repair)
    bridge = _parse_bridge(node.conflist or "")
    problem = _network_problem(observed.subnets.get(host.name), node, bridge)
    if problem:
        yield Finding(host.name, "cni", problem, RUN_FLANNELD)
    elif bridge and bridge.name in node.interfaces:
        yield from _bridge(observed, host, node.interfaces[bridge.name], bridge)
    said = observed.containers.get(host.name)
    if said:
        repair = "Fix what the CNI plugin reports; the runtime's own containers run into the same error."
        yield Finding(host.name, "container", f"No container could be started: {said}", repair)


def check_container_address(observed: Observations, host: ObservedHost, _node: ObservedNode) -> t.Iterator[Finding]:
    """Yield that a node's container has no address of the node's subnet."""
    problem = observed.refused.get(host.name)
    if problem:
        yield Finding(host.name, "container", problem, f"{RUN_FLANNELD} If it says so again, find out what answers on that node.")


def _parse_bridge(conflist: str) -> CniBridge | None:
    """Return the bridge of a CNI network; None when it can't be read, or has none with a subnet."""
    try:
        plugins = Answer(json.loads(conflist), "the network")["plugins"].items()
        bridge = next(plugin for plugin in plugins if plugin["type"].text() == "bridge")
        return CniBridge(
            name=bridge["bridge"].or_none(Answer.text) or "",
            subnet=bridge["ipam"]["ranges"].items()[0].items()[0]["subnet"].text(),
            masquerades=bridge["ipMasq"].or_none(Answer.flag) or False,
            mtu=bridge["mtu"].or_none(Answer.number),
        )
    except (BadAnswer, ValueError, RecursionError, IndexError, StopIteration):
        return None


def _network_problem(leased: str | None, node: ObservedNode, bridge: CniBridge | None) -> str | None:
    """Return what is wrong with the CNI network."""
    if node.conflist is None:
        return "There is no CNI network for the node's subnet."
    if bridge is None:
        return "The CNI network cannot be read, or has no bridge with a subnet."
    if leased and bridge.subnet != leased:
        return f"The CNI network assigns {bridge.subnet}, but the node's lease is {leased}."
    if bridge.masquerades:
        return "The CNI network has ipMasq on, which hides containers' addresses from other nodes."
    if bridge.mtu and node.env_mtu and bridge.mtu != node.env_mtu:
        return f"The CNI network has the MTU {bridge.mtu}, subnet.env {node.env_mtu}."
    return None


def _bridge(observed: Observations, host: ObservedHost, interface: Interface, bridge: CniBridge) -> t.Iterator[Finding]:
    name, leased = bridge.name, observed.subnets.get(host.name)
    repair = f"Stop the node's containers, then ip link delete {name}: the next container recreates it."
    if leased and interface.addresses and gateway_of(leased) not in interface.addresses:
        problem = f"The bridge {name} has {', '.join(interface.addresses)} instead of {gateway_of(leased)}."
        yield Finding(host.name, "bridge", problem, repair)
    elif bridge.mtu and interface.mtu > bridge.mtu:
        problem = f"The bridge {name} has the MTU {interface.mtu}, the CNI network {bridge.mtu}: large packets are lost."
        yield Finding(host.name, "bridge", problem, f"ip link set {name} mtu {bridge.mtu}")
