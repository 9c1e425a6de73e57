# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import (
    ApiError,
    Call,
    CredentialsError,
    Forbidden,
    NotFound,
    QuotaExceeded,
    Refusal,
    TaskConflict,
    Throttled,
    Unreachable,
    error_for,
    redact,
    unknown_outcome,
    unreachable,
    unreadable,
)
from hypothesis import given
from hypothesis import strategies as st

CALL = Call("vpc", "CreateRouteEntries", "cn-hangzhou", "the module's options", " for vtb-1")

KINDS: list[tuple[str, int, type[ApiError]]] = [
    ("Throttling", 400, Throttled),
    ("Throttling.User", 400, Throttled),
    ("Rejected.Throttling", 400, Throttled),
    ("Anything", 429, Throttled),
    ("TaskConflict", 400, TaskConflict),
    ("IncorrectRouteEntryStatus", 400, TaskConflict),
    ("IncorrcetRouteEntryStatus", 400, TaskConflict),
    ("IncorrectStatus.RouteTableStatus", 400, TaskConflict),
    ("OperationFailed.DistibuteLock", 400, TaskConflict),
    ("ServiceUnavailable", 503, Unreachable),
    ("InternalError", 500, Unreachable),
    ("UnknownError", 400, Unreachable),
    ("AnythingElse", 502, Unreachable),
    ("QuotaExceeded", 400, QuotaExceeded),
    ("QuotaExceeded.HaVipRouteEntry", 400, QuotaExceeded),
    ("Forbidden.RAM", 403, Forbidden),
    ("NoPermission", 403, Forbidden),
    ("InvalidRouteTableId.NotFound", 404, NotFound),
    ("InvalidRouteEntry", 400, NotFound),
    ("InvalidRegionId.NotFound", 404, NotFound),
    ("InvalidAccessKeyId.NotFound", 404, CredentialsError),
    ("InvalidAccessKeySecret", 400, CredentialsError),
    ("SignatureDoesNotMatch", 403, CredentialsError),
    ("InvalidSecurityToken.Expired", 400, CredentialsError),
    ("InvalidTimeStamp.Expired", 400, CredentialsError),
    ("InvalidCIDRBlock.Duplicate", 400, ApiError),
    ("OperationDenied.DeleteManagedRouteEntry", 400, ApiError),
    ("DryRunOperation", 400, ApiError),
]


@pytest.mark.parametrize(("code", "status", "kind"), KINDS)
def test_a_refusal_has_the_kind_of_its_code(code: str, status: int, kind: type[ApiError]) -> None:
    error = error_for(CALL, Refusal(code, "Because", status, "R-1"))
    assert error.__class__ is kind
    assert (error.code, error.http_status, error.request_id, error.action) == (code, status, "R-1", "CreateRouteEntries")
    assert str(error).startswith(f"vpc:CreateRouteEntries for vtb-1 in cn-hangzhou was refused: {code}")


ADVICE = [
    ("InvalidAccessKeyId.NotFound", ["access key ID", "the module's options"]),
    ("InvalidAccessKeySecret", ["secret key", "the module's options"]),
    ("SignatureDoesNotMatch", ["secret key"]),
    ("InvalidSecurityToken.Expired", ["expired", "new temporary credentials"]),
    ("InvalidSecurityToken.MismatchWithAccessKey", ["same temporary credentials"]),
    ("InvalidTimeStamp.Expired", ["clock"]),
    ("Forbidden.RAM", ["vpc:CreateRouteEntries: grant it", "docs/ram-policy.json"]),
    ("InvalidRegionId.NotFound", ["cn-hangzhou is not a region", "option region"]),
    ("InvalidVpcID.NotFound", ["Check the ID, the region"]),
    ("QuotaExceeded", ["Quota Center"]),
    ("Throttling.User", ["run again later"]),
]


@pytest.mark.parametrize(("code", "words"), ADVICE)
def test_a_message_says_what_to_do(code: str, words: t.Sequence[str]) -> None:
    message = str(error_for(CALL, Refusal(code, "Because.", 400)))
    assert all(word in message for word in words)


def test_the_text_of_a_signature_error_is_not_repeated() -> None:
    text = "server string to sign is:POST&%2F&AccessKeyId%3DLTAI1%26SecurityToken%3Dtoken1"
    assert "token1" not in str(error_for(CALL, Refusal("SignatureDoesNotMatch", text, 403)))


URL = "/?AccessKeyId=LTAI1&SecurityToken=token1&Signature=sig1"
POOL = f"HTTPSConnectionPool(host='vpc.aliyuncs.com', port=443): Max retries exceeded with url: {URL}"
TRANSPORT = [
    (f"{POOL} (Caused by NewConnectionError('<x>: Failed to establish: [Errno 111] Connection refused',))", False, "refused"),
    (f"{POOL} (Caused by NewConnectionError('<x>: [Errno -2] Name or service not known',))", False, "cannot be resolved"),
    (f"{POOL} (Caused by ConnectTimeoutError(<x>, 'timed out. (connect timeout=5)'))", False, "in time"),
    (f"{POOL} (Caused by SSLError(SSLCertVerificationError('[SSL: CERTIFICATE_VERIFY_FAILED]')))", False, "not trusted"),
    (f"{POOL} (Caused by ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403')))", False, "proxy"),
    ("HTTPSConnectionPool(host='x', port=443): Read timed out. (read timeout=30)", True, "no answer came in time"),
    ("('Connection aborted.', RemoteDisconnected('Remote end closed connection without response',))", True, "closed before the answer"),
    (f"something new with {URL}", True, "closed before the answer"),
]


@pytest.mark.parametrize(("text", "sent", "words"), TRANSPORT)
def test_a_transport_failure_tells_whether_the_call_was_sent_and_repeats_no_url(text: str, sent: bool, words: str) -> None:
    error = unreachable(CALL, "https://vpc.aliyuncs.com", text)
    assert error.sent is sent
    assert words in str(error)
    assert not any(secret in str(error) for secret in ("LTAI1", "token1", "sig1"))


@pytest.mark.parametrize(("status", "sent"), [(None, True), (200, True), (302, False), (403, False), (502, True)])
def test_an_unreadable_answer_may_come_from_a_proxy_that_did_not_pass_the_call_on(status: int | None, sent: bool) -> None:
    assert unreadable(CALL, "https://vpc.aliyuncs.com", status).sent is sent


def test_an_unknown_outcome_keeps_what_is_known() -> None:
    cause = error_for(CALL, Refusal("ServiceUnavailable", "Busy.", 503, "R-1"))
    error = unknown_outcome(CALL, cause)
    assert (error.code, error.http_status, error.request_id) == ("ServiceUnavailable", 503, "R-1")
    assert "not known whether vpc:CreateRouteEntries for vtb-1 in cn-hangzhou was carried out" in str(error)


SCRUBBED = [
    ("https://h/?AccessKeyId=LTAI9&Signature=a%2Bb&X=1", "https://h/?AccessKeyId=***&Signature=***&X=1"),
    ('{"SecurityToken": "tok", "Code": "x"}', '{"SecurityToken": "***", "Code": "x"}'),
    ("proxy http://me:pass@proxy:3128 says no", "proxy http://***@proxy:3128 says no"),
    ("the key LTAI1 and again LTAI1", "the key *** and again ***"),
    ("nothing secret", "nothing secret"),
]


@pytest.mark.parametrize(("text", "expected"), SCRUBBED)
def test_scrub(text: str, expected: str) -> None:
    assert redact(text, {"LTAI1", ""}) == expected


@given(st.text(), st.text(), st.sets(st.text(alphabet="abcdefghij", min_size=4), max_size=4))
def test_no_secret_is_left_in_scrubbed_text(before: str, after: str, secrets: set[str]) -> None:
    text = redact(before + " ".join(sorted(secrets)) + after, secrets)
    assert not any(secret in text for secret in secrets)
