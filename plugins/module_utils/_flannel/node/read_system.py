# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads units, interfaces, routes and kernel settings of a node."""

from __future__ import annotations

import ipaddress
import typing as t

from ..._core.host import units
from ..._core.host.commands import listing, output
from ..._core.host.files import read_text
from .paths import DAEMON_UNIT, DOCKER_UNIT, OWN_UNITS

Facts = t.Dict[str, t.Any]

_MOST_INTERFACES = 1000
_MOST_ROUTES = 1000
_LOG_LINES = 8
_LONGEST_LINE = 500
_PROPERTIES = ("LoadState", "ActiveState", "SubState", "UnitFileState", "NeedDaemonReload", "ActiveEnterTimestampMonotonic")


def read_units() -> Facts:
    """Return the state of flannel's units and of Docker's."""
    return {name: _unit(found) for name, found in units.read_units((*OWN_UNITS, DOCKER_UNIT), _PROPERTIES).items()}


def _unit(found: units.Properties) -> Facts:
    started = units.since_epoch(found.get("ActiveEnterTimestampMonotonic", ""))
    return {
        "loaded": found.get("LoadState") == "loaded",
        "active": found.get("ActiveState") == "active",
        "state": f"{found.get('ActiveState')} ({found.get('SubState')})",
        "enabled": found.get("UnitFileState") == "enabled",
        "needs_reload": found.get("NeedDaemonReload") == "yes",
        "started": int(started) if started else None,
    }


def read_log(states: Facts) -> list[str]:
    """Return the end of the daemon's log when it is to run and doesn't."""
    daemon = states.get(DAEMON_UNIT, {})
    if not daemon.get("loaded") or daemon["active"]:
        return []
    text = output("journalctl", f"--unit={DAEMON_UNIT}", "--no-pager", "--output=cat", f"--lines={_LOG_LINES}")
    return [line[:_LONGEST_LINE] for line in text.splitlines()[-_LOG_LINES:]]


def read_interfaces() -> Facts:
    """Return the MTU and the IPv4 addresses of each interface, first those that have addresses."""
    links = [_link(link) for link in listing("ip", "-json", "address", "show") if isinstance(link.get("ifname"), str)]
    links.sort(key=lambda link: not link[1]["addresses"])
    return dict(links[:_MOST_INTERFACES])


def _link(link: Facts) -> tuple[str, Facts]:
    addresses = [f"{one['local']}/{one['prefixlen']}" for one in link.get("addr_info", ()) if one.get("family") == "inet"]
    return link["ifname"], {"mtu": link.get("mtu", 0), "addresses": addresses}


def read_routes(network: str) -> list[Facts]:
    """Return the host's routes to parts of the network, and which interface leads out."""
    wanted = _parse_network(network)
    found = []
    for route in listing("ip", "-json", "-4", "route", "show", "table", "main"):
        target = str(route.get("dst"))
        to = _parse_network(target)
        if target == "default" or (wanted and to and to.overlaps(wanted)):
            found.append({"dst": target, **{name: route.get(key, "") for name, key in (("dev", "dev"), ("via", "gateway"))}})
            found[-1]["type"] = route.get("type", "unicast")
    return found[:_MOST_ROUTES]


def _parse_network(text: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        return None


def read_settings(interfaces: t.Iterable[str]) -> Facts:
    """Return the kernel settings that forwarding depends on."""
    folder = "/proc/sys/net/ipv4"
    filters = {name: (read_text(f"{folder}/conf/{name}/rp_filter") or "").strip() for name in ("all", *interfaces)}
    return {"ip_forward": (read_text(f"{folder}/ip_forward") or "").strip(), "rp_filter": filters}
