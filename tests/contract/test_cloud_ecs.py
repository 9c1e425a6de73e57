# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances, security groups and key pairs of the emulated cloud, as both generations of the SDK see them."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import Client, NewSdk, OldSdk, Refused
from ansible_collections.alicloud.flannel.tests.contract.cloud_clock import Clock
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import (
    ACCESS_KEY,
    SECRET_KEY,
    SECURITY_GROUP_ID,
    VPC_ID,
    VSWITCH_ID,
    Cloud,
    build_state,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Instance, Rule

REGION = {"RegionId": "cn-hangzhou"}
RUN = {
    **REGION,
    "ImageId": "debian_12_x64_sandbox",
    "InstanceType": "ecs.sandbox.small",
    "VSwitchId": VSWITCH_ID,
    "SecurityGroupId": SECURITY_GROUP_ID,
}
PUBLIC_KEY = "ssh-rsa " + base64.b64encode(b"\0\0\0\7ssh-rsa-key-one").decode() + " somebody"


@pytest.fixture(autouse=True)
def may_do_everything(cloud: Cloud) -> None:
    cloud.state.add_account(ACCESS_KEY, SECRET_KEY)


def run(client: Client, **fields: t.Any) -> list[str]:
    return list(client.call("ecs", "RunInstances", {**RUN, **fields})["InstanceIdSets"]["InstanceIdSet"])


def refusal(call: t.Callable[[], object]) -> tuple[str, int | None]:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code, caught.value.status


def listed(client: Client, **filters: t.Any) -> list[dict[str, t.Any]]:
    answer = client.call("ecs", "DescribeInstances", {**REGION, "MaxResults": 100, **filters})
    return list(answer["Instances"]["Instance"])


def statuses(client: Client, ids: t.Sequence[str]) -> list[str]:
    return [instance["Status"] for instance in listed(client, InstanceIds=json.dumps(ids))]


def test_instances_live_through_their_states(cloud: Cloud, client: Client, clock: Clock) -> None:
    tags = [{"Key": "cluster", "Value": "one"}]
    ids = run(client, Amount=3, InstanceName="n-[9,1]", HostName="n-[9,1]", Tag=tags, UserData=base64.b64encode(b"#!/bin/sh").decode())
    made = listed(client, Tag=tags)
    assert [(one["InstanceId"], one["InstanceName"], one["HostName"]) for one in made] == [
        (ids[0], "n-9", "n-9"),
        (ids[1], "n-10", "n-10"),
        (ids[2], "n-11", "n-11"),
    ]
    addresses = [one["NetworkInterfaces"]["NetworkInterface"][0]["PrimaryIpAddress"] for one in made]
    assert addresses == ["172.16.0.1", "172.16.0.2", "172.16.0.3"]
    assert cloud.state.instances[ids[0]].user_data == "#!/bin/sh"
    seen = []
    for _step in range(3):
        seen.append(statuses(client, ids[:1]))
        clock.settle()
    assert seen == [["Pending"], ["Starting"], ["Running"]]
    client.call("ecs", "StopInstances", {**REGION, "InstanceId": ids[:1]})
    assert statuses(client, ids) == ["Stopping", "Running", "Running"]
    clock.settle()
    assert statuses(client, ids) == ["Stopped", "Running", "Running"]
    client.call("ecs", "StartInstance", {"InstanceId": ids[0]})
    assert statuses(client, ids[:1]) == ["Starting"]
    clock.settle()
    assert refusal(lambda: client.call("ecs", "DeleteInstances", {**REGION, "InstanceId": ids}))[0] == "IncorrectInstanceStatus"
    client.call("ecs", "DeleteInstances", {**REGION, "InstanceId": ids, "Force": True})
    assert statuses(client, ids) == ["Stopping"] * 3
    clock.settle()
    assert listed(client, Tag=tags) == []


def test_a_client_token_makes_its_instances_once(cloud: Cloud, client: Client) -> None:
    first = run(client, Amount=2, ClientToken="token-1")
    assert run(client, Amount=2, ClientToken="token-1") == first
    assert refusal(lambda: run(client, Amount=3, ClientToken="token-1")) == ("IdempotentParameterMismatch", 400)
    assert refusal(lambda: run(client, DryRun=True)) == ("DryRunOperation", 400)
    assert len(cloud.state.instances) == 3 + 2


def test_the_primary_interface_takes_address_and_check(cloud: Cloud) -> None:
    client = NewSdk(cloud.server.url, ACCESS_KEY, SECRET_KEY)
    choice = {name: value for name, value in RUN.items() if name not in ("VSwitchId", "SecurityGroupId")}
    primary = {"InstanceType": "Primary", "VSwitchId": VSWITCH_ID, "SecurityGroupIds": [SECURITY_GROUP_ID], "SourceDestCheck": False}
    answer = client.call("ecs", "RunInstances", {**choice, "NetworkInterface": [{**primary, "PrimaryIpAddress": "172.16.0.77"}]})
    instance = cloud.state.instances[answer["InstanceIdSets"]["InstanceIdSet"][0]]
    assert (instance.private_ip, instance.source_dest_check, instance.security_group_ids) == ("172.16.0.77", False, [SECURITY_GROUP_ID])
    assert cloud.state.instances[run(client)[0]].source_dest_check is True


REFUSALS: list[tuple[dict[str, t.Any], str, int]] = [
    ({"ImageId": "none"}, "InvalidImageId.NotFound", 404),
    ({"InstanceType": "none"}, "InvalidInstanceType.ValueNotSupported", 400),
    ({"VSwitchId": "vsw-none"}, "InvalidVSwitchId.NotFound", 404),
    ({"SecurityGroupId": "sg-none"}, "InvalidSecurityGroupId.NotFound", 404),
    ({"SecurityGroupId": "sg-other"}, "OperationDenied.InconsistentNetwork", 403),
    ({"KeyPairName": "none"}, "InvalidKeyPairName.NotFound", 404),
    ({"RamRoleName": "none"}, "InvalidRamRole.NotFound", 404),
    ({"Password": "short"}, "InvalidPassword.Malformed", 400),
    ({"UserData": "???"}, "InvalidUserData.Base64FormatInvalid", 403),
    ({"PrivateIpAddress": "172.16.0.11"}, "InvalidIPAddress.AlreadyUsed", 400),
    ({"PrivateIpAddress": "172.16.0.254"}, "InvalidVSwitchId.IpInvalid", 403),
    ({"Amount": 101}, "InvalidAmount.NotNumeric", 403),
    ({"Amount": 3}, "QuotaExceed.ElasticQuota", 403),
]


@pytest.mark.parametrize(("fields", "code", "status"), REFUSALS)
def test_a_refused_call_makes_no_instance(cloud: Cloud, one_client: Client, fields: dict[str, t.Any], code: str, status: int) -> None:
    cloud.state.add_vpc("172.17.0.0/16", "vpc-other")
    cloud.state.add_security_group("vpc-other", security_group_id="sg-other")
    cloud.state.instance_quota = 5
    assert refusal(lambda: run(one_client, **fields)) == (code, status)
    assert len(cloud.state.instances) == 3


def test_a_security_group_and_its_rules(cloud: Cloud, client: Client) -> None:
    name = {**REGION, "VpcId": VPC_ID, "SecurityGroupName": "cluster", "Tag": [{"Key": "cluster", "Value": "one"}]}
    group = {**REGION, "SecurityGroupId": client.call("ecs", "CreateSecurityGroup", name)["SecurityGroupId"]}
    rules = [
        {"IpProtocol": "all", "PortRange": "-1/-1", "SourceCidrIp": "10.24.0.0/16", "Description": "containers"},
        {"IpProtocol": "tcp", "PortRange": "22/22", "SourceGroupId": SECURITY_GROUP_ID, "Policy": "drop", "Priority": "5"},
    ]
    for _time in range(2):  # a rule that is there is no error and not made again
        client.call("ecs", "AuthorizeSecurityGroup", {**group, "Permissions": rules})
    client.call("ecs", "AuthorizeSecurityGroupEgress", {**group, "Permissions": [{**rules[0], "DestCidrIp": "192.0.2.0/24"}]})
    found = client.call("ecs", "DescribeSecurityGroupAttribute", group)["Permissions"]["Permission"]
    assert [(rule["Direction"], rule["IpProtocol"], rule["Policy"], rule["Priority"], rule["Description"]) for rule in found] == [
        ("ingress", "ALL", "Accept", "1", "containers"),
        ("ingress", "TCP", "Drop", "5", ""),
        ("egress", "ALL", "Accept", "1", "containers"),
    ]
    client.call("ecs", "RevokeSecurityGroup", {**group, "SecurityGroupRuleId": [found[1]["SecurityGroupRuleId"]]})
    client.call("ecs", "ModifySecurityGroupAttribute", {**group, "Description": "of the cluster"})
    described = client.call("ecs", "DescribeSecurityGroups", {**REGION, "VpcId": VPC_ID, "SecurityGroupName": "cluster"})
    one = described["SecurityGroups"]["SecurityGroup"][0]
    assert (one["Description"], one["Tags"]["Tag"]) == ("of the cluster", [{"TagKey": "cluster", "TagValue": "one"}])
    assert [rule.direction for rule in cloud.state.security_groups[group["SecurityGroupId"]].rules] == ["ingress", "egress"]
    cloud.state.security_groups[SECURITY_GROUP_ID].rules.append(Rule(group_id=group["SecurityGroupId"]))
    assert refusal(lambda: client.call("ecs", "DeleteSecurityGroup", group)) == ("DependencyViolation", 403)
    cloud.state.security_groups[SECURITY_GROUP_ID].rules.pop()
    client.call("ecs", "DeleteSecurityGroup", group)
    in_use = {**REGION, "SecurityGroupId": SECURITY_GROUP_ID}
    assert refusal(lambda: client.call("ecs", "DeleteSecurityGroup", in_use)) == ("DependencyViolation", 403)
    assert refusal(lambda: client.call("ecs", "DescribeSecurityGroupAttribute", group)) == ("InvalidSecurityGroupId.NotFound", 404)


def test_a_key_pair(cloud: Cloud, client: Client) -> None:
    pair = {**REGION, "KeyPairName": "cluster"}
    made = client.call("ecs", "ImportKeyPair", {**pair, "PublicKeyBody": PUBLIC_KEY})
    assert len(made["KeyPairFingerPrint"]) == 32
    assert refusal(lambda: client.call("ecs", "ImportKeyPair", {**pair, "PublicKeyBody": PUBLIC_KEY}))[0] == "KeyPair.AlreadyExist"
    client.call(
        "ecs", "TagResources", {**REGION, "ResourceType": "keypair", "ResourceId": ["cluster"], "Tag": [{"Key": "a", "Value": "b"}]}
    )
    found = client.call("ecs", "DescribeKeyPairs", {**pair, "IncludePublicKey": True})["KeyPairs"]["KeyPair"]
    assert [(one["KeyPairName"], one["PublicKey"], one["Tags"]["Tag"]) for one in found] == [
        ("cluster", PUBLIC_KEY, [{"TagKey": "a", "TagValue": "b"}])
    ]
    client.call("ecs", "UntagResources", {**REGION, "ResourceType": "keypair", "ResourceId": ["cluster"], "TagKey": ["a"]})
    assert cloud.state.key_pairs["cluster"].tags == {}
    cloud.state.instances["i-sandbox-n1"].key_pair = "cluster"
    delete = {**REGION, "KeyPairNames": '["cluster"]'}
    assert refusal(lambda: client.call("ecs", "DeleteKeyPairs", delete))[0] == "InvalidParameter.KeypairAlreadyAttachedInstance"
    cloud.state.instances["i-sandbox-n1"].key_pair = None
    client.call("ecs", "DeleteKeyPairs", delete)
    assert cloud.state.key_pairs == {}


class Hosts:
    """Machines that remember what they were told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def machine_started(self, instance: Instance) -> None:
        assert instance.status != "Running", "the instance is Running only once its machine was started"
        self.told.append(("started", instance.private_ip))

    def machine_stopped(self, instance_id: str) -> None:
        self.told.append(("stopped", instance_id))

    def machine_released(self, instance_id: str) -> None:
        self.told.append(("released", instance_id))


def test_machines_follow_the_instances() -> None:
    hosts, clock = Hosts(), Clock()
    state = build_state(clock=clock)
    for instance in state.instances.values():
        instance.status = "Stopped"
    server = CloudServer(state, machines=hosts)
    server.start()
    client = OldSdk(server.url, ACCESS_KEY, SECRET_KEY)
    state.add_account(ACCESS_KEY, SECRET_KEY)
    try:
        (one,) = run(client)
        for action in ("StopInstances", "DeleteInstances"):
            for _step in range(3):
                clock.settle()
                state.settling.settle()
            client.call("ecs", action, {**REGION, "InstanceId": [one]})
        clock.settle()
        state.settling.settle()
    finally:
        server.stop()
    assert hosts.told == [("started", "172.16.0.1"), ("stopped", one), ("released", one)]
    assert one not in state.instances
