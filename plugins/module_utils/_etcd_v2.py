# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The store over etcd's v2 API, by the library python-etcd.

The library is from 2017; what it gets wrong is put right here: keys are quoted, endpoints are ours alone, nothing is sent
twice behind our back, and TLS is our own context.
"""

from __future__ import annotations

import posixpath
import typing as t
from urllib.parse import quote

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.alicloud.flannel.plugins.module_utils._errors import CollectionError, InvalidInput, LostRace
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd_connection import (
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    Connection,
    make_tls_context,
    parse_endpoint,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd_data import (
    Change,
    Delete,
    Guard,
    KeyValue,
    LeaseTtl,
    Put,
    Range,
    show_key,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd_errors import (
    IN_DOUBT,
    ApiOff,
    AuthFailed,
    EtcdError,
    Unavailable,
    Unreachable,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd_http import explain

try:
    import etcd
    import urllib3
except ImportError:
    etcd = None


_NO_QUORUM = (300, 301)


class V2Store:
    """An etcd over API v2. A write is one change: v2 has no transactions."""

    batch_limit = 1

    def __init__(self, connection: Connection) -> None:
        if etcd is None:
            raise CollectionError(missing_required_lib("python-etcd", reason="for api: v2"))
        if not hasattr(urllib3.HTTPResponse, "getheader"):
            raise CollectionError(
                "python-etcd does not work with urllib3 2.6.0, which is installed here: install a newer or an older urllib3."
            )
        self._client = _make_client(connection)
        self.requests = 0

    def read(self, key: bytes) -> t.Optional[KeyValue]:
        """Return the key, None when there is none."""
        node = self._get(f"read {show_key(key)}", _path(key))
        if node is not None and node.dir:
            raise EtcdError(
                f"Could not read {show_key(key)}: it is a directory. To delete what is in it, use prefix and a key that ends in /."
            )
        return None if node is None else _parse_node(node)

    def read_prefix(self, prefix: bytes) -> Range:
        """Return every key that begins with ``prefix``, from one recursive read of the directory it is in."""
        directory = prefix[: prefix.rindex(b"/") + 1] if b"/" in prefix else b"/"
        action = f"read the keys under {show_key(prefix)}"
        node = self._get(action, _path(directory.rstrip(b"/") or b"/"), recursive=True)
        if node is None:
            return Range((), 0)
        kvs = (_parse_node(leaf) for leaf in node.leaves if not leaf.dir)
        return Range(tuple(sorted((kv for kv in kvs if kv.key.startswith(prefix)), key=lambda kv: kv.key)), node.etcd_index)

    def read_ttls(self, kvs: t.Iterable[KeyValue]) -> t.Dict[bytes, LeaseTtl]:
        """Return the TTLs, which v2 told when the keys were read."""
        return {kv.key: LeaseTtl(kv.lease, None) for kv in kvs if kv.lease}

    def write(self, changes: t.Sequence[Change], guard: t.Optional[Guard] = None) -> int:
        """Make the one change. v2 can't make it depend on other keys: the guard is read just before."""
        (change,) = changes
        if guard is not None and any(kv.create_revision > guard.revision for kv in self.read_prefix(guard.prefix).kvs):
            raise LostRace(f"Could not {_describe(change)}: somebody else created a key under {show_key(guard.prefix)}.")
        endpoint = self._client.base_uri
        try:
            return int(self._call(_describe(change), _operation(change)).modifiedIndex)
        except _not_as_expected():
            # The library may have sent it to two endpoints: then its own first try is what was in the way.
            made = self._find_made(change) if self._client.base_uri != endpoint else None
        except (Unavailable, Unreachable) as exc:
            made = self._find_after(exc, change)
        if made is None:
            raise LostRace(f"Could not {_describe(change)}: somebody else was faster.")
        return made

    def delete_prefix(self, prefix: bytes, found: Range) -> int:
        """Delete the keys one by one: deleting their directory would not wake flannel's watches on them."""
        revision = found.revision
        for kv in found.kvs:
            action = f"delete {show_key(kv.key)}"
            try:
                revision = int(self._call(action, _deletion(kv.key)).modifiedIndex)
            except etcd.EtcdKeyNotFound:
                continue
        return revision

    def keep_alive(self, kv: KeyValue, ttl: int) -> None:
        """Start the TTL of a key anew."""
        action = f"keep {show_key(kv.key)} alive"
        try:
            self._call(action, lambda client: client.refresh(_path(kv.key), ttl, prevIndex=kv.mod_revision))
        except _not_as_expected():
            raise LostRace(f"Could not {action}: it has ended or was changed.") from None

    def _get(self, action: str, path: str, **options: t.Any) -> t.Any:
        try:
            # Without quorum a member that lags behind answers with what was.
            return self._call(action, lambda client: client.read(path, quorum=True, **options))
        except etcd.EtcdKeyNotFound:
            return None

    def _find_after(self, lost: EtcdError, change: Change) -> t.Optional[int]:
        """Find out whether a change was made whose reply was lost; raise the loss again when this can't be found out."""
        try:
            return self._find_made(change)
        except (Unavailable, Unreachable):
            raise type(lost)(f"{lost}{IN_DOUBT}") from None

    def _find_made(self, change: Change) -> t.Optional[int]:
        """Return the revision at which the change was made, None when it was not."""
        kv = self.read(change.key)
        if isinstance(change, Delete):
            return change.expected if kv is None else None
        made = kv is not None and kv.mod_revision > change.expected and kv.value == change.value
        return kv.mod_revision if kv is not None and made else None

    def _call(self, action: str, request: t.Callable[[t.Any], t.Any]) -> t.Any:
        self.requests += 1
        try:
            return request(self._client)
        except _not_as_expected():
            raise
        except etcd.EtcdException as exc:
            raise _make_error(action, self._client.base_uri, exc) from exc


def _not_as_expected() -> t.Tuple[t.Type[Exception], ...]:
    return etcd.EtcdCompareFailed, etcd.EtcdAlreadyExist, etcd.EtcdKeyNotFound


def _make_client(connection: Connection) -> t.Any:
    endpoints = [parse_endpoint(url) for url in connection.endpoints]
    client = etcd.Client(
        host=tuple((f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host, endpoint.port) for endpoint in endpoints),
        protocol=endpoints[0].scheme,
        username=connection.username,
        password=connection.password,
        # Together these mean: other endpoints when one fails, but only those that were given, not those that members advertise.
        allow_reconnect=True,
        use_proxies=True,
    )
    client.http = urllib3.PoolManager(ssl_context=make_tls_context(connection) if connection.tls else None, retries=False)
    # The library's own option is one number for both.
    client._read_timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
    return client


def _path(key: bytes) -> str:
    try:
        text = key.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(f"API v2 can't hold the key {show_key(key)}: a key must be UTF-8 text there.") from None
    if not text.startswith("/") or posixpath.normpath(text) != text or text.startswith("//"):
        raise InvalidInput(f"API v2 can't hold the key {text}: there a key is a path that begins with / and has no empty part, . or ..")
    return quote(text, safe="/")


def _text(change: Put) -> str:
    try:
        return change.value.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(f"API v2 can't hold the value for {show_key(change.key)}: a value must be UTF-8 text there.") from None


def _operation(change: Change) -> t.Callable[[t.Any], t.Any]:
    path = _path(change.key)
    if isinstance(change, Delete):
        expected = change.expected
        return lambda client: client.delete(path, prevIndex=expected)
    condition: t.Dict[str, t.Any] = {"prevIndex": change.expected} if change.expected else {"prevExist": False}
    value, ttl = _text(change), change.ttl or change.lease or None
    return lambda client: client.write(path, value, ttl=ttl, **condition)


def _deletion(key: bytes) -> t.Callable[[t.Any], t.Any]:
    return lambda client: client.delete(_path(key))


def _parse_node(node: t.Any) -> KeyValue:
    return KeyValue(
        key=node.key.encode("utf-8"),
        value=(node.value or "").encode("utf-8"),
        create_revision=int(node.createdIndex),
        mod_revision=int(node.modifiedIndex),
        lease=int(node.ttl or 0),
    )


def _make_error(action: str, endpoint: str, exc: t.Any) -> EtcdError:
    if isinstance(exc, etcd.EtcdConnectionFailed):
        return Unreachable(f"Could not {action}: no etcd endpoint answered. The last one was {endpoint}: {_root_cause(exc)}.")
    if isinstance(exc, etcd.EtcdInsufficientPermissions):
        return AuthFailed(f"Could not {action}: etcd at {endpoint} refused the user: {exc}. Check username, password and the user's roles.")
    if (exc.payload or {}).get("errorCode") in _NO_QUORUM:
        return Unavailable(f"Could not {action}: etcd at {endpoint} answered: {exc}. Check that a majority of the members is up.")
    if "404 page not found" in str(exc):
        return ApiOff(
            f"Could not {action}: etcd at {endpoint} does not serve API v2. "
            "Use api: v3, or start etcd with --enable-v2, which etcd 3.6 does not have any more."
        )
    return EtcdError(f"Could not {action}: etcd at {endpoint} answered: {exc}.")


def _root_cause(exc: t.Any) -> str:
    """Return the reason at the bottom of the library's nested exceptions."""
    cause: BaseException = exc.cause or exc
    while cause.__cause__ or cause.__context__:
        cause = t.cast(BaseException, cause.__cause__ or cause.__context__)
    return explain(cause)


def _describe(change: Change) -> str:
    return f"{'write' if isinstance(change, Put) else 'delete'} {show_key(change.key)}"
