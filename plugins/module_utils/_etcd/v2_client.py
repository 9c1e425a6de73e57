# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A client of etcd's v2 API, by the library python-etcd.

The library is from 2017; its faults are worked around here: each endpoint has a client of its own that asks no other,
nothing is silently sent twice, and TLS uses our own context.
"""

from __future__ import annotations

import http.client
import time
import typing as t

from ansible.module_utils.basic import missing_required_lib

from .._core.errors import CollectionError
from .connection import (
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    Connection,
    Endpoint,
    make_tls_context,
    parse_endpoint,
)
from .errors import (
    ApiOff,
    AuthFailed,
    EtcdError,
    EtcdUnreachable,
    TooLarge,
    Unavailable,
)
from .transport import explain, explain_no_reply

if t.TYPE_CHECKING:
    import ssl

try:
    import etcd
    import urllib3
except ImportError:
    etcd = None

# What the library's client is asked to do.
Operation = t.Callable[[t.Any], t.Any]

_NO_QUORUM = (300, 301)

# With authentication on, API v2 closes the connection for a certificate without a name, instead of asking for a login.
_DROPPED = "; if API v2 has authentication on, give username and password"


class NotAsExpected(Exception):
    """The key is not as the request says that it must be; nothing was changed."""


class Absent(NotAsExpected):
    """There is no such key."""


class InDoubt(Exception):
    """A write may or may not have been made; ``error`` says why."""

    def __init__(self, error: EtcdError) -> None:
        super().__init__(str(error))
        self.error = error


class _NoAnswer(Exception):
    """An endpoint did not answer; ``sent`` says whether it may have carried the request out."""

    def __init__(self, cause: BaseException, anonymous: bool) -> None:
        not_sent = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.SSLError)
        self.sent = not isinstance(cause, not_sent)
        root = _root_of(cause)
        dropped = anonymous and isinstance(root, http.client.RemoteDisconnected)
        super().__init__((explain_no_reply if self.sent else explain)(root) + (_DROPPED if dropped else ""))


class V2Client:
    """One etcd, asked through whichever endpoint answers."""

    def __init__(self, connection: Connection, clock: t.Callable[[], float] = time.monotonic) -> None:
        if etcd is None:
            raise CollectionError(missing_required_lib("python-etcd", reason="for api: v2"))
        if not hasattr(urllib3.HTTPResponse, "getheader"):
            raise CollectionError(
                "python-etcd does not work with urllib3 2.6.0, which is installed here: install a newer or an older urllib3."
            )
        self._clients = _make_clients(connection)
        self._timeout = connection.timeout
        self._clock = clock
        self.requests = 0

    def call(self, action: str, request: Operation, repeatable: bool = True) -> t.Any:
        """Return the first answer of an endpoint that is available; what is not ``repeatable`` is carried out at most once."""
        deadline = self._clock() + self._timeout
        problems: dict[str, Exception] = {}
        # The first one again: the members may just have been electing a leader.
        for client in (*self._clients, self._clients[0]):
            if not _was_sent(problems.get(client.base_uri)) or (problems and self._clock() >= deadline):
                continue
            try:
                answer = self._ask(client, action, request)
            except (_NoAnswer, Unavailable) as exc:
                problems[client.base_uri] = exc
                if not repeatable and _was_sent(exc):
                    raise InDoubt(_sum_up(action, problems)) from exc
            except NotAsExpected:
                self._prefer(client)
                raise
            else:
                self._prefer(client)
                return answer
        raise _sum_up(action, problems)

    def _ask(self, client: t.Any, action: str, request: Operation) -> t.Any:
        self.requests += 1
        try:
            return request(client)
        except etcd.EtcdKeyNotFound as exc:
            raise Absent from exc
        except (etcd.EtcdCompareFailed, etcd.EtcdAlreadyExist) as exc:
            raise NotAsExpected from exc
        except etcd.EtcdConnectionFailed as exc:
            raise _NoAnswer(exc.cause, anonymous=client.username is None) from exc
        except etcd.EtcdException as exc:
            raise _make_error(action, client, exc) from exc

    def _prefer(self, client: t.Any) -> None:
        first = self._clients.index(client)
        self._clients = [*self._clients[first:], *self._clients[:first]]


def _was_sent(problem: Exception | None) -> bool:
    return not isinstance(problem, _NoAnswer) or problem.sent


def _sum_up(action: str, problems: t.Mapping[str, Exception]) -> EtcdError:
    for problem in problems.values():
        if isinstance(problem, Unavailable):
            return problem
    reasons = "; ".join(f"{url}: {problem}" for url, problem in problems.items())
    return EtcdUnreachable(f"Could not {action}: no etcd endpoint answered. {reasons}.")


def _make_clients(connection: Connection) -> list[t.Any]:
    context = make_tls_context(connection) if connection.tls else None
    return [_make_client(connection, parse_endpoint(url), context) for url in connection.endpoints]


def _make_client(connection: Connection, endpoint: Endpoint, context: ssl.SSLContext | None) -> t.Any:
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    # Given one endpoint, the library asks it alone and not those that the members advertise, which may be out of reach.
    client = etcd.Client(
        host=host, port=endpoint.port, protocol=endpoint.scheme, username=connection.username, password=connection.password
    )
    client.http = urllib3.PoolManager(ssl_context=context, retries=False)
    # The library's own option is one number for both.
    client._read_timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
    return client


_ADVICE: t.Sequence[tuple[str, type[EtcdError], str]] = (
    ("POST too large", TooLarge, "API v2 accepts about 10 MB per request."),
    (
        "404 page not found",
        ApiOff,
        "It does not serve API v2. Use api: v3, or start etcd with --enable-v2, which etcd 3.6 no longer has.",
    ),
)


def _make_error(action: str, client: t.Any, exc: t.Any) -> EtcdError:
    kind, advice = EtcdError, ""
    for text, by_text, text_advice in _ADVICE:
        if text in str(exc):
            kind, advice = by_text, text_advice
    if isinstance(exc, etcd.EtcdInsufficientPermissions):
        kind, advice = AuthFailed, f"Check the password of {client.username} and the user's roles."
        if client.username is None:
            advice = "This etcd requires a login: give username and password."
    if (exc.payload or {}).get("errorCode") in _NO_QUORUM:
        kind, advice = Unavailable, "Check that a majority of the members is up."
    return kind(f"Could not {action}: etcd at {client.base_uri} answered: {str(exc).rstrip('.')}. {advice}".rstrip())


def _root_of(cause: BaseException) -> BaseException:
    """Return the reason at the bottom of the library's nested exceptions."""
    while cause.__cause__ or cause.__context__:
        cause = t.cast("BaseException", cause.__cause__ or cause.__context__)
    return cause
