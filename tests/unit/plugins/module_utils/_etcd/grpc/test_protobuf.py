# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.errors import BadReply
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.protobuf import Message, Value, encode
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        # The first two are the examples of protobuf.dev/programming-guides/encoding.
        ({1: 150}, "089601"),
        ({2: "testing"}, "120774657374696e67"),
        ({1: b"health", 3: 1, 8: True}, "0a066865616c746818014001"),
        ({1: 0, 2: "", 3: b"", 4: False}, ""),
        ({16: 1}, "800101"),
    ],
)
def test_a_message_is_encoded(fields: t.Mapping[int, Value], data: str) -> None:
    assert encode(fields).hex() == data


@given(number=st.integers(0, 2**64 - 1), text=st.text(), blob=st.binary())
def test_what_is_encoded_is_decoded(number: int, text: str, blob: bytes) -> None:
    message = Message(encode({1: number, 2: text, 300: blob}))
    assert (message.number(1), message.text(2), message.blob(300)) == (number, text, blob)


def test_a_missing_field_is_empty() -> None:
    message = Message(b"")
    assert (message.number(1), message.flag(1), message.text(1), message.blob(1)) == (0, False, "", b"")
    assert (message.texts(1), message.messages(1), message.message(1).number(1)) == ([], [], 0)


def test_fields_repeat_and_unknown_ones_are_skipped() -> None:
    data = encode({7: 1}) + b"\x39" + bytes(8) + b"\x3d" + bytes(4) + encode({3: "a"}) + encode({3: "b"}) + encode({4: encode({1: 5})})
    message = Message(data)
    assert message.texts(3) == ["a", "b"]
    assert message.text(3) == "b"
    assert [inner.number(1) for inner in message.messages(4)] == [5]


@pytest.mark.parametrize(
    "data",
    [
        "08",  # no value
        "0880",  # a number that is cut off
        "08" + "ff" * 11,  # a number without end
        "0a05616263",  # text that is cut off
        "0d0000",  # four bytes, of which two came
        "0b",  # a group, which etcd has none of
        "0f",  # a type that there is not
    ],
)
def test_what_is_no_message_is_refused(data: str) -> None:
    with pytest.raises(BadReply):
        Message(bytes.fromhex(data))


@given(st.binary(max_size=200))
def test_nothing_else_than_a_refusal_comes_of_garbage(data: bytes) -> None:
    try:
        message = Message(data)
        message.texts(1), message.messages(2), message.number(3)
    except BadReply:
        pass


def test_fields_of_another_type_are_refused() -> None:
    with pytest.raises(BadReply, match="field 1"):
        Message(encode({1: "text"})).number(1)
    with pytest.raises(BadReply, match="field 2"):
        Message(encode({2: 5})).text(2)


def test_fields_without_end_are_refused() -> None:
    with pytest.raises(BadReply, match="more than 10000 fields"):
        Message(b"\x08\x01" * 10_001)
