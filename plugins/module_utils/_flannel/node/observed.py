# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What was observed on a node, checked and in the form that plans use. Pure."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass, field

from ..._core.answer import Answer, BadAnswer, check_size
from ..nftables import DroppingChain

_MTU = re.compile(r"[1-9]\d{1,5}", re.ASCII)


@dataclass(frozen=True)
class Interface:
    """An interface with its IPv4 addresses, each with its length."""

    mtu: int
    addresses: tuple[str, ...]

    @property
    def first_address(self) -> str:
        """Return its first address without the length; nothing when it has none."""
        return self.addresses[0].split("/")[0] if self.addresses else ""


@dataclass(frozen=True)
class Route:
    """A route of the host."""

    dst: str
    dev: str
    via: str
    type: str


@dataclass(frozen=True)
class FileState:
    """What is at a path. ``modified_ns`` is in nanoseconds since 1970; ``sha256`` is None where it was not read."""

    kind: str
    uid: int = 0
    gid: int = 0
    mode: str = "0644"
    modified_ns: int = 0
    target: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class UnitState:
    """A unit of systemd; ``started`` is in seconds since 1970."""

    loaded: bool = False
    active: bool = False
    enabled: bool = False
    needs_reload: bool = False
    state: str = "not loaded"
    started: int | None = None


@dataclass(frozen=True)
class FirewallState:
    """What decides about forwarded packets; ``check`` is what the role's script answers, None where there is none."""

    iptables: bool = False
    nft: bool = False
    readable: bool = True
    check: int | None = None
    policy: str = ""
    ahead: tuple[str, ...] = ()
    drops: tuple[DroppingChain, ...] = ()


@dataclass(frozen=True)
class DockerFile:
    """What a file says of the settings that are ours."""

    problem: str = ""
    values: t.Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DockerState:
    """Docker's settings, what was remembered of them, and which of our options are in its start command."""

    config: DockerFile | None = None
    before: DockerFile | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ObservedNode:
    """All that was observed."""

    architecture: str
    interfaces: t.Mapping[str, Interface]
    routes: tuple[Route, ...]
    ip_forward: str
    rp_filter: t.Mapping[str, str]
    units: t.Mapping[str, UnitState]
    log: tuple[str, ...]
    files: t.Mapping[str, FileState]
    subnet_env: str | None
    conflist: str | None
    firewall: FirewallState
    cni_plugins: t.Mapping[str, tuple[str, ...]]
    cni_addresses: tuple[str, ...]
    docker: DockerState
    endpoints: t.Mapping[str, str]

    def unit(self, name: str) -> UnitState:
        """Return the state of a unit."""
        return self.units.get(name, UnitState())

    @property
    def env(self) -> dict[str, str]:
        """Return what subnet.env says, by name."""
        pairs = (line.strip().partition("=") for line in (self.subnet_env or "").splitlines())
        return {name: value for name, separator, value in pairs if separator}

    @property
    def env_mtu(self) -> int | None:
        """Return the MTU that subnet.env names; None when it names none."""
        said = self.env.get("FLANNEL_MTU", "")
        return int(said) if _MTU.fullmatch(said) else None

    @property
    def env_subnet(self) -> str | None:
        """Return the subnet that subnet.env names: FLANNEL_SUBNET=10.24.1.1/24, the first host address, means 10.24.1.0/24."""
        try:
            return str(ipaddress.IPv4Interface(self.env.get("FLANNEL_SUBNET", "")).network)
        except ValueError:
            return None


def parse_node(answer: t.Any, name: str) -> ObservedNode:
    """Return what M(alicloud.flannel.flannel_node_info) has returned on a node; raise BadAnswer when it can't be that."""
    try:
        check_size(answer, "its answer")
        return _parse_node(Answer(answer, "its answer"))
    except BadAnswer as exc:
        raise BadAnswer(f"What {name} says of itself can't be used: {exc} Find out what answers there.") from None


def _parse_node(answer: Answer) -> ObservedNode:
    settings = answer["settings"]
    return ObservedNode(
        architecture=answer["architecture"].text(),
        interfaces={name: _parse_interface(item) for name, item in answer["interfaces"].entries().items()},
        routes=tuple(_parse_route(item) for item in answer["routes"].items()),
        ip_forward=settings["ip_forward"].text(),
        rp_filter={name: item.text() for name, item in settings["rp_filter"].entries().items()},
        units={name: _parse_unit(item) for name, item in answer["units"].entries().items()},
        log=answer["log"].texts(),
        files={path: _parse_file(item) for path, item in answer["files"].entries().items()},
        subnet_env=answer["subnet_env"].or_none(lambda item: item.text()),
        conflist=answer["conflist"].or_none(lambda item: item.text()),
        firewall=_parse_firewall(answer["firewall"]),
        cni_plugins={folder: item.texts() for folder, item in answer["cni_plugins"].entries().items()},
        cni_addresses=tuple(_parse_address(item) for item in answer["cni_addresses"].items()),
        docker=_parse_docker(answer["docker"]),
        endpoints={name: item.text() for name, item in answer["endpoints"].entries().items()},
    )


def _parse_interface(answer: Answer) -> Interface:
    addresses = tuple(_parse_address(item, ipaddress.IPv4Interface) for item in answer["addresses"].items())
    return Interface(answer["mtu"].number(), addresses)


def _parse_address(answer: Answer, kind: t.Callable[[str], object] = ipaddress.IPv4Address) -> str:
    text = answer.text()
    try:
        kind(text)
    except ValueError:
        raise answer.refusal("an IPv4 address") from None
    return text


def _parse_route(answer: Answer) -> Route:
    target = answer["dst"].text()
    if target != "default":
        _parse_address(answer["dst"], ipaddress.IPv4Network)
    return Route(target, answer["dev"].text(), answer["via"].text(), answer["type"].text())


def _parse_unit(answer: Answer) -> UnitState:
    flags = {name: answer[name].flag() for name in ("loaded", "active", "enabled", "needs_reload")}
    return UnitState(**flags, state=answer["state"].text(), started=answer["started"].or_none(lambda item: item.number()))


def _parse_file(answer: Answer) -> FileState:
    return FileState(
        kind=answer["kind"].text(),
        uid=answer["uid"].number(),
        gid=answer["gid"].number(),
        mode=answer["mode"].text(),
        modified_ns=answer["modified_ns"].number(),
        target=answer["target"].or_none(lambda item: item.text()),
        sha256=answer["sha256"].or_none(lambda item: item.text()),
    )


def _parse_firewall(answer: Answer) -> FirewallState:
    chains = (
        DroppingChain(item["family"].text(), item["table"].text(), item["name"].text(), item["accepts"].flag())
        for item in answer["drops"].items()
    )
    return FirewallState(
        iptables=answer["iptables"].flag(),
        nft=answer["nft"].flag(),
        readable=answer["readable"].flag(),
        check=answer["check"].or_none(lambda item: item.number()),
        policy=answer["policy"].text(),
        ahead=answer["ahead"].texts(),
        drops=tuple(chains),
    )


def _parse_docker(answer: Answer) -> DockerState:
    return DockerState(answer["config"].or_none(_parse_docker_file), answer["before"].or_none(_parse_docker_file), answer["flags"].texts())


def _parse_docker_file(answer: Answer) -> DockerFile:
    values = {name: item.value for name, item in answer["values"].entries().items()}
    return DockerFile(answer["problem"].text(), values)
