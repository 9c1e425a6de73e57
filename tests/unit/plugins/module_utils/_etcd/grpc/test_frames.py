# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc import frames
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.errors import BadReply
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.frames import FrameHead


def test_a_frame_says_what_it_is() -> None:
    data = frames.frame(frames.DATA, frames.END_STREAM, 3, b"x" * 300)
    head = frames.parse_head(data[: frames.HEADER_BYTES])
    assert head == FrameHead(300, frames.DATA, frames.END_STREAM, 3)
    assert head.has(frames.END_STREAM)
    assert not head.has(frames.END_HEADERS)
    assert data[frames.HEADER_BYTES :] == b"x" * 300


def test_the_reserved_bit_is_no_part_of_the_stream() -> None:
    assert frames.parse_head(b"\0\0\0\0\0\x80\0\0\1").stream == 1


def test_a_frame_that_was_not_offered_is_refused() -> None:
    with pytest.raises(BadReply):
        frames.parse_head(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    ("kind", "flags", "payload", "content"),
    [
        (frames.DATA, 0x0, b"abc", b"abc"),
        (frames.DATA, 0x8, b"\2abc\0\0", b"abc"),
        (frames.DATA, 0x20, b"abc", b"abc"),
        (frames.HEADERS, 0x20, b"\0\0\0\0\1abc", b"abc"),
        (frames.HEADERS, 0x28, b"\1\0\0\0\0\1abc\0", b"abc"),
        (frames.DATA, 0x8, b"\0", b""),
    ],
)
def test_padding_and_priority_are_no_content(kind: int, flags: int, payload: bytes, content: bytes) -> None:
    assert frames.content(FrameHead(len(payload), kind, flags, 1), payload) == content


@pytest.mark.parametrize(("kind", "flags", "payload"), [(0, 0x8, b"\5abc"), (0, 0x8, b""), (1, 0x20, b"\0\0")])
def test_more_padding_than_payload_is_refused(kind: int, flags: int, payload: bytes) -> None:
    with pytest.raises(BadReply):
        frames.content(FrameHead(len(payload), kind, flags, 1), payload)
