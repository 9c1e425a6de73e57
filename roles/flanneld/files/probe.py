# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one throw-away container namespace on a CNI network or a runtime's bridge, and pings from inside it."""

from __future__ import annotations

import argparse
import ctypes
import ipaddress
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
import typing as t
from pathlib import Path

Config = t.Dict[str, t.Any]

NAMESPACES = Path("/run/netns")
INTERFACE = "eth0"
CLONE_NEWNET = 0x40000000
ECHO_REPLY, ECHO_REQUEST = 0, 8
TRIES = 3
WAIT_SECONDS = 1.0
PLUGIN_TIMEOUT_SECONDS = 30


class ProbeError(Exception):
    """A failure that is reported to the operator."""


class Network:
    """A CNI network list, applied to one namespace as a container runtime would."""

    def __init__(self, name: str, conflist: str, cni_path: str) -> None:
        self.name = name
        self.cni_path = cni_path
        try:
            self.config = json.loads(Path(conflist).read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise ProbeError(f"cannot read the CNI network {conflist}: {exc}; run the role flanneld with flanneld_cni on") from exc

    def add(self) -> Config:
        """Run every plugin, and return the result of the last one."""
        result: Config | None = None
        for plugin in self.config["plugins"]:
            result = self._run("ADD", plugin, result)
        return result or {}

    def delete(self) -> None:
        """Undo every plugin, also after one that fails: a lost address would stay taken."""
        problems = []
        for plugin in reversed(self.config["plugins"]):
            try:
                self._run("DEL", plugin, None)
            except ProbeError as exc:
                problems.append(str(exc))
        if problems:
            raise ProbeError("; ".join(problems))

    def _run(self, command: str, plugin: Config, previous: Config | None) -> Config | None:
        config = dict(plugin, name=self.config["name"], cniVersion=self.config["cniVersion"])
        if previous is not None:
            config["prevResult"] = previous
        done = subprocess.run(  # noqa: S603  (a plugin of the operator's own network list)
            [self._program(plugin["type"])],
            input=json.dumps(config),
            capture_output=True,
            text=True,
            timeout=PLUGIN_TIMEOUT_SECONDS,
            env=self._environment(command),
            check=False,
        )
        if done.returncode != 0:
            raise ProbeError(f"CNI {command} by {plugin['type']} failed: {_reason(done.stdout) or done.stderr.strip()}")
        return json.loads(done.stdout) if command == "ADD" else None

    def _program(self, kind: str) -> str:
        for folder in self.cni_path.split(":"):
            program = Path(folder) / kind
            if program.exists():
                return str(program)
        raise ProbeError(f"no CNI plugin {kind} in {self.cni_path}")

    def _environment(self, command: str) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": self.name,
            "CNI_NETNS": str(NAMESPACES / self.name),
            "CNI_IFNAME": INTERFACE,
            "CNI_PATH": self.cni_path,
        }


class Bridge:
    """A runtime's own bridge, such as Docker's. The namespace gets the subnet's last address, which the runtime gives out last."""

    def __init__(self, name: str, bridge: str) -> None:
        self.name = name
        self.bridge = bridge

    def add(self) -> Config:
        """Connect the namespace to the bridge, and return its address as CNI writes it."""
        found = json.loads(_ip("-json", "-4", "address", "show", "dev", self.bridge) or "[]")
        if not found or not found[0]["addr_info"]:
            raise ProbeError(f"the bridge {self.bridge} has no address")
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
    done = subprocess.run(  # noqa: S603
        ["ip", *words],  # noqa: S607  (wherever the system has ip)
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProbeError(f"ip {' '.join(words)} failed: {done.stderr.strip()}")
    return done.stdout


def up(network: Network | Bridge) -> Config:
    """Start the namespace; what a killed run left of it goes first."""
    down(network)
    _ip("netns", "add", network.name)
    try:
        result = network.add()
        return {"address": result["ips"][0]["address"].split("/")[0]}
    except BaseException:
        down(network)
        raise


def down(network: Network | Bridge) -> Config:
    """End the namespace and give its address back."""
    if (NAMESPACES / network.name).exists():
        try:
            network.delete()
        finally:
            _ip("netns", "delete", network.name)
    return {}


def ping(name: str, addresses: list[str]) -> Config:
    """Ping all addresses at once from inside the namespace, a few times those that do not answer."""
    _enter(name)
    answers: Config = {address: {"ok": False, "rtt_ms": None} for address in addresses}
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        for sequence in range(TRIES):
            missing = {address for address in addresses if not answers[address]["ok"]}
            for address, seconds in _round(sock, sequence, missing).items():
                answers[address] = {"ok": True, "rtt_ms": round(seconds * 1000, 3)}
    return answers


def _enter(name: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        with (NAMESPACES / name).open(encoding="utf-8") as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise ProbeError(f"cannot enter the namespace {name}: {os.strerror(ctypes.get_errno())}")
    except OSError as exc:
        raise ProbeError(f"no namespace {name}: {exc.strerror}") from exc


def _round(sock: socket.socket, sequence: int, addresses: set[str]) -> dict[str, float]:
    """Send one echo request to each address; seconds until the answer, for those that answered in time."""
    sent = _send(sock, sequence, addresses)
    answered: dict[str, float] = {}
    deadline = time.monotonic() + WAIT_SECONDS
    while len(answered) < len(sent):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([sock], [], [], left)[0]:
            break
        packet, (address, _port) = sock.recvfrom(1500)
        if address in sent and _is_reply(packet, sequence):
            answered.setdefault(address, time.monotonic() - sent[address])
    return answered


def _send(sock: socket.socket, sequence: int, addresses: t.Iterable[str]) -> dict[str, float]:
    sent = {}
    for address in addresses:
        try:
            sock.sendto(_request(sequence), (address, 0))
            sent[address] = time.monotonic()
        except OSError:  # no route: as good as no answer
            continue
    return sent


def _identifier() -> int:
    return os.getpid() & 0xFFFF


def _request(sequence: int) -> bytes:
    body = struct.pack("!HH", _identifier(), sequence)
    return struct.pack("!BBH", ECHO_REQUEST, 0, _checksum(struct.pack("!BBH", ECHO_REQUEST, 0, 0) + body)) + body


def _is_reply(packet: bytes, sequence: int) -> bool:
    start = (packet[0] & 0x0F) * 4
    kind, _code, _sum, identifier, number = struct.unpack("!BBHHH", packet[start : start + 8])
    return bool(kind == ECHO_REPLY and identifier == _identifier() and number == sequence)


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def _arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in ("up", "down"):
        sub = commands.add_parser(command)
        sub.add_argument("name")
        sub.add_argument("--conflist", default="")
        sub.add_argument("--cni-path", default="")
        sub.add_argument("--bridge", default="")
    sub = commands.add_parser("ping")
    sub.add_argument("name")
    sub.add_argument("addresses", nargs="+")
    return parser.parse_args(words)


def main() -> int:
    """Run one command, and print its result as JSON."""
    arguments = _arguments()
    try:
        if arguments.command == "ping":
            result = ping(arguments.name, arguments.addresses)
        else:
            cni = None if arguments.bridge else Network(arguments.name, arguments.conflist, arguments.cni_path)
            network = cni or Bridge(arguments.name, arguments.bridge)
            result = {"up": up, "down": down}[arguments.command](network)
    except (ProbeError, OSError, subprocess.TimeoutExpired) as exc:
        sys.stderr.write(f"probe: {exc}\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
