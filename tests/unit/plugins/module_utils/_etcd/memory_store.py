# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An etcd in memory, with the promises of the real stores: all or nothing, conditions, revisions, TTLs."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import LostRace
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import Guard, KeyValue, KeyWrite, LeaseTtl, Put, Range


class MemoryStore:
    """``before_write`` is called before each write, to let another writer be faster."""

    def __init__(self, batch_limit: int = 127) -> None:
        self.batch_limit = batch_limit
        self.requests = 0
        self.writes = 0
        self.before_write: t.Callable[[], None] = lambda: None
        self._kvs: dict[bytes, KeyValue] = {}
        self._ttls: dict[int, int] = {}
        self._revision = 1

    def put(self, key: str, value: bytes, ttl: int | None = None) -> None:
        """Write as somebody else, without condition."""
        self._revision += 1
        lease = 0
        if ttl is not None:
            lease = self._revision
            self._ttls[lease] = ttl
        found = self._kvs.get(key.encode())
        created = found.create_revision if found else self._revision
        self._kvs[key.encode()] = KeyValue(key.encode(), value, created, self._revision, lease)

    def contents(self) -> dict[str, KeyValue]:
        """Return every key, for comparing."""
        return {key.decode(): kv for key, kv in sorted(self._kvs.items())}

    def read(self, key: bytes) -> KeyValue | None:
        self.requests += 1
        return self._kvs.get(key)

    def read_prefix(self, prefix: bytes) -> Range:
        self.requests += 1
        return Range(tuple(kv for key, kv in sorted(self._kvs.items()) if key.startswith(prefix)), self._revision)

    def read_range(self, start: bytes, end: bytes) -> Range:
        self.requests += 1
        return Range(tuple(kv for key, kv in sorted(self._kvs.items()) if start <= key < end), self._revision)

    def read_ttls(self, kvs: t.Iterable[KeyValue]) -> dict[bytes, LeaseTtl]:
        self.requests += 1
        return {kv.key: LeaseTtl(self._ttls[kv.lease], None) for kv in kvs if kv.lease in self._ttls}

    def write(self, changes: t.Sequence[KeyWrite], guard: Guard | None = None) -> int:
        self.requests += 1
        self.before_write()
        assert 0 < len(changes) <= self.batch_limit
        assert len({change.key for change in changes}) == len(changes)
        if not self._holds(changes, guard):
            raise LostRace("The keys changed.")
        self.writes += 1
        self._revision += 1
        for change in changes:
            self._make(change)
        return self._revision

    def _holds(self, changes: t.Sequence[KeyWrite], guard: Guard | None) -> bool:
        if guard and any(kv.create_revision > guard.revision for key, kv in self._kvs.items() if key.startswith(guard.prefix)):
            return False
        return all((self._kvs[change.key].mod_revision if change.key in self._kvs else 0) == change.expected for change in changes)

    def _make(self, change: KeyWrite) -> None:
        if not isinstance(change, Put):
            del self._kvs[change.key]
            return
        new = KeyValue(change.key, change.value, self._revision, self._revision, change.lease)
        old = self._kvs.get(change.key)
        self._kvs[change.key] = replace(new, create_revision=old.create_revision) if old else new

    def delete_prefix(self, prefix: bytes, found: Range) -> int:
        raise AssertionError("Leases are never deleted by prefix.")

    def keep_alive(self, kv: KeyValue, ttl: int) -> None:
        raise AssertionError("flanneld's leases are not ours to keep alive.")
