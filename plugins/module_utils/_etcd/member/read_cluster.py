# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Asks a member about its cluster: members, alarms and users by its own URL, and each member how it is."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field
from functools import partial
from threading import Event

from ..._core.errors import CollectionError
from ..connection import Connection, make_tls_context, parse_endpoint
from ..grpc.api import MemberApi
from ..grpc.wire import Deadline
from .read_auth import FoundAuth, read_auth
from .read_endpoints import Endpoint, ask_endpoint, endpoints_of
from .together import seconds_left, start, wait

if t.TYPE_CHECKING:
    import ssl

    from ..grpc.messages import Alarm, MemberList


@dataclass(frozen=True)
class Access:
    """How a member is reached: its URL, the paths of the certificates, and by when all answers must be there, in seconds."""

    endpoint: str
    ca_cert: str
    client_cert: str
    client_key: str
    timeout: float


@dataclass
class Asked:
    """What a member has answered. The errors say why it did not tell its members, or the alarms."""

    error: str
    is_listed: Event = field(default_factory=Event)
    listed: MemberList | None = None
    endpoints: list[Endpoint] = field(default_factory=list)
    alarms: list[Alarm] | None = None
    alarms_error: str = ""
    auth: FoundAuth | None = None

    def item(self) -> dict[str, t.Any]:
        """Return what it said of its cluster as data."""
        listed = self.listed
        return {
            "error": "" if listed else self.error,
            "cluster_id": listed.cluster_id if listed else "",
            "member_id": listed.member_id if listed else "",
            "members": [_member_item(asdict(member)) for member in listed.members] if listed else [],
            "endpoints": [endpoint.item() for endpoint in self.endpoints],
            "alarms": [asdict(alarm) for alarm in self.alarms or ()],
            "alarms_error": self.alarms_error if self.alarms is None else "",
        }


def _member_item(member: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"id": member.pop("member_id"), **member}


def read_cluster(access: Access, urls: t.Sequence[str], with_auth: bool) -> Asked:
    """Ask the member, and beside it those URLs; without any all members that it lists."""
    deadline = Deadline(access.timeout)
    late = str(deadline.passed())
    asked = Asked(late, alarms_error=late)
    try:
        tls = _make_context(access)
    except CollectionError as exc:
        asked.error = asked.alarms_error = str(exc)
        return asked
    threads = [start(lambda: _ask_member(asked, access, tls, deadline, with_auth))]
    if not urls:
        asked.is_listed.wait(seconds_left(deadline))
    asked.endpoints = endpoints_of(urls or _client_urls(asked.listed), deadline)
    threads += [start(partial(ask_endpoint, endpoint, tls, deadline)) for endpoint in asked.endpoints]
    wait(threads, deadline)
    return asked


def _client_urls(listed: MemberList | None) -> list[str]:
    return [url for member in listed.members for url in member.client_urls] if listed else []


def _ask_member(asked: Asked, access: Access, tls: ssl.SSLContext | None, deadline: Deadline, with_auth: bool) -> None:
    """Ask what the member must answer first; the rest needs a quorum."""
    try:
        with MemberApi(access.endpoint, tls, deadline) as api:
            asked.listed = api.member_list()
            asked.is_listed.set()
            asked.alarms = api.alarms()
            if with_auth:
                asked.auth = read_auth(api)
    except CollectionError as exc:
        asked.error = asked.alarms_error = str(exc)
    finally:
        asked.is_listed.set()


def _make_context(access: Access) -> ssl.SSLContext | None:
    if parse_endpoint(access.endpoint).scheme != "https":
        return None
    context = make_tls_context(Connection((access.endpoint,), access.ca_cert, access.client_cert, access.client_key))
    context.set_alpn_protocols(["h2"])
    return context
