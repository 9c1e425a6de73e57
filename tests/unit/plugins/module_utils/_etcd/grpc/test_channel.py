# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc import frames, hpack
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.channel import LONGEST_ANSWER, Channel
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.errors import BadReply, CallRefused, NoReply
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.frames import FrameHead, frame
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.protobuf import Message
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.wire import Deadline

HEADERS = hpack.encode([(":status", "200"), ("content-type", "application/grpc")])
OK = hpack.encode([("grpc-status", "0"), ("grpc-message", "")])

# What real servers said when asked for no key, and then for the key health. Their second headers refer to the first.
CAPTURED = {
    "3.4.23": (
        "00001e0400000000000005001000000003ffffffff000600100140000100001000000400100000000004080000000000000f00010000000401000000"
        "000000a201040000000188409419085421621ea4d87a161d141fc2d3947216c47f9919085ad3f4a10f524b52564faacbf4a0ed4ce7b0dec6931eaf40"
        "9419085421621ea4d87a161d141fc2d495339e447f9cd7ab76ffa53160dff4a6ad7bf26ad3bbe94d7c37fd297f067c1bf07f54012a5f8b1d75d0620d"
        "263d4c4d656440854d833505b388c565645b72469b517e89c565645b415081cc5f7e91c565645b72469b50b5f2a466a10b5d355f00002f0105000000"
        "0140899acac8b5254207317f972a49220b6772d9714ea5f4a190a5474a95d87ee690b27f40889acac8b21234da8f013300000801040000000388c6c5"
        "c4c3c2c1c0000021000000000003000000001c0a1a0895e3aca9a7c9eed59b0110bbb0ebe0e2dbd480e801180120020000030105000000037e0130"
    ),
    "3.5.1": (
        "0000180400000000000005001000000003000000fa000600100140000400100000000000040100000000000004080000000000000f00010000040800"
        "00000000000000050000a201040000000188409419085421621ea4d87a161d141fc2d3947216c47f9919085ad3f4a10f524b52564faacbf4a0ed4ce7"
        "b0dec6931eaf409419085421621ea4d87a161d141fc2d495339e447f9cd7ab76ffa53160dff4a6ad7bf26ad3bbe94d7c37fd297f067c1bf07f54012a"
        "5f8b1d75d0620d263d4c4d656440854d833505b388c565645b72469b517e89c565645b415081cc5f7e91c565645b72469b50b5f2a466a10b5d355f00"
        "002f01050000000140899acac8b5254207317f972a49220b6772d9714ea5f4a190a5474a95d87ee690b27f40889acac8b21234da8f01330000040800"
        "000000000000000d00000801040000000388c6c5c4c3c2c1c000001f000000000003000000001a0a1808d3a5c2afa188bafc6d1094eeb8b1d5c2bfb5"
        "46180120020000030105000000037e0130"
    ),
}


class Script:
    """A server that has already said what it will say."""

    def __init__(self, *said: bytes) -> None:
        self._said = b"".join(said)
        self.heard = b""

    def send(self, data: bytes) -> None:
        self.heard += data

    def receive(self, count: int) -> bytes:
        if len(self._said) < count:
            raise NoReply("it closed the connection")
        taken, self._said = self._said[:count], self._said[count:]
        return taken

    def frames(self) -> t.Iterator[tuple[FrameHead, bytes]]:
        """Return what the client said after its preface."""
        assert self.heard.startswith(frames.PREFACE)
        rest = self.heard[len(frames.PREFACE) :]
        while rest:
            head = frames.parse_head(rest[: frames.HEADER_BYTES])
            yield head, rest[frames.HEADER_BYTES :][: head.length]
            rest = rest[frames.HEADER_BYTES + head.length :]


def message(text: bytes) -> bytes:
    return struct.pack(">BL", 0, len(text)) + text


def data(payload: bytes, flags: int = 0, stream: int = 1) -> bytes:
    return frame(frames.DATA, flags, stream, payload)


def headers(block: bytes, flags: int = frames.END_HEADERS, stream: int = 1) -> bytes:
    return frame(frames.HEADERS, flags, stream, block)


def trailers(block: bytes, stream: int = 1) -> bytes:
    return headers(block, frames.END_HEADERS | frames.END_STREAM, stream)


def channel(script: Script) -> Channel:
    return Channel(script, "https", "192.0.2.11:2379", Deadline(5))


def call(*said: bytes) -> bytes:
    return channel(Script(*said)).call("/etcdserverpb.KV/Range", b"question")


def test_a_call_is_asked_as_grpc_wants_it() -> None:
    script = Script(headers(HEADERS), data(message(b"answer")), trailers(OK))
    assert channel(script).call("/etcdserverpb.KV/Range", b"question") == b"answer"
    (settings, _values), (head, block), (body, sent), (window, more) = script.frames()
    assert (settings.kind, head.kind, body.kind, window.kind) == (frames.SETTINGS, frames.HEADERS, frames.DATA, frames.WINDOW_UPDATE)
    assert (head.stream, body.stream, body.flags) == (1, 1, frames.END_STREAM)
    asked = dict(hpack.Decoder().decode(block))
    assert asked.pop("grpc-timeout")[-1] == "m"
    assert asked == {
        ":method": "POST",
        ":scheme": "https",
        ":authority": "192.0.2.11:2379",
        ":path": "/etcdserverpb.KV/Range",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    assert sent == message(b"question")
    assert int.from_bytes(more, "big") == len(message(b"answer"))


def test_calls_follow_each_other_on_one_connection() -> None:
    script = Script(
        *(headers(HEADERS), data(message(b"one")), trailers(OK), frame(frames.RST_STREAM, 0, 1, bytes(4))),
        *(headers(HEADERS, stream=3), data(message(b"two"), stream=3), trailers(OK, stream=3)),
    )
    both = channel(script)
    assert [both.call("/a", b""), both.call("/b", b"")] == [b"one", b"two"]


def test_settings_and_pings_are_confirmed_and_the_rest_is_passed_over() -> None:
    script = Script(
        frame(frames.SETTINGS, 0, 0, bytes(6)),
        frame(frames.SETTINGS, frames.ACK, 0),
        frame(frames.PING, 0, 0, b"12345678"),
        frame(frames.PING, frames.ACK, 0, b"12345678"),
        frames.window_update(5),
        frame(77, 0, 1, b"unknown"),
        *(headers(HEADERS), data(message(b"a")[:3]), data(message(b"a")[3:]), trailers(OK)),
    )
    assert channel(script).call("/a", b"") == b"a"
    confirmed = [(head.kind, payload) for head, payload in script.frames() if head.flags == frames.ACK and head.stream == 0]
    assert confirmed == [(frames.SETTINGS, b""), (frames.PING, b"12345678")]


def test_headers_come_in_pieces() -> None:
    pieces = (headers(HEADERS[:5], 0), frame(frames.CONTINUATION, 0, 1, HEADERS[5:9]))
    end = frame(frames.CONTINUATION, frames.END_HEADERS, 1, HEADERS[9:])
    assert call(*pieces, end, data(message(b"a")), trailers(OK)) == b"a"


def test_a_refusal_has_its_code_and_its_message() -> None:
    block = hpack.encode([(":status", "200"), ("grpc-status", "7"), ("grpc-message", "etcdserver: permission denied%0A100%25 %E2%80%A6")])
    with pytest.raises(CallRefused) as refused:
        call(trailers(block))
    assert refused.value.code == 7
    assert str(refused.value) == "etcdserver: permission denied?100% … (code 7)"


@pytest.mark.parametrize("version", CAPTURED)
def test_what_real_servers_sent_is_understood(version: str) -> None:
    both = channel(Script(bytes.fromhex(CAPTURED[version])))
    with pytest.raises(CallRefused, match=r"^etcdserver: key is not provided \(code 3\)$"):
        both.call("/etcdserverpb.KV/Range", b"")
    assert Message(both.call("/etcdserverpb.KV/Range", b"")).message(1).number(3) == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([headers(HEADERS), data(message(b"a"), frames.END_STREAM)], "does not answer as a gRPC server does"),
        ([trailers(hpack.encode([(":status", "404")]))], r"does not answer as a gRPC server does \(HTTP status 404\)"),
        ([trailers(hpack.encode([("grpc-status", "x")]))], "does not answer as a gRPC server does"),
        ([headers(HEADERS), trailers(OK)], "not one plain message"),
        ([headers(HEADERS), data(message(b"a") * 2), trailers(OK)], "not one plain message"),
        ([headers(HEADERS), data(b"\1" + message(b"a")[1:]), trailers(OK)], "not one plain message"),
        ([headers(HEADERS), data(b"\0\xff\xff\xff\xff"), trailers(OK)], f"longer than {LONGEST_ANSWER} bytes"),
        ([headers(HEADERS), *[data(bytes(frames.LARGEST))] * 65], f"longer than {LONGEST_ANSWER} bytes"),
        ([headers(HEADERS, 0), data(b"")], "headers have no end"),
        ([headers(HEADERS, 0), *[frame(frames.CONTINUATION, 0, 1, bytes(9000))] * 2], "headers have no end"),
        ([headers(HEADERS, 0), frame(frames.CONTINUATION, 0, 1)], "headers have no end"),
        ([frame(frames.PING, frames.ACK, 0, bytes(8))] * 1000, "frames without end"),
        ([b"HTTP/1.1 400 Bad Request\r\n"], "does not answer as a gRPC server does"),
    ],
)
def test_what_is_no_answer_is_refused(said: list[bytes], words: str) -> None:
    with pytest.raises(BadReply, match=words):
        call(*said)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], "closed the connection"),
        ([headers(HEADERS), data(message(b"a"))], "closed the connection"),
        ([frame(frames.GOAWAY, 0, 0, bytes(8))], "about to close the connection"),
        ([frame(frames.RST_STREAM, 0, 1, b"\0\0\0\2")], r"HTTP/2 error 2"),
    ],
)
def test_a_connection_that_ends_is_no_answer(said: list[bytes], words: str) -> None:
    with pytest.raises(NoReply, match=words):
        call(*said)


def test_no_call_begins_after_the_deadline() -> None:
    times = iter([0.0, 6.0])
    late = Channel(Script(), "http", "192.0.2.11:2379", Deadline(5, clock=lambda: next(times)))
    with pytest.raises(NoReply, match="no answer in 5 seconds"):
        late.call("/a", b"")
