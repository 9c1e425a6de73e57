# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes come, die, are replaced, move and leave, with a daemon on each. The tests are chapters of one story; only n1 is etcd's.

What happens to leases and routes alone is in tests/life/test_nodes_change.py.
"""

from __future__ import annotations

import contextlib
import typing as t

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import DAEMON, Cluster, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run
from ansible_collections.alicloud.flannel.tests.life.traffic import traffic

pytestmark = needs_sandbox

REMOVE = "playbooks/remove_node.yml"
ROUTES = "playbooks/routes.yml"
N1, N2, N3, N4 = (f"10.24.{number}.0/24" for number in range(1, 5))

Hosts = t.Dict[str, t.Dict[str, t.Any]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three hosts that are nodes with a daemon; the first is etcd's only member."""
    for cluster in bring_up("nodes", tmp_path_factory.mktemp("nodes"), nodes=3, etcd=1):
        cluster.variables = dict(DAEMON)
        run = cluster.site()
        assert run.rc == 0, run.messages()
        yield cluster


@contextlib.contextmanager
def editing(cluster: Cluster) -> t.Iterator[Hosts]:
    """Edit the nodes in the inventory."""
    path = cluster.sandbox.folder / "inventory.yml"
    content = yaml.safe_load(path.read_text())
    yield content["all"]["children"]["flannel_nodes"]["hosts"]
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def holders(cluster: Cluster) -> dict[str, str]:
    """Return the address that has each subnet."""
    return {subnet: lease.public_ip for subnet, lease in cluster.leases().items()}


def hops(cluster: Cluster) -> dict[str, str]:
    """Return the last part of the instance to which each entry leads."""
    return {destination: hop.rpartition("-")[2] for destination, hop in cluster.next_hops().items()}


def advice(run: Run) -> str:
    """Return what the run says is left to do."""
    return " ".join(line for result in run.results("Report the remaining manual steps") for line in result["msg"])


def remove(cluster: Cluster, *arguments: str, **variables: t.Any) -> Run:
    """Run remove_node.yml."""
    return cluster.play(REMOVE, *arguments, variables={f"flannel_{name}": value for name, value in variables.items()})


def test_a_node_dies_while_another_is_added(cluster: Cluster) -> None:
    assert hops(cluster) == {N1: "n1", N2: "n2", N3: "n3"}
    before = cluster.entries()
    cluster.sandbox.stop_host("n3")
    assert cluster.sandbox.add_nodes(1) == ["n4"]
    run = cluster.site()
    assert run.rc != 0
    assert list(run.stats["dark"]) == ["n3"]
    assert hops(cluster) == {N1: "n1", N2: "n2", N3: "n3", N4: "n4"}
    assert {**cluster.entries(), **before} == cluster.entries()
    assert holders(cluster)[N4] == "172.16.0.14"


def test_a_limit_changes_nothing_about_the_other_nodes(cluster: Cluster) -> None:
    before = cluster.remember()
    run = cluster.play(ROUTES, "--limit", "n1")
    assert (run.rc, run.changed) == (0, 0), run.messages()
    assert cluster.remember() == before


def test_a_node_that_cannot_be_reached_is_given_up_only_when_that_is_said(cluster: Cluster) -> None:
    before = cluster.remember()
    for variables, words in (
        ({"node": "n3"}, "n3 can't be reached"),
        ({"node": "n2,n3", "node_is_gone": True}, "flannel_node_count=2"),
        ({"node_address": "172.16.0.13", "node_is_gone": True}, "is the address of n3"),
    ):
        refused = remove(cluster, **variables)
        assert refused.rc != 0
        assert words in refused.messages()
        assert "Nothing was changed" in refused.messages()
    assert cluster.remember() == before
    planned = remove(cluster, "--check", node="n3", node_is_gone=True)
    assert planned.rc == 0, planned.messages()
    assert cluster.remember() == before
    for _time in range(2):
        run = remove(cluster, node="n3", node_is_gone=True)
        assert run.rc == 0, run.messages()
        assert "n3 boots again" in advice(run)
        assert hops(cluster) == {N1: "n1", N2: "n2", N4: "n4"}
        assert holders(cluster) == {N1: "172.16.0.11", N2: "172.16.0.12", N4: "172.16.0.14"}
    assert run.changed == 0


def test_a_lease_that_comes_back_gets_no_route(cluster: Cluster) -> None:
    with editing(cluster) as hosts:
        hosts.pop("n3")
    cluster.sandbox.start_host("n3")
    active = cluster.sandbox.host_exec("n3", ["systemctl", "is-active", "flanneld.service"])
    assert active.stdout.strip() == "active"
    assert "172.16.0.13" in holders(cluster).values()
    run = cluster.play(ROUTES)
    assert run.rc == 0, run.messages()
    (ignored,) = run.results("Report leases that belong to no node of the inventory")[0]["msg"]
    assert ignored.endswith(": 172.16.0.13 is the address of no node in the inventory")
    assert hops(cluster) == {N1: "n1", N2: "n2", N4: "n4"}


def test_a_node_that_can_be_reached_is_cleared_first(cluster: Cluster) -> None:
    with editing(cluster) as hosts:
        hosts["n3"] = {"ansible_host": "172.16.0.13", "alicloud_instance_id": "i-sandbox-n3"}
    run = remove(cluster, node=["n3"])
    assert run.rc == 0, run.messages()
    assert "Remove n3 from the group flannel_nodes" in advice(run)
    left = "systemctl is-enabled flanneld.service; ls /run/flannel/subnet.env; find /etc/cni/net.d -type f; ip link show cni-flannel; true"
    assert cluster.sandbox.host_exec("n3", ["sh", "-c", left]).stdout == ""
    assert "172.16.0.13" not in holders(cluster).values()
    with editing(cluster) as hosts:
        hosts.pop("n3")


def test_a_replaced_instance_gets_its_route_moved_in_place(cluster: Cluster, record_property: t.Callable[[str, object], None]) -> None:
    with traffic(cluster, ["n1", "n2"]) as losses:
        cluster.sandbox.request("POST", "instance/replace", {"instance_id": "i-sandbox-n4", "new_instance_id": "i-sandbox-m4"})
        stale = cluster.play(ROUTES)
        assert stale.rc != 0
        assert "belongs to i-sandbox-m4, but the inventory says alicloud_instance_id i-sandbox-n4" in stale.messages()
        assert hops(cluster)[N4] == "n4"
        with editing(cluster) as hosts:
            hosts["n4"]["alicloud_instance_id"] = "i-sandbox-m4"
        cluster.sandbox.reset_calls()
        run = cluster.site()
    assert run.rc == 0, run.messages()
    calls = cluster.sandbox.calls()["by_action"]
    assert (calls["ModifyRouteEntry"], "DeleteRouteEntries" in calls, "DeleteRouteEntry" in calls) == (1, False, False)
    assert hops(cluster) == {N1: "n1", N2: "n2", N4: "m4"}
    assert holders(cluster)[N4] == "172.16.0.14"
    record_property("figure", f"replacing an instance, between the others: {losses[0]}")
    assert losses[0].total == 0


def test_a_node_with_another_address_keeps_its_subnet_when_that_is_said(cluster: Cluster) -> None:
    cluster.sandbox.move_host("n2", "172.16.0.99")
    with editing(cluster) as hosts:
        hosts["n2"].update({"ansible_host": "172.16.0.99", "flannel_subnet": N2})
    entries = cluster.entries()
    run = cluster.site(variables={"flannel_purge": True, "flannel_purge_force": True})
    assert run.rc == 0, run.messages()
    assert holders(cluster) == {N1: "172.16.0.11", N2: "172.16.0.99", N4: "172.16.0.14"}
    assert cluster.entries() == entries
    verified, _report = cluster.verify()
    assert verified.rc == 0, verified.messages()
