# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""flannel_lease and flannel_lease_info as processes against real etcd servers, over either API and in each version."""

from __future__ import annotations

import json
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd_connection import Connection
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd_data import Put, Store
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd_v2 import V2Store
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd_v3 import EtcdV3
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd_v3_store import V3Store
from ansible_collections.alicloud.flannel.tests.integration.etcd_fixtures import EtcdServer, free_port
from ansible_collections.alicloud.flannel.tests.integration.etcd_relay import Relay, lose_first
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module

CONFIG = {"Network": "10.24.0.0/16", "SubnetLen": 24, "Backend": {"Type": "alloc"}}
DAY = 86400


class Flannel:
    """One cluster's records in an etcd, and the modules that work on them."""

    def __init__(self, server: EtcdServer, api: str, prefix: str) -> None:
        self.api = api
        self.prefix = prefix.rstrip("/")
        self.args = {"endpoints": [server.url], "api": api, "etcd_prefix": self.prefix}
        connection = Connection((server.url,))
        self.store: Store = V3Store(EtcdV3(connection)) if api == "v3" else V2Store(connection)

    def put(self, name: str, value: t.Any, ttl: int = 0) -> None:
        """Write a key as somebody else, whatever is there."""
        key = f"{self.prefix}/{name}".encode()
        found = self.store.read(key)
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.store.write([Put(key, data, found.mod_revision if found else 0, ttl=ttl)])

    def take(self, subnet: int, node: int) -> None:
        """Do to a lease what a node's flanneld does when it starts."""
        self.put(f"subnets/10.24.{subnet}.0-24", b'{"PublicIP":"172.16.0.%d","PublicIPv6":null}' % node, ttl=DAY)

    def keys(self) -> dict[str, tuple[bytes, bool]]:
        """Return value of each key, and whether it has a TTL, by what follows the prefix."""
        found = self.store.read_prefix(f"{self.prefix}/".encode()).kvs
        return {kv.key.decode()[len(self.prefix) + 1 :]: (kv.value, bool(kv.lease)) for kv in found}

    def revision(self) -> int:
        """Return the revision of the last write below the prefix."""
        return max(kv.mod_revision for kv in self.store.read_prefix(f"{self.prefix}/".encode()).kvs)

    def run(self, leases: t.Sequence[t.Mapping[str, t.Any]], check: bool = False, diff: bool = False, **options: t.Any) -> ModuleResult:
        return run_module("flannel_lease", {**self.args, "leases": leases, **options}, check=check, diff=diff)

    def info(self, **options: t.Any) -> ModuleResult:
        return run_module("flannel_lease_info", {**self.args, **options})


@pytest.fixture(params=["v3", "v2"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bare(etcd: EtcdServer, api: str, prefix: str) -> Flannel:
    return Flannel(etcd, api, prefix)


@pytest.fixture
def flannel(bare: Flannel) -> Flannel:
    bare.put("config", CONFIG)
    return bare


@pytest.fixture
def flannel_v3(etcd: EtcdServer, prefix: str) -> Flannel:
    cluster = Flannel(etcd, "v3", prefix)
    cluster.put("config", {"Network": "10.0.0.0/10"})
    return cluster


def nodes(*numbers: int) -> list[dict[str, str]]:
    return [{"public_ip": f"172.16.0.{number}"} for number in numbers]


def many(count: int, first: int = 0) -> list[dict[str, str]]:
    return [{"public_ip": f"172.{16 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"} for number in range(first, first + count)]


def public(subnet: int, node: int, leased: bool = False) -> dict[str, t.Any]:
    return {"subnet": f"10.24.{subnet}.0/24", "public_ip": f"172.16.0.{node}", "leased": leased, "ttl": None}


def outcome(result: ModuleResult) -> dict[str, t.Any]:
    """Return what check mode must predict."""
    assert not result.failed, result.msg
    return {name: result[name] for name in ("changed", "leases", "network", "results", "diff")}


def warnings(result: ModuleResult) -> str:
    """Return the warnings as one text; each core version wraps them differently."""
    return json.dumps(result.get("warnings", []))


CYCLE: list[tuple[str, dict[str, t.Any], list[str]]] = [
    ("create", {"leases": nodes(11, 12)}, ["10.24.1.0/24", "10.24.2.0/24"]),
    ("modify", {"leases": [*nodes(11), {"public_ip": "172.16.0.12", "subnet": "10.24.9.0/24"}]}, ["10.24.1.0/24", "10.24.9.0/24"]),
    ("delete", {"leases": nodes(11), "state": "absent"}, ["10.24.9.0/24"]),
]


def test_the_cycle_of_creating_modifying_and_deleting(flannel: Flannel) -> None:
    for step, args, subnets in CYCLE:
        before = flannel.keys()
        predicted = flannel.run(check=True, diff=True, **args)
        assert flannel.keys() == before, step
        done = flannel.run(diff=True, **args)
        assert outcome(predicted) == outcome(done), step
        assert done.changed and done["diff"]["before"] != done["diff"]["after"], step
        assert list(done["diff"]["after"]) == [lease["subnet"] for lease in done["leases"]] == subnets, step
        assert done["leases"] == flannel.info()["leases"], step
        revision = flannel.revision()
        for check in (True, False):
            again = flannel.run(check=check, diff=True, **args)
            assert (again.changed, again["diff"]["before"]) == (False, again["diff"]["after"]), step
        assert flannel.revision() == revision, step


def test_a_reservation_is_the_address_without_ttl(flannel: Flannel) -> None:
    flannel.run(nodes(11))
    assert flannel.keys()["subnets/10.24.1.0-24"] == (b'{"PublicIP":"172.16.0.11"}', False)


def test_check_mode_on_an_etcd_that_is_not_there_predicts_the_first_install(bare: Flannel) -> None:
    nowhere = {**bare.args, "endpoints": [f"http://127.0.0.1:{free_port()}"], "leases": nodes(13, 11), "planned_config": CONFIG}
    predicted = run_module("flannel_lease", {**nowhere, "bootstrap": True}, check=True, diff=True)
    info = run_module("flannel_lease_info", {**bare.args, "endpoints": nowhere["endpoints"], "bootstrap": True}, check=True)
    assert (info["leases"], info["network"]) == ([], None)
    bare.put("config", CONFIG)
    done = bare.run(nodes(13, 11), diff=True)
    assert outcome(predicted) == outcome(done)
    assert done["leases"] == [public(1, 13), public(2, 11)]


def test_without_a_config_nothing_is_written(bare: Flannel) -> None:
    for planned in (None, CONFIG):
        result = bare.run(nodes(11), planned_config=planned, bootstrap=True)
        assert result.failed and f"There is no network config at {bare.prefix}/config" in result.msg
    assert bare.keys() == {}
    assert bare.run(nodes(11), check=True, planned_config=CONFIG).changed


def test_a_lease_that_a_daemon_took_is_unchanged(flannel: Flannel) -> None:
    flannel.run(nodes(11, 12))
    flannel.take(1, 11)
    again = flannel.run(nodes(11, 12))
    assert (again.changed, again["leases"]) == (False, [public(1, 11, leased=True), public(2, 12)])
    assert [result["result"] for result in again["results"]] == ["unchanged", "unchanged"]


def test_a_lease_that_runs_out_is_reserved_again(flannel: Flannel) -> None:
    flannel.run(nodes(11, 12))
    flannel.take(1, 11)
    flannel.put("subnets/10.24.2.0-24", b'{"PublicIP":"172.16.0.12","PublicIPv6":null}', ttl=600)
    predicted = flannel.run(nodes(11, 12), check=True, diff=True, keep_ttl_below=3600)
    done = flannel.run(nodes(11, 12), diff=True, keep_ttl_below=3600)
    assert [result["result"] for result in done["results"]] == ["unchanged", "refreshed"]
    assert predicted["results"] == done["results"]
    assert done["diff"]["after"]["10.24.2.0/24"] == "172.16.0.12 (reserved)"
    assert flannel.keys()["subnets/10.24.1.0-24"][1]
    assert flannel.keys()["subnets/10.24.2.0-24"] == (b'{"PublicIP":"172.16.0.12","PublicIPv6":null}', False)
    assert not flannel.run(nodes(11, 12), keep_ttl_below=3600).changed


def test_a_lease_with_time_left_is_deleted_only_by_force(flannel: Flannel) -> None:
    flannel.take(1, 11)
    flannel.take(2, 12)
    refused = flannel.run(nodes(11), state="absent")
    assert refused.failed and "10.24.1.0/24 of 172.16.0.11 cannot be deleted" in refused.msg
    kept = flannel.run(nodes(11), purge=True)
    assert (kept.changed, [result["result"] for result in kept["results"]]) == (False, ["unchanged", "kept"])
    done = flannel.run(nodes(11), purge=True, force=True)
    assert (done.changed, done["leases"]) == (True, [public(1, 11, leased=True)])
    assert flannel.run(nodes(11), state="absent", force=True)["leases"] == []


def test_a_refused_request_writes_nothing_and_names_every_problem(flannel: Flannel) -> None:
    flannel.run(nodes(11, 12, 13))
    before = flannel.keys()
    for leases, options, parts in (
        (nodes(14, 14), {}, ["172.16.0.14 is listed more than once"]),
        ([{"public_ip": "172.16.0.14", "subnet": "10.25.1.0/24"}], {}, ["outside the network 10.24.0.0/16"]),
        ([*nodes(14), {"public_ip": "172.16.0.15", "subnet": "10.24.1.0/24"}], {}, ["held by 172.16.0.11"]),
        (nodes(14), {"purge": True}, ["3 of 3 leases would be deleted or moved", "allows 1"]),
        ([], {"purge": True}, ["allow_empty"]),
        ([{"subnet": "10.24.1.0/24"}], {}, ["names no public_ip"]),
    ):
        result = flannel.run(leases, **options)
        assert result.failed
        assert [part for part in parts if part not in result.msg] == []
        assert len(result["problems"]) == 1
    assert flannel.keys() == before


def test_keys_beside_subnets_count_only_where_flannel_counts_them(flannel: Flannel) -> None:
    flannel.put("subnets-old/10.24.1.0-24", {"PublicIP": "172.16.0.99"})
    result = flannel.run(nodes(11))
    expected = "10.24.2.0/24" if flannel.api == "v3" else "10.24.1.0/24"
    assert [lease["subnet"] for lease in result["leases"]] == [expected]
    assert ("takes these for leases" in warnings(result)) == (flannel.api == "v3")
    flannel.put("subnets-old/10.24.7.0-24", {"PublicIP": "172.16.0.12"})
    assert flannel.run(nodes(12)).failed == (flannel.api == "v3")


def test_credentials_in_an_old_config_are_shown_nowhere(flannel: Flannel) -> None:
    backend = {"Type": "ali-vpc", "AccessKeyID": "LTAIexample", "AccessKeySecret": "example-secret"}
    flannel.put("config", {**CONFIG, "Backend": backend})
    for result in (flannel.run(nodes(11), diff=True), flannel.info()):
        assert result["network"]["Backend"] == {"Type": "ali-vpc"}
        assert "LTAIexample" not in result.output and "example-secret" not in result.output
        assert "holds cloud credentials" in warnings(result)


def test_info_tells_how_long_each_lease_has_left(flannel: Flannel) -> None:
    flannel.run(nodes(11, 12))
    flannel.take(2, 12)
    assert [lease["ttl"] for lease in flannel.info()["leases"]] == [None, None]
    first, second = flannel.info(ttl=True)["leases"]
    assert first == public(1, 11)
    assert DAY - 60 < second["ttl"] <= DAY


def test_info_on_an_empty_store(bare: Flannel) -> None:
    result = bare.info()
    assert (result["leases"], result["network"], result.changed) == ([], None, False)


def test_info_names_a_config_that_flannel_does_not_accept(bare: Flannel) -> None:
    bare.put("config", {"Network": "10.24.0.0/30"})
    result = bare.info()
    assert result["network"] is None
    assert "too small" in warnings(result)


def test_two_writers_at_once_give_each_node_one_subnet(flannel: Flannel) -> None:
    first, second = nodes(*range(1, 61)), nodes(*range(90, 30, -1))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(flannel.run, (first, second)))
    for result in results:
        assert not result.failed, result.msg
    leases = flannel.info()["leases"]
    assert sorted(lease["public_ip"] for lease in leases) == sorted(entry["public_ip"] for entry in nodes(*range(1, 91)))
    assert len({lease["subnet"] for lease in leases}) == 90
    created = [entry["public_ip"] for result in results for entry in result["results"] if entry["result"] == "created"]
    assert sorted(created) == sorted(lease["public_ip"] for lease in leases)


def test_two_large_writers_at_once_both_finish(flannel_v3: Flannel) -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(flannel_v3.run, (many(600), many(600, first=300))))
    for result in results:
        assert not result.failed, result.msg
    leases = flannel_v3.info()["leases"]
    assert (len(leases), len({lease["subnet"] for lease in leases}), len({lease["public_ip"] for lease in leases})) == (900, 900, 900)


def test_a_thousand_reservations_take_ten_requests_at_most(etcd: EtcdServer, flannel_v3: Flannel) -> None:
    with Relay(etcd.url) as relay:
        args = {**flannel_v3.args, "endpoints": [relay.url], "leases": many(1000)}
        done = run_module("flannel_lease", args)
        assert (done["http_requests"], len(done["leases"])) == (len(relay.requests), 1000)
        assert len(relay.requests) <= 10
        relay.requests.clear()
        again = run_module("flannel_lease", args)
        assert (again.changed, len(relay.requests)) == (False, 1)


def test_ten_thousand_leases_are_listed_by_one_request(etcd: EtcdServer, flannel_v3: Flannel) -> None:
    flannel_v3.run(many(10000))
    with Relay(etcd.url) as relay:
        result = run_module("flannel_lease_info", {**flannel_v3.args, "endpoints": [relay.url]})
        assert (len(result["leases"]), result["http_requests"], len(relay.requests)) == (10000, 1, 1)


def test_a_lost_reply_is_neither_a_failure_nor_a_second_write(etcd: EtcdServer, flannel_v3: Flannel) -> None:
    with Relay(etcd.url, lose_first("POST", "/kv/txn")) as relay:
        result = run_module("flannel_lease", {**flannel_v3.args, "endpoints": [relay.url, etcd.url], "leases": nodes(11, 12)})
    assert (result.failed, result.changed) == (False, True)
    assert {entry["result"] for entry in result["results"]} == {"created"}
    assert len(flannel_v3.info()["leases"]) == 2


def test_it_works_over_tls(etcd_tls: EtcdServer, prefix: str) -> None:
    args = {**etcd_tls.module_args(), "etcd_prefix": prefix}
    etcd_tls.etcdctl("put", f"{prefix}config", json.dumps(CONFIG))
    assert run_module("flannel_lease", {**args, "leases": nodes(11)}).changed
    assert run_module("flannel_lease_info", args)["leases"] == [public(1, 11)]
    assert etcd_tls.etcdctl("get", "--print-value-only", f"{prefix}subnets/10.24.1.0-24").strip() == '{"PublicIP":"172.16.0.11"}'
