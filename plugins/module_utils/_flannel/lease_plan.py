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
from .._core.text import name_first
from .lease import (
    Lease,
    Snapshot,
    config_key,
    lease_key,
    new_lease,
    sorted_leases,
)
from .lease_changes import LeaseChange, LeasePlan, LeaseStep
from .lease_input import (
    DesiredLeases,
    raise_problems,
    unusable_subnets,
)
from .network import dual_stack_refusal, parse_config

if t.TYPE_CHECKING:
    from ipaddress import IPv4Network

    from .network import NetworkConfig

_SHOWN = 5


def plan_leases(snapshot: Snapshot, desired: DesiredLeases) -> LeasePlan:
    """Plan the changes, or raise InvalidInput with everything that prevents them."""
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
    if snapshot.strays:
        yield f"{_keys(snapshot.strays)}: flannel treats these as leases although they are not under subnets/. Move them elsewhere."
    if snapshot.unreadable:
        yield f"{_keys(snapshot.unreadable)}: flannel ignores the value, so nobody can use the subnet. Delete the key with etcd_key."
    for public_ip, held in _by_address(snapshot.leases).items():
        if len(held) > 1:
            yield f"{public_ip} holds {len(held)} leases ({_keys(held)}); its flanneld uses one of them."


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
    raise_problems([*planner.problems, *planner.shortage(), *_disruption(steps, snapshot, desired)])
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
    """Goes through the listed nodes in order and collects what prevents the plan."""

    def __init__(self, snapshot: Snapshot, desired: DesiredLeases, network: NetworkConfig) -> None:
        self.problems: list[str] = []
        self._desired = desired
        self._network = network
        self._prefix = snapshot.prefix
        listed = {entry.public_ip for entry in desired.leases}
        self._held = _by_address(snapshot.leases)
        self._strays = _by_address(snapshot.strays)
        self._others = [lease for lease in snapshot.leases if lease.public_ip not in listed] if desired.purge else []
        self._removable = {lease.key: lease for lease in self._others if desired.force or not lease.leased}
        self._occupied = _Occupied([*snapshot.leases, *snapshot.strays, *snapshot.unreadable], network.subnet_len)
        self._claimed = {entry.subnet for entry in desired.leases if entry.subnet}
        self._taken: set[str] = set()
        self._unserved = 0

    def listed(self) -> list[LeaseStep]:
        """Return one step for each listed node, in the order of the list."""
        free = self._free()
        return [self._step(t.cast("str", entry.public_ip), entry.subnet, free) for entry in self._desired.leases]

    def purged(self) -> list[LeaseStep]:
        """Return one step for each lease of a node that is not listed."""
        left = [lease for lease in sorted_leases(self._others) if lease.key not in self._taken]
        return [self._purge(lease) for lease in left]

    def shortage(self) -> list[str]:
        """Return a sentence when the network has too few subnets for the list."""
        if not self._unserved:
            return []
        network = self._network
        return [
            (
                f"{self._unserved} of {len(self._desired.leases)} nodes get no subnet: Network {network.network} with SubnetLen "
                f"{network.subnet_len} has {network.capacity} ({network.subnet_min} to {network.subnet_max}) and the others are taken. "
                "Delete the leases of nodes that are gone (flannel_lease_info lists them), or use a larger network."
            )
        ]

    def _step(self, public_ip: str, subnet: IPv4Network | None, free: t.Iterator[IPv4Network]) -> LeaseStep:
        held = self._held.get(public_ip, [])
        misplaced = self._strays.get(public_ip, [])
        if len(held) > 1 or misplaced:
            self.problems.append(
                f"{public_ip} must have one lease under subnets/ and no other, but has {_keys([*held, *misplaced])}. "
                "Delete the wrong ones (state=absent with the subnet, or etcd_key)."
            )
            return LeaseStep(public_ip, subnet)
        if held and subnet in (None, held[0].subnet):
            return self._keep(held[0])
        target = subnet or next(free, None)
        if target is None:
            self._unserved += 1
            return LeaseStep(public_ip, None)
        return self._write(held[0] if held else None, new_lease(self._prefix, target, public_ip))

    def _keep(self, lease: Lease) -> LeaseStep:
        refusal = self._network.refusal(lease.subnet) or ("its key names an IPv6 subnet too" if lease.dual_stack else None)
        if refusal:
            self.problems.append(
                f"{lease.public_ip} holds {lease.subnet}, which its flanneld would replace with a random one: {refusal}. "
                "Delete that lease (state=absent), or name a subnet for the node."
            )
        due = lease.leased and lease.ttl is not None and lease.ttl < self._desired.keep_ttl_below
        # The value stays as it is: what a daemon wrote beside the address is still valid.
        change = LeaseChange(old=lease, new=replace(lease, lease=0, ttl=None)) if due else None
        return LeaseStep(lease.public_ip, lease.subnet, change)

    def _write(self, current: Lease | None, new: Lease) -> LeaseStep:
        over = self._removable.get(new.key)
        blockers = [lease for lease in self._occupied.by(new.subnet) if lease not in (over, current)]
        if blockers:
            holders = " and ".join(f"{lease.public_ip or 'nobody that flannel knows'} ({lease.key})" for lease in blockers)
            self.problems.append(f"Subnet {new.subnet} cannot be reserved for {new.public_ip}: it is held by {holders}.")
        if current and current.leased and not self._desired.force:
            self.problems.append(_in_use(current, "moved"))
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


class _Occupied:
    """Finds who holds any part of a subnet."""

    def __init__(self, leases: t.Sequence[Lease], subnet_len: int) -> None:
        self._same: dict[IPv4Network, list[Lease]] = {}
        for lease in leases:
            self._same.setdefault(lease.subnet, []).append(lease)
        self._odd = [lease for lease in leases if lease.subnet.prefixlen != subnet_len]

    def by(self, subnet: IPv4Network) -> list[Lease]:
        """Return the leases that share an address with a subnet of the network's length."""
        return self._same.get(subnet, []) + [lease for lease in self._odd if lease.subnet.overlaps(subnet)]


def _by_address(leases: t.Iterable[Lease]) -> dict[str, list[Lease]]:
    held: dict[str, list[Lease]] = {}
    for lease in leases:
        held.setdefault(lease.public_ip, []).append(lease)
    return held


def _in_use(lease: Lease, verb: str) -> str:
    return (
        f"{lease.subnet} of {lease.public_ip} cannot be {verb}: the lease has time left, so the node's flanneld may be running, and it "
        "exits when its lease is gone. Stop it and let the lease expire, or set force=true."
    )


def _keys(leases: t.Iterable[Lease]) -> str:
    return name_first((lease.key for lease in leases), _SHOWN)
