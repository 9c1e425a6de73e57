# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Headers of HTTP/2 as bytes (HPACK, RFC 7541)."""

from __future__ import annotations

import typing as t
from collections import deque

from . import huffman
from .errors import BadReply

Header = t.Tuple[str, str]

# Of the 61 entries of the static table those with a value; of the others only the name is fixed.
_VALUES = (
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    *((":status", code) for code in ("200", "204", "206", "304", "400", "404", "500")),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
)
_NAMES = (
    "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control content-disposition "
    "content-encoding content-language content-length content-location content-range content-type cookie date etag expect expires "
    "from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link location max-forwards "
    "proxy-authenticate proxy-authorization range referer refresh retry-after server set-cookie strict-transport-security "
    "transfer-encoding user-agent vary via www-authenticate"
)
STATIC_TABLE: tuple[Header, ...] = (*_VALUES, *((name, "") for name in _NAMES.split()))

_ENTRY_OVERHEAD = 32
# What a receiver offers unless it says otherwise.
_TABLE_BYTES = 4096
_MOST_BYTES = 16 * 1024
_LONGEST_INTEGER = 5


def encode(headers: t.Iterable[Header]) -> bytes:
    """Return the headers as literals that nobody has to remember."""
    return b"".join(b"\0" + _encode_text(name) + _encode_text(value) for name, value in headers)


def _encode_text(text: str) -> bytes:
    data = text.encode("ascii")
    return _encode_integer(len(data), 7) + data


def _encode_integer(value: int, bits: int) -> bytes:
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([value])
    encoded, value = [limit], value - limit
    while value >= 128:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])


class Decoder:
    """Reads the headers of one connection, in their order: later ones refer to earlier ones."""

    def __init__(self) -> None:
        self._table: deque[Header] = deque()
        self._limit = _TABLE_BYTES

    def decode(self, block: bytes) -> list[Header]:
        """Return the headers; all of them together have a bounded size, however often they are repeated."""
        reader, headers, size = _Reader(block), [], 0
        while not reader.at_end:
            header = self._next(reader)
            if header is not None:
                headers.append(header)
                size += _size(header)
            if size > _MOST_BYTES:
                raise BadReply("its headers are too large")
        return headers

    def _next(self, reader: _Reader) -> Header | None:
        first = reader.peek()
        if first & 0x80:
            return self._entry(reader.integer(7))
        if first & 0x40:
            header = self._literal(reader, 6)
            self._table.appendleft(header)
            self._evict()
            return header
        if first & 0x20:
            self._limit = min(reader.integer(5), _TABLE_BYTES)
            self._evict()
            return None
        return self._literal(reader, 4)

    def _literal(self, reader: _Reader, bits: int) -> Header:
        index = reader.integer(bits)
        name = self._entry(index)[0] if index else reader.text()
        return name, reader.text()

    def _entry(self, index: int) -> Header:
        place = index - 1 - len(STATIC_TABLE)
        if 1 <= index <= len(STATIC_TABLE):
            return STATIC_TABLE[index - 1]
        if 0 <= place < len(self._table):
            return self._table[place]
        raise BadReply("its headers refer to one that there is not")

    def _evict(self) -> None:
        while self._table and sum(map(_size, self._table)) > self._limit:
            self._table.pop()


def _size(header: Header) -> int:
    return len(header[0]) + len(header[1]) + _ENTRY_OVERHEAD


class _Reader:
    """Takes a block of headers apart."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._block)

    def peek(self) -> int:
        if self.at_end:
            raise BadReply("its headers are cut off")
        return self._block[self._at]

    def integer(self, bits: int) -> int:
        """Return a number that begins in the last bits of a byte."""
        limit = (1 << bits) - 1
        value = self._byte() & limit
        if value < limit:
            return value
        for place in range(_LONGEST_INTEGER):
            byte = self._byte()
            value += (byte & 127) << 7 * place
            if byte < 128:
                return value
        raise BadReply("its headers hold a number that is too large")

    def text(self) -> str:
        is_huffman = self.peek() & 0x80
        length = self.integer(7)
        data = self._block[self._at : self._at + length]
        if len(data) < length:
            raise BadReply("its headers are cut off")
        self._at += length
        return huffman.decode(data) if is_huffman else data.decode("ascii", "replace")

    def _byte(self) -> int:
        byte = self.peek()
        self._at += 1
        return byte
