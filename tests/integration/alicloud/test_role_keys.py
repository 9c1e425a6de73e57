# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary identities: where they come from, and that they are renewed when they expire in the middle of a run."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import CredentialsError
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.role_keys import instance_role, oidc_role
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.tests.contract.cloud_clock import Clock
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, VPC_ID, Cloud
from ansible_collections.alicloud.flannel.tests.integration.alicloud.test_identity import DEAD_PROXY, NO_IDENTITY
from ansible_collections.alicloud.flannel.tests.integration.run_module import COLLECTIONS, run_module

READ = ("vpc", "DescribeVpcAttribute", {"VpcId": VPC_ID})
WRITE = ("ecs", "ModifyNetworkInterfaceAttribute", {"NetworkInterfaceId": "eni-sandbox-n1", "SourceDestCheck": False})
ROLE, OTHER_ROLE = "acs:ram::1000000000000000:role/routes", "acs:ram::1000000000000000:role/other"
PROVIDER = "acs:ram::1000000000000000:oidc-provider/ci"
TOKEN = "header.payload.signature"
HOUR = 3601.0


@pytest.fixture
def clock(cloud: Cloud) -> Clock:
    """Stop the region's time; it has two roles."""
    stopped = Clock()
    cloud.state.clock = stopped
    cloud.state.roles.update({ROLE: None, OTHER_ROLE: None})
    return stopped


@pytest.fixture
def token_file(cloud: Cloud, tmp_path: Path) -> Path:
    """Return a file with an OIDC token that the region accepts."""
    cloud.state.oidc_tokens[PROVIDER] = {TOKEN}
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return path


def options_of(cloud: Cloud, **options: t.Any) -> dict[str, t.Any]:
    names = ("access_key", "secret_key", "security_token", "profile", "ram_role_arn")
    return {**dict.fromkeys(names), "region": "cn-hangzhou", "endpoint": cloud.server.url, **options}


def environment_of(path: Path) -> dict[str, str]:
    names = {"ROLE_ARN": ROLE, "OIDC_PROVIDER_ARN": PROVIDER, "OIDC_TOKEN_FILE": str(path)}
    return {f"ALIBABA_CLOUD_{name}": value for name, value in names.items()}


def callers(cloud: Cloud, action: str) -> list[str]:
    return [call.params["AccessKeyId"] for call in cloud.server.calls if call.action == action]


def test_an_oidc_token_gets_a_role_that_is_renewed_with_the_token_of_the_day(cloud: Cloud, clock: Clock, token_file: Path) -> None:
    hidden: set[str] = set()
    client = AlicloudClient.from_options(options_of(cloud), environment_of(token_file), hidden.update)
    assert client.call(*READ)["VpcId"] == VPC_ID
    cloud.state.oidc_tokens[PROVIDER] = {"a.new.token"}
    token_file.write_text("a.new.token")
    clock.now += HOUR
    client.call(*WRITE)
    assert cloud.server.count("AssumeRoleWithOIDC") == 2
    refused, used = callers(cloud, WRITE[1])
    assert {refused, used} <= hidden
    assert refused != used


def test_a_role_is_renewed_together_with_the_identity_that_assumed_it(cloud: Cloud, clock: Clock, token_file: Path) -> None:
    client = AlicloudClient.from_options(options_of(cloud, ram_role_arn=OTHER_ROLE), environment_of(token_file))
    clock.now += HOUR
    assert client.call(*READ)["VpcId"] == VPC_ID
    assert [cloud.server.count(action) for action in ("AssumeRoleWithOIDC", "AssumeRole", READ[1])] == [2, 3, 2]
    assert client.api_calls == 5


def test_a_role_that_a_key_assumed_is_renewed_once_a_call(cloud: Cloud, clock: Clock) -> None:
    client = AlicloudClient.from_options(options_of(cloud, access_key=ACCESS_KEY, secret_key=SECRET_KEY, ram_role_arn=ROLE), {})
    for _hour in range(3):
        clock.now += HOUR
        client.call(*READ)
    assert (cloud.server.count("AssumeRole"), client.api_calls) == (4, 10)


def test_a_token_that_was_given_can_not_be_renewed(cloud: Cloud, clock: Clock) -> None:
    cloud.state.add_account("STS.given", "given-secret", security_token="given-token", token_seconds=60)
    given = {"access_key": "STS.given", "secret_key": "given-secret", "security_token": "given-token"}
    client = AlicloudClient.from_options(options_of(cloud, **given), {})
    client.call(*READ)
    clock.now += 61
    with pytest.raises(CredentialsError, match="has expired: get new temporary credentials"):
        client.call(*READ)
    assert cloud.server.count() == 2


def test_what_is_renewed_but_still_expired_ends_the_call(cloud: Cloud, clock: Clock) -> None:
    cloud.state.add_account("STS.old", "old-secret", security_token="old-token", token_seconds=-1)

    def renew() -> Credentials:
        return Credentials("STS.old", "old-secret", "old-token", renew=renew)

    client = AlicloudClient("cn-hangzhou", renew(), endpoint=cloud.server.url)
    with pytest.raises(CredentialsError, match="has expired"):
        client.call(*READ)
    assert cloud.server.count() == 2


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/none", "AuthenticationFail.NoPermission"),
        ("ROLE_ARN", "acs:ram::1:role/none", "sts:AssumeRoleWithOIDC for acs:ram::1:role/none in cn-hangzhou .*EntityNotExist.Role"),
        ("OIDC_TOKEN_FILE", "/nonexistent/token", "/nonexistent/token, which ALIBABA_CLOUD_OIDC_TOKEN_FILE names, can't be read"),
        ("OIDC_TOKEN_FILE", "stale", r"AuthenticationFail.OIDCToken.Invalid: The token \*\*\* is none"),
    ],
)
def test_a_refused_token_is_explained_and_not_shown(cloud: Cloud, token_file: Path, name: str, value: str, words: str) -> None:
    cloud.state.roles[ROLE] = None
    if value == "stale":
        (token_file.parent / value).write_text("stale.secret.token")
        value = str(token_file.parent / value)
    with pytest.raises(CollectionError, match=words) as caught:
        AlicloudClient.from_options(options_of(cloud), {**environment_of(token_file), f"ALIBABA_CLOUD_{name}": value})
    assert not [token for token in (TOKEN, "stale.secret.token") if token in str(caught.value)]


def test_an_unreachable_token_service_is_explained(cloud: Cloud, token_file: Path) -> None:
    fetch = oidc_role(options_of(cloud, endpoint="http://127.0.0.1:1"), environment_of(token_file))
    with pytest.raises(CollectionError, match=r"got no answer from http://127.0.0.1:1: the connection was refused"):
        fetch and fetch()


@pytest.mark.parametrize(("mode", "environment"), [("optional", {}), ("required", {"ALIBABA_CLOUD_ECS_METADATA": "routes"})])
def test_the_role_of_an_instance_is_read_past_any_proxy(
    cloud: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch, mode: str, environment: dict[str, str]
) -> None:
    for name, value in DEAD_PROXY.items():
        monkeypatch.setenv(name, value)
    instance = cloud.state.instances["i-sandbox-n1"]
    instance.ram_role, instance.http_tokens = "routes", mode
    cloud.state.add_account("STS.one", "one-secret", security_token="one-token", token_seconds=60, ram_role="routes")
    fetch = instance_role({**environment, "ALIBABA_CLOUD_IMDSV1_DISABLED": "true"}, f"{cloud.server.url}/latest")
    assert fetch is not None
    assert fetch() == ("STS.one", "one-secret", "one-token", "the RAM role routes of this instance")
    cloud.state.add_account("STS.two", "two-secret", security_token="two-token", token_seconds=60, ram_role="routes")
    assert fetch()[0] == "STS.two"


class _WithoutTokens(http.server.BaseHTTPRequestHandler):
    """A metadata service that knows no PUT."""

    def do_GET(self) -> None:
        keys = {"Code": "Success", "AccessKeyId": "STS.v1", "AccessKeySecret": "v1-secret", "SecurityToken": "v1-token"}
        body = (json.dumps(keys) if self.path.endswith("/routes") else "routes").encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: t.Any) -> None:
        pass


def test_metadata_without_tokens_is_read_unless_that_is_forbidden() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _WithoutTokens) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        metadata = f"http://127.0.0.1:{server.server_port}/latest"
        fetch, strict = instance_role({}, metadata), instance_role({"ALIBABA_CLOUD_IMDSV1_DISABLED": "true"}, metadata)
        assert fetch is not None
        assert fetch()[0] == "STS.v1"
        with pytest.raises(CollectionError, match="HTTP 501"):
            strict and strict()
        server.shutdown()


def test_an_instance_without_a_role_and_no_instance_at_all_are_explained(cloud: Cloud) -> None:
    for metadata, words in ((f"{cloud.server.url}/latest", "HTTP 404"), ("http://127.0.0.1:1/latest", "refused")):
        fetch = instance_role({}, metadata)
        with pytest.raises(CollectionError, match=f"metadata service of the instance.*gave no keys.*{words}"):
            fetch and fetch()


def test_a_whole_module_run_as_an_instance_with_a_role() -> None:
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode and "CI" not in os.environ:
        pytest.skip("may not make a network namespace")
    command = ["unshare", "-n", sys.executable, "-m", "ansible_collections.alicloud.flannel.tests.integration.alicloud.own_instance"]
    nobody = {**NO_IDENTITY, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "", "PYTHONPATH": str(COLLECTIONS)}
    done = subprocess.run(command, env={**os.environ, **nobody}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["keys"], answer["msg"]) == (["STS.role"], "")
    assert not [secret for secret in ("role-secret", "role-token") if secret in answer["output"]]


STS_PROFILE = {
    "name": "routes",
    "mode": "StsToken",
    "access_key_id": "STS.file",
    "access_key_secret": "file-secret",
    "sts_token": "file-token",
}


@pytest.mark.parametrize("source", ["named profile", "current profile", "URI"])
def test_temporary_keys_of_files_and_of_a_uri(cloud: Cloud, tmp_path: Path, source: str) -> None:
    cloud.state.add_account("STS.file", "file-secret", security_token="file-token", token_seconds=600, ram_role="routes")
    cloud.state.instances["i-sandbox-n1"].ram_role = "routes"
    environment, options = {**NO_IDENTITY, "HOME": str(tmp_path), "DEBUG": "sdk"}, {}
    if source == "URI":
        environment["ALIBABA_CLOUD_CREDENTIALS_URI"] = f"{cloud.server.url}/latest/meta-data/ram/security-credentials/routes"
    else:
        (tmp_path / ".aliyun").mkdir()
        current = "routes" if source == "current profile" else "none"
        (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": current, "profiles": [STS_PROFILE]}))
        options = {"profile": "routes"} if source == "named profile" else {}
    args = {"vpc_id": VPC_ID, "region": "cn-hangzhou", "endpoint": cloud.server.url, **options}
    result = run_module("ali_instance_info", args, env=environment)
    assert not result.failed, result.msg
    assert set(callers(cloud, "DescribeInstances")) == {"STS.file"}
    assert not [secret for secret in ("file-secret", "file-token") if secret in result.output]
