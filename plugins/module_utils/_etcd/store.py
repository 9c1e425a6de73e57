# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What etcd holds and what is done to it, over either API."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.text import show

_LONGEST_KEY = 2000


@dataclass(frozen=True)
class KeyValue:
    """A key as it was read.

    ``lease`` is 0 for a key without TTL. API v2 has no leases: there it is the number of seconds left.
    """

    key: bytes
    value: bytes
    create_revision: int
    mod_revision: int
    lease: int


@dataclass(frozen=True)
class Range:
    """Keys in byte order, and the revision of the whole store when they were read."""

    kvs: tuple[KeyValue, ...]
    revision: int


@dataclass(frozen=True)
class LeaseTtl:
    """The seconds that a lease has left, and those that it was granted, which API v2 does not report."""

    remaining: int
    granted: int | None


@dataclass(frozen=True)
class Put:
    """Write a key, provided it is as it was read.

    ``expected`` is the mod_revision that was read, 0 for a key that was not there. With ``ttl`` the key gets a new lease,
    with ``lease`` it keeps the one it was read with, without either it has no TTL.
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


KeyWrite = t.Union[Put, Delete]


@dataclass(frozen=True)
class Guard:
    """The condition that nobody created a key under ``prefix`` after ``revision``."""

    prefix: bytes
    revision: int


class Store(t.Protocol):
    """An etcd, read and written the same way over either API."""

    batch_limit: int

    @property
    def requests(self) -> int:
        """Return the number of requests made."""

    def read(self, key: bytes) -> KeyValue | None:
        """Return the key, None when there is none."""

    def read_prefix(self, prefix: bytes) -> Range:
        """Return every key that begins with ``prefix``."""

    def read_range(self, start: bytes, end: bytes) -> Range:
        """Return the keys from ``start`` up to but without ``end``."""

    def read_ttls(self, kvs: t.Iterable[KeyValue]) -> dict[bytes, LeaseTtl]:
        """Return the TTLs of keys that were read, by key; keys without TTL are left out."""

    def write(self, changes: t.Sequence[KeyWrite], guard: Guard | None = None) -> int:
        """Make all changes or none, at most ``batch_limit`` in a call, and return the revision after them.

        Raise LostRace when none was made because a key was not as expected or the guard did not hold.
        """

    def delete_prefix(self, prefix: bytes, found: Range) -> int:
        """Delete every key that begins with ``prefix``, given what was read there; return the revision after it."""

    def keep_alive(self, kv: KeyValue, ttl: int) -> None:
        """Restart the TTL of a key; raise LostRace when it has ended in the meantime."""


def prefix_end(key: bytes) -> bytes:
    """Return the end of the range of all keys that begin with ``key``."""
    stem = key.rstrip(b"\xff")
    if not stem:
        return b"\0"
    return stem[:-1] + bytes([stem[-1] + 1])


def show_key(key: bytes) -> str:
    """Return a key as text for a message."""
    return show(key, _LONGEST_KEY)


def describe_write(change: KeyWrite) -> str:
    """Return what a change of one key is called in messages."""
    return f"{'write' if isinstance(change, Put) else 'delete'} {show_key(change.key)}"


def describe_range(start: bytes, end: bytes) -> str:
    """Return what reading a range of keys is called in messages."""
    return f"read the keys from {show_key(start)} up to {show_key(end)}"
