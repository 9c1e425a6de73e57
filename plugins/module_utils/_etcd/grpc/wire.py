# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""One connection to a server that speaks HTTP/2, every wait of which ends at the same time."""

from __future__ import annotations

import contextlib
import socket
import time
import typing as t

from ..transport import explain
from .errors import NoReply

if t.TYPE_CHECKING:
    import ssl

    from ..connection import Endpoint


class Deadline:
    """A time by which all is over."""

    def __init__(self, seconds: float, clock: t.Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Return how many seconds are left; raise when there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> NoReply:
        """Return what says that it has passed."""
        return NoReply(f"no answer in {self.seconds:g} seconds")


class Wire:
    """Bytes to and from a server. Without a context they are not encrypted."""

    def __init__(self, endpoint: Endpoint, tls: ssl.SSLContext | None, deadline: Deadline) -> None:
        self._deadline = deadline
        with self._explained():
            self._socket = socket.create_connection((endpoint.host, endpoint.port), timeout=deadline.left())
            # A call is several small packets: without this each would wait for the other side to confirm the one before.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self._encrypt(tls, endpoint.host)

    def _encrypt(self, tls: ssl.SSLContext, host: str) -> None:
        try:
            with self._explained():
                self._socket.settimeout(self._deadline.left())
                encrypted = tls.wrap_socket(self._socket, server_hostname=host)
                self._socket = encrypted
            if encrypted.selected_alpn_protocol() != "h2":
                raise NoReply("it does not speak HTTP/2: check the address and the port")
        except NoReply:
            self.close()
            raise

    def send(self, data: bytes) -> None:
        """Send all of it."""
        with self._explained():
            self._socket.settimeout(self._deadline.left())
            self._socket.sendall(data)

    def receive(self, count: int) -> bytes:
        """Return exactly so many bytes."""
        data = bytearray()
        while len(data) < count:
            with self._explained():
                self._socket.settimeout(self._deadline.left())
                more = self._socket.recv(count - len(data))
            if not more:
                raise NoReply("it closed the connection")
            data += more
        return bytes(data)

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self._socket.close()

    @contextlib.contextmanager
    def _explained(self) -> t.Iterator[None]:
        try:
            yield
        except socket.timeout:
            raise self._deadline.passed() from None
        except OSError as exc:
            raise NoReply(explain(exc)) from None
