# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""flannel_lease and flannel_lease_info against real etcd servers, over either API and in each version."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import free_port
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_tasks import run_task
from ansible_collections.alicloud.flannel.tests.integration.flannel.flannel_records import (
    CONFIG,
    DAY,
    Flannel,
    nodes,
    outcome,
    public,
    warnings,
)
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module

CYCLE: list[tuple[str, dict[str, t.Any], list[str]]] = [
    ("create", {"leases": nodes(11, 12)}, ["10.24.1.0/24", "10.24.2.0/24"]),
    ("modify", {"leases": [*nodes(11), {"public_ip": "172.16.0.12", "subnet": "10.24.9.0/24"}]}, ["10.24.1.0/24", "10.24.9.0/24"]),
    ("delete", {"leases": nodes(11), "state": "absent"}, ["10.24.9.0/24"]),
]


def check_the_cycle(flannel: Flannel) -> None:
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


def test_the_cycle_of_creating_modifying_and_deleting(flannel: Flannel) -> None:
    check_the_cycle(flannel)


@pytest.mark.parametrize("etcd", ["3.5.1"], indirect=True)
def test_the_cycle_as_processes(flannel: Flannel) -> None:
    flannel.start = run_module
    check_the_cycle(flannel)


def test_a_reservation_is_the_address_without_ttl(flannel: Flannel) -> None:
    flannel.run(nodes(11))
    assert flannel.keys()["subnets/10.24.1.0-24"] == (b'{"PublicIP":"172.16.0.11"}', False)


def test_check_mode_on_an_etcd_that_is_not_there_predicts_the_first_install(bare: Flannel) -> None:
    nowhere = {**bare.args, "endpoints": [f"http://127.0.0.1:{free_port()}"], "leases": nodes(13, 11), "planned_config": CONFIG}
    predicted = run_task("flannel_lease", {**nowhere, "bootstrap": True}, check=True, diff=True)
    info = run_task("flannel_lease_info", {**bare.args, "endpoints": nowhere["endpoints"], "bootstrap": True}, check=True)
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


def test_reservations_can_come_before_the_config(bare: Flannel) -> None:
    assert "config_follows needs planned_config" in bare.run(nodes(11), config_follows=True).msg
    assert bare.run(nodes(11, 12), planned_config=CONFIG, config_follows=True).changed
    assert sorted(bare.keys()) == ["subnets/10.24.1.0-24", "subnets/10.24.2.0-24"]
    bare.put("config", CONFIG)
    assert not bare.run(nodes(11, 12)).changed


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
        (nodes(14), {"purge": True}, ["3 of 3 leases would be deleted or moved", "allows 1"]),
        ([], {"purge": True}, ["allow_empty"]),
        ([{"subnet": "10.24.1.0/24"}], {}, ["names no public_ip"]),
    ):
        result = flannel.run(leases, **options)
        assert result.failed
        assert [part for part in parts if part not in result.msg] == []
        assert len(result["problems"]) == 1
    assert flannel.keys() == before


def test_what_one_node_cannot_have_is_refused_to_it_alone(flannel: Flannel) -> None:
    flannel.run(nodes(11))
    result = flannel.run([*nodes(14), {"public_ip": "172.16.0.15", "subnet": "10.24.1.0/24"}])
    assert result.failed
    assert "1 of 2 leases were not written; all others were. Subnet 10.24.1.0/24 cannot be reserved" in result.msg
    assert [step["result"] for step in result["results"]] == ["created", "refused"]
    assert result["leases"] == [public(1, 11), public(2, 14)]


def test_keys_beside_subnets_count_only_where_flannel_counts_them(flannel: Flannel) -> None:
    flannel.put("subnets-old/10.24.1.0-24", {"PublicIP": "172.16.0.99"})
    result = flannel.run(nodes(11))
    expected = "10.24.2.0/24" if flannel.api == "v3" else "10.24.1.0/24"
    assert [lease["subnet"] for lease in result["leases"]] == [expected]
    assert ("treats it as a lease" in warnings(result)) == (flannel.api == "v3")
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
