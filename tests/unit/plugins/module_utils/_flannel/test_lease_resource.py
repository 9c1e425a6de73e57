# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import typing as t
from ipaddress import IPv4Network

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.disruption import TEN_PERCENT, MaxDisruption
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease import Snapshot, lease_value, parse_snapshot, public_leases
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_faults import judge_leases
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_input import DesiredLease, DesiredLeases
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_resource import LeaseResource, Place
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.network import NetworkConfig, parse_config
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.memory_store import MemoryStore
from hypothesis import given, settings
from hypothesis import strategies as st

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome

PREFIX = "/coreos.com/network"
PLACE = Place(PREFIX, siblings=True)
# 15 subnets, so that drawn clusters meet each other and fill the network.
CONFIG = b'{"Network": "10.24.0.0/24", "SubnetLen": 28, "Backend": {"Type": "alloc"}}'
API_LIMITS = [127, 1]


def subnet(number: int) -> IPv4Network:
    return IPv4Network(f"10.24.0.{number * 16}/28")


def key(number: int) -> str:
    return f"{PREFIX}/subnets/10.24.0.{number * 16}-28"


def address(number: int) -> str:
    return f"172.16.0.{number}"


def cluster(held: t.Iterable[tuple[int, int, int | None]] = (), batch_limit: int = 127) -> MemoryStore:
    """Return a store with leases (subnet, node, seconds left), a config and a key of somebody else."""
    store = MemoryStore(batch_limit)
    store.put(f"{PREFIX}/config", CONFIG)
    store.put(f"{PREFIX}/notes", b"not ours")
    for number, node, ttl in held:
        store.put(key(number), lease_value(address(node)), ttl)
    return store


def run(store: MemoryStore, desired: DesiredLeases, check_mode: bool = False, pauses: list[float] | None = None) -> Outcome:
    return converge(LeaseResource(store, PLACE, desired, pause=(pauses if pauses is not None else []).append), check_mode=check_mode)


def read(store: MemoryStore) -> Snapshot:
    return parse_snapshot(PREFIX, store.contents().values(), 0, siblings=True)


HELD = st.lists(
    st.tuples(st.integers(1, 15), st.integers(1, 12), st.sampled_from([None, 5, 90000])),
    max_size=10,
    unique_by=(lambda lease: lease[0], lambda lease: lease[1]),
)
LISTED = st.lists(
    st.builds(
        lambda node, number: DesiredLease(address(node), subnet(number) if number else None),
        st.integers(1, 16),
        st.one_of(st.just(0), st.just(0), st.integers(1, 15)),
    ),
    max_size=12,
    unique_by=(lambda entry: entry.public_ip, lambda entry: entry.subnet or object()),
)
DESIRED = st.builds(
    DesiredLeases,
    leases=LISTED.map(tuple),
    absent=st.booleans(),
    purge=st.booleans(),
    force=st.booleans(),
    max_disruption=st.sampled_from([TEN_PERCENT, MaxDisruption(100, percent=True)]),
    keep_ttl_below=st.sampled_from([0, 3600]),
)


@settings(max_examples=300, deadline=None)
@given(HELD, DESIRED, st.sampled_from(API_LIMITS))
def test_the_laws_of_converging(held: list[tuple[int, int, int | None]], desired: DesiredLeases, batch_limit: int) -> None:
    store = cluster(held, batch_limit)
    before = store.contents()
    twin = copy.deepcopy(store)
    try:
        predicted = run(twin, desired, check_mode=True)
    except InvalidInput:
        with pytest.raises(InvalidInput):
            run(store, desired)
        assert store.contents() == before
        return
    assert (twin.contents(), twin.writes) == (before, 0)  # quiet
    done = run(store, desired)
    assert _comparable(done) == _comparable(predicted)
    after = store.contents()
    assert public_leases(judge_leases(read(store), done_network(store)).leases) == [
        {**lease, "ttl": None} for lease in done.returns["leases"]
    ]  # faithful
    _check_untouched(before, after, done, desired)
    again = run(store, desired)
    # What was refused to a node may be possible once the others have moved.
    assert done.problem or (again.changed, store.contents()) == (False, after)  # idempotent
    assert done.problem or again.before == again.after


def done_network(store: MemoryStore) -> NetworkConfig | None:
    config = read(store).config
    return parse_config(config) if config else None


def _comparable(outcome: Outcome) -> tuple[t.Any, ...]:
    returns = {name: value for name, value in outcome.returns.items() if name != "http_requests"}
    return outcome.changed, outcome.before, outcome.after, returns


def _check_untouched(before: dict[str, t.Any], after: dict[str, t.Any], done: Outcome, desired: DesiredLeases) -> None:
    results = {result["public_ip"]: result["result"] for result in done.returns["results"]}
    listed = {entry.public_ip for entry in desired.leases}
    for name, kv in before.items():
        lease = read_one(name, kv)
        unlisted = lease is None or lease.public_ip not in listed
        if unlisted and not desired.purge:
            assert after[name] == kv  # respectful
        elif not unlisted and results.get(lease.public_ip) in ("unchanged", "kept"):
            assert after[name] == kv  # minimal
    assert done.changed == (before != after)


def read_one(name: str, kv: t.Any) -> t.Any:
    leases = parse_snapshot(PREFIX, [kv], 0, siblings=True).leases
    return leases[0] if leases else None


@settings(max_examples=150, deadline=None)
@given(HELD, LISTED)
def test_every_listed_node_ends_with_one_lease_that_flannel_uses(
    held: list[tuple[int, int, int | None]], listed: list[DesiredLease]
) -> None:
    store = cluster(held)
    try:
        outcome = run(store, DesiredLeases(leases=tuple(listed), force=True, max_disruption=MaxDisruption(100, percent=True)))
    except InvalidInput:
        return
    refused = {step["public_ip"] for step in outcome.returns["results"] if step["result"] == "refused"}
    leases = read(store).leases
    for entry in listed:
        if entry.public_ip in refused:
            continue
        (lease,) = [lease for lease in leases if lease.public_ip == entry.public_ip]
        assert entry.subnet in (None, lease.subnet)
        assert lease.subnet != subnet(0)
    assert len({lease.subnet for lease in leases}) == len(leases)


def nodes(count: int) -> tuple[DesiredLease, ...]:
    return tuple(DesiredLease(f"172.16.{number // 250}.{number % 250 + 1}") for number in range(count))


def large_cluster(batch_limit: int = 127) -> MemoryStore:
    store = MemoryStore(batch_limit)
    store.put(f"{PREFIX}/config", b'{"Network": "10.0.0.0/12"}')
    return store


def test_a_thousand_reservations_take_nine_requests_and_the_second_run_one() -> None:
    store = large_cluster()
    outcome = run(store, DesiredLeases(leases=nodes(1000)))
    assert (len(read(store).leases), store.requests, outcome.returns["http_requests"]) == (1000, 9, 9)
    outcome = run(store, DesiredLeases(leases=nodes(1000), purge=True))
    assert (outcome.changed, outcome.returns["http_requests"]) == (False, 9 + 1)


def test_only_the_ttls_of_listed_leases_are_read() -> None:
    store = cluster([(1, 1, 90000), (2, 2, None), (3, 9, 5)])
    outcome = run(store, DesiredLeases(leases=(DesiredLease(address(1)), DesiredLease(address(2))), keep_ttl_below=3600))
    assert outcome.returns["http_requests"] == 2
    assert [lease["ttl"] for lease in outcome.returns["leases"]] == [90000, None, None]


def test_a_lease_that_runs_out_loses_its_ttl_and_keeps_its_subnet() -> None:
    store = cluster([(4, 1, 3599)])
    outcome = run(store, DesiredLeases(leases=(DesiredLease(address(1)),), keep_ttl_below=3600))
    assert [result["result"] for result in outcome.returns["results"]] == ["refreshed"]
    (lease,) = read(store).leases
    assert (lease.subnet, lease.leased) == (subnet(4), False)


def test_a_planned_config_stands_in_only_while_none_is_stored() -> None:
    planned = {"Network": "10.99.0.0/16"}
    outcome = LeaseResource(MemoryStore(), PLACE, DesiredLeases(leases=nodes(1)), planned).plan().predict()
    assert outcome.returns["leases"][0]["subnet"] == "10.99.1.0/24"
    outcome = LeaseResource(cluster(), PLACE, DesiredLeases(leases=nodes(1)), planned).plan().predict()
    assert outcome.returns["leases"][0]["subnet"] == "10.24.0.16/28"


@pytest.mark.parametrize("batch_limit", API_LIMITS)
def test_after_a_lost_race_the_next_free_subnet_is_taken(batch_limit: int) -> None:
    store = cluster(batch_limit=batch_limit)
    _once(store, lambda: store.put(key(1), lease_value(address(9))))
    pauses: list[float] = []
    outcome = run(store, DesiredLeases(leases=(DesiredLease(address(1)),)), pauses=pauses)
    assert outcome.after == {"10.24.0.16/28": address(9), "10.24.0.32/28": address(1)}
    assert pauses == [0.1]


@pytest.mark.parametrize("batch_limit", API_LIMITS)
def test_a_node_that_another_writer_serves_meanwhile_gets_no_second_subnet(batch_limit: int) -> None:
    store = cluster(batch_limit=batch_limit)
    _once(store, lambda: store.put(key(7), lease_value(address(1))))
    outcome = run(store, DesiredLeases(leases=(DesiredLease(address(1)), DesiredLease(address(2)))))
    assert outcome.after == {"10.24.0.112/28": address(1), outcome.returns["results"][1]["subnet"]: address(2)}
    assert [result["result"] for result in outcome.returns["results"]] == ["unchanged", "created"]
    assert sorted(outcome.after.values()) == sorted(lease.public_ip for lease in read(store).leases)


def test_without_transactions_what_came_second_is_taken_back_even_when_a_later_write_fails() -> None:
    store = cluster(batch_limit=1)
    foreign = iter([(7, 1), (2, 9)])  # both while we write: our first node gets a subnet, our second node's subnet goes

    def interfere() -> None:
        number, node = next(foreign, (0, 0))
        if node:
            store.put(key(number), lease_value(address(node)))

    store.before_write = interfere
    outcome = run(store, DesiredLeases(leases=(DesiredLease(address(1)), DesiredLease(address(2)))))
    assert outcome.after == {"10.24.0.16/28": address(2), "10.24.0.32/28": address(9), "10.24.0.112/28": address(1)}
    assert [result["result"] for result in outcome.returns["results"]] == ["unchanged", "created"]


def test_a_race_lost_to_a_writer_who_desired_the_same_still_reports_our_part() -> None:
    store = cluster(batch_limit=1)
    writes = iter(range(100))
    store.before_write = lambda: store.put(key(2), lease_value(address(2))) if next(writes) == 1 else None
    outcome = run(store, DesiredLeases(leases=(DesiredLease(address(1)), DesiredLease(address(2)))))
    assert outcome.changed
    assert [result["result"] for result in outcome.returns["results"]] == ["created", "unchanged"]


def test_what_was_written_before_the_race_was_lost_is_still_reported() -> None:
    store = large_cluster()
    writes = iter(range(100))
    store.before_write = lambda: store.put(f"{PREFIX}/subnets/10.15.1.0-24", lease_value("172.31.0.1")) if next(writes) == 3 else None
    outcome = run(store, DesiredLeases(leases=nodes(1000)))
    assert {result["result"] for result in outcome.returns["results"]} == {"created"}
    assert (outcome.changed, outcome.before, len(outcome.after)) == (True, {}, 1001)


def test_a_purge_before_a_lost_race_is_still_reported() -> None:
    store = cluster([(1, 8, None), (2, 9, None)], batch_limit=1)
    writes = iter(range(100))
    store.before_write = lambda: store.put(key(2), lease_value(address(9))) if next(writes) == 1 else None
    outcome = run(store, DesiredLeases(purge=True, allow_empty=True, max_disruption=MaxDisruption(100, percent=True)))
    assert outcome.returns["results"] == [
        {"public_ip": address(9), "subnet": "10.24.0.32/28", "result": "deleted"},
        {"public_ip": address(8), "subnet": "10.24.0.16/28", "result": "deleted"},
    ]
    assert (outcome.before, outcome.after) == ({"10.24.0.16/28": address(8), "10.24.0.32/28": address(9)}, {})


def test_a_renewal_by_a_daemon_is_no_lost_race() -> None:
    store = cluster([(1, 9, 90000)])
    store.before_write = lambda: store.put(key(1), lease_value(address(9)), 90000)
    pauses: list[float] = []
    assert run(store, DesiredLeases(leases=(DesiredLease(address(1)),)), pauses=pauses).changed
    assert pauses == []


def test_a_lease_that_changed_since_it_was_read_is_not_purged() -> None:
    store = cluster([(1, 9, None)])
    _once(store, lambda: store.put(key(1), lease_value(address(9)), 90000))
    outcome = run(store, DesiredLeases(leases=(DesiredLease(address(1)),), purge=True))
    assert [result["result"] for result in outcome.returns["results"]] == ["created", "kept"]
    assert key(1) in store.contents()


def test_a_writer_that_always_loses_gives_up_with_longer_and_longer_pauses() -> None:
    store = cluster()
    numbers = iter(range(1, 16))
    store.before_write = lambda: store.put(key(next(numbers)), lease_value("172.31.0.1"))
    pauses: list[float] = []
    with pytest.raises(CollectionError, match="5 times in a row"):
        run(store, DesiredLeases(leases=(DesiredLease(address(1)),)), pauses=pauses)
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6]


def _once(store: MemoryStore, action: t.Callable[[], None]) -> None:
    def act() -> None:
        store.before_write = lambda: None
        action()

    store.before_write = act
