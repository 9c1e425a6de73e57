# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Turns the options of flannel_lease into the desired leases. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network

from .._core.disruption import TEN_PERCENT, MaxDisruption, parse_max_disruption
from .._core.errors import InvalidInput

if t.TYPE_CHECKING:
    from .network import NetworkConfig


@dataclass(frozen=True)
class DesiredLease:
    """One listed lease. A reservation needs ``public_ip``; a deletion needs either."""

    public_ip: str | None = None
    subnet: IPv4Network | None = None


@dataclass(frozen=True)
class DesiredLeases:
    """The desired leases, and how much may change for them."""

    leases: tuple[DesiredLease, ...] = ()
    absent: bool = False
    purge: bool = False
    force: bool = False
    max_disruption: MaxDisruption = TEN_PERCENT
    allow_empty: bool = False
    keep_ttl_below: int = 0


def parse_desired_leases(params: t.Mapping[str, t.Any]) -> DesiredLeases:
    """Read the module's options, or raise InvalidInput with everything that is wrong with them."""
    absent = params["state"] == "absent"
    problems: list[str] = []
    desired = DesiredLeases(
        leases=tuple(_parse_desired_lease(number, entry, absent, problems) for number, entry in enumerate(params["leases"])),
        absent=absent,
        purge=params["purge"],
        force=params["force"],
        max_disruption=_max_disruption(params["max_disruption"], problems),
        allow_empty=params["allow_empty"],
        keep_ttl_below=params["keep_ttl_below"],
    )
    raise_problems([*problems, *_duplicates(desired.leases), *_contradictions(desired)])
    return desired


def unusable_subnets(config: NetworkConfig, leases: t.Iterable[DesiredLease]) -> list[str]:
    """Return one sentence for each listed subnet that flannel would not use under the config."""
    checked = ((entry, config.refusal(entry.subnet)) for entry in leases if entry.subnet)
    return [
        f"Subnet {entry.subnet} cannot be reserved for {entry.public_ip}: {refusal}. flanneld would delete the reservation."
        for entry, refusal in checked
        if refusal
    ]


def raise_problems(problems: t.Sequence[str]) -> None:
    """Raise InvalidInput with all problems; do nothing when there are none."""
    if problems:
        raise InvalidInput(" ".join([*problems, "Nothing was written."]), problems=list(problems))


def _max_disruption(text: str, problems: list[str]) -> MaxDisruption:
    try:
        return parse_max_disruption(text)
    except ValueError as exc:
        problems.append(f"{exc}.")
        return MaxDisruption(0, percent=False)


def _parse_desired_lease(number: int, entry: t.Mapping[str, t.Any], absent: bool, problems: list[str]) -> DesiredLease:
    address, subnet = entry.get("public_ip"), entry.get("subnet")
    if address is None and (subnet is None or not absent):
        problems.append(f"leases[{number}] names no public_ip{' and no subnet' if absent else ''}.")
    return DesiredLease(
        public_ip=_parse_address(f"leases[{number}].public_ip", address, problems),
        subnet=_parse_subnet(f"leases[{number}].subnet", subnet, problems),
    )


def _parse_address(option: str, text: str | None, problems: list[str]) -> str | None:
    if text is None:
        return None
    try:
        address = ip_address(text)
        if isinstance(address, IPv4Address):
            return str(address)
        problems.append(f"{option} {text} is an IPv6 address; leases here are IPv4 only.")
    except ValueError:
        problems.append(f"{option} {text!r} is not an IPv4 address, such as 172.16.0.11.")
    return None


def _parse_subnet(option: str, text: str | None, problems: list[str]) -> IPv4Network | None:
    if text is None:
        return None
    try:
        subnet = ip_network(text)
        if isinstance(subnet, IPv4Network):
            return subnet
        problems.append(f"{option} {text} is an IPv6 subnet; leases here are IPv4 only.")
    except ValueError:
        problems.append(f"{option} {text!r} is not an IPv4 subnet, such as 10.24.1.0/24.")
    return None


def _duplicates(leases: t.Sequence[DesiredLease]) -> t.Iterator[str]:
    seen: set[tuple[str, t.Any]] = set()
    for entry in leases:
        for name, value in (("public_ip", entry.public_ip), ("subnet", entry.subnet)):
            if value is not None and (name, value) in seen:
                yield f"{name} {value} is listed more than once."
            seen.add((name, value))


def _contradictions(desired: DesiredLeases) -> t.Iterator[str]:
    if desired.absent and desired.purge:
        yield "purge keeps the listed leases and deletes the others, so it can't be combined with state=absent."
    if desired.purge and not desired.leases and not desired.allow_empty:
        yield "An empty list of leases with purge would delete every lease. If that is what you want, set allow_empty=true."
