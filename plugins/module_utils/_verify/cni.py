# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The links of the chain between a node's subnet and a container: the CNI network, its plugins and its bridge. Pure."""

from __future__ import annotations

import json
import typing as t

from .chain import RUN_FLANNELD, Finding
from .observations import gateway_of, values_of

if t.TYPE_CHECKING:
    from .._core.item import Item
    from .observations import Observations, ObservedHost


def check_cni(observed: Observations, host: ObservedHost, facts: Item) -> t.Iterator[Finding]:
    """Yield what is wrong between subnet.env and a container."""
    if facts["missing_plugins"]:
        names = ", ".join(facts["missing_plugins"])
        repair = "Install them (on Debian the package containernetworking-plugins), or set flanneld_cni_bin_dir to their folder."
        yield Finding(host.name, "cni", f"CNI plugins are missing: {names}.", repair)
    bridge, problem = _read_conflist(observed, host, facts)
    if problem:
        yield Finding(host.name, "cni", problem, RUN_FLANNELD)
    elif bridge and bridge.get("bridge") in facts["interfaces"]:
        yield from _bridge(observed, host, facts["interfaces"][bridge["bridge"]], bridge)
    said = observed.containers.get(host.name)
    if said:
        repair = "Fix what the CNI plugin reports; the runtime's own containers run into the same error."
        yield Finding(host.name, "container", f"No container could be started: {said}", repair)


def check_container_address(observed: Observations, host: ObservedHost, _facts: Item) -> t.Iterator[Finding]:
    """Yield that a node's container has no address of the node's subnet."""
    problem = observed.refused.get(host.name)
    if problem:
        yield Finding(host.name, "container", problem, f"{RUN_FLANNELD} If it says so again, find out what answers on that node.")


def _read_conflist(observed: Observations, host: ObservedHost, facts: Item) -> tuple[Item | None, str | None]:
    """Return the bridge plugin of the CNI network, and what is wrong with the network."""
    if facts["conflist"] is None:
        return None, "There is no CNI network for the node's subnet."
    try:
        plugins = json.loads(facts["conflist"])["plugins"]
        bridge = next(plugin for plugin in plugins if plugin["type"] == "bridge")
        subnet = bridge["ipam"]["ranges"][0][0]["subnet"]
    except (ValueError, KeyError, IndexError, TypeError, StopIteration):
        return None, "The CNI network cannot be read, or has no bridge with a subnet."
    leased = observed.subnets.get(host.name)
    if leased and subnet != leased:
        return bridge, f"The CNI network assigns {subnet}, but the node's lease is {leased}."
    if bridge.get("ipMasq"):
        return bridge, "The CNI network has ipMasq on, which hides containers' addresses from other nodes."
    return bridge, _mtu_problem(facts, bridge)


def _mtu_problem(facts: Item, bridge: Item) -> str | None:
    mtu = values_of(facts["subnet_env"] or "").get("FLANNEL_MTU")
    if mtu and "mtu" in bridge and str(bridge["mtu"]) != mtu:
        return f"The CNI network has the MTU {bridge['mtu']}, subnet.env {mtu}."
    return None


def _bridge(observed: Observations, host: ObservedHost, interface: Item, plugin: Item) -> t.Iterator[Finding]:
    name, leased = plugin["bridge"], observed.subnets.get(host.name)
    repair = f"Stop the node's containers, then ip link delete {name}: the next container recreates it."
    if leased and interface["addresses"] and gateway_of(leased) not in interface["addresses"]:
        problem = f"The bridge {name} has {', '.join(interface['addresses'])} instead of {gateway_of(leased)}."
        yield Finding(host.name, "bridge", problem, repair)
    elif "mtu" in plugin and interface["mtu"] > plugin["mtu"]:
        problem = f"The bridge {name} has the MTU {interface['mtu']}, the CNI network {plugin['mtu']}: large packets are lost."
        yield Finding(host.name, "bridge", problem, f"ip link set {name} mtu {plugin['mtu']}")
