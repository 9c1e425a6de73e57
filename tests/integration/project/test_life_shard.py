# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shards of the life tests: together all of them, and each short enough for CI."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.tools.life_shard import FOLDER, MINUTES, parse_shard, split

FILES = sorted(path.name for path in (PROJECT / FOLDER).glob("test_*.py"))
# As many as leave none that takes longer than a run of CI has left after make test.
SHARDS = 12


def print_shard(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command that make runs."""
    command = [sys.executable, "-m", "ansible_collections.alicloud.flannel.tests.tools.life_shard", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "playbooks/collections")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def wall_minutes(shard: list[str]) -> float:
    """Return how long a shard takes with two files at a time."""
    minutes = [MINUTES[name] for name in shard]
    return max(*minutes, sum(minutes) / 2)


def test_the_length_of_every_file_is_known() -> None:
    assert sorted(MINUTES) == FILES


@pytest.mark.parametrize("count", [1, 2, 6, SHARDS, len(FILES)])
def test_every_file_is_in_exactly_one_shard(count: int) -> None:
    shards = split(MINUTES, count)
    assert (len(shards), [] in shards) == (count, False)
    assert sorted(name for shard in shards for name in shard) == FILES


def test_the_order_of_the_files_does_not_matter() -> None:
    assert split(dict(reversed(MINUTES.items())), 6) == split(MINUTES, 6)


def test_shards_are_of_a_length() -> None:
    totals = [sum(MINUTES[name] for name in shard) for shard in split(MINUTES, 6)]
    assert max(totals) <= 1.3 * min(totals)


def test_a_twelfth_takes_no_more_than_20_minutes() -> None:
    assert max(wall_minutes(shard) for shard in split(MINUTES, SHARDS)) <= 20


def test_the_command_prints_the_files_of_a_shard_or_all() -> None:
    done = print_shard("2/6")
    assert done.stdout.splitlines() == [f"{FOLDER}/{name}" for name in split(MINUTES, 6)[1]], done.stderr
    assert sorted(print_shard().stdout.splitlines()) == [f"{FOLDER}/{name}" for name in FILES]


@pytest.mark.parametrize("text", ["0/6", "7/6", "2", "2/0", "1/1000", "-1/6", "a/b", ""])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no shard"):
        parse_shard(text)
