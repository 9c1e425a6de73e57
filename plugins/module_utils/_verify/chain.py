# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What can be wrong between a lease and a packet: the links of the chain, and a broken one. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.text import show

BROKEN = "broken"
# Worth knowing, but nothing is broken by it yet.
WARNING = "warning"
# Reported only when packets are lost and no certain cause explains it.
SUSPECT = "suspect"
CLUSTER = ""
RUN_FLANNELD = "Run site.yml with --tags flanneld."
# It stops nobody's packets so far.
NOBODY: frozenset[str] = frozenset()

Pair = t.Tuple[str, str]


@dataclass(frozen=True)
class Link:
    """A link of the chain: what must hold before it can, and whether packets stop where it is broken."""

    after: tuple[str, ...] = ()
    stops: bool = False


# In the order of the chain. A broken link isn't reported if one that it depends on is broken, for the same node or for all.
LINKS: t.Mapping[str, Link] = {
    "etcd": Link(),
    "config": Link(("etcd",)),
    # Of nobody, or of a node that has no lease for that reason: that is told as well.
    "record": Link(("etcd",)),
    "node": Link(stops=True),
    "cloud": Link(),
    "instance": Link(("cloud",), stops=True),
    "address": Link(("node",), stops=True),
    "lease": Link(("etcd", "config"), stops=True),
    "etcd access": Link(("etcd", "node", "address")),
    "unit": Link(("etcd", "config", "etcd access", "node", "address")),
    "subnet.env": Link(("lease", "unit", "node"), stops=True),
    "forwarding": Link(("node",), stops=True),
    "firewall": Link(("node",), stops=True),
    "host route": Link(("node",), stops=True),
    "cni": Link(("lease", "subnet.env", "node"), stops=True),
    "bridge": Link(("lease", "cni", "subnet.env"), stops=True),
    "container": Link(("lease", "node", "cni", "bridge", "subnet.env"), stops=True),
    "source/destination check": Link(("instance",), stops=True),
    "security group": Link(("instance",), stops=True),
    "route": Link(("instance", "lease"), stops=True),
    "packets": Link(),
    "certificate": Link(),
}
# A node's words may be in them.
_LONGEST_WORDS = 2000
_ORDER = {name: number for number, name in enumerate(LINKS)}


@dataclass(frozen=True)
class Finding:
    """A broken link: of which node, what was observed, and how to repair it.

    ``node`` is empty for what concerns the whole cluster. ``peers`` names the nodes towards which packets stop; None means all of them.
    """

    node: str
    link: str
    problem: str
    repair: str
    level: str = BROKEN
    peers: frozenset[str] | None = None

    @property
    def position(self) -> tuple[int, str]:
        """Return its place in the report: causes before consequences."""
        return (_ORDER[self.link], self.node)

    def stops(self, pair: Pair) -> bool:
        """Say whether packets from one node to the other, or their answers, can't get through."""
        if not LINKS[self.link].stops or self.node not in pair:
            return False
        other = pair[1] if pair[0] == self.node else pair[0]
        return self.peers is None or other in self.peers

    def is_before(self, other: Finding) -> bool:
        """Say whether the other link can't work as long as this one is broken."""
        return self.level == BROKEN and self.node in (CLUSTER, other.node) and self.link in LINKS[other.link].after

    def public(self, pairs: t.Iterable[Pair] = ()) -> dict[str, t.Any]:
        """Return what the report shows."""
        return {
            "node": self.node,
            "link": self.link,
            "level": BROKEN if self.level == SUSPECT else self.level,
            "problem": show(self.problem, _LONGEST_WORDS),
            "repair": show(self.repair, _LONGEST_WORDS),
            "pairs": [list(pair) for pair in sorted(pairs)],
        }
