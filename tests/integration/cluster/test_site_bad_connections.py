# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What routes.yml says when the cloud or etcd doesn't let it in: the cause and what to do, no secret, and nothing written."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import ControlPlane, control_plane, plain_etcd
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import Certificates, free_port, start_etcd

__all__ = ["control_plane", "plain_etcd"]

TOKEN = "sandbox-security-token"


def credentials(access_key: str = ACCESS_KEY, secret_key: str = SECRET_KEY, token: str = "") -> dict[str, str]:
    """Return the environment that carries credentials."""
    found = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": access_key,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret_key,
        "ALIBABA_CLOUD_SECURITY_TOKEN": token,
    }
    return {name: value for name, value in found.items() if value}


def all_but(action: str) -> dict[str, t.Any]:
    """Return a RAM policy that allows everything but one call."""
    return {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": action, "Resource": "*"},
        ],
    }


def add_accounts(control_plane: ControlPlane) -> None:
    """Let in some that can't do everything."""
    state = control_plane.region.state
    state.add_account("STS.expired", SECRET_KEY, security_token=TOKEN, token_seconds=-1)
    state.add_account("LTAIblind", SECRET_KEY, all_but("ecs:DescribeInstances"))
    state.add_account("LTAIreader", SECRET_KEY, all_but("vpc:Create*"))


@pytest.mark.parametrize(
    ("access_key", "variables", "words"),
    [
        pytest.param("LTAIunknown", {}, ["InvalidAccessKeyId", "check it"], id="unknown key"),
        pytest.param(
            ACCESS_KEY, {"alicloud_secret_key": "wrong-secret", "alicloud_access_key": ACCESS_KEY}, ["secret key"], id="wrong key"
        ),
        pytest.param("STS.expired", {}, ["expired", "new temporary credentials"], id="expired token"),
        pytest.param(ACCESS_KEY, {"alicloud_region": "cn-nowhere"}, ["cn-nowhere", "check vpc_id, the region"], id="wrong region"),
        pytest.param(ACCESS_KEY, {"alicloud_vpc_id": "vpc-elsewhere"}, ["vpc-elsewhere", "region"], id="unknown VPC"),
    ],
)
def test_site_stops_before_anything_is_written(
    control_plane: ControlPlane, access_key: str, variables: dict[str, t.Any], words: list[str]
) -> None:
    add_accounts(control_plane)
    before = control_plane.written()
    token = TOKEN if access_key == "STS.expired" else ""
    arguments = ["--tags", "network_config"]
    run = control_plane.run("site.yml", variables, arguments=arguments, credentials=credentials(access_key, token=token))
    assert run.rc != 0
    assert [word for word in words if word not in run.messages()] == [], run.messages()
    assert control_plane.written() == before
    assert [secret for secret in (SECRET_KEY, TOKEN, "wrong-secret") if secret in run.stdout] == []


@pytest.mark.parametrize(
    ("access_key", "variables", "words"),
    [
        pytest.param("LTAIreader", {}, ["vpc:CreateRouteEntries", "docs/ram-policy.json"], id="no right to write"),
        pytest.param("LTAIblind", {}, ["ecs:DescribeInstances", "docs/ram-policy.json"], id="no right to list instances"),
        pytest.param(ACCESS_KEY, {"vpc_routes_route_table_ids": ["vtb-elsewhere"]}, ["vtb-elsewhere"], id="unknown table"),
    ],
)
def test_routes_are_refused(control_plane: ControlPlane, access_key: str, variables: dict[str, t.Any], words: list[str]) -> None:
    add_accounts(control_plane)
    control_plane.publish()
    run = control_plane.run("routes.yml", variables, credentials=credentials(access_key))
    assert run.rc != 0
    assert [word for word in words if word not in run.messages()] == [], run.messages()
    assert control_plane.region.routes() == {}
    assert SECRET_KEY not in run.stdout


def refused_by_etcd(control_plane: ControlPlane, connection: dict[str, t.Any], *words: str) -> None:
    """Run routes.yml and expect these words, and no write."""
    before = control_plane.written()
    run = control_plane.run("routes.yml", {"flannel_etcd": {"timeout": 10, **connection}})
    assert run.rc != 0
    assert [word for word in words if word not in run.messages()] == [], run.messages()
    assert control_plane.written() == before


def test_etcd_unreachable(control_plane: ControlPlane) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    refused_by_etcd(control_plane, {"endpoints": [endpoint]}, endpoint, "refused")


def test_etcd_with_a_certificate_of_another_authority(control_plane: ControlPlane, certificates: Certificates, tmp_path: Path) -> None:
    etcd = start_etcd("3.5.1", tmp_path / "tls", certificates=certificates)
    try:
        connection = {**etcd.module_args(), "ca_cert": certificates.path("rogue-ca.crt")}
        refused_by_etcd(control_plane, connection, etcd.url, "ca_cert")
    finally:
        etcd.stop()


def test_etcd_without_gateway(control_plane: ControlPlane, tmp_path: Path) -> None:
    etcd = start_etcd("3.5.1", tmp_path / "plain", flags=["--enable-grpc-gateway=false"])
    try:
        refused_by_etcd(control_plane, etcd.module_args(), etcd.url, "gateway")
    finally:
        etcd.stop()


def test_etcd_without_api_v2(control_plane: ControlPlane) -> None:
    refused_by_etcd(control_plane, control_plane.etcd.module_args(api="v2"), control_plane.etcd.url, "enable-v2")
