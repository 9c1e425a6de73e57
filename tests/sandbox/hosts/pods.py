# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers' ends of the network: a namespace per pod, made by the host's own CNI configuration and plugins."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox

POD = "sandbox-pod"
PING_SECONDS = 1

# Runs in the host, as a container runtime would: the first configuration, its plugins in a chain.
RUNTIME = r"""
import glob, json, os, subprocess, sys
command, pod = sys.argv[1:]
found = sorted(glob.glob("/etc/cni/net.d/*.conflist"))
if not found:
    sys.exit("no CNI configuration in /etc/cni/net.d")
with open(found[0]) as file:
    network = json.load(file)
folders = "/opt/cni/bin:/usr/lib/cni"
environment = {"CNI_COMMAND": command, "CNI_CONTAINERID": pod, "CNI_NETNS": "/run/netns/" + pod, "CNI_IFNAME": "eth0", "CNI_PATH": folders}
result = None
for plugin in network["plugins"] if command == "ADD" else network["plugins"][::-1]:
    config = dict(plugin, name=network["name"], cniVersion=network["cniVersion"])
    if result:
        config["prevResult"] = result
    program = next(p for p in (f + "/" + plugin["type"] for f in folders.split(":")) if os.access(p, os.X_OK))
    done = subprocess.run([program], input=json.dumps(config), env=dict(os.environ, **environment), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("CNI plugin %s: %s" % (plugin["type"], done.stdout))
    result = json.loads(done.stdout) if done.stdout else None
if command == "ADD":
    print(result["ips"][0]["address"].split("/")[0])
"""

PINGS = f'for a in "$@"; do {{ ping -nqc1 -W{PING_SECONDS} "$a" >/dev/null && echo "$a"; }} & done; wait'


def _in_host(sandbox: Sandbox, node: str, argv: t.Sequence[str], stdin: str | None = None) -> str:
    done = sandbox.host_exec(node, argv, stdin=stdin)
    if done.returncode != 0:
        raise SandboxError(f"pod on {node}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


def add_pod(sandbox: Sandbox, node: str) -> str:
    """Make a pod on a node, in place of one that is left there; return its address."""
    remove_pod(sandbox, node)
    _in_host(sandbox, node, ["ip", "netns", "add", POD])
    return _in_host(sandbox, node, ["python3", "-", "ADD", POD], stdin=RUNTIME)


def remove_pod(sandbox: Sandbox, node: str) -> None:
    """Remove the pod from a node, if there is one."""
    if sandbox.host_exec(node, ["test", "-e", f"/run/netns/{POD}"]).returncode == 0:
        _in_host(sandbox, node, ["python3", "-", "DEL", POD], stdin=RUNTIME)
        _in_host(sandbox, node, ["ip", "netns", "delete", POD])


def read_reached(sandbox: Sandbox, node: str, addresses: t.Sequence[str]) -> set[str]:
    """Return which addresses answer a ping from the node's pod."""
    answer = _in_host(sandbox, node, ["ip", "netns", "exec", POD, "sh", "-c", PINGS, "sh", *addresses])
    return set(answer.split())


def ping_all(sandbox: Sandbox, pods: t.Mapping[str, str]) -> dict[tuple[str, str], bool]:
    """Ping from the pod of each node to that of every other; ``pods`` are their addresses by node."""

    def ping_from(source: str) -> dict[tuple[str, str], bool]:
        others = {node: address for node, address in pods.items() if node != source}
        reached = read_reached(sandbox, source, list(others.values()))
        return {(source, node): address in reached for node, address in others.items()}

    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(ping_from, pods))
    return {pair: answered for row in rows for pair, answered in row.items()}


def ping_matrix(sandbox: Sandbox, nodes: t.Sequence[str]) -> dict[tuple[str, str], bool]:
    """Make a pod on every node, ping each from each, and remove them."""
    with ThreadPoolExecutor(4) as pool:
        try:
            pods = dict(zip(nodes, pool.map(lambda node: add_pod(sandbox, node), nodes)))
            return ping_all(sandbox, pods)
        finally:
            list(pool.map(lambda node: remove_pod(sandbox, node), nodes))


def render_matrix(results: t.Mapping[tuple[str, str], bool]) -> str:
    """Return the results as a table, one row per source, and a line that counts them."""
    nodes = list(dict.fromkeys(source for source, _target in results))
    width = max([len(node) for node in nodes], default=0) + 2
    rows = [["from\\to", *nodes]]
    for source in nodes:
        rows.append([source, *({None: "-", True: "ok", False: "LOST"}[results.get((source, target))] for target in nodes)])
    table = "\n".join("".join(cell.ljust(max(width, 9)) for cell in row).rstrip() for row in rows)
    return f"{table}\npings={sum(results.values())}/{len(results)}"
