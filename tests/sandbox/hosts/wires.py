# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names at the vRouter's end of an instance's wire, and the other end: in the host's namespace while there is one, else parked here."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.netns import entering, netns_exists, netns_name, remove_netns
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run

VROUTER = "vrouter"
OPERATOR = "operator"


def interface_of(instance_id: str) -> str:
    """Return the vRouter's interface to an instance, which is also the name of its host's place: the last part of the id."""
    return instance_id.rpartition("-")[2]


def parked_end(interface: str) -> str:
    """Return what the other end of the wire is called while no host has it."""
    return f"{interface}-p"


def hardware_address(address: str) -> str:
    """Return a hardware address made from the IPv4 address, as the cloud's are: unique in the VPC."""
    return "00:16:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def ip_batch(netns: str | None, lines: list[str]) -> None:
    """Run commands of ``ip`` in a namespace, or in ours."""
    run(["ip", *(["-n", netns] if netns else []), "-batch", "-"], stdin="\n".join(lines) + "\n")


def end_lines(address: str, gateway: str) -> list[str]:
    """Return what sets up a namespace that has one wire; the address has a prefix length."""
    return ["link set lo up", f"address add {address} dev eth0", "link set eth0 up", f"route add default via {gateway}"]


def plug_in(sandbox: str, interface: str, address: str, gateway: str) -> None:
    """Give a host a namespace as new, with its end of the wire."""
    unplug(sandbox, interface)
    netns = netns_name(sandbox, interface)
    run(["ip", "netns", "add", netns])
    run(["ip", "-n", netns_name(sandbox, VROUTER), "link", "set", parked_end(interface), "netns", netns, "name", "eth0"])
    ip_batch(netns, end_lines(address, gateway))
    # A new namespace takes this from the machine; a fresh instance has it off.
    run(entering(netns, ["sysctl", "-q", "net.ipv4.ip_forward=0"]))


def unplug(sandbox: str, interface: str) -> None:
    """Take a host's namespace away, with everything that it had set up in the kernel; nothing answers for it."""
    netns = netns_name(sandbox, interface)
    if netns_exists(netns):
        # The wire is only parked: deleting it would take the vRouter's routes to the host along.
        run(["ip", "-n", netns, "link", "set", "eth0", "netns", netns_name(sandbox, VROUTER), "name", parked_end(interface)])
        remove_netns([netns])
