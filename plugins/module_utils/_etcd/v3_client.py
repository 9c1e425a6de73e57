# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A client of etcd's v3 API over its JSON gateway."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .connection import Connection
from .errors import ApiOff, EtcdError, LeaseNotFound, Unavailable
from .store import KeyValue, LeaseTtl, Range, describe_range, prefix_end, show_key
from .transport import HttpTransport, Reply, Request
from .v3_wire import (
    Compare,
    GatewayFailure,
    Op,
    compare_create_revision,
    compare_mod_revision,
    compare_mod_revision_below,
    delete,
    get,
    make_error,
    parse_gateway_failure,
    parse_range,
    parse_revision,
    put,
    range_request,
)

__all__ = [
    "Compare",
    "Connection",
    "EtcdError",
    "EtcdV3",
    "GrantedLease",
    "KeyValue",
    "LeaseTtl",
    "Op",
    "Range",
    "Txn",
    "compare_create_revision",
    "compare_mod_revision",
    "compare_mod_revision_below",
    "delete",
    "get",
    "prefix_end",
    "put",
]


@dataclass(frozen=True)
class Txn:
    """The result of a transaction. ``responses`` has a Range for each get, None for other operations.

    ``resent`` says that an earlier try may have been carried out: ``succeeded`` can then be False although
    the changes were made, and only reading back shows it.
    """

    succeeded: bool
    revision: int
    responses: tuple[Range | None, ...]
    resent: bool


@dataclass(frozen=True)
class GrantedLease:
    """A lease that was granted. ``ttl`` is what the server granted, which may be more than was asked for."""

    id: int
    ttl: int


class EtcdV3:
    """One etcd cluster. Logs in at the first request when the connection has a user."""

    def __init__(self, connection: Connection, warn: t.Callable[[str], t.Any] = lambda text: None) -> None:
        self._connection = connection
        self._warn = warn
        self._transport = HttpTransport(connection)
        self._prefix = "/v3"
        self._token: str | None = None
        self._logged_in = connection.username is None

    def __enter__(self) -> EtcdV3:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    @property
    def requests(self) -> int:
        """Return the number of HTTP requests made, logins included."""
        return self._transport.requests

    def range(self, key: bytes, range_end: bytes = b"", action: str = "") -> Range:
        """Return the key, or the keys from ``key`` up to but without ``range_end``."""
        reply, _resent = self._call(action or f"read {show_key(key)}", "/kv/range", range_request(key, range_end))
        return parse_range(reply, parse_revision(reply))

    def first_keys(self, key: bytes, range_end: bytes, limit: int) -> list[bytes]:
        """Return so many keys of a range at most, without their values."""
        body = {**range_request(key, range_end), "limit": str(limit), "keys_only": True}
        reply, _resent = self._call(describe_range(key, range_end), "/kv/range", body)
        return [kv.key for kv in parse_range(reply, parse_revision(reply)).kvs]

    def is_auth_enabled(self) -> bool:
        """Return whether authentication is on: while it is off, every login is refused for that reason, whoever asks."""
        action = "find out whether authentication is on"
        reply, failure = self._send(action, "/auth/authenticate", {"name": "root", "password": ""})
        if failure is None:
            _parse_reply(action, reply)
        elif failure.unavailable:
            raise make_error(action, reply.endpoint, failure)
        return failure is None or not failure.auth_is_off

    def txn(self, compare: t.Sequence[Compare], success: t.Sequence[Op], failure: t.Sequence[Op] = (), action: str = "change keys") -> Txn:
        """Carry out ``success`` if all of ``compare`` holds, else ``failure``; at most 128 of each."""
        body = {"compare": list(compare), "success": list(success), "failure": list(failure)}
        reply, resent = self._call(action, "/kv/txn", body, writes=True)
        revision = parse_revision(reply)
        responses = tuple(
            parse_range(response["response_range"], revision) if "response_range" in response else None
            for response in reply.get("responses", ())
        )
        return Txn(bool(reply.get("succeeded", False)), revision, responses, resent)

    def grant(self, ttl: int, action: str = "grant a lease") -> GrantedLease:
        """Return a new lease. If the reply is lost, an empty lease stays behind until it expires."""
        reply, _resent = self._call(action, "/lease/grant", {"TTL": str(ttl)})
        return GrantedLease(int(reply["ID"]), int(reply["TTL"]))

    def revoke(self, lease_id: int) -> None:
        """End a lease and delete every key that has it; one that has ended already is no error."""
        try:
            self._call("revoke a lease", "/lease/revoke", {"ID": str(lease_id)})
        except LeaseNotFound:
            return

    def time_to_live(self, lease_id: int, action: str = "read a lease") -> LeaseTtl | None:
        """Return the TTL of a lease, None when it has ended."""
        reply, _resent = self._call(action, "/lease/timetolive", {"ID": str(lease_id)})
        remaining = int(reply.get("TTL", 0))
        return None if remaining < 0 else LeaseTtl(remaining, int(reply.get("grantedTTL", 0)))

    def keep_alive(self, lease_id: int, action: str = "keep a lease alive") -> int | None:
        """Restart the TTL of a lease and return it, None when the lease has ended."""
        reply, _resent = self._call(action, "/lease/keepalive", {"ID": str(lease_id)})
        return int(reply.get("result", {}).get("TTL", 0)) or None

    def _call(self, action: str, path: str, body: t.Mapping[str, t.Any], writes: bool = False) -> tuple[dict[str, t.Any], bool]:
        if not self._logged_in:
            self._log_in()
        reply, failure = self._send(action, path, body, writes)
        if failure is not None and failure.token_is_stale and self._token is not None:
            self._log_in()
            reply, failure = self._send(action, path, body, writes)
        if failure is not None:
            raise make_error(action, reply.endpoint, failure, writes)
        return _parse_reply(action, reply), reply.resent

    def _log_in(self) -> None:
        body = {"name": self._connection.username, "password": self._connection.password}
        self._token = None
        reply, failure = self._send("log in", "/auth/authenticate", body)
        if failure is not None and not failure.auth_is_off:
            raise make_error(f"log in as {self._connection.username}", reply.endpoint, failure)
        if failure is not None:
            self._warn("A username is given, but this etcd has authentication off: everybody who can reach it can change everything.")
        else:
            self._token = str(_parse_reply("log in", reply)["token"])
        self._logged_in = True

    def _send(self, action: str, path: str, body: t.Mapping[str, t.Any], writes: bool = False) -> tuple[Reply, GatewayFailure | None]:
        reply = self._post(action, path, body, writes)
        failure = parse_gateway_failure(reply.body) if reply.status != 200 else None
        if reply.status == 404 and failure is None:
            self._prefix = self._find_prefix(action, reply.endpoint)
            reply = self._post(action, path, body, writes)
            failure = parse_gateway_failure(reply.body) if reply.status != 200 else None
        return reply, failure

    def _post(self, action: str, path: str, body: t.Mapping[str, t.Any], writes: bool) -> Reply:
        # Without an Accept header the gateway acts as the user that the server's own certificate names.
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = self._token
        request = Request(action, self._prefix + path, json.dumps(body).encode("utf-8"), headers, writes)
        return self._transport.send(request, _is_unavailable)

    def _find_prefix(self, action: str, endpoint: str) -> str:
        """Return the gateway's path in this server's version; raise when it has no gateway or it is off."""
        reply = self._transport.send(Request(action, "/version", None, {"Accept": "application/json"}))
        version = _parse_version(reply)
        if version is None:
            raise ApiOff(f"Could not {action}: {endpoint} answers, but not as an etcd. Check the address and the port.", endpoint=endpoint)
        prefix = "/v3" if version >= (3, 4) else "/v3beta" if version == (3, 3) else "/v3alpha"
        if prefix == self._prefix or version < (3, 0):
            shown = ".".join(str(part) for part in version)
            raise ApiOff(
                f"Could not {action}: etcd {shown} at {endpoint} has its JSON gateway turned off. Start it with "
                "enable-grpc-gateway=true. When etcd 3.4 reads a configuration file, the file must say 'enable-grpc-gateway: true'.",
                endpoint=endpoint,
            )
        return prefix


def _is_unavailable(reply: Reply) -> bool:
    failure = parse_gateway_failure(reply.body) if reply.status != 200 else None
    return failure is not None and failure.unavailable


def _parse_version(reply: Reply) -> tuple[int, int] | None:
    try:
        major, minor = json.loads(reply.body.decode("utf-8"))["etcdserver"].split(".")[:2]
        return int(major), int(minor)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _parse_reply(action: str, reply: Reply) -> dict[str, t.Any]:
    try:
        values = json.loads(reply.body.decode("utf-8"))
    except (ValueError, RecursionError):
        values = None
    if reply.status == 200 and isinstance(values, dict):
        return values
    text = reply.body[:200].decode("utf-8", "replace").strip()
    kind = Unavailable if reply.status >= 500 else EtcdError
    raise kind(
        f"Could not {action}: {reply.endpoint} answered HTTP {reply.status}, but not as etcd does: {text!r}. "
        "Check the address, the port, and whether the endpoint speaks http or https.",
        endpoint=reply.endpoint,
    )
