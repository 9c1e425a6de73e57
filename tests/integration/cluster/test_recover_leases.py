# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An etcd without leases beside route tables that remember them: nothing allocates, and the leases come back as they were."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import ControlPlane, control_plane, plain_etcd
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module

__all__ = ["control_plane", "plain_etcd"]

NETWORK_PART = ("--tags", "network_config")
# Not the lowest free ones, which an allocation would give out.
SUBNETS = {"172.16.0.11": "10.24.7.0/24", "172.16.0.12": "10.24.3.0/24", "172.16.0.13": "10.24.9.0/24"}


@pytest.fixture
def lost(control_plane: ControlPlane) -> ControlPlane:
    """Return a region with the routes of three nodes, and an etcd that is empty."""
    for number, subnet in enumerate(SUBNETS.values(), start=1):
        control_plane.region.state.put_entry(TABLE_ID, subnet, f"i-sandbox-n{number}", name=f"test/n{number}")
        control_plane.region.state.instances[f"i-sandbox-n{number}"].source_dest_check = False
    return control_plane


def read_leases(plane: ControlPlane) -> dict[str, str]:
    """Return the subnet of each address."""
    found = run_module("flannel_lease_info", {**plane.etcd.module_args(), "etcd_prefix": plane.prefix})
    return {lease["public_ip"]: lease["subnet"] for lease in found["leases"]}


@pytest.mark.parametrize(
    ("playbook", "published"),
    [
        pytest.param("site.yml", False, id="site.yml, nothing left"),
        pytest.param("routes.yml", True, id="routes.yml, only the config restored"),
    ],
)
def test_nothing_is_allocated_while_routes_remember(lost: ControlPlane, playbook: str, published: bool) -> None:
    if published:
        lost.publish()
    before = lost.written()
    run = lost.run(playbook, arguments=NETWORK_PART if playbook == "site.yml" else ())
    assert run.rc != 0
    assert [word for word in ("3 entries of test", "recover_leases", "test/n2", "Nothing was changed") if word not in run.messages()] == []
    assert lost.written() == before


def test_leases_come_back_and_nothing_else_changes(lost: ControlPlane) -> None:
    entries, (writes, revision) = lost.region.routes(), lost.written()
    predicted = lost.run("recover_leases.yml", arguments=["--check"])
    assert (predicted.rc, predicted.changed > 0, lost.written()) == (0, True, (writes, revision)), predicted.messages()
    run = lost.run("recover_leases.yml")
    assert run.rc == 0, run.messages()
    assert read_leases(lost) == SUBNETS
    # All leases in one write, and then the config.
    assert lost.written() == (writes, revision + 2)
    for playbook in ("recover_leases.yml", "routes.yml"):
        again = lost.run(playbook)
        assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()
    assert (lost.region.routes(), lost.written()) == (entries, (writes, revision + 2))


@pytest.mark.parametrize("playbook", ["site.yml", "routes.yml"])
def test_leases_come_back_on_the_way_and_a_new_node_gets_what_is_free(lost: ControlPlane, playbook: str) -> None:
    nodes: dict[str, dict[str, t.Any]] = {f"n{number}": {"ansible_host": f"172.16.0.1{number}"} for number in (1, 2, 4)}
    # n3 is not in the inventory, n4 is new.
    lost.region.state.add_instance("vsw-sandbox-a", "172.16.0.14", "i-sandbox-n4")
    run = lost.run(playbook, {"flannel_recover": "from_routes"}, nodes=nodes, arguments=NETWORK_PART)
    assert run.rc == 0, run.messages()
    assert read_leases(lost) == {**SUBNETS, "172.16.0.14": "10.24.1.0/24"}


@pytest.fixture
def older(lost: ControlPlane) -> ControlPlane:
    """Return the same region, and an etcd that was restored from a backup of when only n1 was there."""
    lost.publish()
    first = [{"public_ip": address, "subnet": subnet} for address, subnet in SUBNETS.items()][:1]
    written = run_module("flannel_lease", {**lost.etcd.module_args(), "etcd_prefix": lost.prefix, "leases": first})
    assert not written.failed, written.msg
    return lost


@pytest.mark.parametrize("playbook", ["site.yml", "routes.yml"])
def test_nothing_is_allocated_while_routes_remember_some(older: ControlPlane, playbook: str) -> None:
    before = older.written()
    run = older.run(playbook, arguments=NETWORK_PART if playbook == "site.yml" else ())
    assert run.rc != 0
    desired = ("2 entries of test", "recover_leases", "test/n2, test/n3", "Nothing was changed")
    assert [word for word in desired if word not in run.messages()] == [], run.messages()
    assert older.written() == before


@pytest.mark.parametrize("playbook", ["site.yml", "routes.yml"])
def test_some_leases_come_back_on_the_way(older: ControlPlane, playbook: str) -> None:
    run = older.run(playbook, {"flannel_recover": "from_routes"}, arguments=NETWORK_PART)
    assert run.rc == 0, run.messages()
    assert read_leases(older) == SUBNETS


def test_lost_leases_are_given_anew_on_demand(older: ControlPlane) -> None:
    run = older.run("routes.yml", {"flannel_recover": "fresh"}, arguments=NETWORK_PART)
    assert run.rc == 0, run.messages()
    assert read_leases(older) == {**SUBNETS, "172.16.0.12": "10.24.1.0/24", "172.16.0.13": "10.24.2.0/24"}


def test_what_takes_no_subnet_from_anybody_goes_on(older: ControlPlane) -> None:
    nodes: dict[str, dict[str, t.Any]] = {
        # What would be given out is what the entry says, or what the inventory does.
        "n1": {"ansible_host": "172.16.0.11"},
        "n2": {"ansible_host": "172.16.0.12"},
        "n3": {"ansible_host": "172.16.0.13", "flannel_subnet": "10.24.20.0/24"},
        # New, beside entries of others.
        "n4": {"ansible_host": "172.16.0.14"},
    }
    state = older.region.state
    state.add_instance("vsw-sandbox-a", "172.16.0.14", "i-sandbox-n4")
    state.remove_route_entry(TABLE_ID, SUBNETS["172.16.0.12"])
    state.put_entry(TABLE_ID, "10.24.1.0/24", "i-sandbox-n2", name="test/n2")
    run = older.run("routes.yml", nodes=nodes, arguments=NETWORK_PART)
    assert run.rc == 0, run.messages()
    assert read_leases(older) == {**SUBNETS, "172.16.0.12": "10.24.1.0/24", "172.16.0.13": "10.24.20.0/24", "172.16.0.14": "10.24.2.0/24"}


def test_a_node_on_another_instance_is_a_new_one(older: ControlPlane) -> None:
    for number in (21, 22):
        older.region.state.add_instance("vsw-sandbox-a", f"172.16.0.{number}", f"i-sandbox-n{number}")
    # The lease of its former address has the subnet of n1's entry; n2's entry leads to its former instance.
    nodes = {"n1": {"ansible_host": "172.16.0.21"}, "n2": {"ansible_host": "172.16.0.22", "alicloud_instance_id": "i-sandbox-n22"}}
    run = older.run("routes.yml", nodes=nodes, arguments=NETWORK_PART)
    assert run.rc == 0, run.messages()
    assert read_leases(older) == {"172.16.0.11": "10.24.7.0/24", "172.16.0.21": "10.24.1.0/24", "172.16.0.22": "10.24.2.0/24"}


def test_what_is_in_doubt_is_refused(lost: ControlPlane) -> None:
    lost.region.state.put_entry(TABLE_ID, "10.24.8.0/24", "i-sandbox-n1", name="test/n1")
    before = lost.written()
    run = lost.run("recover_leases.yml")
    assert run.rc != 0
    assert [word for word in ("10.24.7.0/24, 10.24.8.0/24", "n1", "nothing was changed") if word not in run.messages()] == []
    assert lost.written() == before


def test_the_backend_of_the_entries_stays(lost: ControlPlane) -> None:
    lost.publish()
    before = lost.written()
    run = lost.run("recover_leases.yml", {"flannel_backend": "vxlan"})
    assert run.rc != 0
    assert [word for word in ("Set flannel_backend to vpc", "nothing was changed") if word not in run.messages()] == [], run.messages()
    assert lost.written() == before
