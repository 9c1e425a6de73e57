# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.errors import BadReply
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.hpack import STATIC_TABLE, Decoder, encode

# RFC 7541, appendix C.6: three answers on one connection, after a table of 256 bytes was agreed on.
SIZE_256 = "3fe101"
FIRST = (
    "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
    [
        (":status", "302"),
        ("cache-control", "private"),
        ("date", "Mon, 21 Oct 2013 20:13:21 GMT"),
        ("location", "https://www.example.com"),
    ],
)
SECOND = ("4883640effc1c0bf", [(":status", "307"), *FIRST[1][1:]])
COMPRESSED = (
    "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f"
    "9587316065c003ed4ee5b1063d5007"
)
THIRD = (
    COMPRESSED,
    [
        (":status", "200"),
        ("cache-control", "private"),
        ("date", "Mon, 21 Oct 2013 20:13:22 GMT"),
        ("location", "https://www.example.com"),
        ("content-encoding", "gzip"),
        ("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"),
    ],
)


def test_headers_of_one_connection_refer_to_earlier_ones() -> None:
    decoder = Decoder()
    assert decoder.decode(bytes.fromhex(SIZE_256 + FIRST[0])) == FIRST[1]
    assert decoder.decode(bytes.fromhex(SECOND[0])) == SECOND[1]
    assert decoder.decode(bytes.fromhex(THIRD[0])) == THIRD[1]


def test_the_static_table_is_whole() -> None:
    assert len(STATIC_TABLE) == 61
    assert (STATIC_TABLE[7], STATIC_TABLE[30], STATIC_TABLE[60]) == ((":status", "200"), ("content-type", ""), ("www-authenticate", ""))


@pytest.mark.parametrize("length", [0, 1, 126, 127, 128, 254, 255, 300, 16000])
def test_what_is_encoded_is_decoded(length: int) -> None:
    headers = [(":path", "/" * length), ("te", "trailers")]
    assert Decoder().decode(encode(headers)) == headers


@pytest.mark.parametrize(
    "block",
    [
        "80",  # entry 0
        "be",  # the first entry of a table that is empty
        "ff80808080808001",  # a number without end
        "00",  # no name
        "000161",  # no value
        "0001610561",  # a value that is cut off
        "7f",  # a number that is cut off
    ],
)
def test_what_is_no_header_is_refused(block: str) -> None:
    with pytest.raises(BadReply):
        Decoder().decode(bytes.fromhex(block))


def test_headers_that_grow_by_repetition_are_refused() -> None:
    entry = b"\x40\x01a" + b"\x7f\x81\x1e" + b"x" * 4000
    with pytest.raises(BadReply, match="too large"):
        Decoder().decode(entry + b"\xbe" * 1000)


def test_the_table_never_grows_beyond_what_was_offered() -> None:
    decoder = Decoder()
    decoder.decode(bytes.fromhex("3fe1ff0f"))
    for number in range(300):
        decoder.decode(encode([]) + b"\x40\x03" + f"{number:03}".encode() + b"\x01x")
    with pytest.raises(BadReply):
        decoder.decode(b"\xff" + bytes([61 + 4096 // 36 + 1 - 127]))
