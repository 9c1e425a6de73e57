# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A throw-away container namespace on a CNI network or on a runtime's bridge, as a container runtime would set it up."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import typing as t
from pathlib import Path

from .._core.errors import CollectionError

Item = t.Dict[str, t.Any]

NAMESPACES = Path("/run/netns")
INTERFACE = "eth0"
COMMAND_SECONDS = 30


class Network:
    """A CNI network list, applied to one namespace as a container runtime would."""

    def __init__(self, name: str, conflist: str, cni_bin_dirs: t.Sequence[str]) -> None:
        self.name = name
        self.cni_bin_dirs = cni_bin_dirs
        try:
            self.config = json.loads(Path(conflist).read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise CollectionError(f"cannot read the CNI network {conflist}: {exc}; run the role flanneld with flanneld_cni on") from exc

    def add(self) -> Item:
        """Run every plugin, and return the result of the last one."""
        result: Item | None = None
        for plugin in self.config["plugins"]:
            result = self._call("ADD", plugin, result)
        return result or {}

    def delete(self) -> None:
        """Undo every plugin, also after one that fails: a lost address would stay taken."""
        problems = []
        for plugin in reversed(self.config["plugins"]):
            try:
                self._call("DEL", plugin, None)
            except CollectionError as exc:
                problems.append(str(exc))
        if problems:
            raise CollectionError("; ".join(problems))

    def _call(self, command: str, plugin: Item, previous: Item | None) -> Item | None:
        config = dict(plugin, name=self.config["name"], cniVersion=self.config["cniVersion"])
        if previous is not None:
            config["prevResult"] = previous
        done = _run([self._program(plugin["type"])], json.dumps(config), self._environment(command))
        if done.returncode != 0:
            raise CollectionError(f"CNI {command} by {plugin['type']} failed: {_reason(done.stdout) or done.stderr.strip()}")
        return json.loads(done.stdout) if command == "ADD" else None

    def _program(self, kind: str) -> str:
        for folder in self.cni_bin_dirs:
            program = Path(folder) / kind
            if program.exists():
                return str(program)
        raise CollectionError(f"no CNI plugin {kind} in {', '.join(self.cni_bin_dirs)}")

    def _environment(self, command: str) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": self.name,
            "CNI_NETNS": str(NAMESPACES / self.name),
            "CNI_IFNAME": INTERFACE,
            "CNI_PATH": ":".join(self.cni_bin_dirs),
        }


class Bridge:
    """A runtime's own bridge, such as Docker's. The namespace gets the subnet's last address, which the runtime gives out last."""

    def __init__(self, name: str, bridge: str) -> None:
        self.name = name
        self.bridge = bridge

    def add(self) -> Item:
        """Connect the namespace to the bridge, and return its address as CNI writes it."""
        found = json.loads(_ip("-json", "-4", "address", "show", "dev", self.bridge) or "[]")
        if not found or not found[0]["addr_info"]:
            raise CollectionError(f"the bridge {self.bridge} has no address")
        own = found[0]["addr_info"][0]
        subnet = ipaddress.IPv4Network((own["local"], own["prefixlen"]), strict=False)
        address = f"{subnet.broadcast_address - 1}/{subnet.prefixlen}"
        _ip("link", "add", self.name, "type", "veth", "peer", "name", INTERFACE, "netns", self.name)
        _ip("link", "set", self.name, "master", self.bridge, "up")
        _ip("-netns", self.name, "address", "add", address, "dev", INTERFACE)
        _ip("-netns", self.name, "link", "set", INTERFACE, "up")
        _ip("-netns", self.name, "route", "add", "default", "via", own["local"])
        return {"ips": [{"address": address}]}

    def delete(self) -> None:
        """Do nothing: the interfaces go with the namespace."""


def _reason(stdout: str) -> str:
    try:
        answer = json.loads(stdout)
        return f"{answer.get('msg', '')} {answer.get('details', '')}".strip()
    except ValueError:
        return stdout.strip()


def _ip(*words: str) -> str:
    done = _run(["ip", *words])
    if done.returncode != 0:
        raise CollectionError(f"ip {' '.join(words)} failed: {done.stderr.strip()}")
    return done.stdout


def _run(argv: t.Sequence[str], stdin: str = "", environment: t.Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603  (a plugin of the operator's own network list, or ip, wherever the system has it)
            argv, input=stdin, capture_output=True, text=True, timeout=COMMAND_SECONDS, env=environment, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise CollectionError(f"{argv[0]} can't be run: {exc}") from exc


def start(network: Network | Bridge) -> str:
    """Start the namespace and return its address; what an interrupted run left of it goes first."""
    stop(network)
    _ip("netns", "add", network.name)
    try:
        return _address(network.add())
    except BaseException:
        stop(network)
        raise


def _address(result: Item) -> str:
    """Return the address as the plugin wrote it: whether it is the node's own is judged on the controller, which trusts no node."""
    try:
        return str(result["ips"][0]["address"].split("/")[0])
    except (AttributeError, KeyError, IndexError, TypeError) as exc:
        raise CollectionError("the last CNI plugin returned no address") from exc


def stop(network: Network | Bridge) -> bool:
    """End the namespace, give its address back, and return whether there was one."""
    if not (NAMESPACES / network.name).exists():
        return False
    try:
        network.delete()
    finally:
        _ip("netns", "delete", network.name)
    return True
