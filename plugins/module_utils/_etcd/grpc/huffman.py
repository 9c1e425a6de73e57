# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The Huffman code of HPACK (RFC 7541, appendix B), as far as it encodes printable ASCII.

What gRPC puts into headers is ASCII: a message has percent signs for anything else. The code is canonical, so that it
follows from the lengths alone: codes of one length are consecutive, in the order of the characters.
"""

from __future__ import annotations

import typing as t

from .errors import BadReply

# All codes of up to 15 bits. The one longer code of a printable character is the first of 19 bits.
_BY_LENGTH = {
    5: "012aceiost",
    6: " %-./3456789=A_bdfghlmnpru",
    7: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
    8: "&*,;XZ",
    10: '!"()?',
    11: "'+|",
    12: "#>",
    13: "\0$@[]~",
    14: "^}",
    15: "<`{",
    19: "\\",
}
_LONGEST = max(_BY_LENGTH)
_LONGEST_PADDING = 7


def _make_codes() -> dict[tuple[int, int], str]:
    """Return the characters by the length and the value of their codes."""
    codes, code, before = {}, 0, 0
    for length, chars in _BY_LENGTH.items():
        code <<= length - before
        for value, char in enumerate(chars, code):
            codes[length, value] = char
        code, before = code + len(chars), length
    return codes


_CODES: t.Mapping[tuple[int, int], str] = _make_codes()


def decode(data: bytes) -> str:
    """Return the text."""
    chars: list[str] = []
    length = value = 0
    for byte in data:
        for shift in range(7, -1, -1):
            length, value = length + 1, value << 1 | byte >> shift & 1
            char = _CODES.get((length, value))
            if char is not None:
                chars.append(char)
                length = value = 0
            elif length > _LONGEST:
                raise BadReply("its headers hold more than printable ASCII")
    # The last byte is filled up with ones.
    if length > _LONGEST_PADDING or value != (1 << length) - 1:
        raise BadReply("its headers are cut off")
    return "".join(chars)
