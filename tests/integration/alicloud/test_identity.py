# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose name a module calls the cloud in, over which connection, and what of that it shows: modules as processes."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import re
import ssl
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import Unreachable
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, VPC_ID, Cloud
from ansible_collections.alicloud.flannel.tests.integration.run_module import COLLECTIONS, ModuleResult, run_module
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError as Refused
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# No identity of the machine that runs the tests may be found.
NO_IDENTITY = {
    **{f"{prefix}{name}": "" for prefix in ("ALIBABA_CLOUD_", "ALICLOUD_", "ALIYUN_") for name in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET")},
    "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
    "HOME": "/nonexistent",
}
DEAD_PROXY = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"), "http://me:proxy-password@127.0.0.1:1")


@pytest.fixture
def read(cloud: Cloud) -> t.Callable[..., ModuleResult]:
    """Return a function that reads instances with these options and this environment only."""

    def run(env: t.Mapping[str, str] | None = None, **options: t.Any) -> ModuleResult:
        args = {"vpc_id": VPC_ID, "region": "cn-hangzhou", "endpoint": cloud.server.url, **options}
        given = {name: value for name, value in args.items() if value is not None}
        return run_module("ali_instance_info", given, env={**NO_IDENTITY, **(env or {})})

    return run


KEYS = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
ENVIRONMENT = {"ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET_KEY}
STRAY = {"ALIYUN_ACCESS_KEY_ID": "LTAIstray", "ALIYUN_ACCESS_KEY_SECRET": "stray-secret"}

ACCEPTED: list[tuple[dict[str, str], dict[str, str]]] = [
    (KEYS, {}),
    ({"alicloud_access_key": ACCESS_KEY, "alicloud_secret_key": SECRET_KEY}, {}),
    (KEYS, STRAY),
    (KEYS, {"ALIBABA_CLOUD_SECURITY_TOKEN": "stray-token"}),
    ({}, ENVIRONMENT),
    ({}, {**ENVIRONMENT, **STRAY}),
    ({}, {"ALICLOUD_ACCESS_KEY": ACCESS_KEY, "ALICLOUD_SECRET_KEY": SECRET_KEY}),
    ({}, {"ALIYUN_ACCESS_KEY_ID": ACCESS_KEY, "ALIYUN_ACCESS_KEY_SECRET": SECRET_KEY}),
]


@pytest.mark.parametrize(("options", "environment"), ACCEPTED)
def test_the_identity_that_is_given_first_is_the_one_that_calls(
    cloud: Cloud, read: t.Callable[..., ModuleResult], options: dict[str, str], environment: dict[str, str]
) -> None:
    result = read(environment, **options)
    assert not result.failed, result.msg
    assert {call.params["AccessKeyId"] for call in cloud.server.calls} == {ACCESS_KEY}
    assert SECRET_KEY not in result.output


def test_the_region_comes_from_the_environment(read: t.Callable[..., ModuleResult]) -> None:
    assert not read({"ALICLOUD_REGION": "cn-hangzhou"}, region=None, **KEYS).failed
    assert "set the option region" in read(region=None, **KEYS).msg


def test_a_profile_is_read_and_preferred_to_the_environment(cloud: Cloud, read: t.Callable[..., ModuleResult], tmp_path: Path) -> None:
    (tmp_path / ".aliyun").mkdir()
    profile = {"name": "routes", "mode": "AK", "access_key_id": ACCESS_KEY, "access_key_secret": SECRET_KEY}
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": "other", "profiles": [profile]}))
    home = {"HOME": str(tmp_path)}
    assert not read({**home, **STRAY}, profile="routes").failed
    assert not read({**home, "ALICLOUD_PROFILE": "routes"}).failed
    unknown = read(home, profile="nothing")
    assert "No usable credentials in the profile nothing" in unknown.msg


def test_a_profile_of_the_other_file_is_read(read: t.Callable[..., ModuleResult], tmp_path: Path) -> None:
    path = tmp_path / "credentials.ini"
    path.write_text(f"[routes]\ntype = access_key\naccess_key_id = {ACCESS_KEY}\naccess_key_secret = {SECRET_KEY}\n")
    assert not read({"ALIBABA_CLOUD_CREDENTIALS_FILE": str(path)}, profile="routes").failed


def test_a_role_is_assumed_for_all_calls(cloud: Cloud, read: t.Callable[..., ModuleResult]) -> None:
    arn = "acs:ram::1000000000000000:role/routes"
    cloud.state.roles[arn] = None
    result = read(ram_role_arn=arn, **KEYS)
    assert not result.failed, result.msg
    callers = [(call.action == "AssumeRole", call.params["AccessKeyId"] == ACCESS_KEY) for call in cloud.server.calls]
    assert set(callers) == {(True, True), (False, False)}
    assert result["api_calls"] == len(callers)
    assert "EntityNotExist.Role" in read(ram_role_arn="acs:ram::1:role/none", **KEYS).msg


def test_no_identity_at_all_is_said(read: t.Callable[..., ModuleResult]) -> None:
    assert "No credentials were found" in read().msg


@pytest.mark.parametrize(
    ("missing", "words"), [("aliyunsdkcore", "aliyun-python-sdk-core"), ("alibabacloud_credentials", "alibabacloud-credentials")]
)
def test_a_missing_library_is_named(read: t.Callable[..., ModuleResult], tmp_path: Path, missing: str, words: str) -> None:
    (tmp_path / f"{missing}.py").write_text("raise ImportError('not there')\n")
    options = KEYS if missing == "aliyunsdkcore" else {}
    result = read({"PYTHONPATH": f"{tmp_path}:{COLLECTIONS}"}, **options)
    assert result.failed
    assert words in result.msg


def test_a_proxy_is_used_unless_no_proxy_names_the_host(read: t.Callable[..., ModuleResult]) -> None:
    for no_proxy in ("NO_PROXY", "no_proxy"):
        assert not read({**DEAD_PROXY, no_proxy: "127.0.0.1"}, **KEYS).failed
    through = read(DEAD_PROXY, **KEYS)
    assert "through the environment's proxy: the connection was refused" in through.msg
    assert "proxy-password" not in through.output


def _lost(cloud: Cloud) -> None:
    cloud.server.faults.add(Fault("*", times=None, drop=True))


def _unsigned(cloud: Cloud) -> None:
    text = f"server string to sign is:POST&AccessKeyId%3D{ACCESS_KEY}%26SecurityToken%3Dsecret-token"
    cloud.server.faults.add(Fault("*", times=None, error=Refused("SignatureDoesNotMatch", text, 403)))


def _talkative(cloud: Cloud) -> None:
    text = f"key {ACCESS_KEY} secret {SECRET_KEY} token secret-token https://x/?AccessKeyId={ACCESS_KEY}&Signature=abc"
    cloud.server.faults.add(Fault("*", times=None, error=Refused("InvalidSomething", text)))


def _fine(cloud: Cloud) -> None:
    pass


TOKEN = "secret-token"
BY_OPTIONS: tuple[dict[str, str], dict[str, str]] = ({}, {**KEYS, "security_token": TOKEN})
BY_ENVIRONMENT: tuple[dict[str, str], dict[str, str]] = ({**ENVIRONMENT, "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN}, {})


@pytest.mark.parametrize(
    ("prepare", "failing", "identity"),
    [
        (_fine, False, BY_ENVIRONMENT),
        (_lost, True, BY_ENVIRONMENT),
        (_unsigned, True, BY_OPTIONS),
        (_talkative, True, BY_OPTIONS),
        (_talkative, True, BY_ENVIRONMENT),
    ],
)
def test_no_output_holds_a_secret(
    cloud: Cloud,
    read: t.Callable[..., ModuleResult],
    prepare: t.Callable[[Cloud], None],
    failing: bool,
    identity: tuple[dict[str, str], dict[str, str]],
) -> None:
    cloud.state.add_account(ACCESS_KEY, SECRET_KEY, security_token=TOKEN, token_seconds=600)
    prepare(cloud)
    environment, options = identity
    # With DEBUG=sdk the SDK would print every header and URL.
    result = read({**environment, "DEBUG": "sdk"}, **options)
    assert result.failed is failing, result.msg
    assert not [secret for secret in (ACCESS_KEY, SECRET_KEY, TOKEN) if secret in result.output]
    assert not re.search(r"Signature=[^*]", result.output)


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: t.Any) -> None:
        pass


@pytest.fixture
def tls_server(tmp_path: Path) -> t.Iterator[tuple[str, Path, list[str | None]]]:
    """Serve an API behind TLS as localhost; return its URL, its certificate and the server names that clients asked for."""
    certificate = _make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://localhost:{server.server_port}", certificate, names
    server.shutdown()
    server.server_close()


def _make_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(pem))
    return path


def _client(url: str) -> AlicloudClient:
    return AlicloudClient("cn-hangzhou", Credentials("LTAItls", "tls-secret"), endpoint=url, sleep=lambda _seconds: None)


@pytest.mark.parametrize("scheme", ["https://", ""])
def test_a_call_is_made_over_tls_and_names_the_server(
    tls_server: tuple[str, Path, list[str | None]], monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    url, certificate, names = tls_server
    monkeypatch.setenv("ALIBABA_CLOUD_CA_BUNDLE", str(certificate))
    assert _client(url.replace("https://", scheme)).call("vpc", "DescribeVpcAttribute", {"VpcId": VPC_ID}) == {}
    assert names == ["localhost"]


def test_a_certificate_that_is_not_trusted_ends_the_call(tls_server: tuple[str, Path, list[str | None]]) -> None:
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        _client(tls_server[0]).call("vpc", "DescribeVpcAttribute", {"VpcId": VPC_ID})


def test_a_host_without_scheme_is_never_spoken_to_in_cleartext(cloud: Cloud) -> None:
    with pytest.raises(Unreachable, match="does not speak TLS"):
        _client(cloud.server.url.partition("//")[2]).call("vpc", "DescribeVpcAttribute", {"VpcId": VPC_ID})
    assert cloud.server.count() == 0
