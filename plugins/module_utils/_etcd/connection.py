# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Where etcd is, and whom to log in as."""

from __future__ import annotations

import os
import re
import ssl
import tempfile
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from .._core.errors import InvalidInput

# etcd itself takes 7 seconds to find out that it has no quorum, and twice that for a read that is queued behind another one:
# a client that gives up earlier never learns why.
READ_TIMEOUT = 15
SHORTEST_TIMEOUT = 10
CONNECT_TIMEOUT = 3

_PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


@dataclass(frozen=True)
class Connection:
    """The connection options of a module. Certificates and the key are paths or PEM text."""

    endpoints: tuple[str, ...]
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: int = 30

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> Connection:
        """Return the connection that a module's parameters describe; refuse what can't work or would be unsafe."""
        if not params["endpoints"]:
            raise InvalidInput("The list endpoints is empty: give at least one, such as https://192.0.2.11:2379.")
        if params["timeout"] < SHORTEST_TIMEOUT:
            raise InvalidInput(
                f"A timeout of {params['timeout']} seconds is too short: etcd takes 7 seconds to report that it has no quorum. "
                f"Give at least {SHORTEST_TIMEOUT}."
            )
        names = ("ca_cert", "client_cert", "client_key", "username", "password", "timeout")
        connection = cls(endpoints=tuple(params["endpoints"]), **{name: params[name] for name in names})
        for endpoint in connection.endpoints:
            _check_scheme(connection, parse_endpoint(endpoint))
        return connection

    @property
    def tls(self) -> bool:
        """Return whether the endpoints are reached over TLS."""
        return self.endpoints[0].lower().startswith("https:")


@dataclass(frozen=True)
class Endpoint:
    """One server: how to reach it, and its address as the user wrote it."""

    url: str
    scheme: str
    host: str
    port: int


def parse_endpoint(url: str) -> Endpoint:
    """Return the parts of an endpoint; refuse anything but scheme, host and port."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise _bad_endpoint() from None
    if not _is_plain(parts):
        raise _bad_endpoint()
    return Endpoint(url.strip().rstrip("/"), parts.scheme, parts.hostname or "", port or 2379)


def _is_plain(parts: SplitResult) -> bool:
    extras = parts.path.rstrip("/") or parts.query or parts.fragment or "@" in parts.netloc
    return parts.scheme in ("http", "https") and not extras and re.fullmatch(r"[A-Za-z0-9_.:%-]+", parts.hostname or "") is not None


def _bad_endpoint() -> InvalidInput:
    # The endpoint is not repeated: it may hold a password.
    return InvalidInput(
        "An endpoint must be http://HOST:PORT or https://HOST:PORT and nothing else. "
        "Give a user and password with the options username and password."
    )


def _check_scheme(connection: Connection, endpoint: Endpoint) -> None:
    certificates = connection.ca_cert or connection.client_cert
    if endpoint.scheme == "https" and not connection.ca_cert:
        raise InvalidInput(f"The endpoint {endpoint.url} needs ca_cert: the system's certificate authorities are not trusted for etcd.")
    if endpoint.scheme == "http" and certificates:
        raise InvalidInput(
            f"Certificates are given, but the endpoint {endpoint.url} is plain http. Use https, or leave the certificates out."
        )


def make_tls_context(connection: Connection) -> ssl.SSLContext:
    """Return a context that trusts ``ca_cert`` alone and reads nothing from the environment."""
    # Not ssl.create_default_context(): it follows SSLKEYLOGFILE, and with it Python 3.13 refuses certificates that etcd accepts.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_ca(context, connection.ca_cert or "")
    if connection.client_cert:
        _load_client_certificate(context, connection.client_cert, connection.client_key or "")
    return context


def _load_ca(context: ssl.SSLContext, ca_cert: str) -> None:
    pem = ca_cert if _is_pem(ca_cert) else _read("ca_cert", ca_cert)
    blocks = "\n".join(match.group(0) for match in _PEM_BLOCK.finditer(pem))
    try:
        context.load_verify_locations(cadata=blocks)
    except (ssl.SSLError, ValueError):
        raise InvalidInput("The option ca_cert does not hold a certificate in PEM format.") from None


def _load_client_certificate(context: ssl.SSLContext, cert: str, key: str) -> None:
    with _as_file("client_cert", cert) as cert_path, _as_file("client_key", key) as key_path:
        try:
            # The password callback keeps OpenSSL from prompting on a terminal.
            context.load_cert_chain(cert_path, key_path, password=lambda: b"")
        except (OSError, ValueError):
            raise InvalidInput(
                "The options client_cert and client_key can't be used: they must be a certificate and its own key, in PEM format, "
                "the key not encrypted."
            ) from None


def _is_pem(text: str) -> bool:
    return "-----BEGIN" in text


def _read(option: str, path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8", errors="replace")
    except OSError as exc:
        raise InvalidInput(
            f"Could not read {path}, which the option {option} names: {exc.strerror}. "
            "Give a path on the host where the module runs, or PEM text."
        ) from None


@contextmanager
def _as_file(option: str, path_or_pem: str) -> t.Iterator[str]:
    """Yield a path for a path or for PEM text; a file made for the latter is private and deleted afterwards."""
    if not _is_pem(path_or_pem):
        _read(option, path_or_pem)
        yield str(Path(path_or_pem).expanduser())
        return
    handle, path = tempfile.mkstemp(prefix="flannel-etcd-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(path_or_pem)
        yield path
    finally:
        Path(path).unlink()
