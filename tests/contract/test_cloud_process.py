# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cloud as a process of its own, as the sandbox runs it: a world file, several addresses, control endpoints."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import NewSdk, Refused
from ansible_collections.alicloud.flannel.tests.contract.cloud_http import control, fetch
from ansible_collections.alicloud.flannel.tests.integration.run_module import COLLECTIONS

PACKAGE = "ansible_collections.alicloud.flannel.tests.sandbox.cloud"
REGION = {"RegionId": "cn-hangzhou"}
WORLD: dict[str, t.Any] = {
    "region": "cn-hangzhou",
    "settle_seconds": 0.0,
    "route_quota": 3,
    "accounts": [
        {"access_key": "key", "secret_key": "secret"},
        {"access_key": "reader", "secret_key": "secret", "policy": {"Version": "1", "Statement": []}},
    ],
    "roles": [{"role_arn": "acs:ram::1000000000000000:role/routes"}],
    "vpcs": [
        {
            "vpc_id": "vpc-w",
            "cidr": "172.16.0.0/16",
            "system_table_id": "vtb-w",
            "route_tables": [{"route_table_id": "vtb-b"}],
            "vswitches": [{"vswitch_id": "vsw-b", "cidr": "172.16.1.0/24", "zone_id": "cn-hangzhou-b", "route_table_id": "vtb-b"}],
            "security_groups": [{"security_group_id": "sg-w", "rules": [{"cidr": "10.24.0.0/16"}, {"group_id": "sg-w"}]}],
            "instances": [{"instance_id": "i-n1", "vswitch_id": "vsw-b", "private_ip": "127.0.0.1", "security_group_ids": ["sg-w"]}],
            "route_entries": [{"table_id": "vtb-b", "destination": "10.99.0.0/16", "next_hop_id": "i-n1", "name": "other"}],
        }
    ],
}


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[list[str]]:
    world: Path = tmp_path_factory.mktemp("world") / "world.yml"
    world.write_text(yaml.safe_dump(WORLD))
    command = [sys.executable, "-m", PACKAGE, "--config", str(world), "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"]
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield [process.stdout.readline().split()[-1] for _unused in range(2)]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    assert process.stdout.read() == ""


def entries(url: str) -> dict[str, str]:
    tables = control(url, "GET", "state")[1]["route_tables"]
    return {entry["destination"]: entry["next_hop_id"] for entry in tables["vtb-b"] if entry["type"] == "Custom"}


def test_every_address_serves_everything(urls: list[str]) -> None:
    for url in urls:
        vswitches = NewSdk(url, "key", "secret").call("vpc", "DescribeVSwitches", REGION)["VSwitches"]["VSwitch"]
        assert [vswitch["RouteTable"]["RouteTableId"] for vswitch in vswitches] == ["vtb-b"]
        assert fetch(f"{url}/latest/meta-data/instance-id") == (200, "i-n1")
        assert entries(url)["10.99.0.0/16"] == "i-n1"


def test_accounts_have_their_policies(urls: list[str]) -> None:
    with pytest.raises(Refused, match=r"Forbidden\.RAM"):
        NewSdk(urls[0], "reader", "secret").call("vpc", "DescribeVpcs", REGION)


def test_calls_are_counted(urls: list[str]) -> None:
    control(urls[0], "POST", "calls/reset")
    assert control(urls[0], "GET", "calls") == (200, {"total": 0, "writes": 0, "by_action": {}})
    client = NewSdk(urls[0], "key", "secret")
    entry = {"RouteTableId": "vtb-b", "DestinationCidrBlock": "10.24.1.0/24", "NextHopId": "i-n1"}
    client.call("vpc", "CreateRouteEntry", entry)
    client.call("vpc", "DescribeVpcs", REGION)
    counted = {"total": 2, "writes": 1, "by_action": {"CreateRouteEntry": 1, "DescribeVpcs": 1}}
    assert control(urls[1], "GET", "calls") == (200, counted)
    client.call("vpc", "DeleteRouteEntry", entry)


def test_a_foreign_entry_comes_and_goes(urls: list[str]) -> None:
    entry = {"table_id": "vtb-b", "destination": "10.98.0.0/16"}
    assert control(urls[0], "POST", "entry", {**entry, "next_hop_id": "i-n1", "name": "foreign"})[0] == 200
    assert entries(urls[0])["10.98.0.0/16"] == "i-n1"
    assert control(urls[0], "DELETE", "entry", entry)[0] == 200
    assert "10.98.0.0/16" not in entries(urls[0])


def test_security_groups_checks_and_instances_change(urls: list[str]) -> None:
    url, client = urls[0], NewSdk(urls[0], "key", "secret")
    assert control(url, "POST", "security_group", {"security_group_id": "sg-w", "rules": [], "inner_access": False})[0] == 200
    group = client.call("ecs", "DescribeSecurityGroupAttribute", {**REGION, "SecurityGroupId": "sg-w"})
    assert (group["Permissions"]["Permission"], group["InnerAccessPolicy"]) == ([], "Drop")
    assert control(url, "POST", "instance/source_dest_check", {"instance_id": "i-n1", "on": False})[0] == 200
    assert control(url, "GET", "state")[1]["instances"]["i-n1"]["source_dest_check"] is False
    replaced = control(url, "POST", "instance/replace", {"instance_id": "i-n1", "new_instance_id": "i-n2"})[1]
    assert (replaced["instance_id"], replaced["private_ip"]) == ("i-n2", "127.0.0.1")
    control(url, "POST", "instance/replace", {"instance_id": "i-n2", "new_instance_id": "i-n1"})
    more = {"instance_id": "i-n9", "vswitch_id": "vsw-b", "private_ip": "172.16.1.9"}
    assert control(url, "POST", "instance/start", more)[1]["status"] == "Running"
    assert client.call("ecs", "DescribeInstances", REGION)["TotalCount"] == 2
    assert control(url, "POST", "instance/address", {"instance_id": "i-n9", "private_ip": "172.16.1.10"})[1]["private_ip"] == "172.16.1.10"
    control(url, "POST", "instance/release", {"instance_id": "i-n9"})


def test_faults_are_set_and_cleared(urls: list[str]) -> None:
    url, client = urls[0], NewSdk(urls[0], "key", "secret")
    busy = {"code": "SystemBusy", "message": "busy", "status": 400}
    assert control(url, "POST", "fault", {"action": "DescribeVpcs", "error": busy, "times": None})[0] == 200
    with pytest.raises(Refused, match="SystemBusy"):
        client.call("vpc", "DescribeVpcs", REGION)
    control(url, "POST", "fault/clear")
    assert client.call("vpc", "DescribeVpcs", REGION)["TotalCount"] == 1


MISTAKES = [
    ("GET", "nothing", None, 404),
    ("POST", "entry", {"table_id": "vtb-b"}, 400),
    ("POST", "security_group", {"security_group_id": "sg-none", "rules": []}, 400),
    ("POST", "fault", {"action": "*", "colour": "red"}, 400),
]


@pytest.mark.parametrize(("method", "path", "data", "status"), MISTAKES)
def test_mistakes_are_told(urls: list[str], method: str, path: str, data: t.Any, status: int) -> None:
    answered, body = control(urls[0], method, path, data)
    assert answered == status
    assert body["error"]
