# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a plan must satisfy before anything is written. No I/O: every guard returns the problems it found."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, replace

from .._core.text import name_first
from .entry import (
    AVAILABLE,
    SYSTEM,
    Network,
    RouteEntry,
    RoutePolicy,
    counts_to_quota,
    is_default_route,
    is_ours,
    is_within,
    network_of,
    networks_overlap,
)
from .plan import (
    CREATED,
    DELETED,
    MOVED,
    UNCHANGED,
    UPDATED,
    WRITES,
    RouteStep,
    TablePlan,
    shown,
)

if t.TYPE_CHECKING:
    from .._alicloud.ecs.instance import Instance
    from .._alicloud.vpc.vswitch import VSwitch

_SHOWN = 10
# Alibaba Cloud's own services live here; the batch call refuses the block and everything below it.
SERVICE_BLOCK = ipaddress.ip_network("100.64.0.0/10")


@dataclass(frozen=True)
class Quota:
    """How many custom entries a table may have, and who said so: option, quota_center or default (``reason`` says why)."""

    limit: int
    source: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.limit} ({self.source}{self.reason and ': '}{self.reason})"


def guard_disruption(plan: TablePlan, policy: RoutePolicy) -> list[str]:
    """Refuse to delete or move more Available entries than one run may, and to empty a table."""
    taken_over = {step.entry for step in plan.of(*WRITES)}
    ours = [entry for entry in plan.entries if entry.status == AVAILABLE and (is_ours(entry, policy) or entry in taken_over)]
    disrupted = [step for step in plan.of(DELETED, MOVED) if step.entry is not None and step.entry.status == AVAILABLE]
    limit = policy.max_disruption.limit(len(ours))
    if len(disrupted) <= limit:
        return []
    return [
        (
            f"{plan.route_table_id}: {len(plan.of(DELETED))} deletions and {len(plan.of(MOVED))} moves would touch {len(disrupted)} "
            f"of {len(ours)} Available entries, and max_disruption={policy.max_disruption} allows {limit}. If this is what you want, "
            "raise max_disruption for this run; otherwise find out what is missing from routes"
        )
    ]


def guard_empty(plan: TablePlan, desired: int, policy: RoutePolicy) -> list[str]:
    """Refuse a purge by an empty list of routes, unless that is allowed."""
    if desired or policy.allow_empty or not plan.of(DELETED):
        return []
    return [
        (
            f"{plan.route_table_id}: routes is empty, and purge would delete all {len(plan.of(DELETED))} entries of owner {policy.owner}. "
            "Set allow_empty=true if this is what you want"
        )
    ]


def guard_overlap(plan: TablePlan, policy: RoutePolicy) -> list[str]:
    """Refuse to add a route that would take traffic from an entry that isn't ours, or lose its own to one."""
    return [
        f"{step.destination} overlaps {shown(entry)} in {plan.route_table_id}, which isn't ours; "
        "one of the two would take the other's traffic. Remove that entry, or accept it with allow_overlap"
        for step, entry in overlapping(plan.of(CREATED), _foreign(plan, policy))
    ]


def find_overlaps(plan: TablePlan, policy: RoutePolicy) -> list[str]:
    """Return the overlaps of routes that already exist: no reason to refuse, but worth a warning."""
    settled = [step for step in plan.of(UNCHANGED, UPDATED, MOVED) if step.entry is not None and is_ours(step.entry, policy)]
    return [
        f"{plan.route_table_id}: {step.destination} overlaps {shown(entry)}, which isn't ours"
        for step, entry in overlapping(settled, _foreign(plan, policy))
    ]


def guard_addresses(plan: TablePlan, vswitches: t.Sequence[VSwitch]) -> list[str]:
    """Refuse destinations that the cloud reserves for vSwitches and for its own services."""
    problems = []
    for step in plan.of(CREATED):
        network = network_of(step.destination)
        if networks_overlap(network, SERVICE_BLOCK):
            problems.append(f"{step.destination} overlaps {SERVICE_BLOCK}, which Alibaba Cloud reserves for its own services")
        problems.extend(
            f"{step.destination} overlaps vSwitch {vswitch.object_id} ({vswitch.cidr_block}); a route may not overlap any vSwitch"
            for vswitch in vswitches
            if networks_overlap(network, network_of(vswitch.cidr_block))
        )
    return problems


def guard_next_hops(plans: t.Sequence[TablePlan], vpc_id: str, instances: t.Mapping[str, Instance]) -> list[str]:
    """Refuse next hops that aren't instances of this VPC."""
    hops = sorted({step.next_hop_id for plan in plans for step in plan.of(CREATED, MOVED)})
    missing = [hop for hop in hops if hop not in instances]
    elsewhere = [hop for hop in hops if hop in instances and instances[hop]["vpc_id"] != vpc_id]
    problems = [f"next hop {hop} is in {instances[hop]['vpc_id'] or 'no VPC'}, not in {vpc_id}" for hop in elsewhere]
    if missing:
        problems.append(
            f"no instance {name_first(missing, _SHOWN)} was found in this region. Check the ids; the cloud also leaves out instances "
            "that the RAM permission ecs:DescribeInstances doesn't cover"
        )
    return problems


def guard_quota(plan: TablePlan, quota: Quota) -> list[str]:
    """Refuse a plan that ends above the table's quota."""
    added, removed = len(plan.of(CREATED)), len(plan.of(DELETED))
    after = quota_used(plan.entries) + added - removed
    if not added or after <= quota.limit:
        return []
    used = quota_used(plan.entries)
    return [
        (
            f"{plan.route_table_id} has {used} custom entries; adding {added} and removing {removed} makes {after}, and its quota is "
            f"{quota}. Have the quota vpc_quota_route_entrys_num raised; if it is already higher, set route_quota"
        )
    ]


def order_for_quota(plan: TablePlan, quota: Quota) -> TablePlan:
    """Put deletions first where the additions would not fit otherwise."""
    return replace(plan, deletes_first=quota_used(plan.entries) + len(plan.of(CREATED)) > quota.limit)


def quota_used(entries: t.Iterable[RouteEntry]) -> int:
    """Return how much of the quota the entries use."""
    return sum(1 for entry in entries if counts_to_quota(entry))


def overlapping(steps: t.Sequence[RouteStep], entries: t.Sequence[RouteEntry]) -> list[tuple[RouteStep, RouteEntry]]:
    """Return the pairs that overlap without being equal; equal destinations are the plan's concern.

    Two CIDRs overlap only if one contains the other, so each is looked up by its supernets: comparing
    every pair would take seconds for a thousand routes.
    """
    pairs = list(_contained([(network_of(s.destination), s) for s in steps], [(e.network, e) for e in entries]))
    pairs += [
        (step, entry) for entry, step in _contained([(e.network, e) for e in entries], [(network_of(s.destination), s) for s in steps])
    ]
    return pairs


Inner = t.TypeVar("Inner")
Outer = t.TypeVar("Outer")


def _contained(
    inner: t.Sequence[tuple[Network | None, Inner]], outer: t.Sequence[tuple[Network | None, Outer]]
) -> t.Iterator[tuple[Inner, Outer]]:
    by_prefix: dict[tuple[int, int], dict[int, list[Outer]]] = {}
    for network, item in outer:
        if network is not None:
            block = by_prefix.setdefault((network.version, network.prefixlen), {})
            block.setdefault(int(network.network_address), []).append(item)
    for network, found in inner:
        if network is None:
            continue
        for (version, length), block in by_prefix.items():
            if version == network.version and length < network.prefixlen:
                shift = network.max_prefixlen - length
                for item in block.get(int(network.network_address) >> shift << shift, ()):
                    yield found, item


def _foreign(plan: TablePlan, policy: RoutePolicy) -> list[RouteEntry]:
    accepted = {step.entry for step in plan.of(*WRITES)}
    return [
        entry
        for entry in plan.entries
        if entry not in accepted
        and entry.type != SYSTEM
        and not is_default_route(entry)
        and not is_ours(entry, policy)
        and not is_within(entry.network, policy.allow_overlap)
    ]
