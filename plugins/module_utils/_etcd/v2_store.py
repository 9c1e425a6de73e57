# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The store over etcd's v2 API. Keys are quoted here, since the library writes ``/a?b`` as ``/a``."""

from __future__ import annotations

import posixpath
import typing as t
from itertools import takewhile
from urllib.parse import quote

from .._core.errors import InvalidInput, LostRace
from .errors import IN_DOUBT, EtcdError, EtcdUnreachable, Unavailable
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
    show_key,
)
from .v2_client import Absent, InDoubt, NotAsExpected, Operation, V2Client

if t.TYPE_CHECKING:
    from .connection import Connection

_MOST_FOLDERS = 50


class V2Store:
    """An etcd over API v2. A write is one change: v2 has no transactions."""

    batch_limit = 1

    def __init__(self, connection: Connection) -> None:
        self._client = V2Client(connection)

    @property
    def requests(self) -> int:
        """Return the number of requests made."""
        return self._client.requests

    def read(self, key: bytes) -> KeyValue | None:
        """Return the key, None when there is none."""
        node = self._get(f"read {show_key(key)}", _path(key))
        if node is not None and node.dir:
            raise EtcdError(
                f"Could not read {show_key(key)}: it is a directory. To delete what is in it, use prefix and a key that ends in /."
            )
        return None if node is None else parse_node(node)

    def read_prefix(self, prefix: bytes) -> Range:
        """Return every key that begins with ``prefix``, from one recursive read of the directory it is in."""
        return self._read_below(f"read the keys under {show_key(prefix)}", prefix, lambda key: key.startswith(prefix))

    def read_range(self, start: bytes, end: bytes) -> Range:
        """Return the keys from ``start`` up to but without ``end``, from one recursive read of the directory that holds both."""
        return self._read_below(describe_range(start, end), _common(start, end), lambda key: start <= key < end)

    def _read_below(self, action: str, prefix: bytes, is_asked_for: t.Callable[[bytes], bool]) -> Range:
        directory = prefix[: prefix.rindex(b"/") + 1] if b"/" in prefix else b"/"
        path = _path(directory.rstrip(b"/") or b"/")
        try:
            node = self._get(action, path, recursive=True)
            leaves = [] if node is None else list(node.leaves)
        except RecursionError:
            # Folders in folders, as anybody can make who may write: deeper than JSON is read.
            node = self._get(action, path)
            leaves = [] if node is None else list(self._read_levels(action, node))
        if node is None:
            return Range((), 0)
        kvs = (parse_node(leaf) for leaf in leaves if not leaf.dir)
        return Range(tuple(sorted((kv for kv in kvs if is_asked_for(kv.key)), key=lambda kv: kv.key)), node.etcd_index)

    def _read_levels(self, action: str, node: t.Any) -> t.Iterator[t.Any]:
        """Yield the keys of a folder and of the folders in it, no deeper: flannel's own are not."""
        found = list(node.leaves)
        yield from found
        for folder in [leaf for leaf in found if leaf.dir][:_MOST_FOLDERS]:
            inner = self._get(action, quote(folder.key, safe="/"))
            yield from inner.leaves if inner is not None else ()

    def read_ttls(self, kvs: t.Iterable[KeyValue]) -> dict[bytes, LeaseTtl]:
        """Return the TTLs, which v2 returned with the keys."""
        return {kv.key: LeaseTtl(kv.lease, None) for kv in kvs if kv.lease}

    def write(self, changes: t.Sequence[KeyWrite], guard: Guard | None = None) -> int:
        """Make the one change. v2 can't make it depend on other keys: the guard is read just before."""
        (change,) = changes
        if guard is not None and any(kv.create_revision > guard.revision for kv in self.read_prefix(guard.prefix).kvs):
            raise LostRace(f"Could not {describe_write(change)}: another writer created a key under {show_key(guard.prefix)}.")
        try:
            return int(self._client.call(describe_write(change), _operation(change), repeatable=False).modifiedIndex)
        except NotAsExpected:
            made = None
        except InDoubt as doubt:
            made = self._find_after(doubt.error, change)
        if made is None:
            raise LostRace(f"Could not {describe_write(change)}: another writer was faster.")
        return made

    def delete_prefix(self, prefix: bytes, found: Range) -> int:
        """Delete the keys one by one: deleting their directory would not trigger flannel's watches on them."""
        revision = found.revision
        for kv in found.kvs:
            gone = Delete(kv.key, kv.mod_revision)
            try:
                # If sent twice, it only finds the key gone.
                revision = int(self._client.call(describe_write(gone), _operation(gone)).modifiedIndex)
            except Absent:
                continue
            except NotAsExpected:
                raise LostRace(f"Could not {describe_write(gone)}: another writer changed it.") from None
        return revision

    def keep_alive(self, kv: KeyValue, ttl: int) -> None:
        """Restart the TTL of a key."""
        action = f"keep {show_key(kv.key)} alive"
        try:
            self._client.call(action, lambda client: client.refresh(_path(kv.key), ttl, prevIndex=kv.mod_revision), repeatable=False)
        except (InDoubt, NotAsExpected):
            raise LostRace(f"Could not {action}: it has ended or was changed.") from None

    def _get(self, action: str, path: str, **options: t.Any) -> t.Any:
        try:
            # Without quorum=True a member that lags behind answers with old data.
            return self._client.call(action, lambda client: client.read(path, quorum=True, **options))
        except Absent:
            return None

    def _find_after(self, lost: EtcdError, change: KeyWrite) -> int | None:
        """Find out whether a change was made whose reply was lost; raise the original error again when that is impossible."""
        try:
            return self._find_made(change)
        except (Unavailable, EtcdUnreachable):
            raise type(lost)(f"{lost}{IN_DOUBT}") from None

    def _find_made(self, change: KeyWrite) -> int | None:
        """Return the revision at which the change was made, None when it was not."""
        kv = self.read(change.key)
        if isinstance(change, Delete):
            return change.expected if kv is None else None
        made = kv is not None and kv.mod_revision > change.expected and kv.value == change.value
        return kv.mod_revision if kv is not None and made else None


def _common(start: bytes, end: bytes) -> bytes:
    return bytes(one for one, _other in takewhile(lambda pair: pair[0] == pair[1], zip(start, end)))


def _path(key: bytes) -> str:
    try:
        text = key.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(f"API v2 can't hold the key {show_key(key)}: a key must be UTF-8 text there.") from None
    if not text.startswith("/") or posixpath.normpath(text) != text or text.startswith("//"):
        raise InvalidInput(f"API v2 can't hold the key {text}: there a key is a path that begins with / and has no empty, . or .. part.")
    return quote(text, safe="/")


def _text(change: Put) -> str:
    try:
        return change.value.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(f"API v2 can't hold the value for {show_key(change.key)}: a value must be UTF-8 text there.") from None


def _operation(change: KeyWrite) -> Operation:
    path = _path(change.key)
    if isinstance(change, Delete):
        expected = change.expected
        return lambda client: client.delete(path, prevIndex=expected)
    condition: dict[str, t.Any] = {"prevIndex": change.expected} if change.expected else {"prevExist": False}
    value, ttl = _text(change), change.ttl or change.lease or None
    return lambda client: client.write(path, value, ttl=ttl, **condition)


def parse_node(node: t.Any) -> KeyValue:
    """Return a key as the library read it."""
    # An expired key stays for half a second, shown without its TTL.
    left = max(int(node.ttl or 0), 1) if node.expiration else 0
    return KeyValue(
        # What is no text can't be written over v2, but may be there.
        key=node.key.encode("utf-8", "surrogatepass"),
        value=(node.value or "").encode("utf-8", "surrogatepass"),
        create_revision=int(node.createdIndex),
        mod_revision=int(node.modifiedIndex),
        lease=left,
    )
