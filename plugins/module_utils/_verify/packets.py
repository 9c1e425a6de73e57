# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Lost pings that nothing else explains, reported once for each node that is in all of them. Pure."""

from __future__ import annotations

import typing as t
from collections import Counter

from .chain import CLUSTER, Finding, Pair

if t.TYPE_CHECKING:
    from .observations import Observations

_REPAIR = (
    "Not checked: rules outside FORWARD (iptables-save, nft list ruleset), network ACLs of the vSwitches, and routes of other tables "
    "(ip rule). Ping while tcpdump -ni any icmp runs on both nodes: the packet is lost after the last host that sees it."
)


def lost_pairs(observed: Observations) -> list[Pair]:
    """Return from where to where there was no answer."""
    return sorted((source, answer["node"]) for source, answers in observed.pings.items() for answer in answers if not answer["ok"])


def unexplained(pairs: t.Iterable[Pair], observed: Observations) -> list[tuple[Finding, list[Pair]]]:
    """Return a finding for each node that is in all of its lost pairs, and one for the pairs that are left."""
    found = []
    left = set(pairs)
    while left:
        node, _count = min(Counter(name for pair in left for name in pair).items(), key=lambda item: (-item[1], item[0]))
        its = sorted(pair for pair in left if node in pair)
        if len({name for pair in its for name in pair}) < 3 or not _is_alone(node, observed):
            break
        found.append(
            (Finding(node, "packets", "Containers here and on other nodes do not reach each other, and no cause was found.", _REPAIR), its)
        )
        left -= set(its)
    if left:
        problem = "Containers of these nodes do not reach each other, and no cause was found."
        found.append((Finding(CLUSTER, "packets", problem, _REPAIR), sorted(left)))
    return found


def _is_alone(node: str, observed: Observations) -> bool:
    """Say whether no ping from or to the node was answered."""
    return not any(answer["ok"] for source, answers in observed.pings.items() for answer in answers if node in (source, answer["node"]))
