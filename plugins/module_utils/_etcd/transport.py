# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""One kept-alive HTTP connection to whichever endpoint answers.

The standard library is used directly because ``open_url`` opens a connection and builds a TLS context for each call,
which is 10 to 40 times slower. http.client follows neither proxies nor certificate variables of the environment, as is needed here.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import typing as t
from dataclasses import dataclass

from .connection import (
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    Connection,
    Endpoint,
    make_tls_context,
    parse_endpoint,
)
from .errors import IN_DOUBT, EtcdUnreachable


@dataclass(frozen=True)
class Request:
    """A request: POST when it has a body, else GET. ``action`` says what it is for, in messages."""

    action: str
    path: str
    body: bytes | None
    headers: t.Mapping[str, str]
    writes: bool = False


@dataclass(frozen=True)
class Reply:
    """An answer. ``resent`` says that an earlier try of the same request may have been carried out, too."""

    status: int
    body: bytes
    endpoint: str
    resent: bool = False


class _NotSent(Exception):
    """The server can't have carried out the request."""


class _NoReply(Exception):
    """The server may have carried out the request."""


class HttpTransport:
    """Sends requests to the endpoint that last worked, and to the next one when it fails."""

    def __init__(self, connection: Connection, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._endpoints = [parse_endpoint(url) for url in connection.endpoints]
        self._tls = make_tls_context(connection) if connection.tls else None
        self._timeout = connection.timeout
        self._clock = clock
        self._current = 0
        self._open: http.client.HTTPConnection | None = None
        self.requests = 0

    def close(self) -> None:
        """Close the connection; a later request opens a new one."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def send(self, request: Request, is_unavailable: t.Callable[[Reply], bool] = lambda reply: False) -> Reply:
        """Return the first answer of an endpoint that is available; when none is, the last answer.

        Raise Unreachable when no endpoint answered at all.
        """
        deadline = self._clock() + self._timeout
        problems: dict[int, Exception] = {}
        last: Reply | None = None
        for index in self._order():
            if isinstance(problems.get(index), _NotSent) or (problems and self._clock() >= deadline):
                continue
            try:
                last = self._exchange(index, request, resent=_is_in_doubt(problems))
                if not is_unavailable(last):
                    return last
                problems[index] = _NoReply("not available")
            except (_NotSent, _NoReply) as exc:
                problems[index] = exc
        if last is not None:
            return last
        reasons = "; ".join(f"{self._endpoints[index].url}: {problem}" for index, problem in problems.items())
        doubt = IN_DOUBT if request.writes and _is_in_doubt(problems) else ""
        raise EtcdUnreachable(f"Could not {request.action}: no etcd endpoint answered. {reasons}.{doubt}")

    def _order(self) -> t.Sequence[int]:
        """Return the endpoints from the current one on, and this one once more: its connection may just have been stale."""
        count = len(self._endpoints)
        return [(self._current + step) % count for step in range(count + 1)]

    def _exchange(self, index: int, request: Request, resent: bool) -> Reply:
        fresh = self._open is None or self._open.sock is None or index != self._current
        if fresh:
            self._connect(index)
        connection = t.cast("http.client.HTTPConnection", self._open)
        self.requests += 1
        try:
            connection.request("POST" if request.body else "GET", request.path, body=request.body, headers=dict(request.headers))
            response = connection.getresponse()
            return Reply(response.status, response.read(), self._endpoints[index].url, resent)
        except (OSError, http.client.HTTPException) as exc:
            self.close()
            # With TLS 1.3 a server refuses the client's certificate only after the client's handshake is done.
            if fresh and isinstance(exc, ssl.SSLError):
                raise _NotSent(explain(exc)) from exc
            raise _NoReply(explain_no_reply(exc)) from exc

    def _connect(self, index: int) -> None:
        self.close()
        self._current = index
        connection = self._new_connection(self._endpoints[index])
        try:
            connection.connect()
        except OSError as exc:
            raise _NotSent(explain(exc)) from exc
        connection.sock.settimeout(READ_TIMEOUT)
        self._open = connection

    def _new_connection(self, endpoint: Endpoint) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=CONNECT_TIMEOUT)
        return http.client.HTTPSConnection(endpoint.host, endpoint.port, timeout=CONNECT_TIMEOUT, context=self._tls)


def _is_in_doubt(problems: t.Mapping[int, Exception]) -> bool:
    return any(isinstance(problem, _NoReply) for problem in problems.values())


# The wrong protocol is answered with a TLS alert or a reset, whichever comes first.
_PROTOCOL_ADVICE = "check whether the endpoint speaks http or https, and client_cert and client_key"


def explain(exc: BaseException) -> str:
    """Return what a failed connection or TLS handshake means."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({exc.verify_message}): check ca_cert and the names in the certificate"
    if isinstance(exc, ssl.SSLError):
        return f"TLS failed ({exc.reason or exc}): {_PROTOCOL_ADVICE}"
    reason = (exc.strerror if isinstance(exc, OSError) else None) or str(exc) or type(exc).__name__
    if isinstance(exc, ConnectionError) and not isinstance(exc, ConnectionRefusedError):
        return f"{reason}: {_PROTOCOL_ADVICE}"
    return reason


def explain_no_reply(exc: BaseException) -> str:
    """Return what it means that a request was sent and no answer came."""
    if isinstance(exc, socket.timeout):
        return f"no reply in {READ_TIMEOUT} seconds: check that a majority of the members is up"
    return f"no reply: {explain(exc)}"
