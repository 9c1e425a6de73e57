# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests without an SDK: plain HTTP, and the GET that an old flanneld signs."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import typing as t
import urllib.error
import urllib.request
import uuid
from urllib.parse import quote, urlencode

from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY


def fetch(url: str, method: str = "GET", body: bytes | None = None, headers: t.Mapping[str, str] | None = None) -> tuple[int, str]:
    """Return status and body, whatever the status is."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)
    try:
        with opener.open(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as exc:
        return exc.code, exc.read().decode()


def control(url: str, method: str, path: str, data: t.Any = None) -> tuple[int, t.Any]:
    """Ask a control endpoint."""
    status, body = fetch(f"{url}/_sandbox/{path}", method, None if data is None else json.dumps(data).encode())
    return status, json.loads(body)


def signed(method: str, params: t.Mapping[str, str], access_key: str = ACCESS_KEY, secret_key: str = SECRET_KEY) -> dict[str, str]:
    """Return the parameters with the common ones and the signature, as flanneld sends them."""
    now = dt.datetime.now(dt.timezone.utc)
    common = {
        "Format": "JSON",
        "Version": "2014-05-26",
        "AccessKeyId": access_key,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    together = {**common, **params}
    query = urlencode(sorted(together.items()), quote_via=quote, safe="~")
    string = f"{method}&%2F&{quote(query, safe='~')}"
    digest = hmac.new(f"{secret_key}&".encode(), string.encode(), hashlib.sha1).digest()
    return {**together, "Signature": base64.b64encode(digest).decode()}


def get(url: str, action: str, secret_key: str = SECRET_KEY, **params: str) -> tuple[int, dict[str, t.Any]]:
    """Call an action of the ECS API by GET."""
    query = urlencode(signed("GET", {"Action": action, **params}, secret_key=secret_key))
    status, body = fetch(f"{url}/?{query}", headers={"X-Sdk-Client": "AliyunGO/0.1", "User-Agent": ""})
    return status, json.loads(body)
