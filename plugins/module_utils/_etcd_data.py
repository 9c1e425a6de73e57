# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What is kept in etcd and what is done to it, whichever API carries it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class KeyValue:
    """A key as it was read. ``lease`` is 0 for a key without TTL."""

    key: bytes
    value: bytes
    create_revision: int
    mod_revision: int
    lease: int


@dataclass(frozen=True)
class Range:
    """Keys in byte order, and the revision of the whole store when they were read."""

    kvs: t.Tuple[KeyValue, ...]
    revision: int


@dataclass(frozen=True)
class LeaseTtl:
    """Seconds that a lease has left, and seconds that it was granted."""

    remaining: int
    granted: int


@dataclass(frozen=True)
class Put:
    """Write a key, provided it is as it was read.

    ``expected`` is the mod_revision that was read, 0 for a key that was not there. ``ttl`` 0 means a key without TTL;
    ``lease`` names a lease that exists and that the key shall have.
    """

    key: bytes
    value: bytes
    expected: int
    ttl: int = 0
    lease: int = 0


@dataclass(frozen=True)
class Delete:
    """Delete a key, provided it is as it was read."""

    key: bytes
    expected: int


Change = t.Union[Put, Delete]


@dataclass(frozen=True)
class Guard:
    """The condition that nobody created a key under ``prefix`` after ``revision``."""

    prefix: bytes
    revision: int


class Store(t.Protocol):
    """An etcd, read and written the same way over either API."""

    requests: int
    batch_limit: int

    def read(self, key: bytes) -> t.Optional[KeyValue]:
        """Return the key, None when there is none."""

    def read_prefix(self, prefix: bytes) -> Range:
        """Return every key that begins with ``prefix``."""

    def read_ttl(self, kv: KeyValue) -> t.Optional[LeaseTtl]:
        """Return the TTL of a key that was read; None for a key without TTL, or whose lease has ended."""

    def write(self, changes: t.Sequence[Change], guard: t.Optional[Guard] = None) -> int:
        """Make all changes or none, at most ``batch_limit``; return the revision after them. Raise LostRace when none was made."""

    def delete_prefix(self, found: Range, prefix: bytes) -> int:
        """Delete every key under ``prefix``, given what was read there; return the revision after it, or raise LostRace."""

    def keep_alive(self, kv: KeyValue, ttl: int) -> None:
        """Start the TTL of a key anew; raise LostRace when it has ended meanwhile."""


def prefix_end(key: bytes) -> bytes:
    """Return the end of the range of all keys that begin with ``key``."""
    stem = key.rstrip(b"\xff")
    if not stem:
        return b"\0"
    return stem[:-1] + bytes([stem[-1] + 1])


def show_key(key: bytes) -> str:
    """Return a key as text for a message."""
    return key.decode("utf-8", "backslashreplace")
