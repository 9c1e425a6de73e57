# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that ping each other all the time, and how many packets were lost in between."""

from __future__ import annotations

import contextlib
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.pods import POD, add_pod, remove_pod

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import Cluster

PINGS_A_SECOND = 10
# Pings every address until the standard input ends, then prints every answer that came, after a line with the address.
PING = f"""
folder=$(mktemp -d)
for address; do ip netns exec {POD} ping -n -i {1 / PINGS_A_SECOND} "$address" >"$folder/$address" 2>&1 & done
read -r _
kill -INT $(jobs -p)
wait
for address; do echo "=== $address"; cat "$folder/$address"; done
rm -r "$folder"
"""
ANSWER = re.compile(r"icmp_seq=(\d+) ttl=")
SENT = re.compile(r"^(\d+) packets transmitted", re.MULTILINE)


@dataclass(frozen=True)
class Losses:
    """What became of the packets between every two nodes."""

    sent: int
    lost: t.Mapping[tuple[str, str], int]

    @property
    def total(self) -> int:
        """Return how many packets were lost."""
        return sum(self.lost.values())

    def __str__(self) -> str:
        """Say it as a figure."""
        return f"{self.sent} packets sent between {len(self.lost)} pairs, {self.total} lost"


def count_lost(text: str) -> tuple[int, int]:
    """Return how many packets ping sent, and how many of them got no answer; the last one may still be under way."""
    answered = {int(number) for number in ANSWER.findall(text)}
    found = SENT.search(text)
    sent = int(found[1]) if found else 0
    assert sent, f"ping did not run: {text}"
    expected = sent if sent in answered else sent - 1
    return expected, expected - len(answered)


@contextlib.contextmanager
def traffic(cluster: Cluster, nodes: t.Sequence[str]) -> t.Iterator[list[Losses]]:
    """Ping between containers on these nodes as long as the context lasts; the list then has the result."""
    sandbox = cluster.sandbox
    pods = {node: add_pod(sandbox, node) for node in nodes}
    others = {node: {pods[other]: other for other in nodes if other != node} for node in nodes}
    pinging = {node: sandbox.host_start(node, ["bash", "-c", PING, "ping", *others[node]]) for node in nodes}
    result: list[Losses] = []
    try:
        yield result
    finally:
        outputs = {node: process.communicate("\n")[0] for node, process in pinging.items()}
        for node in nodes:
            remove_pod(sandbox, node)
    sent, lost = 0, {}
    for node, output in outputs.items():
        for part in output.split("=== ")[1:]:
            address, _line, text = part.partition("\n")
            packets, missing = count_lost(text)
            sent += packets
            lost[node, others[node][address]] = missing
    result.append(Losses(sent, lost))
