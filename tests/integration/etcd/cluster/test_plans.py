# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run on three members whose leader is killed between its calls, and one that finds no quorum."""

from __future__ import annotations

import json
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.connection import Connection
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.errors import Unavailable
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.key_input import Content, DesiredKey
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.key_resource import KeyResource
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import KeyValue, Store
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v2_store import V2Store
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_client import EtcdV3
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_store import V3Store
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_input import DesiredLease, DesiredLeases
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_resource import LeaseResource, Place
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import VERSIONS, EtcdServer, Park, start_cluster
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_tasks import run_task
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult

APIS = ("v3", "v2")
CONFIG = b'{"Network":"10.24.0.0/16","Backend":{"Type":"alloc"}}'
# A server then finds out in 6 instead of 7 seconds that it has no quorum.
FAST = ("--heartbeat-interval=50", "--election-timeout=500")
PATIENCE = 60
COUNT = 200
ORDERS = ("leader first", "leader last", "alone")
TASKS: dict[str, dict[str, t.Any]] = {
    "etcd_key": {"key": "/k", "value": "x"},
    "etcd_key_info": {"key": "/k"},
    "flannel_lease": {"leases": [{"public_ip": "172.16.0.1"}]},
    "flannel_lease_info": {},
}


class Interrupted:
    """A resource between whose reading and first writing something happens."""

    def __init__(self, inner: t.Any, event: t.Callable[[], t.Any]) -> None:
        self._inner = inner
        self._event: t.Callable[[], t.Any] | None = event

    def plan(self) -> t.Any:
        return self._inner.plan()

    def apply(self, plan: t.Any) -> Outcome:
        if self._event is not None:
            self._event()
            self._event = None
        return t.cast("Outcome", self._inner.apply(plan))


def open_store(api: str, urls: t.Sequence[str]) -> Store:
    connection = Connection(tuple(urls))
    return V3Store(EtcdV3(connection)) if api == "v3" else V2Store(connection)


def key_resource(store: Store, name: str, value: bytes) -> KeyResource:
    return KeyResource(store, DesiredKey(name.encode(), Content(value, is_json=False)), prefix=False)


def kill(member: EtcdServer) -> None:
    member.process.kill()
    member.process.wait()


def leads(member: EtcdServer) -> bool:
    (found,) = json.loads(member.etcdctl("endpoint", "status", "--write-out", "json"))
    return bool(found["Status"]["leader"] == found["Status"]["header"]["member_id"])


class Cluster:
    """Three members that are killed one after the other, and what the runs meanwhile say."""

    def __init__(self, version: str, folder: Path) -> None:
        self.members = start_cluster(version, folder, FAST)
        self._leader, *self._followers = sorted(self.members, key=lambda member: not leads(member))
        self.outcomes: dict[tuple[str, str, str], Outcome] = {}
        self.left: dict[str, t.Sequence[KeyValue]] = {}
        self.answers: dict[tuple[str, str], ModuleResult] = {}
        self.in_doubt: dict[str, BaseException | None] = {}

    def lose_the_leader(self) -> None:
        """Let every run read, kill the leader, let them go on, and keep what they say and what is then in etcd."""
        runs = {(api, order, what): self._resource(api, order, what) for api in APIS for order in ORDERS for what in ("key", "leases")}
        barrier = threading.Barrier(len(runs), action=lambda: kill(self._leader), timeout=PATIENCE)
        with ThreadPoolExecutor(len(runs)) as pool:
            futures = {name: pool.submit(converge, Interrupted(run, barrier.wait), check_mode=False) for name, run in runs.items()}
            self.outcomes = {name: future.result() for name, future in futures.items()}
        self.left = {api: open_store(api, [self._followers[0].url]).read_prefix(b"/").kvs for api in APIS}

    def _resource(self, api: str, order: str, what: str) -> t.Any:
        leader, followers = self._leader.url, [member.url for member in self._followers]
        store = open_store(api, {"leader first": [leader, *followers], "leader last": [*followers, leader], "alone": followers[:1]}[order])
        name = key_name(order, what)
        if what == "key":
            return key_resource(store, name, b"x")
        converge(key_resource(store, f"{name}/config", CONFIG), check_mode=False)
        desired = tuple(DesiredLease(f"172.16.0.{number}") for number in range(1, COUNT + 1))
        return LeaseResource(store, Place(name, siblings=api == "v3"), DesiredLeases(desired))

    def lose_the_quorum(self, healthy: str) -> None:
        """Kill a second member between reading and writing, and collect what each module says then."""
        survivor, lost = self._followers
        barrier = threading.Barrier(len(APIS) + 1, action=lambda: kill(lost), timeout=PATIENCE)
        # The survivor comes last, so that it is asked once.
        urls = [self._leader.url, lost.url, survivor.url]
        with ThreadPoolExecutor(12) as pool:
            writes = {
                api: pool.submit(converge, Interrupted(key_resource(open_store(api, urls), "/doubt", b"x"), barrier.wait), check_mode=False)
                for api in APIS
            }
            barrier.wait()
            answers = {
                (api, name): pool.submit(run_task, name, {"endpoints": urls, "api": api, **options})
                for api in APIS
                for name, options in TASKS.items()
            }
            for api in APIS:
                args = {"endpoints": [survivor.url, healthy], "api": api, "key": f"/test{self._leader.folder}", "value": "x"}
                answers[api, "cut off"] = pool.submit(run_task, "etcd_key", args)
            self.in_doubt = {api: future.exception() for api, future in writes.items()}
            self.answers = {name: future.result() for name, future in answers.items()}

    def stop(self) -> None:
        for member in self.members:
            member.stop()


def key_name(order: str, what: str) -> str:
    return f"/{what}-{order.replace(' ', '-')}"


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory, park: Park) -> dict[str, Cluster]:
    """Return what became of a cluster of each version; both at once, since they mostly wait."""
    folder = tmp_path_factory.mktemp("clusters")
    healthy = {version: park.get(version, "http").url for version in VERSIONS}

    def live_through_it(version: str) -> Cluster:
        cluster = Cluster(version, folder / version)
        try:
            cluster.lose_the_leader()
            cluster.lose_the_quorum(healthy[version])
        finally:
            cluster.stop()
        return cluster

    with ThreadPoolExecutor(len(VERSIONS)) as pool:
        return dict(zip(VERSIONS, pool.map(live_through_it, VERSIONS)))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_whose_leader_is_killed_ends_well_and_loses_nothing(clusters: dict[str, Cluster], version: str, api: str, order: str) -> None:
    cluster = clusters[version]
    key, leases = (cluster.outcomes[api, order, what] for what in ("key", "leases"))
    left = {kv.key.decode(): kv for kv in cluster.left[api]}
    assert (key.changed, left[key_name(order, "key")].value) == (True, b"x")
    assert left[key_name(order, "key")].mod_revision == key.returns["revision"]
    assert [entry["result"] for entry in leases.returns["results"]] == ["created"] * COUNT
    written = {
        name: json.loads(kv.value)["PublicIP"] for name, kv in left.items() if name.startswith(f"{key_name(order, 'leases')}/subnets/")
    }
    assert sorted(written.values()) == sorted(lease["public_ip"] for lease in leases.returns["leases"])
    assert (len(written), len(set(written.values()))) == (COUNT, COUNT)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("version", VERSIONS)
def test_without_a_quorum_each_module_says_so(clusters: dict[str, Cluster], version: str, api: str, name: str) -> None:
    answer = clusters[version].answers[api, name]
    assert answer.failed
    assert answer.msg.startswith("Could not read ") and "request timed out" in answer.msg
    assert answer.msg.endswith("Check that a majority of the members is up.")


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_write_that_meets_no_quorum_is_in_doubt(clusters: dict[str, Cluster], version: str, api: str) -> None:
    error = clusters[version].in_doubt[api]
    assert isinstance(error, Unavailable)
    assert str(error).startswith("Could not write /doubt: etcd at ")
    assert "majority of the members is up. It is not known whether etcd made the change" in str(error)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_member_that_is_cut_off_is_passed_over(clusters: dict[str, Cluster], version: str, api: str) -> None:
    answer = clusters[version].answers[api, "cut off"]
    assert (answer.failed, answer.changed) == (False, True), answer.msg
