# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads flannel's records from etcd and makes the planned changes."""

from __future__ import annotations

import json
import time
import typing as t
from dataclasses import dataclass, replace

from .._core.errors import InvalidInput, LostRace
from .._etcd.open_store import open_store
from .._etcd.store import Delete, Guard, KeyValue, KeyWrite, Put, Store, prefix_end
from .lease import (
    Lease,
    Snapshot,
    config_key,
    key_bytes,
    key_text,
    parse_public_ip,
    parse_snapshot,
    public_leases,
    subnets_prefix,
)
from .lease_faults import judge_leases
from .lease_input import DesiredLeases, parse_desired_leases
from .lease_plan import leases_to_time, plan_leases, snapshot_warnings
from .network import NetworkConfig, parse_config

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from .._core.plan import Outcome
    from .lease_changes import LeaseChange, LeasePlan

# A writer that lost a race waits a little, and twice as long the next time, so that one of two large runs succeeds.
FIRST_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Place:
    """Where flannel's records are. ``siblings`` says whether flannel also counts keys that only begin like ``subnets`` (v3)."""

    prefix: str
    siblings: bool


class LeaseResource:
    """The leases below one prefix, for the runner.

    ``planned_config`` stands for the config that is yet to be written.
    """

    def __init__(
        self,
        store: Store,
        place: Place,
        desired: DesiredLeases,
        planned_config: t.Mapping[str, t.Any] | None = None,
        warn: t.Callable[[str], t.Any] = lambda text: None,
        pause: t.Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._place = place
        self._desired = desired
        self._planned_config = planned_config
        self._warn = warn
        self._pause = pause
        self._origin: Snapshot | None = None
        self._written: list[LeaseChange] = []
        self._losses = 0

    def plan(self) -> LeasePlan:
        """Read config and leases in one request, TTLs only where they matter, and plan."""
        snapshot = read_snapshot(self._store, self._place)
        snapshot = read_ttls(self._store, snapshot, leases_to_time(snapshot, self._desired))
        if snapshot.config is None and self._planned_config is not None:
            snapshot = replace(snapshot, config=json.dumps(self._planned_config).encode())
        self._origin = self._origin or snapshot
        plan = plan_leases(snapshot, self._desired)
        for warning in plan.warnings:
            self._warn(warning)
        return replace(plan, origin=self._origin, written=tuple(self._written), http_requests=self._store.requests)

    def apply(self, plan: LeasePlan) -> Outcome:
        """Make the changes, as many at a time as etcd takes; what was made before a race was lost is kept in mind."""
        lost: LostRace | None = None
        try:
            self._write_all(plan)
        except LostRace as exc:
            lost = exc
        if not self._transactional:
            lost = self._withdraw_duplicates() or lost
        if lost:
            self._pause(FIRST_PAUSE_SECONDS * 2**self._losses)
            self._losses += 1
            raise lost
        return replace(plan, http_requests=self._store.requests).predict()

    def _write_all(self, plan: LeasePlan) -> None:
        revision = plan.snapshot.revision
        for batch in _batches(plan.changes, self._store.batch_limit):
            revision = self._write(batch, revision)
            self._written += batch

    @property
    def _transactional(self) -> bool:
        return self._store.batch_limit > 1

    def _write(self, batch: t.Sequence[LeaseChange], revision: int) -> int:
        """Write one batch; return the revision up to which we know of every lease."""
        operations = [operation for change in batch for operation in key_changes(change)]
        creates = any(isinstance(operation, Put) and not operation.expected for operation in operations)
        if creates and self._transactional:
            # A condition on each key alone would let one node get two subnets from two writers.
            return self._store.write(operations, Guard(subnets_prefix(self._place.prefix).encode(), revision))
        for start in range(0, len(operations), self._store.batch_limit):
            self._store.write(operations[start : start + self._store.batch_limit])
        return revision

    def _withdraw_duplicates(self) -> LostRace | None:
        """Withdraw what we wrote for a node to which another writer gave a subnet first; API v2 can't make a write conditional on that."""
        created = {change.new.key: change for change in self._written if change.new and not change.refreshes}
        if not created:
            return None
        found = self._store.read_prefix(subnets_prefix(self._place.prefix).encode()).kvs
        late = [kv for kv in _later_duplicates(found) if key_text(kv.key) in created]
        for kv in late:
            self._store.write([Delete(kv.key, kv.mod_revision)])
            self._written.remove(created[key_text(kv.key)])
        if not late:
            return None
        return LostRace(f"Could not reserve subnets below {self._place.prefix}: another writer gave some of the nodes a subnet first.")


def make_lease_resource(module: AnsibleModule) -> LeaseResource:
    """Return the resource that the module's options describe."""
    desired = parse_desired_leases(module.params)
    planned = module.params["planned_config"]
    if planned is not None:
        parse_config(planned)
    elif module.params["config_follows"]:
        raise InvalidInput("config_follows needs planned_config, the config to follow. Nothing was written.")
    # The one thing here that depends on check mode: unless the caller says otherwise, only there is a config planned but not written yet.
    planned = planned if module.check_mode or module.params["config_follows"] else None
    return LeaseResource(open_store(module), make_place(module.params), desired, planned, module.warn)


def read_lease_info(module: AnsibleModule) -> dict[str, t.Any]:
    """Return the config and the leases as they are."""
    store = open_store(module)
    snapshot = read_snapshot(store, make_place(module.params))
    if module.params["ttl"]:
        snapshot = read_ttls(store, snapshot, [lease for lease in snapshot.leases if lease.leased])
    network, problem = _published(snapshot)
    judged = judge_leases(snapshot, network)
    advice = [*([problem] if problem else []), *snapshot_warnings(snapshot, network)]
    for warning in advice:
        module.warn(warning)
    return {
        "leases": public_leases(judged.leases),
        "unusable": [fault.public() for fault in judged.faults],
        "network": network.public() if network else None,
        "advice": advice,
        "http_requests": store.requests,
    }


def make_place(params: t.Mapping[str, t.Any]) -> Place:
    """Return where the options say flannel's records are."""
    prefix = params["etcd_prefix"].rstrip("/")
    if not prefix:
        raise InvalidInput("etcd_prefix is empty. Give flanneld's --etcd-prefix, such as /coreos.com/network.")
    return Place(prefix, siblings=params["api"] == "v3")


def read_snapshot(store: Store, place: Place) -> Snapshot:
    """Read config and leases in one request, which needs permission for no more than the range from one to the other."""
    start, last = config_key(place.prefix).encode(), f"{place.prefix}/subnets".encode()
    found = store.read_range(start, prefix_end(last))
    return parse_snapshot(place.prefix, found.kvs, found.revision, siblings=place.siblings)


def read_ttls(store: Store, snapshot: Snapshot, leases: t.Sequence[Lease]) -> Snapshot:
    """Return the snapshot with the seconds that these leases have left; 0 for one that has just ended."""
    if not leases:
        return snapshot
    kvs = [KeyValue(key_bytes(lease.key), lease.value, 0, lease.mod_revision, lease.lease) for lease in leases]
    ttls = store.read_ttls(kvs)
    left = {key_text(kv.key): ttls[kv.key].remaining if kv.key in ttls else 0 for kv in kvs}
    return replace(snapshot, leases=tuple(replace(lease, ttl=left.get(lease.key, lease.ttl)) for lease in snapshot.leases))


def key_changes(change: LeaseChange) -> list[KeyWrite]:
    """Return what a change does to keys: deletions before writes, so that half of it never gives a node two leases."""
    replaced = change.old if change.refreshes else change.over
    gone = change.old if change.old and not change.refreshes else None
    return [
        *([Delete(key_bytes(gone.key), gone.mod_revision)] if gone else []),
        *([Put(key_bytes(change.new.key), change.new.value, replaced.mod_revision if replaced else 0)] if change.new else []),
    ]


def _batches(changes: t.Sequence[LeaseChange], limit: int) -> t.Iterator[list[LeaseChange]]:
    batch: list[LeaseChange] = []
    size = 0
    for change in changes:
        count = len(key_changes(change))
        if batch and size + count > limit:
            yield batch
            batch, size = [], 0
        batch.append(change)
        size += count
    if batch:
        yield batch


def _later_duplicates(kvs: t.Sequence[KeyValue]) -> list[KeyValue]:
    """Return the keys whose PublicIP has an older key."""
    oldest: dict[str | None, KeyValue] = {}
    for kv in sorted(kvs, key=lambda kv: kv.create_revision):
        oldest.setdefault(parse_public_ip(kv.value), kv)
    return [kv for kv in kvs if oldest[parse_public_ip(kv.value)] is not kv]


def _published(snapshot: Snapshot) -> tuple[NetworkConfig | None, str | None]:
    if snapshot.config is None:
        return None, None
    try:
        return parse_config(snapshot.config), None
    except InvalidInput as exc:
        return None, f"flannel does not accept the network config at {config_key(snapshot.prefix)}: {exc}"
