# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Splits the life tests into shards that take about as long as each other, and prints the files of one."""

from __future__ import annotations

import argparse
import re
import typing as t

FOLDER = "tests/life"
# About how long each file takes on two cores with another file beside it; a run prints it.
MINUTES = {
    "test_backend.py": 20,
    "test_bare.py": 8,
    "test_clones.py": 8,
    "test_doctor.py": 20,
    "test_etcd_auth.py": 14,
    "test_etcd_auth_tasks.py": 3,
    "test_etcd_backup.py": 20,
    "test_etcd_certificates.py": 20,
    "test_etcd_faults.py": 10,
    "test_etcd_members.py": 20,
    "test_etcd_provided.py": 18,
    "test_etcd_space.py": 10,
    "test_etcd_upgrade.py": 20,
    "test_flanneld.py": 18,
    "test_interrupted.py": 20,
    "test_node_life.py": 18,
    "test_nodes_change.py": 8,
    "test_recover_leases.py": 16,
    "test_runtimes.py": 20,
    "test_traffic.py": 20,
}


def split(minutes: t.Mapping[str, float], count: int) -> list[list[str]]:
    """Return the files of each shard: the longest first, each into the shard that is shortest so far."""
    shards: list[list[str]] = [[] for _shard in range(count)]
    for name in sorted(minutes, key=lambda name: (-minutes[name], name)):
        min(shards, key=lambda shard: sum(minutes[other] for other in shard)).append(name)
    return shards


def parse_shard(text: str) -> tuple[int, int]:
    """Parse which shard of how many."""
    match = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    number, count = (int(part) for part in match.groups()) if match else (0, 0)
    if not 1 <= number <= count <= len(MINUTES):
        raise argparse.ArgumentTypeError(f"{text} is no shard: give one such as 2/6, of at most {len(MINUTES)}")
    return number, count


def main() -> None:
    """Print the files of the shard."""
    parser = argparse.ArgumentParser(prog="make test-life SHARD=...", description=__doc__)
    parser.add_argument("shard", nargs="?", type=parse_shard, default=(1, 1), help="which of how many, such as 2/6; all if left out")
    number, count = parser.parse_args().shard
    for name in split(MINUTES, count)[number - 1]:
        print(f"{FOLDER}/{name}")


if __name__ == "__main__":
    main()
