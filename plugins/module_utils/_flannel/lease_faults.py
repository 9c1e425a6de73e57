# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which records in etcd can't be right: whoever may write there may write anything, which must cost no more than what it names. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._core.text import show
from .lease import subnets_prefix

if t.TYPE_CHECKING:
    from ipaddress import IPv4Network

    from .lease import Lease, Snapshot
    from .network import NetworkConfig

_SHOWN = 5
_LONGEST_KEY = 200
_LONGEST_LIST = 3000
_LONGEST_LINE = 2000
_MOST_LINES = 50


@dataclass(frozen=True)
class Fault:
    """A record that can't be right and counts for nothing; subnet and address as far as it names them."""

    key: str
    problem: str
    subnet: IPv4Network | None = None
    public_ip: str = ""

    def public(self) -> dict[str, t.Any]:
        """Return the record as the modules return it."""
        subnet = str(self.subnet) if self.subnet else None
        return {"key": show(self.key), "subnet": subnet, "public_ip": self.public_ip or None, "problem": self.problem}

    def __str__(self) -> str:
        """Say which it is and what is wrong with it."""
        return f"{show(self.key, _LONGEST_KEY)} ({self.problem})"


@dataclass(frozen=True)
class JudgedLeases:
    """The leases that can be right, each of another subnet and another address, and all other records."""

    leases: tuple[Lease, ...]
    faults: tuple[Fault, ...]


def judge_leases(snapshot: Snapshot, network: NetworkConfig | None) -> JudgedLeases:
    """Tell the leases that can be right from the other records, under a config if there is one.

    A record that is wrong by itself says nothing against another one of the same address. Two that could both be right do: nobody can
    tell which of them the node has written.
    """
    refused = [(lease, _refusal(lease, network)) for lease in snapshot.leases]
    fit = [lease for lease, problem in refused if problem is None]
    counts: dict[str, int] = {}
    for lease in fit:
        counts[lease.public_ip] = counts.get(lease.public_ip, 0) + 1
    faults = [
        *(Fault(key, "it names no subnet") for key in snapshot.alien),
        *(_fault(lease, "flannel treats it as a lease although its key is not that of one") for lease in snapshot.strays),
        *(_fault(lease, "flannel ignores the value, so nobody can use the subnet") for lease in snapshot.unreadable),
        *(_fault(lease, problem) for lease, problem in refused if problem),
        *(
            _fault(lease, f"{lease.public_ip} holds {counts[lease.public_ip]} leases; its flanneld uses one of them")
            for lease in fit
            if counts[lease.public_ip] > 1
        ),
    ]
    right = tuple(lease for lease in fit if counts[lease.public_ip] == 1)
    return JudgedLeases(right, tuple(sorted(faults, key=lambda fault: fault.key)))


def judge_after(snapshot: Snapshot, leases: t.Iterable[Lease], network: NetworkConfig | None) -> JudgedLeases:
    """Tell them apart as they are once these are the leases."""
    return judge_leases(replace(snapshot, leases=tuple(leases)), network)


def describe_faults(prefix: str, faults: t.Sequence[Fault]) -> str:
    """Return a sentence about the records that can't be right, with their keys."""
    named = ", ".join(map(str, faults[:_SHOWN])) + (f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else "")
    return (
        f"Records under {subnets_prefix(prefix)} that can't be right were left alone and count for nothing: {show(named, _LONGEST_LIST)}. "
        "Find out who wrote them, and delete them (flannel_lease with state=absent and the subnet, or etcd_key)."
    )


def explain_records(
    published: t.Mapping[str, t.Any], reserved: t.Mapping[str, t.Any], overwritten: t.Sequence[t.Mapping[str, t.Any]] = ()
) -> list[str]:
    """Return what a run could not put right, a line each: nodes without a lease, and the records that can't be right.

    ``published`` is what flannel_lease_info has returned, ``reserved`` what flannel_lease has, where it ran.
    """
    refused = [step["reason"] for step in reserved.get("results", ()) if step["result"] == "refused"]
    unusable = (reserved if "unusable" in reserved else published).get("unusable", ())
    lines = [
        *refused,
        *(
            f"{node['name']} was left without a lease: its own was overwritten, and another one would cut its containers off."
            for node in overwritten
        ),
        *(f"{record['key']} can't be right: {record['problem']}." for record in unusable),
    ]
    more = [f"And {len(lines) - _MOST_LINES} more."] if len(lines) > _MOST_LINES else []
    return [*(show(line, _LONGEST_LINE) for line in lines[:_MOST_LINES]), *more]


def _fault(lease: Lease, problem: str) -> Fault:
    return Fault(lease.key, problem, lease.subnet, lease.public_ip)


def _refusal(lease: Lease, network: NetworkConfig | None) -> str | None:
    if lease.dual_stack:
        return "its key names an IPv6 subnet too"
    return network.refusal(lease.subnet) if network else None
