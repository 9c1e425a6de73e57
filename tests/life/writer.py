# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that writes to etcd all the time, and afterwards says what became of its writes."""

from __future__ import annotations

import contextlib
import json
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import Cluster

PREFIX = "/writer/"
# The member's own program, certificates and endpoints are used anew for each write, as they are at that moment.
WRITE = r"""
import json, select, subprocess, sys, time
command = json.loads(sys.argv[1])
number = 0
acknowledged = []
while not select.select([sys.stdin], [], [], 0.05)[0]:
    number += 1
    done = subprocess.run(command + [sys.argv[2] + "%08d" % number, str(number)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode == 0:
        acknowledged.append("%d %f" % (number, time.monotonic()))
        if len(acknowledged) == 1:
            print(acknowledged[0], flush=True)
# Not before: nobody reads meanwhile, and a full pipe would stop the writes.
print("\n".join(acknowledged[1:]))
"""


@dataclass(frozen=True)
class Writes:
    """What became of the writes; a write that was not acknowledged may have happened or not."""

    acknowledged: int
    lost: int
    longest_gap_seconds: float

    def __str__(self) -> str:
        """Say it as a figure."""
        return f"{self.acknowledged} writes acknowledged, {self.lost} lost, longest time without one {self.longest_gap_seconds:.1f} s"


class Writer:
    """Runs on a member, which must stay reachable, and writes through all of them."""

    def __init__(self, cluster: Cluster, member: str, members: t.Sequence[str]) -> None:
        """Start to write; the first write is acknowledged when this returns."""
        self._cluster = cluster
        addresses = cluster.sandbox.read_nodes()
        endpoints = ",".join(f"https://{addresses[name]}:2379" for name in members)
        command = cluster.etcdctl_command("--endpoints", endpoints, "--command-timeout", "5s", "--dial-timeout", "1s", "put")
        self._prefix = f"{PREFIX}{id(self)}/"
        self._process = cluster.sandbox.host_start(member, ["python3", "-c", WRITE, json.dumps(command), self._prefix])
        first = self._process.stdout.readline() if self._process.stdout else ""
        assert first, "the writer could not write"
        self._first = first

    def stop(self) -> Writes:
        """Stop writing, and count."""
        output, _errors = self._process.communicate("\n")
        return self._count([self._first, *output.splitlines()])

    def _count(self, lines: t.Sequence[str]) -> Writes:
        found = set(self._cluster.etcdctl("get", "--prefix", self._prefix, "--keys-only").split())
        rows = [line.split() for line in lines]
        lost = [number for number, _end in rows if f"{self._prefix}{int(number):08d}" not in found]
        ends = [float(end) for _number, end in rows]
        gaps = [later - earlier for earlier, later in zip(ends, ends[1:])]
        return Writes(len(rows), len(lost), max(gaps, default=0.0))


@contextlib.contextmanager
def writing(cluster: Cluster, member: str = "n1", members: t.Sequence[str] = ("n1", "n2", "n3")) -> t.Iterator[list[Writes]]:
    """Write as long as the context lasts; the list then has the result."""
    writer = Writer(cluster, member, members)
    result: list[Writes] = []
    try:
        yield result
    finally:
        result.append(writer.stop())
