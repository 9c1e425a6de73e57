# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Pings between throw-away containers: what a node says of its own is parsed before other nodes get it. Pure.

No text of a node is passed on, not even in a refusal.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address, IPv4Network

if t.TYPE_CHECKING:
    from .._core.item import Item

_LONGEST_RTT_MS = 60_000


@dataclass(frozen=True)
class ProbeTarget:
    """A node to ping, and the address of its container; none where no container runs, or where ``problem`` says why it is refused."""

    node: str
    address: str | None = None
    problem: str = ""


def probe_targets(
    peers: t.Sequence[str], started: t.Sequence[Item], nodes: t.Iterable[Item], leases: t.Sequence[Item], network: str
) -> list[dict[str, t.Any]]:
    """Return whom to ping; ``started`` holds what each peer returned of its container, ``network`` bounds all where etcd has no leases."""
    own = _own_subnets(nodes, leases or [{"public_ip": node["address"], "subnet": network} for node in nodes])
    return [asdict(_parse_target(node, answer, own.get(node, []))) for node, answer in zip(peers, started)]


def _own_subnets(nodes: t.Iterable[Item], leases: t.Iterable[Item]) -> dict[str, list[IPv4Network]]:
    by_address: dict[str, list[IPv4Network]] = {}
    for lease in leases:
        by_address.setdefault(lease["public_ip"], []).append(IPv4Network(lease["subnet"]))
    return {node["name"]: by_address.get(node["address"], []) for node in nodes}


def _parse_target(node: str, answer: Item, subnets: t.Sequence[IPv4Network]) -> ProbeTarget:
    if not _has_started(answer):
        return ProbeTarget(node)
    address = _parse_address(answer.get("address"))
    if address is None:
        return ProbeTarget(node, problem=f"{node} does not say which IPv4 address its container has.")
    if not any(address in subnet for subnet in subnets):
        own = ", ".join(map(str, subnets)) or "none"
        return ProbeTarget(
            node, problem=f"{node} says that its container has the address {address}, which is not in a subnet of its own ({own})."
        )
    return ProbeTarget(node, str(address))


def _has_started(answer: Item) -> bool:
    """Return whether the module ran to its end; a node that wasn't in the play has no answer at all."""
    return bool(answer) and not any(answer.get(sign) for sign in ("failed", "skipped", "unreachable"))


def _parse_address(said: t.Any) -> IPv4Address | None:
    try:
        return IPv4Address(said) if isinstance(said, str) else None
    except ValueError:
        return None


def probe_answers(targets: t.Iterable[Item], pinged: Item) -> list[dict[str, t.Any]]:
    """Return whether each target answered; ``pinged`` is what the module returned on the node that asked."""
    answers = pinged.get("answers")
    said = answers if isinstance(answers, dict) else {}
    return [{**target, **_parse_ping(said.get(target["address"]))} for target in targets]


def _parse_ping(rtt: t.Any) -> dict[str, t.Any]:
    is_answer = isinstance(rtt, (int, float)) and not isinstance(rtt, bool) and 0 <= rtt < _LONGEST_RTT_MS
    return {"ok": is_answer, "rtt_ms": rtt if is_answer else None}
