# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The format of etcd's JSON gateway: requests, replies and errors. Pure.

Keys and values travel as base64, 64-bit numbers as text, and fields that are zero, false or empty are left out. The gateway
ignores fields that it does not know, so every request is built here and nowhere else.
"""

from __future__ import annotations

import json
import typing as t
from base64 import b64decode, b64encode
from dataclasses import dataclass

from .errors import (
    IN_DOUBT,
    AuthFailed,
    EtcdError,
    LeaseNotFound,
    NoSpace,
    PermissionDenied,
    TooLarge,
    Unavailable,
)
from .store import KeyValue, Range

Compare = t.Dict[str, t.Any]
Op = t.Dict[str, t.Any]

# gRPC codes, which are the same in all versions of the gateway; HTTP statuses are not.
UNKNOWN, DEADLINE_EXCEEDED, UNAVAILABLE = 2, 4, 14
INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, UNAUTHENTICATED = 3, 5, 7, 8, 9, 16

# The one error of the gateway that is plain text.
_NAMED_CERTIFICATE = b"CommonName of client"

# etcd 3.4 says the first, etcd 3.5 the second, each with a code of its own.
_OLD_TOKEN = ("revision of auth store is old", "revision in header is old")

_RESULTS = {"=": "EQUAL", ">": "GREATER", "<": "LESS", "!=": "NOT_EQUAL"}


def compare_mod_revision(key: bytes, revision: int) -> Compare:
    """Return the condition that the key was last changed at this revision."""
    return {"target": "MOD", "result": "EQUAL", "key": encode(key), "mod_revision": str(revision)}


def compare_mod_revision_below(key: bytes, revision: int, range_end: bytes) -> Compare:
    """Return the condition that every key of the range was last changed before this revision."""
    return {"target": "MOD", "result": "LESS", "key": encode(key), "range_end": encode(range_end), "mod_revision": str(revision)}


def compare_create_revision(key: bytes, op: str, revision: int, range_end: bytes = b"") -> Compare:
    """Return a condition on when the key, or every key of the range, was created; 0 is a key that does not exist."""
    compare = {"target": "CREATE", "result": _RESULTS[op], "key": encode(key), "create_revision": str(revision)}
    return {**compare, "range_end": encode(range_end)} if range_end else compare


def put(key: bytes, value: bytes, lease: int = 0) -> Op:
    """Return the operation that writes a key; without a lease it loses the one it had."""
    return {"request_put": {"key": encode(key), "value": encode(value), "lease": str(lease)}}


def delete(key: bytes, range_end: bytes = b"") -> Op:
    """Return the operation that deletes a key or a range of keys."""
    return {"request_delete_range": range_request(key, range_end)}


def get(key: bytes, range_end: bytes = b"") -> Op:
    """Return the operation that reads a key or a range of keys."""
    return {"request_range": range_request(key, range_end)}


def range_request(key: bytes, range_end: bytes) -> dict[str, str]:
    """Return the fields that name a key or a range of keys."""
    return {"key": encode(key), "range_end": encode(range_end)} if range_end else {"key": encode(key)}


def encode(data: bytes) -> str:
    """Return bytes as the gateway takes them."""
    return b64encode(data).decode("ascii")


# What Python raises where JSON data has another form than the gateway's.
_MISFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def parse_range(reply: t.Mapping[str, t.Any], revision: int) -> Range:
    """Return the keys of a range reply, which were read at the given revision; raise EtcdError where it is none."""
    try:
        return Range(tuple(_parse_kv(kv) for kv in reply.get("kvs", ())), revision)
    except _MISFIT:
        raise _not_etcd() from None


def parse_revision(reply: t.Mapping[str, t.Any]) -> int:
    """Return the revision of the store when it replied; raise EtcdError where it says none."""
    try:
        return int(reply.get("header", {}).get("revision", 0))
    except _MISFIT:
        raise _not_etcd() from None


def _not_etcd() -> EtcdError:
    return EtcdError("What answers in place of etcd does not answer as etcd does. Check the endpoints.")


def _parse_kv(kv: t.Mapping[str, t.Any]) -> KeyValue:
    return KeyValue(
        key=b64decode(kv.get("key", "")),
        value=b64decode(kv.get("value", "")),
        create_revision=int(kv.get("create_revision", 0)),
        mod_revision=int(kv.get("mod_revision", 0)),
        lease=int(kv.get("lease", 0)),
    )


@dataclass(frozen=True)
class GatewayFailure:
    """An error as the gateway reports it."""

    code: int
    message: str

    @property
    def unavailable(self) -> bool:
        """Return whether another endpoint, or this one a little later, may well succeed."""
        return self.code in (UNAVAILABLE, DEADLINE_EXCEEDED) or (self.code == UNKNOWN and "context deadline exceeded" in self.message)

    @property
    def auth_is_off(self) -> bool:
        """Return whether a login failed because the server asks for none."""
        return self.code == FAILED_PRECONDITION and "authentication is not enabled" in self.message

    @property
    def token_is_stale(self) -> bool:
        """Return whether a new login may help; a JWT becomes invalid when any user or role changes."""
        return self.code == UNAUTHENTICATED or any(text in self.message for text in _OLD_TOKEN)


def parse_gateway_failure(body: bytes) -> GatewayFailure | None:
    """Return the gateway's error in a reply's body; None when the body is not one."""
    if body.startswith(_NAMED_CERTIFICATE):
        return GatewayFailure(INVALID_ARGUMENT, body.decode("utf-8", "replace").strip())
    try:
        reply = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(reply, dict) or not isinstance(reply.get("code"), int):
        return None
    return GatewayFailure(reply["code"], str(reply.get("message") or reply.get("error") or ""))


_BY_CODE: t.Mapping[int, tuple[type[EtcdError], str]] = {
    NOT_FOUND: (LeaseNotFound, "It has ended in the meantime: run again."),
    PERMISSION_DENIED: (PermissionDenied, "Give the user a role with permission for this key, or use another user."),
    RESOURCE_EXHAUSTED: (EtcdError, "It is overloaded: run again later."),
    UNAUTHENTICATED: (AuthFailed, "Check username and password."),
    UNAVAILABLE: (Unavailable, "Check that a majority of the members is up."),
    DEADLINE_EXCEEDED: (Unavailable, "Check that a majority of the members is up."),
}

_BY_MESSAGE: t.Sequence[tuple[str, type[EtcdError], str]] = (
    ("context deadline exceeded", Unavailable, "Check that a majority of the members is up."),
    ("authentication failed", AuthFailed, "Check username and password."),
    ("user name is empty", AuthFailed, "This etcd requires a login: give username and password."),
    (
        _NAMED_CERTIFICATE.decode("ascii"),
        AuthFailed,
        (
            "This etcd has authentication on, and its gateway accepts no client certificate with a common name: "
            "use one whose subject has no CN, together with username and password."
        ),
    ),
    ("request is too large", TooLarge, "etcd accepts about 1.5 MB per request."),
    (
        "database space exceeded",
        NoSpace,
        (
            "Its storage quota is exhausted, and until that is resolved it may also refuse to delete keys: compact with etcdctl, "
            "defragment each member, then disarm the alarm."
        ),
    ),
)


def make_error(action: str, endpoint: str, failure: GatewayFailure, writes: bool = False) -> EtcdError:
    """Return the error that says what was attempted, what came back and what to do."""
    kind, advice = _BY_CODE.get(failure.code, (EtcdError, ""))
    for text, by_message, message_advice in _BY_MESSAGE:
        if text in failure.message:
            kind, advice = by_message, message_advice
            break
    text = f"Could not {action}: etcd at {endpoint} answered: {failure.message.rstrip('.')} (code {failure.code}). {advice}"
    doubt = IN_DOUBT if writes and kind is Unavailable else ""
    return kind(text.rstrip() + doubt, code=failure.code, endpoint=endpoint)
