# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""flannel's records in etcd, as flannel reads and writes them. Pure."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address

if t.TYPE_CHECKING:
    from .._etcd.store import KeyValue

# flannel checks only the end of a key. Bounded: a key may have a million digits, over which an open pattern takes hours.
_SUBNET_KEY = re.compile(r"(?<!\d)(\d{1,3}(?:\.\d{1,3}){3})-(\d{1,9})(?:&([a-f\d:]{1,45})-(\d{1,9}))?\Z", re.ASCII)
_KEY_FOR_BOTH = re.compile(r"&[a-f\d:]{1,45}-\d{1,9}", re.ASCII)
_LONGEST_V4 = 31
_LONGEST_V6 = 127
# What flannel assumes when a value has no PublicIP.
_NO_ADDRESS = "0.0.0.0"  # noqa: S104 (a value in a record, nothing listens on it)


@dataclass(frozen=True)
class Lease:
    """A key that gives a subnet to the node with this PublicIP; ``ttl`` is None when the key has none or it was not read."""

    subnet: IPv4Network
    public_ip: str
    key: str
    value: bytes
    mod_revision: int = 0
    lease: int = 0
    ttl: int | None = None
    dual_stack: bool = False

    @property
    def leased(self) -> bool:
        """Return whether the key expires when its daemon stops renewing it."""
        return self.lease != 0

    def public(self) -> dict[str, t.Any]:
        """Return the lease as the modules return it."""
        return {"subnet": str(self.subnet), "public_ip": self.public_ip, "leased": self.leased, "ttl": self.ttl}


@dataclass(frozen=True)
class Snapshot:
    """What one read found below a prefix.

    ``strays`` are keys in the wrong place that flannel still treats as leases; ``unreadable`` are keys
    of a subnet whose value flannel ignores: nobody holds the subnet, yet nobody can take it; ``alien`` are
    keys among the leases that name no subnet.
    """

    prefix: str
    config: bytes | None = None
    leases: tuple[Lease, ...] = ()
    strays: tuple[Lease, ...] = ()
    unreadable: tuple[Lease, ...] = ()
    alien: tuple[str, ...] = ()
    revision: int = 0


def sorted_leases(leases: t.Iterable[Lease]) -> list[Lease]:
    """Return leases ordered by subnet."""
    return sorted(leases, key=lambda lease: (lease.subnet, lease.key))


def public_leases(leases: t.Iterable[Lease]) -> list[dict[str, t.Any]]:
    """Return leases as the modules return them, ordered by subnet."""
    return [lease.public() for lease in sorted_leases(leases)]


def key_text(key: bytes) -> str:
    """Return a key, which may be any bytes, as text that ``key_bytes`` turns into the same key again. Not for messages."""
    return key.decode("utf-8", "surrogateescape")


def key_bytes(text: str) -> bytes:
    """Return the key that a text of ``key_text`` is of."""
    return text.encode("utf-8", "surrogateescape")


def config_key(prefix: str) -> str:
    """Return the key of the network config."""
    return f"{prefix}/config"


def subnets_prefix(prefix: str) -> str:
    """Return what every lease key begins with."""
    return f"{prefix}/subnets/"


def lease_key(prefix: str, subnet: IPv4Network) -> str:
    """Return the key of a subnet's lease."""
    return f"{subnets_prefix(prefix)}{subnet.network_address}-{subnet.prefixlen}"


def lease_value(public_ip: str) -> bytes:
    """Return the value of a reservation: the address alone, since the daemon adds the rest when it starts."""
    return json.dumps({"PublicIP": public_ip}, separators=(",", ":")).encode()


def new_lease(prefix: str, subnet: IPv4Network, public_ip: str) -> Lease:
    """Return a reservation that is not written yet."""
    return Lease(subnet=subnet, public_ip=public_ip, key=lease_key(prefix, subnet), value=lease_value(public_ip))


def parse_subnet_key(key: str) -> tuple[IPv4Network, bool] | None:
    """Return the subnet that flannel reads from a key, and whether it also names an IPv6 one; None when it names none."""
    match = _SUBNET_KEY.search(key)
    if not match:
        return None
    address, length, address6, length6 = match.groups()
    try:
        if address6:
            IPv6Address(address6)
        if int(length) > _LONGEST_V4 or int(length6 or 0) > _LONGEST_V6:
            return None
        return IPv4Network((address, int(length)), strict=False), bool(address6)
    except AddressValueError:
        return None


def parse_public_ip(value: bytes) -> str | None:
    """Return the PublicIP that flannel reads from a value, None when flannel ignores the value as invalid."""
    try:
        # Field names are matched without regard to case, and the last one wins: Go's rules for JSON, which is UTF-8 and has no NaN there.
        fields = json.loads(
            value.decode("utf-8", "replace"),
            object_pairs_hook=lambda pairs: {name.lower(): item for name, item in pairs},
            parse_constant=_refuse_constant,
        )
        return str(IPv4Address(_text(fields.get("publicip", _NO_ADDRESS))))
    except (ValueError, AttributeError, RecursionError):
        return None


def parse_snapshot(prefix: str, kvs: t.Iterable[KeyValue], revision: int, *, siblings: bool) -> Snapshot:
    """Sort what was read below a prefix; ``siblings`` says whether keys beside ``subnets/`` count for flannel (v3 only)."""
    config: KeyValue | None = None
    found: dict[str, list[Lease]] = {"leases": [], "strays": [], "unreadable": []}
    alien: list[str] = []
    for kv in kvs:
        key = key_text(kv.key)
        if key == config_key(prefix):
            config = kv
        elif key.startswith(subnets_prefix(prefix) if not siblings else f"{prefix}/subnets"):
            kind, lease = _parse_lease(prefix, key, kv)
            if lease:
                found[kind].append(lease)
            elif key.startswith(subnets_prefix(prefix)):
                alien.append(key)
    return Snapshot(
        prefix=prefix,
        config=config.value if config else None,
        revision=revision,
        alien=tuple(alien),
        **{kind: tuple(leases) for kind, leases in found.items()},
    )


def _parse_lease(prefix: str, key: str, kv: KeyValue) -> tuple[str, Lease | None]:
    named = parse_subnet_key(key)
    if named is None:
        return "", None
    subnet, dual_stack = named
    public_ip = parse_public_ip(kv.value)
    lease = Lease(
        subnet=subnet,
        public_ip=public_ip or "",
        key=key,
        value=kv.value,
        mod_revision=kv.mod_revision,
        lease=kv.lease,
        dual_stack=dual_stack,
    )
    if public_ip is None:
        return "unreadable", lease
    return ("leases" if _is_in_place(prefix, lease) else "strays"), lease


def _is_in_place(prefix: str, lease: Lease) -> bool:
    own = lease_key(prefix, lease.subnet)
    return lease.key == own or (lease.key.startswith(own) and _KEY_FOR_BOTH.fullmatch(lease.key, len(own)) is not None)


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(name)


def _text(value: t.Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value
