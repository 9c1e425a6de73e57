# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users and roles of the etcd servers that have authentication on, the same for both APIs."""

from __future__ import annotations

import base64
import json
import ssl
import typing as t
import urllib.request

# Where the tests of rights keep flannel's records, and the rights that each user has there: name, read, write.
RIGHTS_PREFIX = "/rights/network"
USERS = ("root", "worker", "flanneld", "control")
PASSWORD = "hunter2"
_P = RIGHTS_PREFIX
V3_RIGHTS = (
    ("worker", "readwrite", "/test/", "/test0"),
    ("flanneld", "read", f"{_P}/config", ""),
    ("flanneld", "readwrite", f"{_P}/subnets", f"{_P}/subnett"),
    ("control", "read", f"{_P}/config", f"{_P}/subnett"),
    ("control", "readwrite", f"{_P}/subnets/", f"{_P}/subnets0"),
)
V2_RIGHTS: t.Mapping[str, t.Mapping[str, t.Sequence[str]]] = {
    "worker": {"read": ["/test/*"], "write": ["/test/*"]},
    "flanneld": {"read": [f"{_P}/config", f"{_P}/subnets*"], "write": [f"{_P}/subnets/*"]},
    "control": {"read": [f"{_P}*"], "write": [f"{_P}/subnets/*"]},
}


def v3_commands() -> t.Iterator[list[str]]:
    """Return what etcdctl is told, in this order."""
    for user in USERS:
        yield ["user", "add", f"{user}:{PASSWORD}"]
        if user != "root":
            yield ["role", "add", user]
        yield ["user", "grant-role", user, user]
    for role, right, start, end in V3_RIGHTS:
        yield ["role", "grant-permission", role, right, start, *([end] if end else [])]
    yield ["auth", "enable"]


def enable_v2_auth(url: str, context: ssl.SSLContext | None) -> None:
    """Make API v2's own users and roles, which know nothing of those of API v3, and let nobody in who is none of them."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    for path, body in _v2_requests():
        request = urllib.request.Request(f"{url}/v2/auth/{path}", json.dumps(body).encode(), method="PUT")
        request.add_header("Content-Type", "application/json")
        request.add_header("Authorization", "Basic " + base64.b64encode(f"root:{PASSWORD}".encode()).decode())
        opener.open(request, timeout=10).close()


def _v2_requests() -> t.Iterator[tuple[str, t.Any]]:
    for user in USERS:
        yield f"users/{user}", {"user": user, "password": PASSWORD}
    for role, rights in V2_RIGHTS.items():
        yield f"roles/{role}", {"role": role, "permissions": {"kv": rights}}
        yield f"users/{role}", {"user": role, "grant": [role]}
    yield "enable", None
    yield "roles/guest", {"role": "guest", "revoke": {"kv": {"read": ["/*"], "write": ["/*"]}}}
