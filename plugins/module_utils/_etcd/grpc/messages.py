# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What etcd's gRPC API answers about members, alarms and users (api/etcdserverpb/rpc.proto and authpb/auth.proto, 3.4 to 3.6). Pure.

Text of etcd is bounded, and shown as one line.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .errors import BadReply, one_line
from .protobuf import Message

MOST_MEMBERS = 32
_MOST_URLS = 8
_MOST_ERRORS = 8
_ALARMS = {1: "NOSPACE", 2: "CORRUPT"}


@dataclass(frozen=True)
class ListedMember:
    """A member as the cluster lists it. It has no name and no client URLs before its first start."""

    member_id: str
    name: str
    peer_urls: tuple[str, ...]
    client_urls: tuple[str, ...]
    is_learner: bool


@dataclass(frozen=True)
class MemberList:
    """The members of a cluster, as the member knows them that was asked. Ids are in hexadecimal, as etcdctl prints them."""

    cluster_id: str
    member_id: str
    members: tuple[ListedMember, ...]


@dataclass(frozen=True)
class Status:
    """What a member says of itself. Sizes are in bytes; ``quota`` is None before etcd 3.6, and ``leader_id`` empty without a leader."""

    cluster_id: str
    member_id: str
    leader_id: str
    version: str
    revision: int
    db_size: int
    db_size_in_use: int
    quota: int | None
    raft_index: int
    raft_applied_index: int
    raft_term: int
    is_learner: bool
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Alarm:
    """An alarm that a member has raised."""

    member_id: str
    alarm: str


@dataclass(frozen=True)
class Permission:
    """A permission of a role: its kind is 0 to read, 1 to write, 2 for both; the end is empty for a single key."""

    kind: int
    key: bytes
    end: bytes


def parse_member_list(data: bytes) -> MemberList:
    """Parse a MemberListResponse."""
    reply = Message(data)
    header, members = reply.message(1), reply.messages(2)
    if len(members) > MOST_MEMBERS:
        raise BadReply(f"it lists {len(members)} members: this collection manages {MOST_MEMBERS} at most")
    return MemberList(_hex(header.number(1)), _hex(header.number(2)), tuple(_parse_member(member) for member in members))


def _parse_member(member: Message) -> ListedMember:
    return ListedMember(
        member_id=_hex(member.number(1)),
        name=one_line(member.text(2)),
        peer_urls=_lines(member.texts(3), _MOST_URLS),
        client_urls=_lines(member.texts(4), _MOST_URLS),
        is_learner=member.flag(5),
    )


def parse_status(data: bytes) -> Status:
    """Parse a StatusResponse."""
    reply = Message(data)
    header, leader = reply.message(1), reply.number(4)
    return Status(
        cluster_id=_hex(header.number(1)),
        member_id=_hex(header.number(2)),
        leader_id=_hex(leader) if leader else "",
        version=one_line(reply.text(2)),
        revision=header.number(3),
        db_size=reply.number(3),
        db_size_in_use=reply.number(9),
        quota=reply.number(12) or None,
        raft_index=reply.number(5),
        raft_applied_index=reply.number(7),
        raft_term=reply.number(6),
        is_learner=reply.flag(10),
        errors=_lines(reply.texts(8), _MOST_ERRORS),
    )


def parse_alarms(data: bytes) -> list[Alarm]:
    """Parse an AlarmResponse."""
    found = Message(data).messages(2)
    kinds = [(alarm.number(1), alarm.number(2)) for alarm in found]
    # A member that has raised none may be listed with the kind NONE.
    return [Alarm(_hex(member), _ALARMS.get(kind, f"UNKNOWN {kind}")) for member, kind in kinds if kind][: 2 * MOST_MEMBERS]


def parse_auth_enabled(data: bytes) -> bool:
    """Parse an AuthStatusResponse."""
    return Message(data).flag(2)


def parse_names(data: bytes) -> list[str]:
    """Parse the names in an AuthUserListResponse, an AuthRoleListResponse or an AuthUserGetResponse."""
    return Message(data).texts(2)


def parse_permissions(data: bytes) -> list[Permission]:
    """Parse an AuthRoleGetResponse."""
    return [Permission(one.number(1), one.blob(2), one.blob(3)) for one in Message(data).messages(2)]


def _hex(number: int) -> str:
    return f"{number:x}"


def _lines(texts: t.Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(one_line(text) for text in texts[:most])
