# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Whether a cluster may lose a member for a moment, and what the next change needs to know of it. Pure."""

from __future__ import annotations

import typing as t

from .cluster_view import NOSPACE

if t.TYPE_CHECKING:
    from .cluster_view import ClusterView, ListedMember


def find_hurdles(view: ClusterView | None, names: t.Collection[str] | None = None) -> list[str]:
    """Return which voting members do not serve, and why; of all that are listed, or of those with these names.

    Without space etcd serves reads and votes, and a restart or a defragmentation repairs that, so that it must not prevent one.
    """
    blind = _blind(view)
    if view is None or blind:
        return blind
    listed = {member.name for member in view.members}
    unknown = [f"{name}: it is not in etcd's list of members" for name in names or () if name not in listed]
    judged = [member for member in view.members if names is None or member.name in names]
    unread = [f"its alarms could not be read: {view.alarms_error}"] if view.alarms_error else []
    return unknown + unread + [text for member in judged for text in _hurdles_of(view, member)]


def _blind(view: ClusterView | None) -> list[str]:
    """Return why nothing can be told by what the member said; a gate that knows nothing stays shut."""
    if view is None or view.error:
        return [view.error if view else "no answer"]
    if view.member_id not in {member.member_id for member in view.members}:
        return ["the member that was asked is not in its own list of members"]
    return []


def _hurdles_of(view: ClusterView, member: ListedMember) -> t.Iterator[str]:
    found = view.of(member)
    if not member.is_learner and (found is None or not found.serves):
        yield f"{member.label}: {view.error_of(member)}"
    for alarm in view.alarms:
        if alarm.member_id == member.member_id and alarm.alarm != NOSPACE:
            yield f"{member.label}: alarm {alarm.alarm}"


def describe_gate(view: ClusterView | None, names: t.Collection[str] | None = None, peer_url: str = "") -> dict[str, t.Any]:
    """Return the hurdles, and what a change of members needs to know.

    ``own`` are the hurdles of the member that was asked; ``newcomer`` is the entry of the member with this peer URL.
    """
    members = view.members if view else ()
    voters = [member for member in members if not member.is_learner]
    own = view.member_id if view else ""
    return {
        "hurdles": find_hurdles(view, names),
        "own": _own_hurdles(view),
        "is_full": view is not None and view.is_full,
        "leads": any(_leads(view, member) for member in voters if member.member_id == own),
        "leader": next((member.name for member in voters if _leads(view, member)), ""),
        "leader_url": next((url for member in voters if _leads(view, member) for url in member.client_urls), ""),
        "endpoints": [url for member in voters for url in member.client_urls],
        "others": [member.member_id for member in voters if member.member_id != own and _serves(view, member)],
        "newcomer": _describe_newcomer(members, peer_url),
    }


def _own_hurdles(view: ClusterView | None) -> list[str]:
    blind = _blind(view)
    if view is None or blind:
        return blind
    return [text for member in view.members if member.member_id == view.member_id for text in _hurdles_of(view, member)]


def _leads(view: ClusterView | None, member: ListedMember) -> bool:
    found = view.of(member) if view else None
    return found is not None and found.is_leader


def _serves(view: ClusterView | None, member: ListedMember) -> bool:
    found = view.of(member) if view else None
    return found is not None and found.serves


def _describe_newcomer(members: t.Iterable[ListedMember], peer_url: str) -> dict[str, t.Any]:
    entry = next((member for member in members if peer_url in member.peer_urls), None)
    return {
        "is_listed": entry is not None,
        "is_learner": entry is not None and entry.is_learner,
        "member_id": entry.member_id if entry else "",
    }
