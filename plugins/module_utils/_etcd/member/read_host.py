# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads what kind of host a member is on."""

from __future__ import annotations

import platform
import typing as t
from pathlib import Path

from ..._core.host.commands import listing
from ..._core.host.files import read_text

_MOST_ADDRESSES = 1000
_LONGEST_WORD = 64
_LOOPBACK = ("127.", "::1")


def read_host() -> dict[str, t.Any]:
    """Return the host's name and addresses, its architecture, what starts its services, and its family of systems."""
    return {
        "hostname": platform.node().split(".")[0][:_LONGEST_WORD],
        "addresses": _read_addresses(),
        "architecture": platform.machine(),
        "service_manager": _read_service_manager(),
        "os_family": os_family(read_text("/etc/os-release") or ""),
    }


def _read_addresses() -> list[str]:
    """Return all addresses but those of the loopback, first those of IPv4."""
    infos = [info for link in listing("ip", "-json", "address", "show") for info in link.get("addr_info", ())]
    found = [(info.get("family") != "inet", str(info.get("local", ""))) for info in infos]
    kept = [address for _is_other, address in sorted(found, key=lambda pair: pair[0]) if address and not address.startswith(_LOOPBACK)]
    return kept[:_MOST_ADDRESSES]


def _read_service_manager() -> str:
    if Path("/run/systemd/system").is_dir():
        return "systemd"
    return (read_text("/proc/1/comm") or "").strip()[:_LONGEST_WORD]


def os_family(release: str) -> str:
    """Return ``debian`` for Debian and what is like it, else the id of the system."""
    values = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
    own, like = (values.get(name, "").strip("\"' ") for name in ("ID", "ID_LIKE"))
    return "debian" if "debian" in (own, *like.split()) else own[:_LONGEST_WORD]
