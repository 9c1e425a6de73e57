# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans which leases to write and delete, from the existing and the desired ones. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._core.errors import InvalidInput
from .._core.text import name_first, show
from .lease import (
    Lease,
    Snapshot,
    config_key,
    lease_key,
    new_lease,
    sorted_leases,
)
from .lease_changes import LeaseChange, LeasePlan, LeaseStep
from .lease_faults import Fault, describe_faults, judge_leases
from .lease_input import (
    DesiredLeases,
    raise_problems,
    unusable_subnets,
)
from .lease_room import OccupiedSubnets
from .network import dual_stack_refusal, parse_config

if t.TYPE_CHECKING:
    from ipaddress import IPv4Network

    from .network import NetworkConfig

_SHOWN = 5


def plan_leases(snapshot: Snapshot, desired: DesiredLeases) -> LeasePlan:
    """Plan the changes, or raise InvalidInput with everything that prevents all of them. What prevents one is told in its step."""
    network = _read_config(snapshot, needed=not desired.absent)
    steps = _plan_absent(snapshot, desired) if desired.absent else _plan_present(snapshot, desired, t.cast("NetworkConfig", network))
    return LeasePlan(snapshot=snapshot, steps=tuple(steps), network=network, warnings=tuple(snapshot_warnings(snapshot, network)))


def snapshot_warnings(snapshot: Snapshot, network: NetworkConfig | None) -> t.Iterator[str]:
    """Yield what an operator should know about the existing keys."""
    if network and network.has_credentials:
        yield (
            f"{config_key(snapshot.prefix)} holds cloud credentials, which every node can read. "
            "Remove AccessKeyID and AccessKeySecret from it and have that access key deleted."
        )
    faults = judge_leases(snapshot, network).faults
    if faults:
        yield describe_faults(snapshot.prefix, faults)


def leases_to_time(snapshot: Snapshot, desired: DesiredLeases) -> list[Lease]:
    """Return the leases whose remaining time the plan depends on."""
    if not desired.keep_ttl_below:
        return []
    listed = {entry.public_ip for entry in desired.leases}
    return [lease for lease in snapshot.leases if lease.leased and lease.public_ip in listed]


def _read_config(snapshot: Snapshot, *, needed: bool) -> NetworkConfig | None:
    key = config_key(snapshot.prefix)
    if snapshot.config is None:
        if not needed:
            return None
        raise InvalidInput(
            f"There is no network config at {key}. Write it first, with the role network_config or with etcd_key "
            "(through the same API: what is written through v2 is invisible through v3). Nothing was written."
        )
    try:
        return parse_config(snapshot.config)
    except InvalidInput as exc:
        if not needed:
            return None
        raise InvalidInput(f"flannel does not accept the network config at {key}: {exc} Nothing was written.") from None


def _plan_absent(snapshot: Snapshot, desired: DesiredLeases) -> list[LeaseStep]:
    problems: list[str] = []
    steps: dict[str, LeaseStep] = {}
    by_address = _by_address(snapshot.leases)
    for number, entry in enumerate(desired.leases):
        candidates = snapshot.leases if entry.public_ip is None else by_address.get(entry.public_ip, [])
        found = [lease for lease in candidates if entry.subnet in (None, lease.subnet)]
        problems += [_in_use(lease, "deleted") for lease in found if lease.leased and not desired.force]
        steps.update({lease.key: LeaseStep(lease.public_ip, lease.subnet, LeaseChange(old=lease)) for lease in found})
        if not found:
            steps[str(number)] = LeaseStep(entry.public_ip, entry.subnet)
    raise_problems(problems)
    return list(steps.values())


def _plan_present(snapshot: Snapshot, desired: DesiredLeases, network: NetworkConfig) -> list[LeaseStep]:
    refusal = dual_stack_refusal(network)
    raise_problems([*([refusal] if refusal else []), *unusable_subnets(network, desired.leases)])
    planner = _LeasePlanner(snapshot, desired, network)
    steps = [*planner.listed(), *planner.purged()]
    raise_problems([*_disruption(steps, snapshot, desired)])
    return steps


def _disruption(steps: t.Sequence[LeaseStep], snapshot: Snapshot, desired: DesiredLeases) -> t.Iterator[str]:
    lost = [lease for step in steps if step.change for lease in step.change.loses]
    limit = desired.max_disruption.limit(len(snapshot.leases))
    if len(lost) > limit:
        yield (
            f"{len(lost)} of {len(snapshot.leases)} leases would be deleted or moved ({_keys(lost)}), but max_disruption="
            f"{desired.max_disruption} allows {limit}. If the list is complete and this is what you want, raise max_disruption."
        )


class _LeasePlanner:
    """Goes through the listed nodes in order; what prevents one of them is told in its step."""

    def __init__(self, snapshot: Snapshot, desired: DesiredLeases, network: NetworkConfig) -> None:
        self._desired = desired
        self._network = network
        self._prefix = snapshot.prefix
        listed = {entry.public_ip for entry in desired.leases}
        judged = judge_leases(snapshot, network)
        self._held = {lease.public_ip: lease for lease in judged.leases}
        self._faults = _by_address(judged.faults)
        self._others = [lease for lease in snapshot.leases if lease.public_ip not in listed] if desired.purge else []
        self._removable = {lease.key: lease for lease in self._others if desired.force or not lease.leased}
        self._occupied = OccupiedSubnets([*snapshot.leases, *snapshot.strays, *snapshot.unreadable], network.subnet_len)
        self._claimed = {entry.subnet for entry in desired.leases if entry.subnet}
        self._taken: set[str] = set()

    def listed(self) -> list[LeaseStep]:
        """Return one step for each listed node, in the order of the list."""
        free = self._free()
        return [self._step(t.cast("str", entry.public_ip), entry.subnet, free) for entry in self._desired.leases]

    def purged(self) -> list[LeaseStep]:
        """Return one step for each lease of a node that is not listed."""
        left = [lease for lease in sorted_leases(self._others) if lease.key not in self._taken]
        return [self._purge(lease) for lease in left]

    def _step(self, public_ip: str, subnet: IPv4Network | None, free: t.Iterator[IPv4Network]) -> LeaseStep:
        held, faults = self._held.get(public_ip), self._faults.get(public_ip, [])
        if faults and not held:
            # Which of them its containers use is not known: a new one could cut them off.
            wrong = name_first(map(str, faults), _SHOWN)
            reason = (
                f"{public_ip} must have one lease that can be right, but has {wrong}. Delete the wrong ones (state=absent, or etcd_key)."
            )
            return LeaseStep(public_ip, subnet, reason=reason, refused=True)
        if held and subnet in (None, held.subnet):
            return self._keep(held)
        target = subnet or next(free, None)
        if target is None:
            return LeaseStep(public_ip, None, reason=self._shortage(public_ip), refused=True)
        return self._write(held, new_lease(self._prefix, target, public_ip))

    def _shortage(self, public_ip: str) -> str:
        network = self._network
        return (
            f"{public_ip} gets no subnet: Network {network.network} with SubnetLen {network.subnet_len} has {network.capacity} "
            f"({network.subnet_min} to {network.subnet_max}) and the others are taken. Delete the leases of nodes that are gone "
            "(flannel_lease_info lists them), or use a larger network."
        )

    def _keep(self, lease: Lease) -> LeaseStep:
        due = lease.leased and lease.ttl is not None and lease.ttl < self._desired.keep_ttl_below
        # The value stays as it is: what a daemon wrote beside the address is still valid.
        change = LeaseChange(old=lease, new=replace(lease, lease=0, ttl=None)) if due else None
        return LeaseStep(lease.public_ip, lease.subnet, change)

    def _write(self, current: Lease | None, new: Lease) -> LeaseStep:
        over = self._removable.get(new.key)
        blockers = [lease for lease in self._occupied.in_part_by(new.subnet) if lease not in (over, current)]
        reasons = []
        if blockers:
            holders = name_first((f"{lease.public_ip or 'nobody that flannel knows'} ({show(lease.key)})" for lease in blockers), _SHOWN)
            reasons.append(f"Subnet {new.subnet} cannot be reserved for {new.public_ip}: it is held by {holders}.")
        if current and current.leased and not self._desired.force:
            reasons.append(_in_use(current, "moved"))
        if reasons:
            return LeaseStep(new.public_ip, current.subnet if current else None, reason=" ".join(reasons), refused=True)
        if over:
            self._taken.add(over.key)
        return LeaseStep(new.public_ip, new.subnet, LeaseChange(old=current, new=new, over=over))

    def _purge(self, lease: Lease) -> LeaseStep:
        if lease.key in self._removable:
            return LeaseStep(lease.public_ip, lease.subnet, LeaseChange(old=lease))
        return LeaseStep(lease.public_ip, lease.subnet, reason=_in_use(lease, "purged"))

    def _free(self) -> t.Iterator[IPv4Network]:
        for subnet in self._network.subnets():
            if subnet not in self._claimed and not self._occupied.by(subnet):
                yield subnet
        # Only a full network reuses a purged subnet in the same run.
        for lease in sorted_leases(self._removable.values()):
            usable = lease.key == lease_key(self._prefix, lease.subnet) and not self._network.refusal(lease.subnet)
            if usable and lease.subnet not in self._claimed and self._occupied.by(lease.subnet) == [lease]:
                yield lease.subnet
        # A record of more than one subnet can't be right: it must not keep all nodes from theirs.
        for subnet in self._network.subnets():
            if subnet not in self._claimed and self._occupied.with_others_by(subnet) and not self._occupied.in_part_by(subnet):
                yield subnet


_Record = t.TypeVar("_Record", Lease, Fault)


def _by_address(records: t.Iterable[_Record]) -> dict[str, list[_Record]]:
    held: dict[str, list[_Record]] = {}
    for record in records:
        held.setdefault(record.public_ip, []).append(record)
    return held


def _in_use(lease: Lease, verb: str) -> str:
    return (
        f"{lease.subnet} of {lease.public_ip} cannot be {verb}: the lease has time left, so the node's flanneld may be running, and it "
        "exits when its lease is gone. Stop it and let the lease expire, or set force=true."
    )


def _keys(leases: t.Iterable[Lease]) -> str:
    return name_first((show(lease.key) for lease in leases), _SHOWN)
