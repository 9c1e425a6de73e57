# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Frames of HTTP/2 (RFC 9113, sections 4 and 6). Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .errors import BadReply

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
ACK, END_STREAM, END_HEADERS = 0x1, 0x1, 0x4
_PADDED, _PRIORITY = 0x8, 0x20
_PRIORITY_BYTES = 5

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADER_BYTES = 9
# The largest one that a server may send to a client which does not offer more.
LARGEST = 16 * 1024

_ENABLE_PUSH, _INITIAL_WINDOW_SIZE = 2, 4


@dataclass(frozen=True)
class FrameHead:
    """What precedes the payload of a frame."""

    length: int
    kind: int
    flags: int
    stream: int

    def has(self, flag: int) -> bool:
        """Say whether a flag is set."""
        return bool(self.flags & flag)


def parse_head(data: bytes) -> FrameHead:
    """Return the head of a frame; one that a server may not send is refused."""
    high, low, kind, flags, stream = struct.unpack(">BHBBL", data)
    length = high << 16 | low
    if length > LARGEST:
        raise BadReply("it does not answer as a gRPC server does")
    return FrameHead(length, kind, flags, stream & 0x7FFFFFFF)


def content(head: FrameHead, payload: bytes) -> bytes:
    """Return what DATA or HEADERS carries, without padding and priority."""
    start, end = 0, len(payload)
    if head.has(_PADDED):
        start, end = 1, end - (payload[0] if payload else 0)
    if head.kind == HEADERS and head.has(_PRIORITY):
        start += _PRIORITY_BYTES
    if start > end:
        raise BadReply("it sent a frame with more padding than payload")
    return payload[start:end]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame."""
    return struct.pack(">BHBBL", len(payload) >> 16, len(payload) & 0xFFFF, kind, flags, stream) + payload


def settings(window: int) -> bytes:
    """Return the settings of a client that takes so many bytes an answer, and nothing that it has not asked for."""
    return frame(SETTINGS, 0, 0, struct.pack(">HLHL", _ENABLE_PUSH, 0, _INITIAL_WINDOW_SIZE, window))


def window_update(count: int) -> bytes:
    """Return what allows so many more bytes on the whole connection."""
    return frame(WINDOW_UPDATE, 0, 0, struct.pack(">L", count))
