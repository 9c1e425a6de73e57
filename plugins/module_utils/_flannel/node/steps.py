# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The steps that make a node what it is to be, in the order in which they are done. Pure."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from . import paths
from .contents import SYSCTL, conflist_text, current_mtu, env_text, subnet_env, subnet_env_differences
from .docker_step import plan_docker
from .install_step import plan_install
from .step import DesiredFile, Step, is_folder

if t.TYPE_CHECKING:
    from .desired import DesiredNode
    from .observed import ObservedNode, UnitState

_CONFIG_DIR = "/etc/flannel"
_CNI_DIR = "/etc/cni/net.d"
_OVERLAY = re.compile(r"flannel[.]\d+", re.ASCII)


def plan_steps(node: ObservedNode, wanted: DesiredNode) -> list[Step]:
    """Return what is to be done; nothing, when the node is as it should be."""
    plans = (
        *(plan_install, _plan_files, _plan_forwarding, _plan_firewall, _plan_other_mode, _plan_lease, _plan_foreign, _plan_start),
        *(_plan_overlay, _plan_cni, _plan_bridge, plan_docker),
    )
    steps = (plan(node, wanted) for plan in plans)
    return [step for step in steps if step]


def _firewall_script(node: ObservedNode, wanted: DesiredNode) -> DesiredFile:
    # iptables where the node has it, since Docker and others drop there what is not accepted there.
    template = "flannel-firewall" if node.firewall.iptables else "flannel-firewall-nft"
    return DesiredFile(paths.FIREWALL, wanted.contents[template], "0755", "script")


def _unit(wanted: DesiredNode, unit: str) -> DesiredFile:
    return DesiredFile(paths.unit_file(unit), wanted.contents[unit], validate="unit")


def _plan_files(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    files = [DesiredFile(paths.SYSCTL_FILE, SYSCTL), _firewall_script(node, wanted)]
    if wanted.mode == "static":
        files.append(DesiredFile(paths.STATIC_ENV, env_text(subnet_env(node, wanted))))
    files += [_unit(wanted, paths.FIREWALL_UNIT), _unit(wanted, wanted.unit)]
    missing = [file for file in files if not file.is_there(node)]
    folders = [] if is_folder(node.files.get(_CONFIG_DIR)) else [_CONFIG_DIR]
    if not missing and not folders:
        return None
    reasons = tuple(f"{path} is missing or differs" for path in [*folders, *(file.path for file in missing)])
    return Step("files", reasons, {"folders": folders, "files": [file.public() for file in missing]})


def _plan_forwarding(node: ObservedNode, _wanted: DesiredNode) -> Step | None:
    if node.ip_forward == "1":
        return None
    return Step("forwarding", ("net.ipv4.ip_forward is off",), {"file": paths.SYSCTL_FILE})


def _plan_firewall(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    reasons = [*_unsettled(paths.FIREWALL_UNIT, node, wanted)]
    if not _firewall_script(node, wanted).has_content(node):
        reasons.append("its rules are new")
    elif node.firewall.check != 0:
        reasons.append("its rules are not complete")
    return _restart("firewall", paths.FIREWALL_UNIT, node, reasons)


def _plan_other_mode(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    unit_file = paths.unit_file(wanted.other_unit)
    files = [unit_file] if wanted.mode == "static" else [unit_file, paths.STATIC_ENV]
    left = [path for path in files if path in node.files]
    if not left:
        return None
    return Step("other_mode", (f"{', '.join(left)} is left",), {"unit": wanted.other_unit, "stop": unit_file in left, "files": left})


def _plan_lease(_node: ObservedNode, wanted: DesiredNode) -> Step | None:
    if wanted.mode != "static" or not wanted.leases[0]["leased"]:
        return None
    return Step("lease", ("no daemon will renew the lease",), {"subnet": str(wanted.subnet)})


def _plan_foreign(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    """Plan to remove what is there of another subnet.

    A machine image brings it from the node that it was made of; the daemon would ask for that subnet, and containers would get
    addresses of it.
    """
    is_foreign = node.env.get("FLANNEL_SUBNET", wanted.gateway) != wanted.gateway
    addresses = [address for address in node.cni_addresses if ipaddress.IPv4Address(address) not in wanted.subnet]
    files = [paths.SUBNET_ENV] * is_foreign + [f"{paths.CNI_STATE}/{address}" for address in addresses]
    return Step("foreign", (f"{len(files)} file(s) are of another subnet",), {"files": files}) if files else None


def _plan_start(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    reasons = [*_unsettled(wanted.unit, node, wanted), *_not_picked_up(node, wanted), *subnet_env_differences(node, wanted)]
    return _restart("start", wanted.unit, node, reasons)


def _not_picked_up(node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    """Yield which files the daemon has not read yet: it reads them when it starts, and writes subnet.env right after.

    systemd alone can't tell: a reloaded unit is not yet a restarted one.
    """
    started = node.files.get(paths.SUBNET_ENV)
    if wanted.mode != "daemon" or started is None:
        return
    for path in (*wanted.certificates, paths.unit_file(wanted.unit)):
        state = node.files.get(path)
        if state and state.modified_ns > started.modified_ns:
            yield f"{path} is newer than what runs"


def _unsettled(name: str, node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    """Yield why a unit does not run as its file is to say, or will not at boot."""
    unit: UnitState = node.unit(name)
    if not _unit(wanted, name).has_content(node):
        yield f"{name} is new"
    elif unit.needs_reload:
        yield f"{name} has changed"
    if not unit.active:
        yield f"{name} is {unit.state}"
    elif not unit.enabled:
        yield f"{name} will not start at boot"


def _restart(step: str, unit: str, node: ObservedNode, reasons: t.Sequence[str]) -> Step | None:
    if not reasons:
        return None
    # Check mode can't ask systemd for a unit that is yet to be written.
    return Step(step, tuple(reasons), {"unit": unit, "is_written": paths.unit_file(unit) in node.files})


def _plan_overlay(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    """Plan to remove interfaces of VXLAN, which flanneld leaves behind; of this network are those with an address in it."""
    if wanted.backend != "vpc":
        return None
    links = overlays(node, wanted.network)
    return Step("overlay", (f"{', '.join(links)} is left of VXLAN",), {"found": links}) if links else None


def overlays(node: ObservedNode, network: str) -> list[str]:
    """Return the interfaces of VXLAN that have an address in the network."""
    inside = ipaddress.IPv4Network(network)
    return [
        name
        for name, interface in node.interfaces.items()
        if _OVERLAY.fullmatch(name) and any(ipaddress.IPv4Interface(address).ip in inside for address in interface.addresses)
    ]


def _plan_cni(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    if not wanted.cni:
        left = paths.CONFLIST in node.files
        return Step("no_cni", (f"{paths.CONFLIST} is left",), {"file": paths.CONFLIST}) if left else None
    file = DesiredFile(paths.CONFLIST, conflist_text(node, wanted))
    if is_folder(node.files.get(_CNI_DIR)) and file.is_there(node):
        return None
    return Step("cni", (f"{file.path} is missing or differs",), {"folder": _CNI_DIR, "file": file.public()})


def _plan_bridge(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    """Plan to lower the MTU of a bridge that is there: it keeps the one that it was made with.

    A greater one would lose large packets, a smaller one tells their senders.
    """
    bridge, mtu = node.interfaces.get(paths.CNI_BRIDGE), current_mtu(node, wanted)
    if not wanted.cni or bridge is None or bridge.mtu <= mtu:
        return None
    return Step("bridge", (f"{paths.CNI_BRIDGE} has the MTU {bridge.mtu}",), {"link": paths.CNI_BRIDGE, "mtu": mtu})
