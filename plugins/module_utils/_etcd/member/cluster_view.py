# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The cluster as one of its members sees it: who is listed, who answers, and who serves. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..cluster.members import Cluster, Member, clean_name, clean_urls, clean_version
from .text import harmless

if t.TYPE_CHECKING:
    from ..._core.answer import Answer

# etcd itself advises no more than seven.
_MOST = 32
NOSPACE = "NOSPACE"


@dataclass(frozen=True)
class ListedMember:
    """An entry of etcd's list; one that was added and never started has neither a name nor client URLs."""

    member_id: str
    name: str
    peer_urls: tuple[str, ...]
    client_urls: tuple[str, ...]
    is_learner: bool

    @property
    def label(self) -> str:
        """Return its name for messages."""
        return self.name or self.member_id


@dataclass(frozen=True)
class Endpoint:
    """What came back from a URL of a member.

    ``error`` is why there is no status; ``serves`` is whether it read with a quorum, which no learner does, and ``read_error`` why not.
    ``applied`` is how much of the cluster's log it has. Sizes of the data are in bytes, ``quota`` is 0 where it does not tell.
    """

    url: str
    error: str = ""
    member_id: str = ""
    has_leader: bool = False
    is_leader: bool = False
    version: str = ""
    serves: bool = False
    read_error: str = ""
    revision: int = 0
    applied: int = 0
    size: int = 0
    in_use: int = 0
    quota: int = 0

    @property
    def is_up(self) -> bool:
        """Say whether it answers and has a leader: without one it is of no use."""
        return not self.error and self.has_leader


@dataclass(frozen=True)
class Alarm:
    """An alarm that a member has raised."""

    member_id: str
    alarm: str


@dataclass(frozen=True)
class ClusterView:
    """What a member answered; with an ``error`` it did not, and nothing else is known."""

    error: str = ""
    cluster_id: str = ""
    member_id: str = ""
    members: tuple[ListedMember, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    # Why the alarms could not be read, which takes a quorum.
    alarms_error: str = ""

    @property
    def own(self) -> Endpoint:
        """Return the answer of the member itself that was asked."""
        entry = next((member for member in self.members if member.member_id == self.member_id), None)
        return (self.of(entry) if entry else None) or Endpoint("", self.error or (self.error_of(entry) if entry else "no answer"))

    def of(self, member: ListedMember) -> Endpoint | None:
        """Return the best answer of a member: one that serves, one that is up, any."""
        answers = [endpoint for endpoint in self.endpoints if endpoint.member_id == member.member_id]
        return max(answers, key=lambda endpoint: (endpoint.serves, endpoint.is_up), default=None)

    def error_of(self, member: ListedMember) -> str:
        """Return why a member does not serve, as far as it is known."""
        urls = {endpoint.url: endpoint for endpoint in self.endpoints}
        found = [urls[url] for url in member.client_urls if url in urls]
        return next((text for endpoint in found for text in (endpoint.error, endpoint.read_error) if text), "no answer")

    @property
    def is_full(self) -> bool:
        """Say whether etcd is out of space somewhere, and so accepts no writes."""
        return any(alarm.alarm == NOSPACE for alarm in self.alarms)

    def cluster(self) -> Cluster | None:
        """Return the members as plans about them use them; None where nobody answered."""
        if self.error or not self.members:
            return None
        members = (self._member(listed) for listed in self.members)
        return Cluster(self.cluster_id, tuple(sorted(members, key=lambda member: (member.peer_urls, member.member_id))))

    def _member(self, listed: ListedMember) -> Member:
        found = self.of(listed)
        return Member(
            listed.member_id,
            listed.name,
            listed.peer_urls,
            listed.client_urls,
            is_learner=listed.is_learner,
            is_up=found is not None and found.is_up,
            leads=found is not None and found.is_leader,
            version=found.version if found else "",
        )


def parse_view(answer: Answer) -> ClusterView:
    """Return what M(alicloud.flannel.etcd_member_info) says of the cluster; raise BadAnswer when it can't be that."""
    if answer["error"].or_none(lambda item: item.text()):
        return ClusterView(error=harmless(answer["error"].text()))
    return ClusterView(
        cluster_id=_identifier(answer["cluster_id"]),
        member_id=_identifier(answer["member_id"]),
        members=tuple(_parse_member(item) for item in _few(answer["members"])),
        endpoints=tuple(_parse_endpoint(item) for item in _few(answer["endpoints"])),
        alarms=tuple(Alarm(_identifier(item["member_id"]), clean_name(item["alarm"].text())) for item in _few(answer["alarms"])),
        alarms_error=harmless(answer["alarms_error"].or_none(lambda item: item.text()) or ""),
    )


def _few(answer: Answer) -> list[Answer]:
    items = answer.items()
    if len(items) > 4 * _MOST:
        raise answer.refusal(f"a list of at most {4 * _MOST} items")
    return items


def _identifier(answer: Answer) -> str:
    """Return an ID as etcdctl takes it; it becomes a part of commands."""
    text = answer.text()
    try:
        return f"{int(text, 16):x}"
    except ValueError:
        raise answer.refusal("a hexadecimal number") from None


def _parse_member(answer: Answer) -> ListedMember:
    return ListedMember(
        _identifier(answer["id"]),
        clean_name(answer["name"].text()),
        clean_urls(answer["peer_urls"].texts()),
        clean_urls(answer["client_urls"].texts()),
        answer["is_learner"].flag(),
    )


def _parse_endpoint(answer: Answer) -> Endpoint:
    (url,) = clean_urls((answer["url"].text(),))
    error = harmless(answer["error"].text())
    if error:
        return Endpoint(url, error)
    return Endpoint(
        url,
        member_id=_identifier(answer["member_id"]),
        has_leader=bool(answer["leader_id"].text()),
        is_leader=answer["is_leader"].flag(),
        version=clean_version(answer["version"].text()),
        serves=answer["serves"].flag(),
        read_error=harmless(answer["read_error"].text()),
        revision=_count(answer["revision"]),
        applied=_count(answer["raft_applied_index"]),
        size=_count(answer["db_size"]),
        in_use=_count(answer["db_size_in_use"]),
        quota=_count(answer["quota"]),
    )


def _count(answer: Answer) -> int:
    return answer.or_none(lambda item: item.number()) or 0
