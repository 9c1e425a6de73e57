# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the API of Alibaba Cloud refuses, as errors that say what to do about it. No I/O."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._core.errors import CollectionError


class ApiError(CollectionError):
    """A call that failed; ``code`` is the API's own, exactly as it is spelled there."""

    def __init__(
        self,
        message: str,
        *,
        action: str,
        code: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, action=action, code=code, http_status=http_status, request_id=request_id)
        self.action = action
        self.code = code
        self.http_status = http_status
        self.request_id = request_id


class Throttled(ApiError):
    """Too many calls; this one was not carried out."""


class TaskConflict(ApiError):
    """The VPC or one of its parts is busy with another change; this call was not carried out."""


class NotFound(ApiError):
    """Something that the call names does not exist in this region and account."""


class Forbidden(ApiError):
    """The identity may not make this call."""


class QuotaExceeded(ApiError):
    """The account's quota is exhausted."""


class CredentialsError(ApiError):
    """The cloud does not accept the identity."""


class Unreachable(ApiError):
    """No usable answer came. ``sent`` says whether the cloud may have received the call."""

    sent = True


class UnknownOutcome(ApiError):
    """A write whose answer was lost: it may have been carried out. Read back to find out."""


@dataclass(frozen=True)
class Call:
    """Who called what: the part of every message that does not depend on the answer."""

    product: str
    action: str
    region: str
    identity: str
    subject: str = ""

    @property
    def permission(self) -> str:
        """Return the call's name in a RAM policy."""
        return f"{self.product}:{self.action}"

    def __str__(self) -> str:
        return f"{self.permission}{self.subject} in {self.region}"


@dataclass(frozen=True)
class Refusal:
    """An answer of the API that says no."""

    code: str
    message: str
    http_status: int | None = None
    request_id: str | None = None


# Codes are compared exactly, spelling errors included: two that differ in one letter mean different things.
_BUSY = frozenset(
    {
        "TaskConflict",
        "OperationConflict",
        "SystemBusy",
        "IncorrectRouteEntryStatus",
        "IncorrcetRouteEntryStatus",
        "IncorrectVpcStatus",
        "IncorrectVSwitchStatus",
        "IncorrectInstanceStatus",
        "IncorrectHaVipStatus",
        "LastTokenProcessing",
        "OperationFailed.LastTokenProcessing",
        "OperationFailed.IdempotentTokenProcessing",
        "OperationFailed.DistibuteLock",
        "OperationFailed.NotifyCenCreate",
    }
)
_BUSY_PREFIX = "IncorrectStatus"
_FAILED_INSIDE = frozenset(
    {"UnknownError", "ServiceUnavailable", "InternalError", "Internal.Error", "Vpc.Error", "VPC.ERROR", "SignatureNonceUsed"}
)
# RAM says LimitExceeded.
_USED_UP = ("QuotaExceeded", "LimitExceeded")
_NOT_ALLOWED = frozenset({"NoPermission", "Forbbiden", "UnauthorizedOperation"})
_IDENTITY = (
    ("InvalidAccessKeyId", "The access key ID is unknown or disabled: check it, and that it belongs to this cloud account."),
    ("InvalidAccessKeySecret", "The secret key does not match the access key ID: check both."),
    ("SignatureDoesNotMatch", "The secret key does not match the access key ID: check both."),
    ("IncompleteSignature", "The secret key does not match the access key ID: check both."),
    ("InvalidSecurityToken.Expired", "The security token has expired: get new temporary credentials and run again."),
    ("InvalidSecurityToken", "The security token does not match the access key: give all three parts of the same temporary credentials."),
    ("MissingSecurityToken", "These are temporary credentials: give their security token, too."),
    ("InvalidTimeStamp", "The clock of this machine is wrong by more than 15 minutes: set it."),
)


def error_for(call: Call, refusal: Refusal) -> ApiError:
    """Return the typed error for what the API answered, with a message that says what to do next."""
    for prefix, advice in _IDENTITY:
        if refusal.code.startswith(prefix):
            # The API's text repeats the signed string, which holds the key and the token.
            return _error(CredentialsError, call, refusal, f"{refusal.code}. {advice} The identity came from {call.identity}.")
    kind, advice = kind_of(refusal.code, refusal.http_status)
    if kind is Forbidden:
        advice = _grant(call)
    if refusal.code.startswith("InvalidRegionId"):
        advice = f" {call.region} is not a region that this API knows: check the option region."
    return _error(kind, call, refusal, f"{refusal.code}: {_sentence(refusal.message)}{advice}")


def kind_of(code: str, http_status: int | None = None) -> tuple[type[ApiError], str]:
    """Return what a code means, and what to do about it: a sentence with a space before it, or nothing.

    Source of the codes: the error tables of the VPC and ECS API pages, and what public clients have met.
    """
    for kind, applies, advice in (
        (Throttled, _is_throttling(code, http_status), "Too many calls to this API at once: run again later."),
        (TaskConflict, code in _BUSY or code.startswith(_BUSY_PREFIX), "Another change in this VPC is still in progress: run again later."),
        (Unreachable, _is_failure_inside(code, http_status), "The cloud failed internally: run again later."),
        (QuotaExceeded, code.startswith(_USED_UP), "Remove what is not needed, or have the quota raised in the Quota Center."),
        (Forbidden, _is_forbidden(code), ""),
        (NotFound, _is_absent(code), "Check the ID, the region, and that the credentials belong to the account that owns it."),
    ):
        if applies:
            return kind, f" {advice}" if advice else ""
    return ApiError, ""


def _is_throttling(code: str, http_status: int | None) -> bool:
    return code.startswith("Throttling") or code == "Rejected.Throttling" or http_status == 429


def _is_failure_inside(code: str, http_status: int | None) -> bool:
    return code in _FAILED_INSIDE or (http_status or 0) >= 500


def _is_forbidden(code: str) -> bool:
    return code in _NOT_ALLOWED or code.startswith("Forbidden")


def _is_absent(code: str) -> bool:
    return code.endswith(".NotFound") or code == "InvalidRouteEntry" or code.startswith("InvalidRegionId")


def _grant(call: Call) -> str:
    return (
        f" The identity from {call.identity} lacks the permission {call.permission}: grant it in RAM; docs/ram-policy.json of this "
        "collection lists every permission that is needed, docs/ram.md which further ones are needed to make objects in the cloud."
    )


def _error(kind: type[ApiError], call: Call, refusal: Refusal, text: str) -> ApiError:
    return kind(
        f"{call} was refused: {text}",
        action=call.action,
        code=refusal.code,
        http_status=refusal.http_status,
        request_id=refusal.request_id,
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) or not text else f"{text}."


# What the SDK reports of a transport failure is a text that repeats the whole signed URL: only these parts of it are ever shown.
_TRANSPORT = (
    ("Connection refused", "the connection was refused"),
    ("Name or service not known", "the host name cannot be resolved"),
    ("name resolution", "the host name cannot be resolved"),
    ("No address associated", "the host name cannot be resolved"),
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted; ALIBABA_CLOUD_CA_BUNDLE names a file with further CAs"),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS"),
    ("Network is unreachable", "the network is unreachable"),
    ("No route to host", "there is no route to it"),
    ("Tunnel connection failed", "the proxy refused to connect to it"),
    ("ConnectTimeout", "no connection was made in time"),
    ("NewConnectionError", "no connection was made"),
    ("timed out", "no answer came in time"),
)
_NEVER_SENT = ("NewConnectionError", "ConnectTimeout", "Tunnel connection failed", "CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER")


def unreachable(call: Call, peer: str, text: str) -> Unreachable:
    """Return the error for a call that got no answer; ``text`` is what the SDK says about it."""
    reason = next((words for mark, words in _TRANSPORT if mark in text), "the connection was closed before the answer came")
    error = Unreachable(
        f"{call} got no answer from {peer}: {reason}. Check the option region ({call.region}), the option endpoint, proxy settings "
        "and the network.",
        action=call.action,
    )
    error.sent = not any(mark in text for mark in _NEVER_SENT)
    return error


def unreadable(call: Call, peer: str, http_status: int | None) -> Unreachable:
    """Return the error for an answer that is not one of this API."""
    status = f" (HTTP {http_status})" if http_status else ""
    error = Unreachable(
        f"{call} got an answer from {peer}{status} that is not from the Alibaba Cloud API. Check the option endpoint and proxy settings.",
        action=call.action,
        http_status=http_status,
    )
    error.sent = http_status is None or not 300 <= http_status < 500
    return error


def unknown_outcome(call: Call, cause: ApiError) -> UnknownOutcome:
    """Return the error for a write that may have been carried out although no usable answer came."""
    return UnknownOutcome(
        f"It is not known whether {call} was carried out. {cause} Run again: the current state is read first.",
        action=call.action,
        code=cause.code,
        http_status=cause.http_status,
        request_id=cause.request_id,
    )


_SECRET_PARAMETERS = re.compile(
    r"(?i)\b(AccessKeyId|AccessKeySecret|SecurityToken|Signature|SignatureNonce|Password)(=|%3D|\"?\s*:\s*\"?)[^&\s\"',}]+"
)
_USER_IN_URL = re.compile(r"//[^/@\s]+@")


def redact(text: str, secrets: t.Iterable[str]) -> str:
    """Return the text without secrets, signatures and user names of URLs."""
    for secret in sorted((secret for secret in secrets if secret), key=len, reverse=True):
        text = text.replace(secret, "***")
    return _USER_IN_URL.sub("//***@", _SECRET_PARAMETERS.sub(r"\1\2***", text))
