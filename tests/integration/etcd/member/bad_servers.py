# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that answer as etcd never does."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
import typing as t

from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import Certificates

Answer = t.Callable[[socket.socket], None]

SETTINGS = b"\0\0\0\4\0\0\0\0\0"


@contextlib.contextmanager
def serving(answer: Answer, certificates: Certificates | None = None) -> t.Iterator[str]:
    """Accept connections, over TLS if there are certificates, and answer each; yield the URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    context = _make_context(certificates) if certificates else None
    threading.Thread(target=_accept, args=(listener, context, answer), daemon=True).start()
    try:
        yield f"{'https' if certificates else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Not only close: that would not wake the thread.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _make_context(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.path("server.crt"), certificates.path("server.key"))
    context.set_alpn_protocols(["h2"])
    return context


def _accept(listener: socket.socket, context: ssl.SSLContext | None, answer: Answer) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _address = listener.accept()
            threading.Thread(target=_serve, args=(connection, context, answer), daemon=True).start()


def _serve(connection: socket.socket, context: ssl.SSLContext | None, answer: Answer) -> None:
    with contextlib.suppress(OSError), connection:
        answer(context.wrap_socket(connection, server_side=True) if context else connection)


def be_silent(connection: socket.socket) -> None:
    """Read and never answer."""
    while connection.recv(4096):
        pass


def send_garbage(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\xff\xfe nonsense " * 100)
    be_silent(connection)


def send_http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    be_silent(connection)


def send_pings(connection: socket.socket) -> None:
    """Send frames without end, which the client must confirm."""
    connection.sendall(SETTINGS)
    for number in itertools.count():
        connection.sendall(b"\0\0\x08\6\0\0\0\0\0" + number.to_bytes(8, "big"))


def send_data(connection: socket.socket) -> None:
    """Send an answer without end."""
    connection.sendall(SETTINGS + b"\0\0\x01\1\4\0\0\0\1\x88")
    while True:
        connection.sendall(b"\0\x40\0\0\0\0\0\0\1" + bytes(16 * 1024))


def send_headers(connection: socket.socket) -> None:
    """Send headers without end."""
    connection.sendall(SETTINGS + b"\0\0\x01\1\0\0\0\0\1\x88")
    while True:
        connection.sendall(b"\0\x04\0\x09\0\0\0\0\1" + b"\x88" * 1024)


def trickle(connection: socket.socket) -> None:
    """Send the frame of settings, and of the next one a byte at a time."""
    connection.sendall(SETTINGS)
    for _number in range(100):
        connection.sendall(b"\0")
        threading.Event().wait(0.2)
