# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who sent a request, proved by its signature: version 1 in the parameters, version 3 in a header."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import quote

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, missing
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Account

_AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]*),SignedHeaders=([^,]*),Signature=([0-9a-f]*)")


@dataclass(frozen=True)
class HttpRequest:
    """What of a request is signed. Header names are lower case."""

    method: str
    path: str
    query: t.Mapping[str, str]
    form: t.Mapping[str, str]
    headers: t.Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Proof:
    """A signature and what is needed to check it."""

    access_key: str
    signature: str
    security_token: str | None
    string_to_sign: str
    compute: t.Callable[[str], str] = field(repr=False)  # secret to signature


def encode(text: str) -> str:
    return quote(text, safe="~")


def canonical(params: t.Mapping[str, str]) -> str:
    return "&".join(f"{encode(name)}={encode(params[name])}" for name in sorted(params))


def read_proof(request: HttpRequest) -> Proof:
    """Return the proof that the request carries."""
    if request.headers.get("authorization", "").startswith("ACS3-"):
        return _proof_v3(request)
    return _proof_v1(request)


def _proof_v1(request: HttpRequest) -> Proof:
    params = {**request.query, **request.form}
    for name in ("AccessKeyId", "Signature", "SignatureNonce", "Timestamp"):
        if not params.get(name):
            raise missing(name)
    signed = {name: value for name, value in params.items() if name != "Signature"}
    string = f"{request.method}&{encode('/')}&{encode(canonical(signed))}"

    def compute(secret: str) -> str:
        digest = hmac.new(f"{secret}&".encode(), string.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    return Proof(params["AccessKeyId"], params["Signature"], params.get("SecurityToken"), string, compute)


def _proof_v3(request: HttpRequest) -> Proof:
    match = _AUTHORIZATION.fullmatch(request.headers["authorization"])
    if not match:
        raise ApiError("IncompleteSignature", "The Authorization header is incomplete.")
    access_key, names, signature = match.groups()
    payload = hashlib.sha256(request.body).hexdigest()
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names.split(";"))
    canonical_request = "\n".join([request.method, request.path, canonical(request.query), headers, names, payload])
    string = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"

    def compute(secret: str) -> str:
        return hmac.new(secret.encode(), string.encode(), hashlib.sha256).hexdigest()

    return Proof(access_key, signature, request.headers.get("x-acs-security-token"), string, compute)


def authenticate(request: HttpRequest, accounts: t.Mapping[str, Account], now: float) -> Account:
    """Return the account that signed the request."""
    proof = read_proof(request)
    account = accounts.get(proof.access_key)
    if account is None:
        raise ApiError("InvalidAccessKeyId.NotFound", "There is no such access key.", 404)
    if not hmac.compare_digest(proof.compute(account.secret_key), proof.signature):
        # The older SDK crashes on a message without a colon and compares what follows it with its own string.
        message = f"Specified signature is not matched with our calculation. server string to sign is:{proof.string_to_sign}"
        raise ApiError("SignatureDoesNotMatch", message)
    _check_token(account, proof.security_token, now)
    return account


def _check_token(account: Account, token: str | None, now: float) -> None:
    if token is None and account.security_token is None:
        return
    if token is None:
        raise ApiError("InvalidAccessKeyId.NotFound", "Temporary credentials need their security token.", 404)
    if token != account.security_token:
        raise ApiError("InvalidSecurityToken.MismatchWithAccessKey", "The security token belongs to another access key.")
    if account.token_expires is not None and now >= account.token_expires:
        raise ApiError("InvalidSecurityToken.Expired", "The security token has expired.")
