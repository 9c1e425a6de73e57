# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""etcd's own programs for snapshots.

From 3.5 on the one for files is etcdutl, which comes with etcdctl; etcdctl's own commands for them are gone in 3.6.
"""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..._core.errors import CollectionError
from ..._core.host.commands import run
from ..grpc.errors import one_line
from .checksum import BadSnapshot

# Longer than any store that etcd supports takes.
_SECONDS = 3600
_BUMP = "--bump-revision"


@dataclass(frozen=True)
class Counts:
    """What is in a snapshot; the size is that of the database in bytes."""

    revision: int
    records: int
    size: int


def file_tool(etcdctl: str) -> str:
    """Return the program for files that belongs to this etcdctl."""
    beside = Path(etcdctl).resolve().with_name("etcdutl")
    return str(beside) if os.access(beside, os.X_OK) else etcdctl


def read_counts(etcdctl: str, path: Path) -> Counts:
    """Return what is in a snapshot; raise BadSnapshot when the program can't read it."""
    tool = file_tool(etcdctl)
    try:
        # For a file that it can't read it prints a stack trace.
        found = json.loads(_call(tool, "snapshot", "status", str(path), "--write-out=json"))
        return Counts(*(int(found[name]) for name in ("revision", "totalKey", "totalSize")))
    except (CollectionError, ValueError, LookupError, TypeError, RecursionError):
        raise BadSnapshot(f"{tool} can't read {path}.") from None


def save_snapshot(etcdctl: t.Sequence[str], path: Path) -> None:
    """Ask a member for a snapshot; the words are etcdctl with its options."""
    _call(*etcdctl, "snapshot", "save", str(path))


@dataclass(frozen=True)
class NewMember:
    """The member that data is made for, and the cluster that it begins."""

    name: str
    initial_cluster: str
    token: str
    peer_url: str


def make_data(etcdctl: str, snapshot: Path, member: NewMember, folder: Path) -> None:
    """Make a member's data from a snapshot."""
    tool = file_tool(etcdctl)
    _call(
        tool,
        "snapshot",
        "restore",
        str(snapshot),
        f"--name={member.name}",
        f"--initial-cluster={member.initial_cluster}",
        f"--initial-cluster-token={member.token}",
        f"--initial-advertise-peer-urls={member.peer_url}",
        f"--data-dir={folder}",
        *_revision_options(tool),
    )


def _revision_options(tool: str) -> list[str]:
    # So that a watch from before the restore learns that its revision is gone, instead of waiting until it is reached again.
    done = run(tool, "snapshot", "restore", "--help")
    knows = done is not None and _BUMP in done.stdout + done.stderr
    return [f"{_BUMP}=1000000000", "--mark-compacted"] if knows else []


def _call(*words: str) -> str:
    """Return what a command prints; raise with the last line of its complaints when it fails."""
    done = run(*words, seconds=_SECONDS, variables={"ETCDCTL_API": "3"})
    if done is None:
        raise CollectionError(f"{words[0]} could not be run, or did not end in {_SECONDS} seconds. Check that it is installed.")
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip().splitlines()
        raise CollectionError(f"{words[0]} failed: {one_line(said[-1]) if said else 'it said nothing'}")
    return done.stdout
