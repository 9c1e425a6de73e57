# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of the sandbox itself share: a name of their own, containers by hand, and a look at the whole machine."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts import Sandbox
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cgroup import parse_hierarchies


def name_of(kind: str) -> str:
    """Name a sandbox so that test runs at the same time don't meet."""
    return f"{kind}-{os.getpid()}"


def write_cni(sandbox: Sandbox, node: str, subnet: str) -> None:
    """Do by hand on a host what flannel and its hand-over do: forwarding on, containers in this subnet."""
    ipam = {"type": "host-local", "ranges": [[{"subnet": subnet}]], "routes": [{"dst": "0.0.0.0/0"}]}
    plugin = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipam": ipam}
    conflist = json.dumps({"cniVersion": "0.4.0", "name": "flannel", "plugins": [plugin]})
    script = "mkdir -p /etc/cni/net.d && cat >/etc/cni/net.d/10-flannel.conflist && sysctl -q net.ipv4.ip_forward=1"
    assert sandbox.host_exec(node, ["sh", "-c", script], stdin=conflist).returncode == 0


def read_leftovers(name: str) -> dict[str, list[str]]:
    """Return what a look at the whole machine finds of a sandbox, by kind."""
    marks = (f"alicloud-flannel.{name}", f"alicloud-flannel/{name}")
    _unified, hierarchies = parse_hierarchies(Path("/proc/self/mounts").read_text())
    folders = [*hierarchies, Path("/run/netns"), Path("/run/alicloud-flannel"), Path("/run/systemd/nspawn/propagate")]
    found = {
        "processes": [line for line in run_ps() if any(mark in line for mark in marks)],
        "mounts": [line for line in Path("/proc/self/mounts").read_text().splitlines() if any(mark in line for mark in marks)],
        "folders": [str(path) for folder in folders if folder.exists() for path in folder.iterdir() if name in path.name],
    }
    return {kind: items for kind, items in found.items() if items}


def run_ps() -> list[str]:
    """Return every process of the machine with its control groups; what only waits to be forgotten has ended."""
    lines = subprocess.check_output(["ps", "-ewwo", "pid,stat,cgroup,args"], text=True).splitlines()
    return [line for line in lines if not line.split()[1].startswith("Z")]
