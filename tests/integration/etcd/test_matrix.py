# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The etcd modules in each version, over either API, by plain http, with mTLS, with auth and with both, and what each refuses."""

from __future__ import annotations

import json
import subprocess
import time
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.connection import Connection
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import Put
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_client import EtcdV3
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_store import V3Store
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_auth import PASSWORD, RIGHTS_PREFIX
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import VERSIONS, Certificates, EtcdServer, Park, start_etcd
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_tasks import run_task
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module

KINDS = ("http", "mTLS", "auth", "both")
CONFIG = {"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}}
NODES = [{"public_ip": "172.16.0.11"}, {"public_ip": "172.16.0.12"}]
SUBNETS = ["10.24.1.0/24", "10.24.2.0/24"]
NOWHERE = "http://127.0.0.1:9"
HOSTILE_ENVIRONMENT = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), NOWHERE),
    **dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF"), "/nonexistent"),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
    **dict.fromkeys(("ETCDCTL_CACERT", "ETCDCTL_CERT", "ETCDCTL_KEY", "ETCDCTL_CA_FILE", "SSLKEYLOGFILE"), "/nonexistent"),
    "ETCDCTL_API": "2",
    "ETCDCTL_ENDPOINTS": NOWHERE,
    "ETCDCTL_USER": "nobody:nothing",
    "ETCD_LISTEN_CLIENT_URLS": NOWHERE,
}


def as_user(server: EtcdServer, api: str, user: str | None) -> dict[str, t.Any]:
    """Return the module options of another user, None for nobody."""
    return replace(server, login={"username": user, "password": PASSWORD} if user else {}).module_args(api)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", VERSIONS)
def test_keys_and_leases_are_written_read_and_deleted(park: Park, version: str, kind: str, api: str, prefix: str) -> None:
    server = park.get(version, kind)
    args, network = server.module_args(api), prefix.rstrip("/")
    config = {**args, "key": f"{network}/config", "value": CONFIG}
    assert [run_task("etcd_key", config).changed for _unused in range(2)] == [True, False]
    assert json.loads(server.etcdctl("get", *(["--print-value-only"] if api == "v3" else []), config["key"], api=api)) == CONFIG
    leases = {**args, "etcd_prefix": network, "leases": NODES}
    assert [run_task("flannel_lease", leases).changed for _unused in range(2)] == [True, False]
    taken = {**args, "key": f"{network}/subnets/10.24.1.0-24", "value": {"PublicIP": "172.16.0.11", "PublicIPv6": None}, "ttl": 600}
    assert run_task("etcd_key", taken).changed
    listed = run_task("flannel_lease_info", {**args, "etcd_prefix": network, "ttl": True})
    first, second = listed["leases"]
    assert (first["subnet"], 590 <= first["ttl"] <= 600, second["subnet"], second["ttl"]) == (SUBNETS[0], True, SUBNETS[1], None)
    refreshed = run_task("flannel_lease", {**leases, "keep_ttl_below": 3600})
    assert [entry["result"] for entry in refreshed["results"]] == ["refreshed", "unchanged"]
    assert run_task("flannel_lease", {**leases, "state": "absent"})["leases"] == []
    run_task("etcd_key", {**args, "key": prefix, "prefix": True, "state": "absent"})
    assert run_task("etcd_key_info", {**args, "key": prefix, "prefix": True})["entries"] == []


@pytest.mark.parametrize("kind", ["http", "both"])
def test_a_hostile_environment_changes_nothing(park: Park, api: str, kind: str, prefix: str, tmp_path: Path) -> None:
    args = park.get("3.5.1", kind).module_args(api)
    texts: dict[str, str] = {name: Path(args[name]).read_text() for name in ("ca_cert", "client_cert", "client_key") if name in args}
    env = {**HOSTILE_ENVIRONMENT, "TMPDIR": str(tmp_path)}
    written = run_module("etcd_key", {**args, "key": f"{prefix}config", "value": CONFIG}, env=env)
    assert (written.failed, written.changed) == (False, True), written.msg
    done = run_module("flannel_lease", {**args, **texts, "etcd_prefix": prefix, "leases": NODES}, env=env)
    assert [lease["subnet"] for lease in done["leases"]] == SUBNETS
    assert list(tmp_path.iterdir()) == []
    assert not texts or texts["client_key"].splitlines()[1] not in done.output


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ca_cert": "rogue-ca.crt"}, "certificate is not trusted"),
        ({"client_cert": "rogue-client.crt", "client_key": "rogue-client.key"}, "client_cert"),
        ({"client_cert": None, "client_key": None}, "client_cert"),
        ({"client_key": "rogue-client.key"}, "its own key"),
        ({"ca_cert": "client.key"}, "does not hold a certificate"),
        ({"ca_cert": "absent.crt"}, "No such file"),
    ],
)
def test_wrong_certificates(etcd_tls: EtcdServer, api: str, changes: dict[str, str | None], message: str) -> None:
    assert etcd_tls.certificates is not None
    files = {name: file and etcd_tls.certificates.path(file) for name, file in changes.items()}
    args = {name: value for name, value in {**etcd_tls.module_args(api), **files}.items() if value is not None}
    result = run_task("etcd_key_info", {**args, "key": "/k"})
    assert (result.failed, message in result.msg) == (True, True), result.msg


def test_http_to_a_server_that_speaks_https(etcd_tls: EtcdServer, api: str) -> None:
    result = run_task("etcd_key_info", {"endpoints": [etcd_tls.url.replace("https", "http")], "api": api, "key": "/k"})
    assert result.failed
    assert "check whether the endpoint speaks http or https" in result.msg


def test_https_to_a_server_that_speaks_http(etcd: EtcdServer, certificates: Certificates, api: str) -> None:
    args = {**certificates.client_args(), "endpoints": [etcd.url.replace("http", "https")], "api": api, "key": "/k"}
    result = run_task("etcd_key_info", args)
    assert result.failed
    assert "check whether the endpoint speaks http or https" in result.msg


REFUSED = {"v3": "permission denied", "v2": "Insufficient credentials"}
RANGE = f"read the keys from {RIGHTS_PREFIX}/config up to {RIGHTS_PREFIX}/subnett"


@pytest.mark.parametrize(
    ("user", "module", "options", "attempted"),
    [
        ("flanneld", "flannel_lease_info", {"etcd_prefix": RIGHTS_PREFIX}, RANGE),
        ("flanneld", "flannel_lease", {"etcd_prefix": RIGHTS_PREFIX, "leases": NODES}, RANGE),
        ("flanneld", "etcd_key", {"key": f"{RIGHTS_PREFIX}/config", "value": "{}"}, f"write {RIGHTS_PREFIX}/config"),
        ("control", "etcd_key", {"key": f"{RIGHTS_PREFIX}/config", "value": "{}"}, f"write {RIGHTS_PREFIX}/config"),
        ("control", "etcd_key_info", {"key": "/test/k"}, "read /test/k"),
        ("control", "etcd_key_info", {"key": "/test/", "prefix": True}, "read the keys under /test/"),
        ("control", "etcd_key", {"key": "/test/k", "state": "absent"}, "read /test/k"),
    ],
)
def test_a_user_without_the_right_is_told_what_was_refused(
    etcd_auth: EtcdServer, api: str, user: str, module: str, options: dict[str, t.Any], attempted: str
) -> None:
    result = run_task(module, {**as_user(etcd_auth, api, user), **options})
    assert result.failed
    assert result.msg.startswith(f"Could not {attempted}: etcd at {etcd_auth.url} answered: ")
    assert REFUSED[api] in result.msg and "role" in result.msg


def test_config_and_leases_are_all_that_leases_need_rights_to(etcd_auth: EtcdServer, api: str) -> None:
    root, control = (as_user(etcd_auth, api, user) for user in ("root", "control"))
    assert not run_task("etcd_key", {**root, "key": f"{RIGHTS_PREFIX}/config", "value": CONFIG}).failed
    assert not run_task(
        "etcd_key", {**root, "key": f"{RIGHTS_PREFIX}/subnets/10.24.1.0-24", "value": '{"PublicIP":"172.16.0.11"}', "ttl": 60}
    ).failed
    args = {**control, "etcd_prefix": RIGHTS_PREFIX}
    done = run_task("flannel_lease", {**args, "leases": NODES, "keep_ttl_below": 3600})
    assert [entry["result"] for entry in done["results"]] == ["refreshed", "created"]
    assert run_task("flannel_lease", {**args, "leases": NODES, "state": "absent"})["leases"] == []


@pytest.mark.parametrize("username", [None, "root", "nobody"])
@pytest.mark.parametrize("kind", ["auth", "both"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_login_that_is_missing_or_wrong(park: Park, version: str, kind: str, api: str, username: str | None) -> None:
    login = {"username": username, "password": "wrong-password"} if username else {}
    result = run_task("etcd_key_info", {**as_user(park.get(version, kind), api, None), **login, "key": "/test/k"})
    assert result.failed
    assert ("password" in result.msg, "wrong-password" in result.output, PASSWORD in result.output) == (True, False, False)
    assert ("give username and password" in result.msg) is (username is None)


def test_a_certificate_with_a_name_is_refused_where_auth_is_on(etcd_auth: EtcdServer) -> None:
    certificates = t.cast("Certificates", etcd_auth.certificates)
    named = {"client_cert": certificates.path("named-client.crt"), "client_key": certificates.path("named-client.key")}
    for module, options in (("etcd_key_info", {"key": "/k"}), ("flannel_lease_info", {})):
        refused = run_task(module, {**as_user(etcd_auth, "v3", "root"), **named, **options})
        assert (refused.failed, "use one whose subject has no CN" in refused.msg) == (True, True), refused.msg


def test_a_login_where_auth_is_off_is_a_warning(etcd: EtcdServer) -> None:
    result = run_task("etcd_key_info", {**as_user(etcd, "v3", "root"), "key": "/k"})
    assert (result.failed, "authentication off" in str(result["warnings"])) == (False, True)


def test_a_token_that_has_expired_is_replaced(park: Park, prefix: str) -> None:
    clients = [EtcdV3(Connection((park.get(version, "auth").url,), username="worker", password=PASSWORD)) for version in VERSIONS]
    for client in clients:
        client.range(b"/test/k")
    assert [client.requests for client in clients] == [2, 2]
    time.sleep(2.5)
    for client in clients:
        V3Store(client).write([Put(f"{prefix}k".encode(), b"x", expected=0)])
    assert [client.requests for client in clients] == [5, 5]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_token_that_ended_with_a_change_of_users_is_replaced(version: str, tmp_path: Path) -> None:
    key, public = tmp_path / "jwt.key", tmp_path / "jwt.pub"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)
    token = f"--auth-token=jwt,pub-key={public},priv-key={key},sign-method=RS256,ttl=10m"
    server = start_etcd(version, tmp_path / "etcd", flags=["--bcrypt-cost=4", token])
    try:
        for command in ("user add root:hunter2", "user grant-role root root", "auth enable"):
            server.etcdctl(*command.split())
        client = EtcdV3(Connection((server.url,), username="root", password=PASSWORD))
        client.range(b"/k")
        replace(server, login={"username": "root"}).etcdctl("role", "add", "another")
        client.range(b"/k")
        replace(server, login={"username": "root"}).etcdctl("auth", "disable")
        client.range(b"/k")
    finally:
        server.stop()
