# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A cluster's members as etcd lists them, and the hosts that the inventory makes members. Pure.

What a member says of itself is read on all hosts, and becomes a part of commands and messages: nothing passes that could be more than data.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

# What is replaced in them; no name or URL that the inventory can have loses anything.
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)
_NOT_IN_URL = re.compile(r"[^A-Za-z0-9.:/\[\]%_-]", re.ASCII)
_VERSION = re.compile(r"\d+\.\d+\.\d+[A-Za-z0-9.+-]*", re.ASCII)


@dataclass(frozen=True)
class Member:
    """One entry of etcd's list, with what the member said of itself; one that was added and never started has no name."""

    member_id: str
    name: str
    peer_urls: tuple[str, ...]
    client_urls: tuple[str, ...] = ()
    is_learner: bool = False
    # A member without a leader also answers, but is of no use.
    is_up: bool = False
    leads: bool = False
    version: str = ""

    @property
    def label(self) -> str:
        """Return the member's name for messages."""
        return f"{self.name or self.member_id} ({', '.join(self.peer_urls)})"


@dataclass(frozen=True)
class Cluster:
    """The members of one cluster."""

    cluster_id: str
    members: tuple[Member, ...]

    @property
    def voting_members(self) -> list[Member]:
        """Return the members that count for the quorum."""
        return [member for member in self.members if not member.is_learner]

    @property
    def down(self) -> list[Member]:
        """Return the members that don't answer."""
        return [member for member in self.members if not member.is_up]

    @property
    def has_quorum(self) -> bool:
        """Say whether the cluster accepts writes."""
        return sum(member.is_up for member in self.voting_members) >= quorum(len(self.voting_members))


@dataclass(frozen=True)
class MemberHost:
    """A host that is to be a member, and what was found on it; nothing if it was not reached."""

    name: str
    peer_url: str
    is_reached: bool = False
    has_data: bool = False
    # It took part in a first start that may be incomplete.
    was_started_new: bool = False
    # The version of the program on it.
    installed: str = ""
    cluster: Cluster | None = None


def quorum(voting: int) -> int:
    """Return how many of the voting members must be up."""
    return voting // 2 + 1


def clean_name(name: str) -> str:
    """Return the name without what no name can have."""
    return _NOT_IN_NAME.sub("?", name)


def clean_urls(urls: t.Iterable[str]) -> tuple[str, ...]:
    """Return the URLs without what no URL can have."""
    return tuple(_NOT_IN_URL.sub("?", url) for url in urls)


def clean_version(text: str) -> str:
    """Return the version; nothing where it is none."""
    return text if _VERSION.fullmatch(text) else ""


def choose_cluster(hosts: t.Iterable[MemberHost]) -> Cluster | None:
    """Return the cluster with a quorum that has the most voting members, in the first answer about it; None when there is none or a tie."""
    answers: dict[str, Cluster] = {}
    for host in hosts:
        if host.cluster and host.cluster.has_quorum:
            answers.setdefault(host.cluster.cluster_id, host.cluster)
    ranked = sorted(answers.values(), key=lambda cluster: len(cluster.voting_members), reverse=True)
    if len(ranked) > 1 and len(ranked[0].voting_members) == len(ranked[1].voting_members):
        return None
    return ranked[0] if ranked else None
