# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""flannel's network config: what flannel accepts, which subnets it assigns, and what the network must not overlap. Pure."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from .._core.errors import InvalidInput

LONGEST_SUBNET_LEN = 30
LONGEST_NETWORK_LEN = 28
DEFAULT_SUBNET_LEN = 24
DEFAULT_BACKEND = "udp"
SECRET_FIELDS = frozenset({"accesskeyid", "accesskeysecret"})
CLOUD_SERVICES = {"cidr": "100.64.0.0/10", "label": "Alibaba Cloud's own services"}


@dataclass(frozen=True)
class NetworkConfig:
    """A network config that flannel accepts, with flannel's defaults filled in."""

    network: IPv4Network
    subnet_len: int
    subnet_min: IPv4Address
    subnet_max: IPv4Address
    backend_type: str
    enable_ipv6: bool
    stored: t.Mapping[str, t.Any]

    @property
    def capacity(self) -> int:
        """Return how many subnets can be assigned."""
        return (int(self.subnet_max) - int(self.subnet_min)) // self._subnet_size + 1

    def subnets(self) -> t.Iterator[IPv4Network]:
        """Yield the subnets that flannel may assign, lowest first."""
        for number in range(int(self.subnet_min), int(self.subnet_max) + 1, self._subnet_size):
            yield IPv4Network((number, self.subnet_len))

    def refusal(self, subnet: IPv4Network) -> str | None:
        """Return why flannel would not use the subnet (it would delete its lease), or None when it would."""
        if subnet.prefixlen != self.subnet_len:
            return f"its length is /{subnet.prefixlen}, but this network's SubnetLen is {self.subnet_len}"
        if not subnet.subnet_of(self.network):
            return f"it is outside the network {self.network}"
        if not self.subnet_min <= subnet.network_address <= self.subnet_max:
            return f"it is outside {self.subnet_min} to {self.subnet_max}, the range that flannel assigns from"
        return None

    def public(self) -> dict[str, t.Any]:
        """Return the config as data: flannel's names, defaults filled in, cloud credentials left out."""
        known = {
            "Network": str(self.network),
            "SubnetLen": self.subnet_len,
            "SubnetMin": str(self.subnet_min),
            "SubnetMax": str(self.subnet_max),
        }
        spelled = {name.lower() for name in known} | {"backend"}
        rest = {name: value for name, value in self.stored.items() if name.lower() not in spelled}
        backend = {name: value for name, value in _backend(self.stored).items() if name.lower() not in SECRET_FIELDS | {"type"}}
        return {**rest, **known, "Backend": {"Type": self.backend_type, **backend}}

    @property
    def has_credentials(self) -> bool:
        """Return whether the stored config holds cloud credentials, as the ali-vpc backend required them."""
        return any(name.lower() in SECRET_FIELDS for name in _backend(self.stored))

    @property
    def _subnet_size(self) -> int:
        return 1 << (32 - self.subnet_len)


def parse_config(source: str | bytes | t.Mapping[str, t.Any]) -> NetworkConfig:
    """Parse a config as flannel does, or raise InvalidInput; the message never quotes the config's text."""
    stored = _load(source)
    # Field names are matched without regard to case, and the last one wins: Go's rules for JSON.
    fields = {name.lower(): value for name, value in stored.items()}
    if _flag(fields, "EnableIPv4") is False:
        raise InvalidInput("EnableIPv4 is false, but leases in etcd are always given by their IPv4 subnet. Leave EnableIPv4 out.")
    network = _network(fields.get("network"))
    subnet_len = _subnet_len(fields.get("subnetlen"), network)
    size = 1 << (32 - subnet_len)
    # The first subnet is never assigned: its address would be the network's own.
    low = _bound("SubnetMin", fields, network, subnet_len) or network.network_address + size
    high = _bound("SubnetMax", fields, network, subnet_len) or IPv4Address(int(network.broadcast_address) + 1 - size)
    if low > high:
        raise InvalidInput(f"SubnetMin {low} is above SubnetMax {high}, so there is no subnet to assign.")
    return NetworkConfig(
        network=network,
        subnet_len=subnet_len,
        subnet_min=low,
        subnet_max=high,
        backend_type=_backend_type(stored),
        enable_ipv6=_flag(fields, "EnableIPv6") is True,
        stored=stored,
    )


def network_problems(
    config: str | bytes | t.Mapping[str, t.Any],
    nodes: t.Sequence[t.Any] = (),
    reserved: t.Sequence[t.Mapping[str, str]] = (),
) -> list[str]:
    """Return everything that is wrong with the config, in sentences; empty when it can be used."""
    try:
        parsed = parse_config(config)
    except InvalidInput as exc:
        return [str(exc)]
    return [
        *_dual_stack_problem(parsed),
        *overlap_problems(parsed.network, [*reserved, CLOUD_SERVICES]),
        *_capacity_problem(parsed, len(nodes)),
    ]


def overlap_problems(network: IPv4Network, reserved: t.Sequence[t.Mapping[str, str]]) -> list[str]:
    """Return one sentence for each reserved range (``cidr``, ``label``) that shares addresses with the network."""
    return [
        f"Network {network} overlaps {entry['cidr']} ({entry['label']}). Choose a network that shares no address with it."
        for entry in reserved
        if network.overlaps(IPv4Network(entry["cidr"], strict=False))
    ]


def dual_stack_refusal(config: NetworkConfig) -> str | None:
    """Return why no IPv4 reservation may be written under this config, or None when it may."""
    if not config.enable_ipv6:
        return None
    return (
        "EnableIPv6 is true, but reservations here are IPv4 only, and under a dual-stack config an IPv4-only lease stops every "
        "flanneld that has to allocate. VPC routes to containers are IPv4 too. Leave EnableIPv6 out."
    )


def _dual_stack_problem(config: NetworkConfig) -> list[str]:
    refusal = dual_stack_refusal(config)
    return [refusal] if refusal else []


def _capacity_problem(config: NetworkConfig, count: int) -> list[str]:
    if count <= config.capacity:
        return []
    return [
        (
            f"{count} nodes need a subnet each, but Network {config.network} with SubnetLen {config.subnet_len} has {config.capacity} "
            f"({config.subnet_min} to {config.subnet_max}). Choose a larger Network or a greater SubnetLen."
        )
    ]


def _load(source: str | bytes | t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    loaded: t.Any = source
    if isinstance(source, (str, bytes)):
        try:
            loaded = json.loads(source)
        except (ValueError, RecursionError):
            # The decoder's own message can quote the text, which may hold cloud credentials.
            raise InvalidInput("The network config is not valid JSON.") from None
    if not isinstance(loaded, dict):
        raise InvalidInput('The network config is not a JSON object, such as {"Network": "10.24.0.0/16"}.')
    return t.cast("t.Mapping[str, t.Any]", loaded)


def _flag(fields: t.Mapping[str, t.Any], name: str) -> bool | None:
    value = fields.get(name.lower())
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(f"{name} must be true or false in the network config.")
    return value


def _network(value: t.Any) -> IPv4Network:
    if value is None:
        raise InvalidInput('The network config has no Network. Give one, such as "Network": "10.24.0.0/16".')
    try:
        # Python also accepts 10.24.0.0/255.255.0.0 and a bare address, flannel accepts neither.
        if not isinstance(value, str) or not value.rpartition("/")[2].isdigit() or "/" not in value:
            raise ValueError
        network = IPv4Network(value, strict=False)
    except ValueError:
        raise InvalidInput(f"Network {value!r} is not an IPv4 network, such as 10.24.0.0/16.") from None
    if network.prefixlen > LONGEST_NETWORK_LEN:
        raise InvalidInput(f"Network {network} is too small for flannel. Choose a /{LONGEST_NETWORK_LEN} or larger.")
    if network.prefixlen == 0:
        raise InvalidInput(f"Network {network} is what flannel treats as no network at all. Choose one, such as 10.24.0.0/16.")
    return network


def _subnet_len(value: t.Any, network: IPv4Network) -> int:
    shortest = network.prefixlen + 2
    number = isinstance(value, int) and not isinstance(value, bool)
    if value is None or (number and value == 0):
        return max(DEFAULT_SUBNET_LEN, shortest)
    if not number or not shortest <= value <= LONGEST_SUBNET_LEN:
        raise InvalidInput(
            f"SubnetLen {value!r} does not fit Network {network}: flannel requires a number from {shortest} "
            f"(at least four subnets) to {LONGEST_SUBNET_LEN}."
        )
    return int(value)


def _bound(name: str, fields: t.Mapping[str, t.Any], network: IPv4Network, subnet_len: int) -> IPv4Address | None:
    value = fields.get(name.lower(), "0.0.0.0")  # noqa: S104 (flannel's word for "not given", nothing listens on it)
    try:
        if not isinstance(value, str):
            raise ValueError
        address = IPv4Address(value)
    except ValueError:
        raise InvalidInput(f"{name} {value!r} is not an IPv4 address.") from None
    if int(address) == 0:
        return None
    if address not in network:
        raise InvalidInput(f"{name} {address} is outside Network {network}.")
    if int(address) % (1 << (32 - subnet_len)):
        raise InvalidInput(f"{name} {address} is not the first address of a /{subnet_len} subnet.")
    return address


def _backend(stored: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    backend: t.Any = {"Type": DEFAULT_BACKEND}
    for name, value in stored.items():
        if name.lower() == "backend":
            backend = value
    if not isinstance(backend, dict):
        raise InvalidInput('Backend is not a JSON object, such as {"Type": "alloc"}.')
    return t.cast("t.Mapping[str, t.Any]", backend)


def _backend_type(stored: t.Mapping[str, t.Any]) -> str:
    types = [value for name, value in _backend(stored).items() if name.lower() == "type"]
    if not types or not isinstance(types[-1], str) or not types[-1]:
        raise InvalidInput('Backend has no Type, such as {"Type": "alloc"}; flanneld would not start.')
    return types[-1].lower()
