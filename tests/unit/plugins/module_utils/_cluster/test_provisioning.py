# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.foreign_objects import FilterModule as ForeignObjects
from ansible_collections.alicloud.flannel.plugins.filter.provision_problems import FilterModule as ProvisionProblems

Data = t.Dict[str, t.Any]
OURS = {"alicloud-flannel-cluster": "k1"}
A: Data = {"zone_id": "cn-hangzhou-a", "cidr_block": "172.16.0.0/24"}
B: Data = {"zone_id": "cn-hangzhou-b", "cidr_block": "172.16.1.0/24"}
DESIRED: Data = {
    "cluster": "k1",
    "vpc_cidr": "172.16.0.0/16",
    "vswitches": [A, B],
    "network": "10.24.0.0/16",
    "public_key": "ssh-rsa AAAA",
    "key_pair": "",
    "ssh_sources": ["192.0.2.0/24"],
    "nodes": 3,
    "etcd_members": 1,
    "allow_removal": False,
}
VPC: Data = {"vpc_id": "vpc-1", "cidr_block": "172.16.0.0/16", "tags": {**OURS, "alicloud-flannel-etcd-members": "1"}}


def node(name: str, etcd: str = "false", cluster: str = "k1") -> Data:
    return {"instance_id": f"i-{name}", "name": name, "tags": {"alicloud-flannel-cluster": cluster, "alicloud-flannel-etcd": etcd}}


NODES = [node("k1-etcd-1", "true"), node("k1-node-1"), node("k1-node-2"), node("other", cluster="k2")]

FINE: list[tuple[Data, list[Data], list[Data]]] = [
    ({}, [], []),
    ({}, [VPC], NODES),
    ({"nodes": 5}, [VPC], NODES),
    ({"nodes": 2, "allow_removal": True}, [VPC], NODES),
    ({"nodes": 3, "etcd_members": 3}, [], []),
    ({"public_key": "", "key_pair": "mine"}, [], []),
    ({"vswitches": [{**A, "name": "one"}, {**A, "name": "two", "cidr_block": "172.16.2.0/24"}]}, [], []),
    ({}, [{**VPC, "tags": OURS}], []),
]
REFUSED: list[tuple[Data, list[Data], list[str]]] = [
    ({"cluster": "1k"}, [], ["The cluster's name '1k'"]),
    ({"cluster": "k--1"}, [], ["single hyphens"]),
    ({"cluster": "k" * 53}, [], ["2 to 52 characters"]),
    ({"vpc_cidr": "172.16.0.1/16"}, [], ["provision_vpc_cidr is '172.16.0.1/16', which is not an IPv4 CIDR block"]),
    ({"vpc_cidr": "172.16.0.0/30"}, [], ["between 8 and 28 bits", "k1-cn-hangzhou-a with", "k1-cn-hangzhou-b with"]),
    ({"vswitches": []}, [], ["provision_vswitches is empty"]),
    ({"vswitches": [{**A, "cidr_block": "here"}]}, [], ["cidr_block is 'here'"]),
    ({"vswitches": [{**A, "cidr_block": "172.16.0.0/30"}]}, [], ["between 16 and 29 bits"]),
    ({"vswitches": [{**A, "cidr_block": "10.0.0.0/24"}]}, [], ["k1-cn-hangzhou-a with 10.0.0.0/24 is not inside the VPC"]),
    (
        {"vswitches": [A, {**B, "cidr_block": "172.16.0.128/25"}]},
        [],
        ["k1-cn-hangzhou-a and k1-cn-hangzhou-b overlap: 172.16.0.0/24 and 172.16.0.128/25"],
    ),
    ({"vswitches": [A, {**A, "cidr_block": "172.16.2.0/24"}]}, [], ["2 vSwitches would be named k1-cn-hangzhou-a"]),
    ({"vswitches": [{**A, "name": "x"}, {**B, "name": "x"}]}, [], ["2 vSwitches would be named x"]),
    ({"vswitches": [A, {**B, "zone_id": "cn-beijing-a"}]}, [], ["cn-beijing-a is not a zone of this region, which has cn-hangzhou-a, "]),
    ({"network": "172.16.128.0/20"}, [], ["overlaps 172.16.0.0/16 (the VPC)"]),
    ({"network": "172.0.0.0/8"}, [], ["overlaps 172.16.0.0/16 (the VPC)"]),
    ({"network": "everywhere"}, [], ["provision_network: Network 'everywhere'"]),
    ({"public_key": ""}, [], ["either provision_public_key"]),
    ({"key_pair": "mine"}, [], ["either provision_public_key"]),
    ({"ssh_sources": []}, [], ["provision_ssh_sources is empty"]),
    ({"ssh_sources": ["192.0.2.1/24"]}, [], ["provision_ssh_sources has '192.0.2.1/24'"]),
    ({"nodes": 0}, [], ["0 node(s) are too few for 1"]),
    ({"nodes": 2, "etcd_members": 3}, [], ["2 node(s) are too few for 3 etcd member(s)"]),
    ({"nodes": 4, "etcd_members": 2}, [], ["provision_etcd_members is 2; possible are 1, 3, 5"]),
    ({"etcd_members": 3, "nodes": 5}, [VPC], ["was made with 1 etcd member(s)"]),
    ({"nodes": 2}, [VPC], ["1 instance(s) of k1-node-1, k1-node-2 would be released"]),
    ({}, [{**VPC, "cidr_block": "10.0.0.0/8"}], ["VPC vpc-1 of the cluster has 10.0.0.0/8, which can't be changed"]),
    ({}, [VPC, {**VPC, "vpc_id": "vpc-2"}], ["These VPCs all have the tag alicloud-flannel-cluster: k1", "vpc-1, vpc-2"]),
]


def problems(change: Data, vpcs: list[Data], instances: list[Data]) -> list[str]:
    (check,) = ProvisionProblems().filters().values()
    return t.cast("list[str]", check({**DESIRED, **change}, vpcs=vpcs, zones=["cn-hangzhou-a", "cn-hangzhou-b"], instances=instances))


@pytest.mark.parametrize(("change", "vpcs", "instances"), FINE)
def test_what_can_be_made(change: Data, vpcs: list[Data], instances: list[Data]) -> None:
    assert problems(change, vpcs, instances) == []


@pytest.mark.parametrize(("change", "vpcs", "texts"), REFUSED)
def test_what_cannot(change: Data, vpcs: list[Data], texts: list[str]) -> None:
    found = problems(change, vpcs, NODES if vpcs else [])
    for text in texts:
        assert any(text in problem for problem in found), found
    assert len(found) <= len(texts)


@pytest.mark.parametrize("name", ["localhost", "all", "", "-x", "n1\n", "{{ x }}", "n1,n2", "../n1"])
def test_an_instance_that_can_be_no_host_is_refused(name: str) -> None:
    renamed = {**node("k1-node-1"), "name": name}
    assert problems({}, [VPC], [renamed]) == [
        f"The instance i-k1-node-1 is named {name!r}, which no host can be: rename it, with letters, digits, dots, hyphens and underscores."
    ]


def test_foreign_objects_are_named() -> None:
    (name,) = ForeignObjects().filters().values()
    vpc = {
        "vswitches": [{"vswitch_id": "vsw-1", "name": "a", "tags": OURS}, {"vswitch_id": "vsw-2", "name": "", "tags": {}}],
        "route_tables": [
            {"route_table_id": "vtb-1", "name": "", "tags": {}, "route_table_type": "System"},
            {"route_table_id": "vtb-2", "name": "b", "tags": OURS, "route_table_type": "Custom"},
            {"route_table_id": "vtb-3", "name": "c", "tags": {}, "route_table_type": "Custom"},
        ],
        "security_groups": [{"security_group_id": "sg-1", "name": "web", "tags": {"alicloud-flannel-cluster": "k2"}}],
    }
    entries = [
        {"destination": "10.24.1.0/24", "name": "k1/n", "owner": "k1", "type": "Custom"},
        {"destination": "10.9.0.0/16", "name": "", "owner": None, "type": "Custom"},
        {"destination": "172.16.0.0/24", "name": "", "owner": None, "type": "System"},
    ]
    assert name(vpc, cluster="k1", instances=NODES, tables=[{"route_table_id": "vtb-1", "entries": entries}]) == [
        "instance i-other (other)",
        "vSwitch vsw-2 (no name)",
        "route table vtb-3 (c)",
        "security group sg-1 (web)",
        "route entry 10.9.0.0/16 (no name) in vtb-1",
    ]
