# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a cluster by provision.yml and deprovision.yml, in the cloud alone. A run takes seconds, so each one is looked at closely."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY
from ansible_collections.alicloud.flannel.tests.integration.cluster.provision_fixtures import OLDEST, POLICY, Account
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError as Refused
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Instance, Rule

# Some of the runs are made with the oldest ansible-core.
PYTHON = OLDEST if Path(OLDEST).exists() else sys.executable
REMOVED = ["DeleteRouteEntries", "DeleteInstances", "UnassociateRouteTable", "DeleteRouteTable", "DeleteSecurityGroup"]
REMOVED += ["DeleteKeyPairs", "DeleteVSwitch", "DeleteVpc"]
GUARDS: dict[str, t.Any] = {"provision_allow_removal": True, "provision_confirm": "k1"}


@pytest.fixture
def account(tmp_path: Path) -> t.Iterator[Account]:
    """Serve a region with nothing in it to somebody with the documented rights."""
    state = CloudState(settle_seconds=0.05)
    state.add_account(ACCESS_KEY, SECRET_KEY, POLICY)
    server = CloudServer(state)
    server.start()
    yield Account(state, server, tmp_path)
    server.stop()


def members(account: Account) -> dict[str, Instance]:
    """Return the instances by name."""
    return {one.name: one for one in account.state.instances.values()}


def test_the_life_of_a_cluster(account: Account) -> None:
    refused_and_planned(account)
    broken_off_and_finished(account)
    seen_the_same_from_both_sides(account)
    scaled(account)
    removed_by_nobody_else(account)
    removed(account)


def refused_and_planned(account: Account) -> None:
    """Bad input and check mode write nothing."""
    refused = account.run("provision.yml", provision_nodes=2, provision_etcd_members=3, provision_vpc_cidr="172.16.0.0/24")
    assert refused.rc != 0
    assert "2 node(s) are too few for 3" in refused.messages()
    assert "k1-cn-hangzhou-b with 172.16.1.0/24 is not inside the VPC" in refused.messages()
    assert account.writes() == []

    planned = account.run("from_scratch.yml", "--check", python=PYTHON)
    assert planned.rc == 0, planned.messages()
    (said,) = planned.results("Report what check mode can't predict")
    assert "2 vSwitch(es), their route tables, the security group, and 3 instance(s), 3 of them" in said["msg"]
    assert account.left() == []


def broken_off_and_finished(account: Account) -> None:
    """A run that breaks off is finished by the next one, also one that wants more nodes, with as many members as it began with."""
    account.server.faults.add(Fault("RunInstances", skip=3, error=Refused("OperationDenied.NoStock", "Sold out.", 403)))
    broken = account.run("provision.yml", provision_nodes=2, provision_etcd_members=1)
    assert broken.rc != 0
    assert "Sold out." in broken.messages()
    assert set(members(account)) == {"k1-etcd-1"}

    finished = account.run("provision.yml", python=PYTHON)
    assert finished.rc == 0, finished.messages()
    assert account.writes() == ["RunInstances"]
    zones = {name: account.state.vswitches[one.vswitch_id].zone_id for name, one in members(account).items()}
    assert zones == {"k1-etcd-1": "cn-hangzhou-a", "k1-node-1": "cn-hangzhou-b", "k1-node-2": "cn-hangzhou-a"}
    tables = {one.zone_id: account.state.tables[one.route_table_id].table_type for one in account.state.vswitches.values()}
    assert tables == {"cn-hangzhou-a": "System", "cn-hangzhou-b": "Custom"}
    (group,) = account.state.security_groups.values()
    assert sorted((rule.cidr, rule.protocol.lower(), rule.port_range) for rule in group.rules) == [
        ("10.24.0.0/16", "all", "-1/-1"),
        ("172.16.0.0/16", "tcp", "2379/2380"),
        ("192.0.2.0/24", "tcp", "22/22"),
    ]
    assert all(not one.source_dest_check for one in account.state.instances.values())


def seen_the_same_from_both_sides(account: Account) -> None:
    """Hosts of a run that provisions are those of the inventory plugin; a further run changes nothing."""
    made = account.show("scratch.yml", "provision.yml")
    groups, first = made[0]
    assert groups == {"etcd": ["k1-etcd-1"], "flannel_nodes": ["k1-etcd-1", "k1-node-1", "k1-node-2"]}
    member = members(account)["k1-etcd-1"]
    assert (first["flannel_control_host"], first["flannel_address"], first["etcd_member_address"]) == (
        member.name,
        *[member.private_ip] * 2,
    )
    assert [first["ansible_host"]] == member.public_ips
    assert made == account.show("ali_ecs.yml")

    member.public_ips, kept = [], member.public_ips
    unreachable = account.run("provision.yml")
    assert unreachable.rc != 0
    assert "these instances have no public address: k1-etcd-1." in unreachable.messages()
    member.public_ips = kept


def scaled(account: Account) -> None:
    """Fewer nodes: the highest numbers go, never a member, and only if that is said."""
    refused = account.run("provision.yml", provision_nodes=2)
    assert refused.rc != 0
    assert "1 instance(s) of k1-node-1, k1-node-2 would be released" in refused.messages()
    assert account.writes() == []

    # The inventory of this run was read from the cloud before the nodes went.
    fewer = account.run("provision.yml", hosts="ali_ecs.yml", provision_nodes=2, provision_allow_removal=True)
    assert fewer.rc == 0, fewer.messages()
    assert set(members(account)) == {"k1-etcd-1", "k1-node-1"}
    assert set(fewer.stats["ok"]) == {"localhost", "k1-etcd-1", "k1-node-1"}


def removed_by_nobody_else(account: Account) -> None:
    """Without the guard, or with something foreign in the VPC, nothing is removed."""
    unguarded = account.run("deprovision.yml", **{**GUARDS, "provision_confirm": "k2"})
    assert unguarded.rc != 0
    assert "This releases all instances of the cluster k1" in unguarded.messages()
    (vpc,) = account.state.vpcs.values()
    account.state.add_security_group(vpc.vpc_id, [Rule(cidr="10.0.0.0/8")], "sg-foreign", name="web")
    account.state.add_route_entry(vpc.system_table_id, "10.9.0.0/16", members(account)["k1-node-1"].instance_id, name="mine")
    refused = account.run("deprovision.yml", **GUARDS)
    assert refused.rc != 0
    assert f"security group sg-foreign (web), route entry 10.9.0.0/16 (mine) in {vpc.system_table_id}" in refused.messages()
    assert account.writes() == []
    del account.state.security_groups["sg-foreign"]
    account.state.remove_route_entry(vpc.system_table_id, "10.9.0.0/16")


def removed(account: Account) -> None:
    """All of the cluster goes, in an order that the cloud accepts; what is next to it stays."""
    state = account.state
    other = state.add_vpc("10.1.0.0/16", "vpc-other")
    for table in [one for one in state.tables.values() if one.vpc_id != other.vpc_id]:
        state.add_route_entry(table.route_table_id, "10.24.1.0/24", members(account)["k1-node-1"].instance_id, name="k1/k1-node-1")
    planned = account.run("deprovision.yml", "--check", **GUARDS)
    assert planned.rc == 0, planned.messages()
    (said,) = planned.results("Report what would be removed")
    assert set(account.left()) - set(said["msg"]) == {"vpc-other", "vtb-other-system", "k1", state.vpcs[said["msg"][-1]].system_table_id}
    assert account.writes() == []

    run = account.run("deprovision.yml", python=PYTHON, **GUARDS)
    assert run.rc == 0, run.messages()
    assert account.writes() == REMOVED
    assert account.left() == ["vpc-other", "vtb-other-system"]

    again = account.run("deprovision.yml", **GUARDS)
    assert (again.rc, again.stats["changed"], account.writes()) == (0, {}, [])
