# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Temporary keys of a role: of the instance that this runs on, or for a token of an OIDC provider.

alibabacloud-credentials can do both, but sends the instance's secrets through the environment's proxy, whatever NO_PROXY says, and
knows of no other endpoint than the public one.
"""

from __future__ import annotations

import json
import os
import typing as t
import uuid
from datetime import datetime, timezone
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

from .._core.errors import CollectionError, InvalidInput
from .endpoint import check_endpoint
from .errors import (
    Call,
    Refusal,
    error_for,
    redact,
    unreachable,
    unreadable,
)

# Access key, its secret, its token if it is temporary, and for messages where they came from.
FoundKeys = t.Tuple[str, str, t.Optional[str], str]
Fetch = t.Callable[[], FoundKeys]

METADATA = "http://100.100.100.200/latest"
_METADATA_SECONDS = 2
_METADATA_TOKEN_SECONDS = 60
_STS_SECONDS = 30


class _Refused(Exception):
    """An answer with an HTTP status of failure."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body


def oidc_role(options: t.Mapping[str, t.Any], environment: t.Mapping[str, str]) -> Fetch | None:
    """Return what gets keys for the OIDC token that the environment names; None when it names none."""
    role, provider, path = (environment.get(f"ALIBABA_CLOUD_{name}") for name in ("ROLE_ARN", "OIDC_PROVIDER_ARN", "OIDC_TOKEN_FILE"))
    if not (role and provider and path):
        return None
    url = check_endpoint(options.get("endpoint") or f"https://sts.{options['region']}.aliyuncs.com").replace("{product}", "sts")
    query = {
        "Action": "AssumeRoleWithOIDC",
        "Version": "2015-04-01",
        "Format": "JSON",
        "RoleArn": role,
        "OIDCProviderArn": provider,
        "RoleSessionName": environment.get("ALIBABA_CLOUD_ROLE_SESSION_NAME") or "alicloud-flannel",
    }
    call = Call("sts", query["Action"], options["region"], f"the OIDC token in {path}", f" for {role}")
    return lambda: _assume_with_token(call, url, query, Path(path))


def _assume_with_token(call: Call, url: str, query: t.Mapping[str, str], path: Path) -> FoundKeys:
    """Make the one call that nobody signs: the token proves who is calling (API reference of AssumeRoleWithOIDC)."""
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as exc:
        raise InvalidInput(f"The file {path}, which ALIBABA_CLOUD_OIDC_TOKEN_FILE names, can't be read: {exc}.") from None
    moment = {"Timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "SignatureNonce": str(uuid.uuid4())}
    form = urlencode({**query, **moment, "OIDCToken": token}).encode()
    try:
        ca_bundle = os.environ.get("ALIBABA_CLOUD_CA_BUNDLE")
        text = _ask(url, method="POST", data=form, timeout=_STS_SECONDS, ca_path=ca_bundle)
    except _Refused as exc:
        raise _refusal(call, url, exc, token) from None
    except OSError as exc:
        raise unreachable(call, url, str(exc)) from None
    keys = _parse(text).get("Credentials") or {}
    if not keys.get("SecurityToken"):
        raise unreadable(call, url, 200)
    return keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"], f"{query['RoleArn']}, assumed with {call.identity}"


def _refusal(call: Call, url: str, refused: _Refused, token: str) -> CollectionError:
    answer = _parse(refused.body)
    if "Code" not in answer:
        return unreadable(call, url, refused.status)
    message = redact(str(answer.get("Message", "")), [token])
    return error_for(call, Refusal(answer["Code"], message, refused.status, answer.get("RequestId")))


def instance_role(environment: t.Mapping[str, str], metadata: str = METADATA) -> Fetch | None:
    """Return what gets the keys of the RAM role of this instance; None when the environment forbids to ask for them."""
    if environment.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() == "true":
        return None
    role = environment.get("ALIBABA_CLOUD_ECS_METADATA")
    hardened_only = environment.get("ALIBABA_CLOUD_IMDSV1_DISABLED", "").lower() == "true"
    return lambda: _read_instance_role(metadata, role, hardened_only)


def _read_instance_role(metadata: str, role: str | None, hardened_only: bool) -> FoundKeys:
    """Read the keys with a token, which the metadata service may ask for, or without one where it has none to give."""
    try:
        try:
            lifetime = {"X-aliyun-ecs-metadata-token-ttl-seconds": str(_METADATA_TOKEN_SECONDS)}
            proof = {"X-aliyun-ecs-metadata-token": _ask_metadata(f"{metadata}/api/token", "PUT", lifetime)}
        except _Refused:
            if hardened_only:
                raise
            proof = {}
        roles = f"{metadata}/meta-data/ram/security-credentials/"
        name = role or _ask_metadata(roles, "GET", proof)
        keys = _parse(_ask_metadata(roles + name, "GET", proof))
    except (OSError, _Refused) as exc:
        raise CollectionError(f"The metadata service of the instance, {metadata}, gave no keys of a RAM role: {exc}.") from None
    if keys.get("Code") != "Success":
        raise CollectionError(f"The metadata service of the instance, {metadata}, has no keys of the RAM role {name}.")
    return keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"], f"the RAM role {name} of this instance"


def _ask_metadata(url: str, method: str, headers: t.Mapping[str, str]) -> str:
    # No proxy may see these answers.
    return _ask(url, method=method, headers=dict(headers), timeout=_METADATA_SECONDS, use_proxy=False)


def _ask(url: str, **how: t.Any) -> str:
    """Return the answer; raise _Refused, or OSError when there is none."""
    # Here, since its import costs more than all of ours, and most identities don't need it.
    from ansible.module_utils.urls import open_url

    try:
        with open_url(url, use_netrc=False, **how) as answer:
            text: str = answer.read().decode()
    except HTTPError as exc:
        raise _Refused(exc.code, exc.read().decode(errors="replace")) from None
    except (HTTPException, ValueError) as exc:
        raise OSError(str(exc)) from None
    return text


def _parse(text: str) -> dict[str, t.Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {}
