# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.errors import (
    IN_DOUBT,
    AuthFailed,
    EtcdError,
    LeaseNotFound,
    NoSpace,
    PermissionDenied,
    TooLarge,
    Unavailable,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import KeyValue, Range
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_wire import (
    GatewayFailure,
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
)

REQUESTS = [
    (put(b"k", b"\xff", lease=5), {"request_put": {"key": "aw==", "value": "/w==", "lease": "5"}}),
    (put(b"k", b""), {"request_put": {"key": "aw==", "value": "", "lease": "0"}}),
    (get(b"k"), {"request_range": {"key": "aw=="}}),
    (get(b"k", b"l"), {"request_range": {"key": "aw==", "range_end": "bA=="}}),
    (delete(b"k"), {"request_delete_range": {"key": "aw=="}}),
    (delete(b"k", b"l"), {"request_delete_range": {"key": "aw==", "range_end": "bA=="}}),
    (compare_mod_revision(b"k", 7), {"target": "MOD", "result": "EQUAL", "key": "aw==", "mod_revision": "7"}),
    (
        compare_mod_revision_below(b"k", 7, b"l"),
        {"target": "MOD", "result": "LESS", "key": "aw==", "range_end": "bA==", "mod_revision": "7"},
    ),
    (compare_create_revision(b"k", "=", 0), {"target": "CREATE", "result": "EQUAL", "key": "aw==", "create_revision": "0"}),
    (
        compare_create_revision(b"k", "<", 8, b"l"),
        {"target": "CREATE", "result": "LESS", "key": "aw==", "range_end": "bA==", "create_revision": "8"},
    ),
    (compare_create_revision(b"k", ">", 0), {"target": "CREATE", "result": "GREATER", "key": "aw==", "create_revision": "0"}),
    (compare_create_revision(b"k", "!=", 0), {"target": "CREATE", "result": "NOT_EQUAL", "key": "aw==", "create_revision": "0"}),
]


@pytest.mark.parametrize(("request_part", "expected"), REQUESTS)
def test_requests(request_part: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert request_part == expected


def test_fields_that_are_left_out_are_zero_or_empty() -> None:
    reply = {"kvs": [{"key": "aw==", "mod_revision": "9007199254740993"}, {"key": "bA==", "value": "/w==", "lease": "5"}]}
    assert parse_range(reply, 4) == Range((KeyValue(b"k", b"", 0, 9007199254740993, 0), KeyValue(b"l", b"\xff", 0, 0, 5)), 4)
    assert parse_range({}, 4) == Range((), 4)


def test_revision() -> None:
    assert (parse_revision({"header": {"revision": "12"}}), parse_revision({"header": {}}), parse_revision({})) == (12, 0, 0)


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b'{"error":"e","message":"m","code":5}', GatewayFailure(5, "m")),
        (b'{"error":"e","code":5}', GatewayFailure(5, "e")),
        (b"CommonName of client sending a request\n", GatewayFailure(3, "CommonName of client sending a request")),
        (b"404 page not found\n", None),
        (b"[]", None),
        (b'{"errorCode":100}', None),
        (b"\xff", None),
    ],
)
def test_failures(body: bytes, failure: GatewayFailure | None) -> None:
    assert parse_gateway_failure(body) == failure


ERRORS = [
    (3, "etcdserver: authentication failed, invalid user ID or password", AuthFailed, "Check username and password."),
    (3, "etcdserver: user name is empty", AuthFailed, "This etcd requires a login"),
    (3, "CommonName of client sending a request against gateway will be ignored", AuthFailed, "no CN"),
    (16, "etcdserver: invalid auth token", AuthFailed, "Check username and password."),
    (7, "etcdserver: permission denied", PermissionDenied, "role"),
    (3, "etcdserver: request is too large", TooLarge, "1.5 MB"),
    (8, "etcdserver: mvcc: database space exceeded", NoSpace, "disarm the alarm"),
    (8, "etcdserver: too many requests", EtcdError, "run again later"),
    (5, "etcdserver: requested lease not found", LeaseNotFound, "ended"),
    (14, "etcdserver: request timed out", Unavailable, "majority"),
    (2, "context deadline exceeded", Unavailable, "majority"),
    (2, "something else", EtcdError, "something else"),
    (3, "etcdserver: duplicate key given in txn request", EtcdError, "duplicate key"),
]


@pytest.mark.parametrize(("code", "message", "kind", "advice"), ERRORS)
def test_errors_are_told_apart_and_say_what_to_do(code: int, message: str, kind: type[EtcdError], advice: str) -> None:
    error = make_error("read /k", "http://192.0.2.1:2379", GatewayFailure(code, message))
    assert error.__class__ is kind
    assert error.details == {"code": code, "endpoint": "http://192.0.2.1:2379"}
    for part in ("Could not read /k", "http://192.0.2.1:2379", message, advice):
        assert part in str(error)


@pytest.mark.parametrize(
    ("failure", "unavailable"),
    [
        (GatewayFailure(14, "etcdserver: no leader"), True),
        (GatewayFailure(4, "x"), True),
        (GatewayFailure(2, "context deadline exceeded"), True),
        (GatewayFailure(2, "x"), False),
        (GatewayFailure(3, "x"), False),
    ],
)
def test_another_endpoint_is_worth_a_try(failure: GatewayFailure, unavailable: bool) -> None:
    assert failure.unavailable is unavailable


def test_only_a_write_that_may_still_be_made_is_in_doubt() -> None:
    unavailable, refused = GatewayFailure(14, "etcdserver: request timed out"), GatewayFailure(7, "etcdserver: permission denied")
    in_doubt = [IN_DOUBT in str(make_error("x", "y", failure, writes)) for failure in (unavailable, refused) for writes in (True, False)]
    assert in_doubt == [True, False, False, False]


@pytest.mark.parametrize(
    ("failure", "stale"),
    [
        (GatewayFailure(16, "etcdserver: invalid auth token"), True),
        (GatewayFailure(3, "etcdserver: revision of auth store is old"), True),
        (GatewayFailure(2, "auth: revision in header is old"), True),
        (GatewayFailure(3, "etcdserver: user name is empty"), False),
        (GatewayFailure(7, "etcdserver: permission denied"), False),
    ],
)
def test_a_new_login_is_worth_a_try(failure: GatewayFailure, stale: bool) -> None:
    assert failure.token_is_stale is stale
