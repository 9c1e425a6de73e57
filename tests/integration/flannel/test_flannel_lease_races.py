# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""flannel_lease among other writers, with lost replies, and how many requests it takes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_tasks import run_task
from ansible_collections.alicloud.flannel.tests.integration.etcd.relay import Relay, lose_first
from ansible_collections.alicloud.flannel.tests.integration.flannel.flannel_records import Flannel, many, nodes, public


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
        done = run_task("flannel_lease", args)
        assert (done["http_requests"], len(done["leases"])) == (len(relay.requests), 1000)
        assert len(relay.requests) <= 10
        relay.requests.clear()
        again = run_task("flannel_lease", args)
        assert (again.changed, len(relay.requests)) == (False, 1)


def test_ten_thousand_leases_are_listed_by_one_request(etcd: EtcdServer, flannel_v3: Flannel) -> None:
    flannel_v3.run(many(10000))
    with Relay(etcd.url) as relay:
        result = run_task("flannel_lease_info", {**flannel_v3.args, "endpoints": [relay.url]})
        assert (len(result["leases"]), result["http_requests"], len(relay.requests)) == (10000, 1, 1)


def test_a_lost_reply_is_neither_a_failure_nor_a_second_write(etcd: EtcdServer, flannel: Flannel) -> None:
    lost = lose_first("POST", "/kv/txn") if flannel.api == "v3" else lose_first("PUT", "/subnets/10.24.1.0-24")
    with Relay(etcd.url, lost) as relay:
        result = run_task("flannel_lease", {**flannel.args, "endpoints": [relay.url, etcd.url], "leases": nodes(11, 12)})
    assert (result.failed, result.changed) == (False, True)
    assert [entry["result"] for entry in result["results"]] == ["created", "created"]
    assert flannel.info()["leases"] == [public(1, 11), public(2, 12)]
