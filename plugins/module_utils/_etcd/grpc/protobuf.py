# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Protocol Buffers as bytes: fields by number, without a schema (protobuf.dev/programming-guides/encoding). Pure."""

from __future__ import annotations

import struct
import typing as t

from .errors import BadReply

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10
_MOST_FIELDS = 10_000

Value = t.Union[int, bytes, str, bool]


def encode(fields: t.Mapping[int, Value]) -> bytes:
    """Return a message; as usual, what is zero, false or empty is left out. Numbers are not negative."""
    return b"".join(_encode_field(number, value) for number, value in fields.items() if value)


def _encode_field(number: int, value: Value) -> bytes:
    if isinstance(value, int):
        return _encode_varint(number << 3 | _VARINT) + _encode_varint(value)
    data = value.encode("utf-8") if isinstance(value, str) else value
    return _encode_varint(number << 3 | _BYTES) + _encode_varint(len(data)) + data


def _encode_varint(value: int) -> bytes:
    encoded = []
    while value >= 128:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])


class Message:
    """A message that was received. A field that is missing is zero, false or empty; one of another type is refused."""

    def __init__(self, data: bytes) -> None:
        self._fields: dict[int, list[int | bytes]] = {}
        for count, (number, value) in enumerate(_parse(data)):
            if count >= _MOST_FIELDS:
                raise BadReply(f"its answer has more than {_MOST_FIELDS} fields")
            self._fields.setdefault(number, []).append(value)

    def number(self, field: int) -> int:
        """Return an unsigned number; a negative one is near 2**64."""
        value = self._last(field, 0)
        if not isinstance(value, int):
            raise _unexpected(field)
        return value

    def flag(self, field: int) -> bool:
        """Return whether it is so."""
        return bool(self.number(field))

    def blob(self, field: int) -> bytes:
        """Return bytes."""
        return _bytes(self._last(field, b""), field)

    def text(self, field: int) -> str:
        """Return text."""
        return self.blob(field).decode("utf-8", "replace")

    def texts(self, field: int) -> list[str]:
        """Return all texts of a repeated field."""
        return [_bytes(value, field).decode("utf-8", "replace") for value in self._fields.get(field, ())]

    def messages(self, field: int) -> list[Message]:
        """Return all messages of a repeated field."""
        return [Message(_bytes(value, field)) for value in self._fields.get(field, ())]

    def message(self, field: int) -> Message:
        """Return a message in it."""
        return Message(self.blob(field))

    def _last(self, field: int, default: int | bytes) -> int | bytes:
        return self._fields.get(field, [default])[-1]


def _parse(data: bytes) -> t.Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _parse_varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _parse_varint(data, at)
            yield number, value
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
            yield number, struct.unpack("<Q" if kind == _FIXED64 else "<L", _take(data, at, size))[0]
            at += size
        elif kind == _BYTES:
            size, at = _parse_varint(data, at)
            yield number, _take(data, at, size)
            at += size
        else:
            raise BadReply("its answer is not in the form of etcd's")


def _parse_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value & (1 << 64) - 1, at + place + 1
    raise BadReply("its answer is cut off")


def _take(data: bytes, at: int, size: int) -> bytes:
    taken = data[at : at + size]
    if len(taken) < size:
        raise BadReply("its answer is cut off")
    return taken


def _bytes(value: int | bytes, field: int) -> bytes:
    if not isinstance(value, bytes):
        raise _unexpected(field)
    return value


def _unexpected(field: int) -> BadReply:
    return BadReply(f"field {field} of its answer has another type than etcd's")
