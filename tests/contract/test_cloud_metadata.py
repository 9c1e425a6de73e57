# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metadata service, with and without its token."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.contract.cloud_http import fetch
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import Cloud
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState

TTL = "X-aliyun-ecs-metadata-token-ttl-seconds"
TOKEN = "X-aliyun-ecs-metadata-token"
VALUES = [
    ("instance-id", "i-sandbox-n1"),
    ("region-id", "cn-hangzhou"),
    ("zone-id", "cn-hangzhou-a"),
    ("vpc-id", "vpc-sandbox"),
    ("vpc-cidr-block", "172.16.0.0/16"),
    ("vswitch-id", "vsw-sandbox-a"),
    ("vswitch-cidr-block", "172.16.0.0/24"),
    ("private-ipv4", "172.16.0.11"),
    ("hostname", "n1"),
]


def ask(cloud: Cloud, path: str, **headers: str) -> tuple[int, str]:
    named = {TOKEN: headers["token"]} if "token" in headers else {}
    return fetch(f"{cloud.server.url}/latest/meta-data/{path}", headers=named)


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_values(cloud: Cloud, name: str, value: str) -> None:
    assert ask(cloud, name) == (200, value)


def test_unknown_paths(cloud: Cloud) -> None:
    assert ask(cloud, "nothing")[0] == 404
    assert ask(cloud, "ram/security-credentials/")[0] == 404


def test_user_data(cloud: Cloud) -> None:
    url = f"{cloud.server.url}/latest/user-data"
    assert fetch(url)[0] == 404
    cloud.state.instances["i-sandbox-n1"].user_data = "#!/bin/sh\n"
    assert fetch(url) == (200, "#!/bin/sh\n")


def test_hardened_mode_asks_for_a_token(cloud: Cloud) -> None:
    cloud.state.instances["i-sandbox-n1"].http_tokens = "required"
    assert ask(cloud, "instance-id")[0] == 403
    status, token = fetch(f"{cloud.server.url}/latest/api/token", "PUT", headers={TTL: "60"})
    assert status == 200
    assert ask(cloud, "instance-id", token=token) == (200, "i-sandbox-n1")
    assert ask(cloud, "instance-id", token="other")[0] == 403


@pytest.mark.parametrize(("method", "ttl"), [("GET", "60"), ("PUT", "0"), ("PUT", "21601"), ("PUT", "soon")])
def test_bad_token_requests(cloud: Cloud, method: str, ttl: str) -> None:
    assert fetch(f"{cloud.server.url}/latest/api/token", method, headers={TTL: ttl})[0] == 400


def test_a_role_hands_out_its_credentials(cloud: Cloud) -> None:
    cloud.state.instances["i-sandbox-n1"].ram_role = "routes"
    cloud.state.add_account("STS.role", "role-secret", security_token="role-token", token_seconds=600, ram_role="routes")
    assert ask(cloud, "ram/security-credentials/") == (200, "routes")
    credentials: dict[str, t.Any] = json.loads(ask(cloud, "ram/security-credentials/routes")[1])
    assert (credentials["Code"], credentials["AccessKeyId"], credentials["SecurityToken"]) == ("Success", "STS.role", "role-token")
    assert ask(cloud, "ram/security-credentials/other")[0] == 404


def test_an_instance_is_known_by_its_address() -> None:
    state = CloudState()
    state.add_vpc("127.0.0.0/8", "vpc-loopback")
    vswitch = state.add_vswitch("vpc-loopback", "127.0.0.0/24", "cn-hangzhou-a")
    server = CloudServer(state)
    server.start()
    url = f"{server.url}/latest/meta-data/instance-id"
    assert fetch(url)[0] == 404
    state.add_instance(vswitch.vswitch_id, "127.0.0.1", "i-caller")
    assert fetch(url) == (200, "i-caller")
    server.stop()
