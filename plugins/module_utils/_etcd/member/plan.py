# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""From what was observed on all members to what is to be done on each, and in which order among them. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.answer import BadAnswer
from ..cluster.members import MemberHost
from ..cluster.membership import plan_members
from ..cluster.versions import plan_versions
from .access import find_warnings, is_access_due
from .cluster_plan import ClusterPlan, HostPlan
from .config import config_text, plan_initial
from .desired import parse_desired, url
from .gate import find_hurdles
from .observed import parse_member
from .pending import find_pending_of
from .problems import find_host_problems, first_start_problem
from .step import Situation
from .steps import plan_steps

if t.TYPE_CHECKING:
    from ..._core.item import Item
    from ..cluster.membership import Join, MemberPlan
    from ..cluster.versions import VersionPlan
    from .config import Dump
    from .desired import DesiredCluster, DesiredMember
    from .observed import Load, ObservedMember

_SERVICE_STEPS = frozenset(("start", "restart", "join"))


@dataclass
class _Known:
    """What is known of the hosts, and what stands against each."""

    seen: dict[str, ObservedMember] = field(default_factory=dict)
    wanted: dict[str, DesiredMember] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)

    @property
    def sound(self) -> list[str]:
        """Return the hosts without a problem."""
        return [name for name in self.wanted if name in self.seen and not self.problems[name]]


def plan_cluster(
    answers: t.Mapping[str, t.Any],
    given: t.Mapping[str, Item],
    cluster: DesiredCluster,
    load: Load,
    dump: Dump,
) -> ClusterPlan:
    """Plan from what each host answered, and what the role gives for it, of which C(problems) are those of its variables."""
    known = _read(answers, given, cluster, load)
    if not known.wanted:
        return ClusterPlan({name: HostPlan(tuple(problems)) for name, problems in known.problems.items()})
    is_first_start = not any(seen.has_data for seen in known.seen.values())
    membership = None if is_first_start else plan_members(_hosts(known, cluster))
    if membership is None:
        _refuse_partial_start(known, cluster)
    else:
        for name, texts in membership.problems.items():
            known.problems.setdefault(name, []).extend(texts if not known.problems.get(name) else ())
    versions = {name: _versions(known.wanted[name], membership) for name in known.sound}
    for name, version in versions.items():
        known.problems[name] += version.problems if version else ()
    hosts = {name: _plan_host(name, known, cluster, membership, versions.get(name), dump) for name in known.problems}
    return _order(known, cluster, membership, hosts, versions)


def _read(answers: t.Mapping[str, t.Any], given: t.Mapping[str, Item], cluster: DesiredCluster, load: Load) -> _Known:
    known = _Known(problems={name: [] for name in cluster.present})
    for name, answer in answers.items():
        try:
            known.seen[name] = parse_member(answer, name, load)
        except BadAnswer as exc:
            known.problems.setdefault(name, []).append(str(exc))
    for name in cluster.present:
        problems = [str(problem) for problem in given[name]["problems"]]
        if problems:
            # Of what follows from them nothing is told.
            known.problems[name] = problems
            continue
        known.wanted[name] = parse_desired(given[name])
        if name in known.seen:
            known.problems[name] += find_host_problems(known.seen[name], known.wanted[name], cluster)
        elif not known.problems[name]:
            known.problems[name].append(f"Nothing was observed on {name}. Run again.")
    return known


def _hosts(known: _Known, cluster: DesiredCluster) -> list[MemberHost]:
    port = next(iter(known.wanted.values())).peer_port
    urls = {name: url(address, port) for name, address in cluster.addresses.items()}
    return [known.seen[name].host(peer) if name in known.seen else MemberHost(name, peer) for name, peer in urls.items()]


def _refuse_partial_start(known: _Known, cluster: DesiredCluster) -> None:
    """Refuse a first start on all hosts unless each of them is ready for it."""
    ready = known.sound
    problem = first_start_problem([name for name in cluster.addresses if name not in ready])
    for name in ready:
        known.problems[name] += [problem] if problem else []


def _versions(wanted: DesiredMember, membership: MemberPlan | None) -> VersionPlan | None:
    """Plan the step to another version; the distribution decides that of a package, and nothing runs before the first start."""
    if membership is None or wanted.install.is_package:
        return None
    running = {member.name: member.version for member in membership.members if member.name}
    return plan_versions(running, wanted.install.version, [str(key) for key in wanted.extra])


def _plan_host(
    name: str,
    known: _Known,
    cluster: DesiredCluster,
    membership: MemberPlan | None,
    versions: VersionPlan | None,
    dump: Dump,
) -> HostPlan:
    if known.problems[name]:
        return HostPlan(tuple(known.problems[name]))
    seen, wanted = known.seen[name], known.wanted[name]
    join = _join_of(name, membership)
    initial = plan_initial(seen, wanted, cluster, is_first_start=membership is None, join=join)
    situation = Situation(versions, join, config_text(wanted, initial, dump))
    return HostPlan(steps=tuple(plan_steps(seen, wanted, situation)), pending=tuple(find_pending_of(seen, wanted)))


def _join_of(name: str, membership: MemberPlan | None) -> Join | None:
    return next((join for join in membership.joins if join.name == name), None) if membership else None


def _order(
    known: _Known,
    cluster: DesiredCluster,
    membership: MemberPlan | None,
    hosts: t.Mapping[str, HostPlan],
    versions: t.Mapping[str, VersionPlan | None],
) -> ClusterPlan:
    members = membership.members if membership else []
    leader = next((member.name for member in members if member.leads), "")
    voters = membership.voting_members if membership else []
    warnings = [*_group_warnings(cluster), *(membership.warnings if membership else ())]
    wanted = list(known.wanted.values())
    warnings += dict.fromkeys(text for one in wanted for text in find_warnings(one.access, has_v2=bool(one.extra.get("enable-v2"))))
    warnings += dict.fromkeys(text for version in versions.values() if version for text in version.warnings)
    acts = any(_SERVICE_STEPS & {step.name for step in plan.steps} for plan in hosts.values())
    return ClusterPlan(
        hosts,
        is_first_start=membership is None,
        is_live=membership is not None and membership.is_live,
        needs_health=acts or _is_unwell(known),
        is_access_due=membership is None or any(is_access_due(known.seen, one.access) for one in wanted),
        is_snapshot_due=membership is not None and membership.is_live and any(version and version.changes for version in versions.values()),
        is_alone=(len([member for member in members if not member.is_learner]) or len(cluster.addresses)) == 1,
        answering=next(iter([*(name for name in voters if name in cluster.present), *voters, *cluster.present]), ""),
        leader=leader,
        restarts=tuple(sorted((name for name, plan in hosts.items() if plan.has("restart")), key=lambda name: name == leader)),
        joins=tuple(join.name for join in (membership.joins if membership else ()) if hosts.get(join.name, HostPlan()).has("join")),
        down=tuple(member.name for member in members if not member.is_up),
        with_data=tuple(name for name in known.seen if known.seen[name].has_data),
        running=tuple(name for name in known.seen if known.seen[name].unit.has_process),
        unlisted=tuple(peer for member in members if member.name not in cluster.addresses for peer in member.peer_urls),
        warnings=tuple(warnings),
    )


def _group_warnings(cluster: DesiredCluster) -> t.Iterator[str]:
    count = len(cluster.addresses)
    if count and count % 2 == 0:
        yield (f"{count} members survive no more failures than {count - 1} do, and have one member more that can fail. Use 1, 3 or 5.")


def _is_unwell(known: _Known) -> bool:
    """Say whether a member of this run does not serve, or etcd is out of space, of which a run that changes nothing must tell, too."""
    names = [name for name in known.sound if known.seen[name].has_data]
    views = [known.seen[name].view for name in names]
    return any(view is None or view.is_full or find_hurdles(view, names) for view in views)
