# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Unary calls of gRPC over one connection (HTTP/2, RFC 9113; github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md).

One call at a time, requests of a few hundred bytes, answers of bounded size: so the windows of flow control that a server begins
with are always large enough for a request, and one of the size of the largest answer is opened for each answer.
"""

from __future__ import annotations

import struct
import typing as t
from dataclasses import dataclass, field

from . import frames, hpack
from .errors import OK, BadReply, NoReply, refusal

if t.TYPE_CHECKING:
    from .wire import Deadline

LONGEST_ANSWER = 1024 * 1024
_PREFIX_BYTES = 5
_LONGEST_HEADERS = 16 * 1024
# An answer of the greatest length takes 64 frames of the greatest length, and Go's server sends some more for its own purposes.
_MOST_FRAMES = 1000
_HTTP_OK = "200"


class Bytes(t.Protocol):
    """What a call needs of a connection; Wire is one."""

    def send(self, data: bytes) -> None:
        """Send all of it."""

    def receive(self, count: int) -> bytes:
        """Return exactly so many bytes."""


@dataclass
class _Reply:
    """What has come of an answer so far."""

    body: bytearray = field(default_factory=bytearray)
    headers: dict[str, str] = field(default_factory=dict)
    is_complete: bool = False


class Channel:
    """A connection that calls are made on. After an error it is of no more use."""

    def __init__(self, wire: Bytes, scheme: str, authority: str, deadline: Deadline) -> None:
        self._wire = wire
        self._base = ((":method", "POST"), (":scheme", scheme), (":authority", authority))
        self._deadline = deadline
        self._decoder = hpack.Decoder()
        self._stream = 1
        wire.send(frames.PREFACE + frames.settings(LONGEST_ANSWER + _PREFIX_BYTES))

    def call(self, path: str, message: bytes) -> bytes:
        """Return the answer to a message; raise what etcd says against it."""
        stream, self._stream = self._stream, self._stream + 2
        self._wire.send(self._request(stream, path, message))
        reply = _Reply()
        for _count in range(_MOST_FRAMES):
            head = frames.parse_head(self._wire.receive(frames.HEADER_BYTES))
            self._take(head, self._wire.receive(head.length), stream, reply)
            if reply.is_complete:
                return _parse_reply(reply)
        raise BadReply("it sends frames without end")

    def _request(self, stream: int, path: str, message: bytes) -> bytes:
        headers = (
            *self._base,
            (":path", path),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("grpc-timeout", f"{max(1, int(self._deadline.left() * 1000))}m"),
        )
        body = struct.pack(">BL", 0, len(message)) + message
        return frames.frame(frames.HEADERS, frames.END_HEADERS, stream, hpack.encode(headers)) + frames.frame(
            frames.DATA, frames.END_STREAM, stream, body
        )

    def _take(self, head: frames.FrameHead, payload: bytes, stream: int, reply: _Reply) -> None:
        """Do what one frame asks for; what is about earlier streams or not known is passed over."""
        if head.kind == frames.SETTINGS and not head.has(frames.ACK):
            self._wire.send(frames.frame(frames.SETTINGS, frames.ACK, 0))
        elif head.kind == frames.PING and not head.has(frames.ACK):
            self._wire.send(frames.frame(frames.PING, frames.ACK, 0, payload))
        elif head.kind == frames.GOAWAY:
            raise NoReply("it is about to close the connection")
        elif head.kind == frames.HEADERS:
            self._take_headers(head, payload, stream, reply)
        elif head.kind == frames.DATA:
            self._take_data(head, payload, stream, reply)
        elif head.kind == frames.RST_STREAM and head.stream == stream:
            raise NoReply(f"it ended the call without an answer (HTTP/2 error {int.from_bytes(payload[:4], 'big')})")

    def _take_data(self, head: frames.FrameHead, payload: bytes, stream: int, reply: _Reply) -> None:
        if payload:
            self._wire.send(frames.window_update(len(payload)))
        if head.stream == stream:
            reply.body += frames.content(head, payload)
            reply.is_complete = head.has(frames.END_STREAM)
        if len(reply.body) > LONGEST_ANSWER + _PREFIX_BYTES:
            raise _too_long()

    def _take_headers(self, head: frames.FrameHead, payload: bytes, stream: int, reply: _Reply) -> None:
        block = frames.content(head, payload) + (b"" if head.has(frames.END_HEADERS) else self._receive_rest())
        # Also those of other streams: the decoder must see all.
        headers = self._decoder.decode(block)
        if head.stream == stream:
            reply.headers.update(headers)
            reply.is_complete = head.has(frames.END_STREAM)

    def _receive_rest(self) -> bytes:
        """Return the rest of a block of headers, which comes in frames of its own."""
        block = b""
        while len(block) <= _LONGEST_HEADERS:
            head = frames.parse_head(self._wire.receive(frames.HEADER_BYTES))
            if head.kind != frames.CONTINUATION or not (head.length or head.has(frames.END_HEADERS)):
                break
            block += self._wire.receive(head.length)
            if head.has(frames.END_HEADERS):
                return block
        raise BadReply("its headers have no end")


def _parse_reply(reply: _Reply) -> bytes:
    status = reply.headers.get(":status", "")
    if "grpc-status" not in reply.headers:
        shown = f" (HTTP status {status})" if status.isdigit() and status != _HTTP_OK else ""
        raise BadReply(f"it does not answer as a gRPC server does{shown}")
    code = reply.headers["grpc-status"]
    if not code.isdigit():
        raise BadReply("it does not answer as a gRPC server does")
    if int(code) != OK:
        raise refusal(int(code), reply.headers.get("grpc-message", ""))
    return _parse_body(bytes(reply.body))


def _parse_body(body: bytes) -> bytes:
    if len(body) < _PREFIX_BYTES or body[0] != 0:
        raise BadReply("its answer is not one plain message")
    length = int.from_bytes(body[1:_PREFIX_BYTES], "big")
    if length > LONGEST_ANSWER:
        raise _too_long()
    if len(body) != _PREFIX_BYTES + length:
        raise BadReply("its answer is not one plain message")
    return body[_PREFIX_BYTES:]


def _too_long() -> BadReply:
    return BadReply(f"its answer is longer than {LONGEST_ANSWER} bytes")
