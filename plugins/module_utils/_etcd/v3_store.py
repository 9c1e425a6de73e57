# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The store over etcd's v3 API: every write is one transaction."""

from __future__ import annotations

import typing as t

from .._core.errors import CollectionError, LostRace
from .errors import EtcdUnreachable, LeaseNotFound, Unavailable
from .store import (
    Delete,
    Guard,
    KeyValue,
    KeyWrite,
    LeaseTtl,
    Put,
    Range,
    describe_range,
    describe_write,
    prefix_end,
    show_key,
)
from .v3_client import (
    Compare,
    EtcdV3,
    Op,
    Txn,
    compare_create_revision,
    compare_mod_revision,
    compare_mod_revision_below,
    delete,
    get,
    put,
)


class V3Store:
    """An etcd over API v3."""

    # etcd accepts 128 operations and 128 comparisons per transaction; the guard is one of the latter.
    batch_limit = 127

    def __init__(self, client: EtcdV3) -> None:
        self._client = client

    @property
    def requests(self) -> int:
        """Return the number of HTTP requests made, logins included."""
        return self._client.requests

    def read(self, key: bytes) -> KeyValue | None:
        """Return the key, None when there is none."""
        kvs = self._client.range(key).kvs
        return kvs[0] if kvs else None

    def read_prefix(self, prefix: bytes) -> Range:
        """Return every key that begins with ``prefix``."""
        return self._client.range(prefix, prefix_end(prefix), f"read the keys under {show_key(prefix)}")

    def read_range(self, start: bytes, end: bytes) -> Range:
        """Return the keys from ``start`` up to but without ``end``."""
        return self._client.range(start, end, describe_range(start, end))

    def read_ttls(self, kvs: t.Iterable[KeyValue]) -> dict[bytes, LeaseTtl]:
        """Return the TTLs of keys by one request for each lease; a lease that has ended is left out."""
        leased = [kv for kv in kvs if kv.lease]
        one_each = {kv.lease: kv for kv in reversed(leased)}
        by_lease = {lease: self._client.time_to_live(lease, f"read the TTL of {show_key(kv.key)}") for lease, kv in one_each.items()}
        ttls = {kv.key: by_lease[kv.lease] for kv in leased}
        return {key: ttl for key, ttl in ttls.items() if ttl is not None}

    def write(self, changes: t.Sequence[KeyWrite], guard: Guard | None = None) -> int:
        """Make all changes in one transaction; on a lost reply find out by reading whether they were made."""
        leases = [self._grant(change) for change in changes]
        leased = [_with_lease(change, lease) for change, lease in zip(changes, leases)]
        try:
            done = self._commit(leased, guard)
        except (Unavailable, EtcdUnreachable):
            raise
        except CollectionError:
            self._revoke(leases)
            raise
        if done.resent and not done.succeeded and not _was_made(leased, done):
            raise _lost(changes)
        return done.revision

    def _commit(self, changes: t.Sequence[KeyWrite], guard: Guard | None) -> Txn:
        compares = [*_compares(changes, guard is not None), *_guard_compares(guard)]
        reads = [get(change.key) for change in changes]
        try:
            done = self._client.txn(compares, [_operation(change) for change in changes], reads, action=_describe(changes))
        except LeaseNotFound:
            raise LostRace(f"Could not {_describe(changes)}: its lease has ended in the meantime.") from None
        if not done.succeeded and not done.resent:
            raise _lost(changes)
        return done

    def delete_prefix(self, prefix: bytes, found: Range) -> int:
        """Delete the keys in one transaction, provided that none was changed or added since they were read."""
        end = prefix_end(prefix)
        action = f"delete the keys under {show_key(prefix)}"
        done = self._client.txn(
            [compare_mod_revision_below(prefix, found.revision + 1, end)], [delete(prefix, end)], [get(prefix, end)], action
        )
        if done.succeeded or (done.resent and done.responses[0] is not None and not done.responses[0].kvs):
            return done.revision
        raise LostRace(f"Could not {action}: another writer changed one of them.")

    def keep_alive(self, kv: KeyValue, ttl: int) -> None:
        """Restart the TTL of the key's lease."""
        action = f"keep {show_key(kv.key)} alive"
        if self._client.keep_alive(kv.lease, action) is None:
            raise LostRace(f"Could not {action}: its lease has ended.")

    def _grant(self, change: KeyWrite) -> int:
        return self._client.grant(change.ttl, _describe([change])).id if isinstance(change, Put) and change.ttl else 0

    def _revoke(self, leases: t.Sequence[int]) -> None:
        for lease in leases:
            if lease:
                self._client.revoke(lease)


def _with_lease(change: KeyWrite, lease: int) -> KeyWrite:
    return Put(change.key, change.value, change.expected, lease=lease) if isinstance(change, Put) and lease else change


def _compares(changes: t.Sequence[KeyWrite], guarded: bool) -> list[Compare]:
    # A guard also ensures that the new keys below it do not exist yet.
    return [
        compare_mod_revision(change.key, change.expected) if change.expected else compare_create_revision(change.key, "=", 0)
        for change in changes
        if change.expected or not guarded
    ]


def _guard_compares(guard: Guard | None) -> list[Compare]:
    if guard is None:
        return []
    return [compare_create_revision(guard.prefix, "<", guard.revision + 1, prefix_end(guard.prefix))]


def _operation(change: KeyWrite) -> Op:
    return put(change.key, change.value, change.lease) if isinstance(change, Put) else delete(change.key)


def _was_made(leased: t.Sequence[KeyWrite], done: Txn) -> bool:
    return all(_holds(change, found.kvs if found else ()) for change, found in zip(leased, done.responses))


def _holds(change: KeyWrite, found: t.Sequence[KeyValue]) -> bool:
    if isinstance(change, Delete):
        return not found
    return bool(found) and (found[0].value, found[0].lease) == (change.value, change.lease)


def _lost(changes: t.Sequence[KeyWrite]) -> LostRace:
    return LostRace(f"Could not {_describe(changes)}: another writer was faster.")


def _describe(changes: t.Sequence[KeyWrite]) -> str:
    if len(changes) > 1:
        return f"change {len(changes)} keys, {show_key(changes[0].key)} among them"
    return describe_write(changes[0])
