# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Pings many addresses at once from inside a network namespace."""

from __future__ import annotations

import ctypes
import os
import select
import socket
import struct
import time
import typing as t

from .._core.errors import CollectionError
from .probe_container import NAMESPACES

CLONE_NEWNET = 0x40000000
ECHO_REPLY, ECHO_REQUEST = 0, 8
TRIES = 3
WAIT_SECONDS = 1.0


def ping(namespace: str, addresses: t.Sequence[str]) -> dict[str, float]:
    """Ping all addresses at once from inside the namespace, a few times those that don't answer; milliseconds by address that answered."""
    _enter(namespace)
    answers: dict[str, float] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        for sequence in range(TRIES):
            for address, seconds in _round(sock, sequence, set(addresses) - set(answers)).items():
                answers[address] = round(seconds * 1000, 3)
    return answers


def _enter(name: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        with (NAMESPACES / name).open(encoding="utf-8") as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise CollectionError(f"cannot enter the namespace {name}: {os.strerror(ctypes.get_errno())}")
    except OSError as exc:
        raise CollectionError(f"no namespace {name}: {exc.strerror}") from exc


def _round(sock: socket.socket, sequence: int, addresses: set[str]) -> dict[str, float]:
    """Send one echo request to each address; seconds until the answer, for those that answered in time."""
    sent = _send(sock, sequence, addresses)
    answered: dict[str, float] = {}
    deadline = time.monotonic() + WAIT_SECONDS
    while len(answered) < len(sent):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([sock], [], [], left)[0]:
            break
        packet, (address, _port) = sock.recvfrom(1500)
        if address in sent and _is_reply(packet, sequence):
            answered.setdefault(address, time.monotonic() - sent[address])
    return answered


def _send(sock: socket.socket, sequence: int, addresses: t.Iterable[str]) -> dict[str, float]:
    sent = {}
    for address in addresses:
        try:
            sock.sendto(_request(sequence), (address, 0))
            sent[address] = time.monotonic()
        except OSError:  # no route: as good as no answer
            continue
    return sent


def _identifier() -> int:
    return os.getpid() & 0xFFFF


def _request(sequence: int) -> bytes:
    body = struct.pack("!HH", _identifier(), sequence)
    return struct.pack("!BBH", ECHO_REQUEST, 0, _checksum(struct.pack("!BBH", ECHO_REQUEST, 0, 0) + body)) + body


def _is_reply(packet: bytes, sequence: int) -> bool:
    start = (packet[0] & 0x0F) * 4
    kind, _code, _sum, identifier, number = struct.unpack("!BBHHH", packet[start : start + 8])
    return bool(kind == ECHO_REPLY and identifier == _identifier() and number == sequence)


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
