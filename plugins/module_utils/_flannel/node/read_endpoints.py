# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Asks the members of etcd for their health, as the daemon reaches them from its node."""

from __future__ import annotations

import http.client
import ssl
import typing as t
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from .paths import CERTIFICATES

_SECONDS = 4
_LONGEST_ANSWER = 300
_MOST_ENDPOINTS = 32
_PORT = 2379
_OK = 200


def ask_endpoints(endpoints: t.Sequence[str], cert_dir: str) -> dict[str, str]:
    """Ask all members at once; return what is wrong with each, or nothing."""
    asked = list(endpoints)[:_MOST_ENDPOINTS]
    with ThreadPoolExecutor(max(1, len(asked))) as pool:
        return dict(zip(asked, pool.map(lambda endpoint: _ask(endpoint, cert_dir), asked)))


def _ask(endpoint: str, cert_dir: str) -> str:
    ca_cert, client_cert, client_key = (f"{cert_dir}/{name}" for name in CERTIFICATES)
    try:
        url = urlsplit(endpoint)
        context = ssl.create_default_context(cafile=ca_cert)
        context.load_cert_chain(client_cert, client_key)
        connection = http.client.HTTPSConnection(url.hostname or "", url.port or _PORT, timeout=_SECONDS, context=context)
        connection.request("GET", "/health")
        answer = connection.getresponse()
        text = answer.read(_LONGEST_ANSWER).decode(errors="replace")
        return "" if answer.status == _OK else f"status {answer.status}: {text.strip()}"
    except (OSError, ValueError, http.client.HTTPException) as exc:
        return f"{exc}"[:_LONGEST_ANSWER] or type(exc).__name__
