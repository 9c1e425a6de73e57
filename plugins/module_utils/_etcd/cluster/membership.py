# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans the members of a cluster: which hosts join, which must not, and what has to be removed first. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .members import Cluster, Member, MemberHost, choose_cluster, quorum

TIE = "The members belong to clusters of the same size, so it is not clear which one is meant. Move the data of the wrong ones away."
REMOVE = "ansible-playbook alicloud.flannel.etcd_remove_member --extra-vars etcd_member="


@dataclass(frozen=True)
class Join:
    """A host that becomes a member, or that an interrupted run left on the way."""

    name: str
    peer_url: str
    initial_cluster: str


@dataclass
class MemberPlan:
    """What a run may do; ``problems`` are by host, and a host without any may proceed."""

    is_live: bool
    # Of a cluster that doesn't answer, these are the installed ones.
    members: list[Member] = field(default_factory=list)
    # The hosts whose members answer for the cluster, which a learner does not.
    voting_members: list[str] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def plan_members(hosts: t.Sequence[MemberHost]) -> MemberPlan:
    """Plan for hosts of which at least one has data."""
    cluster = choose_cluster(hosts)
    return _plan_start(hosts) if cluster is None else _plan_joins(hosts, cluster)


def _plan_start(hosts: t.Sequence[MemberHost]) -> MemberPlan:
    """Plan for a cluster without a quorum: its members may be started, nobody can join."""
    ready = [host for host in hosts if host.is_reached and (host.has_data or host.was_started_new)]
    missing = [host.name for host in hosts if not host.is_reached]
    plan = MemberPlan(is_live=False, members=[Member("", host.name, (host.peer_url,), version=host.installed) for host in ready])
    clusters = {host.cluster.cluster_id for host in hosts if host.cluster and host.cluster.has_quorum}
    for host in (host for host in hosts if host.is_reached):
        if len(clusters) > 1:
            plan.problems[host.name] = [TIE]
        elif len(ready) < quorum(len(ready) + len(missing)):
            plan.problems[host.name] = [
                (
                    f"etcd has no quorum: of its members only {_names(ready)} can be started, not reachable: {', '.join(missing)}. "
                    "Bring them back, or restore a backup."
                )
            ]
        elif host not in ready:
            plan.problems[host.name] = [
                (
                    f"{host.name} has no data, and the cluster that it must join doesn't answer: repair the other members "
                    "first, or take it out of the group and restore a backup on them."
                )
            ]
    return plan


def _plan_joins(hosts: t.Sequence[MemberHost], cluster: Cluster) -> MemberPlan:
    """Plan for a cluster that accepts writes."""
    plan = MemberPlan(True, list(cluster.members), _voting_members(hosts, cluster), warnings=_warnings(hosts, cluster))
    hurdle = _hurdle(hosts, cluster)
    known = [(_name(hosts, member), url) for member in cluster.members for url in member.peer_urls]
    for host in (host for host in hosts if host.is_reached):
        entry = find_member(host, cluster)
        problem = _problem(host, entry, cluster)
        joins = not problem and (entry.is_learner or not (host.has_data or entry.name) if entry else True)
        if problem or (joins and hurdle and not host.has_data):
            plan.problems[host.name] = [problem or f"{host.name} can't join the cluster now: {hurdle}"]
        elif joins and hurdle:
            plan.warnings.append(f"{host.name} stays a non-voting learner: {hurdle}")
        elif joins:
            known += [] if entry else [(host.name, host.peer_url)]
            plan.joins.append(Join(host.name, host.peer_url, ",".join(f"{name}={url}" for name, url in known)))
    return plan


def _voting_members(hosts: t.Iterable[MemberHost], cluster: Cluster) -> list[str]:
    return [host.name for host in hosts if host.cluster and host.cluster.cluster_id == cluster.cluster_id]


def find_member(host: MemberHost, cluster: Cluster) -> Member | None:
    """Return the host's entry in the list: by its name, or by its URL until it has reported its name."""
    named = [member for member in cluster.members if member.name == host.name]
    return next(iter([*named, *(member for member in cluster.members if not member.name and host.peer_url in member.peer_urls)]), None)


def _renamed(host: MemberHost, cluster: Cluster) -> str:
    """Return why the cluster knows the host's etcd by another name than the inventory; empty if it does not."""
    if not host.has_data or (host.cluster and host.cluster.cluster_id != cluster.cluster_id):
        return ""
    entry = find_member(host, cluster)
    former = [member for member in cluster.members if member.name and member is not entry and host.peer_url in member.peer_urls]
    if former:
        return (
            f"etcd on {host.name} has the address of the member {former[0].label}: restore the name {former[0].name} in the inventory; or "
            f"remove that member first ({REMOVE}{former[0].name}), then run again."
        )
    # A removed member no longer answers; if it does for a moment after a start, it still lists itself by its name.
    if entry is None and host.cluster and find_member(host, host.cluster) is None:
        return (
            f"etcd on {host.name} answers as a member of this cluster, with another name and address: one of {_labels(cluster.members)}. "
            f"Restore both in the inventory; or remove that member first ({REMOVE}NAME), then run again."
        )
    return ""


def _name(hosts: t.Iterable[MemberHost], member: Member) -> str:
    """Return the member's name; etcd needs one for each, and compares the URLs."""
    return member.name or next((host.name for host in hosts if host.peer_url in member.peer_urls), member.member_id)


def _problem(host: MemberHost, entry: Member | None, cluster: Cluster) -> str:
    """Return why the host can't be the member that the inventory describes; empty if it can."""
    renamed = _renamed(host, cluster)
    if renamed:
        return renamed
    if host.has_data and ((host.cluster and host.cluster.cluster_id != cluster.cluster_id) or entry is None):
        return (
            f"{host.name} has data, but not as a member of this cluster ({_labels(cluster.members)}): it was removed, "
            f"or belongs to another one. {REMOVE}{host.name} moves its data away; then run again, and it joins with an empty store."
        )
    taken = [member for member in cluster.members if member is not entry and host.peer_url in member.peer_urls]
    if taken:
        return f"{host.name} has the address of the member {taken[0].label}: first {REMOVE}{taken[0].name or taken[0].member_id}."
    if entry and host.peer_url not in entry.peer_urls:
        return (
            f"{host.name} is a member as {', '.join(entry.peer_urls)}, but the inventory says {host.peer_url}. Restore the old address; or "
            f"remove the member first ({REMOVE}{host.name}), then run again."
        )
    if entry and not host.has_data and entry.name and entry.client_urls:
        return (
            f"{host.name} is a member, but its host has no data. A member that lost its data can't rejoin as it was: remove it first "
            f"({REMOVE}{host.name}), then run again."
        )
    return ""


def _hurdle(hosts: t.Sequence[MemberHost], cluster: Cluster) -> str:
    """Return why no member can be added at the moment; empty if one can."""
    down = [member.label for member in cluster.voting_members if not member.is_up]
    if down:
        return f"{', '.join(down)} doesn't answer, and adding a member would endanger the quorum. Repair or remove it first."
    ours = [find_member(host, cluster) for host in hosts]
    strangers = [member for member in cluster.members if member.is_learner and member not in ours]
    if strangers:
        learner = strangers[0]
        return f"{learner.label} is a learner that is not in the inventory; etcd allows one at a time: {REMOVE}{learner.member_id}."
    return ""


def _warnings(hosts: t.Sequence[MemberHost], cluster: Cluster) -> list[str]:
    matched = [find_member(host, cluster) for host in hosts]
    unknown = [member.label for member in cluster.members if member not in matched]
    down = [member.label for member in cluster.down if member.name]
    texts = {
        f"Members that are not in the inventory: {', '.join(unknown)}. They stay; {REMOVE}NAME removes one.": unknown,
        f"Members that don't answer: {', '.join(down)}. No other is restarted before they are back.": down,
    }
    return [text for text, members in texts.items() if members]


def _labels(members: t.Iterable[Member]) -> str:
    return ", ".join(member.label for member in members)


def _names(hosts: t.Iterable[MemberHost]) -> str:
    return ", ".join(host.name for host in hosts) or "none"


@dataclass(frozen=True)
class MemberRemoval:
    """How to remove a member; without an ID there is none to remove."""

    name: str
    member_id: str = ""
    label: str = ""
    # Where etcdctl can be run, and which endpoints it uses.
    on: str = ""
    endpoints: tuple[str, ...] = ()
    # The member to make leader first, if the one to remove leads now.
    new_leader: str = ""
    problems: tuple[str, ...] = ()


def plan_member_removal(hosts: t.Sequence[MemberHost], member_name: str) -> MemberRemoval:
    """Plan to remove the member with this name or ID."""
    cluster = choose_cluster(hosts)
    if cluster is None:
        reached = _names(host for host in hosts if host.is_reached)
        problem = f"etcd has no quorum (asked on {reached}), so its member list can't change. Bring members back, or restore a backup."
        return MemberRemoval(member_name, problems=(problem,))
    host = next((host for host in hosts if host.name == member_name), MemberHost(member_name, ""))
    member = next((member for member in cluster.members if member.member_id == member_name), find_member(host, cluster))
    name = member_name if member is None else _name(hosts, member)
    # The host of that name will be cleared: it must not be another member's.
    renamed = next((text for text in (_renamed(host, cluster) for host in hosts if host.name == name) if text), "")
    if renamed or member is None:
        return MemberRemoval(member_name, problems=(renamed,) if renamed else ())
    return _remove(hosts, cluster, member)


def _remove(hosts: t.Sequence[MemberHost], cluster: Cluster, member: Member) -> MemberRemoval:
    name = _name(hosts, member)
    others = [voter for voter in cluster.voting_members if voter is not member]
    up = [voter for voter in others if voter.is_up]
    return MemberRemoval(
        name,
        member.member_id,
        member.label,
        on=min(_voting_members(hosts, cluster), key=lambda other: other == name),
        endpoints=tuple(url for voter in up for url in voter.client_urls),
        new_leader=up[0].member_id if member.leads and up else "",
        problems=tuple(_removal_problems(member, others, up)),
    )


def _removal_problems(member: Member, others: t.Sequence[Member], up: t.Sequence[Member]) -> t.Iterator[str]:
    if not others:
        yield f"{member.label} is the cluster's last member: removing it would lose all data."
    elif len(up) < quorum(len(others)):
        down = ", ".join(voter.label for voter in others if not voter.is_up)
        count = f"{len(up)} of {len(others)} members"
        yield f"Without {member.label} {count} would be up, which is not a quorum. Bring these back first: {down}."
