# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Asks members of etcd, each by its own URL, how they are."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import CollectionError
from ..grpc.api import MemberApi

if t.TYPE_CHECKING:
    import ssl

    from ..grpc.messages import Status
    from ..grpc.wire import Deadline

MOST_ENDPOINTS = 64


@dataclass
class Endpoint:
    """A member, and what it has answered so far. ``error`` says why there is no status, ``read_error`` why it serves no reads."""

    url: str
    error: str
    read_error: str
    status: Status | None = None
    serves: bool = False

    def item(self) -> dict[str, t.Any]:
        """Return it as data."""
        status = self.status
        return {
            "url": self.url,
            "error": "" if status else self.error,
            "serves": self.serves,
            "read_error": "" if self.serves else self.read_error,
            "member_id": status.member_id if status else "",
            "leader_id": status.leader_id if status else "",
            "is_leader": bool(status and status.leader_id and status.leader_id == status.member_id),
            "is_learner": bool(status and status.is_learner),
            "version": status.version if status else "",
            "revision": status.revision if status else 0,
            "db_size": status.db_size if status else 0,
            "db_size_in_use": status.db_size_in_use if status else 0,
            "quota": status.quota if status else None,
            "raft_index": status.raft_index if status else 0,
            "raft_applied_index": status.raft_applied_index if status else 0,
            "raft_term": status.raft_term if status else 0,
            "errors": list(status.errors) if status else [],
        }


def endpoints_of(urls: t.Iterable[str], deadline: Deadline) -> list[Endpoint]:
    """Return the members that are to be asked, none of which has answered yet."""
    late = str(deadline.passed())
    return [Endpoint(url, late, late) for url in list(dict.fromkeys(urls))[:MOST_ENDPOINTS]]


def ask_endpoint(endpoint: Endpoint, tls: ssl.SSLContext | None, deadline: Deadline) -> None:
    """Ask one for its status, and whether it serves reads."""
    try:
        with MemberApi(endpoint.url, tls, deadline) as api:
            endpoint.status = api.status()
            api.check_read()
            endpoint.serves = True
    except CollectionError as exc:
        endpoint.error = endpoint.read_error = str(exc)
