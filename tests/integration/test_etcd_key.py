# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules etcd_key and etcd_key_info as processes of their own, against real servers."""

from __future__ import annotations

import json
import os
import typing as t
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd_fixtures import (
    VERSIONS,
    Certificates,
    EtcdServer,
    free_port,
    make_certificates,
    start_etcd,
)
from ansible_collections.alicloud.flannel.tests.integration.etcd_relay import Relay
from ansible_collections.alicloud.flannel.tests.integration.run_module import COLLECTIONS, ModuleResult, run_module

APIS = ("v3", "v2")
HOSTILE_ENVIRONMENT = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9"),
    **dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"), "/nonexistent"),
    "NO_PROXY": "",
    "no_proxy": "",
    "SSLKEYLOGFILE": "/nonexistent/keys",
    "ETCDCTL_ENDPOINTS": "http://127.0.0.1:9",
}


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read(server: EtcdServer, api: str, key: str) -> str | None:
    """Return the value as etcdctl, an independent client, reads it."""
    if api == "v3":
        return server.etcdctl("get", "--print-value-only", key).rstrip("\n") or None
    listed = server.etcdctl("ls", "--recursive", env={"ETCDCTL_API": "2"}).splitlines()
    return server.etcdctl("get", key, env={"ETCDCTL_API": "2"}).rstrip("\n") if key in listed else None


def comparable(result: ModuleResult, api: str) -> dict[str, t.Any]:
    """Return what check mode must predict. Over v2 the TTL of a key that was read is what is left of it."""
    values = {name: value for name, value in result.values.items() if name not in ("revision", "invocation")}
    if api == "v2" and values.get("previous"):
        values["previous"] = {**values["previous"], "ttl": None}
        values["diff"] = {**values["diff"], "before": {**values["diff"]["before"], "ttl": None}}
    return values


CREATE: dict[str, t.Any] = {"value": {"Network": "10.24.0.0/16", "SubnetLen": 24}}
MODIFY: dict[str, t.Any] = {"value": {"Network": "10.24.0.0/16", "SubnetLen": 25}, "ttl": 600}
REMOVE: dict[str, t.Any] = {"state": "absent"}
CREATED = '{"Network":"10.24.0.0/16","SubnetLen":24}'
MODIFIED = '{"Network":"10.24.0.0/16","SubnetLen":25}'


def test_create_modify_and_delete_each_checked_first_and_repeated(etcd: EtcdServer, api: str, prefix: str) -> None:
    key = f"{prefix}config"
    before = None
    for step, after in ((CREATE, CREATED), (MODIFY, MODIFIED), (REMOVE, None)):
        args = {**etcd.module_args(api), "key": key, **step}
        checked = run_module("etcd_key", args, check=True, diff=True)
        assert (checked.failed, checked.changed, read(etcd, api, key)) == (False, True, before)
        done = run_module("etcd_key", args, diff=True)
        assert (done.changed, read(etcd, api, key)) == (True, after)
        assert comparable(checked, api) == comparable(done, api)
        for check in (True, False):
            again = run_module("etcd_key", args, check=check, diff=True)
            assert (again.failed, again.changed, read(etcd, api, key)) == (False, False, after)
            assert (again["diff"]["before"] == again["diff"]["after"], again["exists"]) == (True, after is not None)
        before = after


def test_info_reads_what_was_written(etcd: EtcdServer, api: str, prefix: str) -> None:
    written = run_module("etcd_key", {**etcd.module_args(api), "key": f"{prefix}a", "value": "é", "ttl": 600})
    run_module("etcd_key", {**etcd.module_args(api), "key": f"{prefix}b", "value": ""})
    found = run_module("etcd_key_info", {**etcd.module_args(api), "key": prefix, "prefix": True, "ttl": True}, check=True)
    assert (found["exists"], found.changed) == (True, False)
    first, second = found["keys"]
    assert (first["key"], first["value"], first["revision"], first["leased"]) == (f"{prefix}a", "é", written["revision"], True)
    assert 590 <= first["ttl"] <= 600
    assert first.get("granted_ttl") == (600 if api == "v3" else None)
    assert (second["value"], second["leased"], "ttl" in second) == ("", False, False)
    one = run_module("etcd_key_info", {**etcd.module_args(api), "key": f"{prefix}b"})
    assert one["keys"] == [second]
    none = run_module("etcd_key_info", {**etcd.module_args(api), "key": f"{prefix}c"})
    assert (none.failed, none["exists"], none["keys"]) == (False, False, [])


def test_keys_below_a_directory_are_deleted(etcd: EtcdServer, api: str, prefix: str) -> None:
    for name in ("a/1", "a/2", "ab"):
        run_module("etcd_key", {**etcd.module_args(api), "key": prefix + name, "value": "x"})
    args = {**etcd.module_args(api), "key": f"{prefix}a/", "prefix": True, "state": "absent"}
    checked = run_module("etcd_key", args, check=True, diff=True)
    done = run_module("etcd_key", args, diff=True)
    assert comparable(checked, api) == comparable(done, api)
    assert done["deleted_keys"] == [f"{prefix}a/1", f"{prefix}a/2"]
    assert run_module("etcd_key", args).changed is False
    assert read(etcd, api, f"{prefix}ab") == "x"


def test_a_ttl_is_granted_once_refreshed_on_demand_and_taken_away(etcd: EtcdServer, api: str, prefix: str) -> None:
    args = {**etcd.module_args(api), "key": f"{prefix}k", "value": "x"}
    assert run_module("etcd_key", {**args, "ttl": 600})["ttl"] == 600
    assert run_module("etcd_key", {**args, "ttl": 600}).changed is False
    assert run_module("etcd_key", {**args, "ttl": 600, "refresh": True}).changed is True
    kept = run_module("etcd_key", {**args, "value": "y"})
    assert (kept.changed, kept["ttl"] in (598, 599, 600)) == (True, True)
    shortened = run_module("etcd_key", {**args, "value": "y", "ttl": 300})
    assert (shortened.changed, shortened["ttl"]) == (True, 300)
    gone = run_module("etcd_key", {**args, "value": "y", "ttl": 0})
    assert (gone.changed, gone["ttl"]) == (True, None)
    assert run_module("etcd_key", {**args, "value": "y", "ttl": 0}).changed is False
    shortest = run_module("etcd_key", {**args, "value": "y", "ttl": 1})
    assert (shortest.changed, shortest["ttl"]) == (True, 2)


def test_conditions_hold_or_nothing_is_written(etcd: EtcdServer, api: str, prefix: str) -> None:
    args = {**etcd.module_args(api), "key": f"{prefix}k"}
    first = run_module("etcd_key", {**args, "value": "1", "create_only": True})
    assert run_module("etcd_key", {**args, "value": "1", "create_only": True}).changed is False
    for condition in ({"create_only": True}, {"prev_value": "0"}, {"prev_revision": first["revision"] + 1}):
        refused = run_module("etcd_key", {**args, "value": "2", **condition})
        assert (refused.failed, refused["revision"], "nothing was written" in refused.msg) == (True, first["revision"], True)
        assert read(etcd, api, args["key"]) == "1"
    assert run_module("etcd_key", {**args, "value": "2", "prev_value": "1"}).changed is True
    second = run_module("etcd_key", {**args, "value": "2", "prev_value": "1"})
    assert second.changed is False
    assert run_module("etcd_key", {**args, "value": "3", "prev_revision": second["revision"]}).changed is True
    assert run_module("etcd_key", {**args, "state": "absent", "prev_value": "2"}).failed
    assert run_module("etcd_key", {**args, "state": "absent", "prev_value": "3"}).changed is True
    absent = run_module("etcd_key", {**args, "value": "4", "prev_value": "3"})
    assert (absent.failed, "does not exist" in absent.msg) == (True, True)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"value": "x", "prefix": True}, "use it with state=absent"),
        ({"value": "x", "value_b64": "eA=="}, "mutually exclusive"),
        ({}, "any of the following are missing: value, value_b64"),
        ({"value": "x", "endpoints": ["127.0.0.1:2379"]}, "must be http://HOST:PORT"),
        ({"value": "x", "username": "u"}, "required together"),
    ],
)
def test_bad_input_is_refused_without_a_request(args: dict[str, t.Any], message: str) -> None:
    with Relay("http://127.0.0.1:9") as relay:
        result = run_module("etcd_key", {"endpoints": [relay.url], "key": "/k", **args})
        assert (result.failed, relay.requests) == (True, [])
    assert message in result.msg


def test_bootstrap_plans_against_nothing_in_check_mode_only() -> None:
    args = {"endpoints": [f"http://127.0.0.1:{free_port()}"], "key": "/k", "value": "x", "bootstrap": True}
    planned = run_module("etcd_key", args, check=True, diff=True)
    assert (planned.changed, planned["diff"]["after"]["value"]) == (True, "x")
    done = run_module("etcd_key", args)
    assert (done.failed, "no etcd endpoint answered" in done.msg) == (True, True)
    del args["value"]
    assert run_module("etcd_key_info", args, check=True)["exists"] is False
    assert run_module("etcd_key_info", args).failed


def test_the_first_endpoint_may_be_dead(etcd: EtcdServer, api: str, prefix: str) -> None:
    args = etcd.module_args(api)
    args["endpoints"].insert(0, f"http://127.0.0.1:{free_port()}")
    assert run_module("etcd_key", {**args, "key": f"{prefix}k", "value": "x"}).changed is True


def test_tls_with_certificates_as_paths_or_text_in_a_hostile_environment(
    etcd_tls: EtcdServer, api: str, prefix: str, tmp_path: Path
) -> None:
    args = {**etcd_tls.module_args(api), "key": f"{prefix}k", "value": "x"}
    assert run_module("etcd_key", args, env=HOSTILE_ENVIRONMENT).changed is True
    texts = {name: Path(args[name]).read_text() for name in ("ca_cert", "client_cert", "client_key")}
    again = run_module("etcd_key", {**args, **texts}, env={**HOSTILE_ENVIRONMENT, "TMPDIR": str(tmp_path)})
    assert (again.failed, again.changed) == (False, False)
    assert list(tmp_path.iterdir()) == []
    assert texts["client_key"].splitlines()[1] not in again.output


def test_plain_http_in_a_hostile_environment(etcd: EtcdServer, api: str, prefix: str) -> None:
    args = {**etcd.module_args(api), "key": f"{prefix}k", "value": "x"}
    assert run_module("etcd_key", args, env=HOSTILE_ENVIRONMENT).changed is True


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
    result = run_module("etcd_key_info", {**args, "key": "/k"})
    assert (result.failed, message in result.msg) == (True, True), result.msg


def test_http_to_a_server_that_speaks_https(etcd_tls: EtcdServer, api: str) -> None:
    result = run_module("etcd_key_info", {"endpoints": [etcd_tls.url.replace("https", "http")], "api": api, "key": "/k"})
    assert result.failed
    assert "check whether the endpoint speaks http or https" in result.msg


def test_https_to_a_server_that_speaks_http(etcd: EtcdServer, certificates: Certificates, api: str) -> None:
    args = {**certificates.client_args(), "endpoints": [etcd.url.replace("http", "https")], "api": api, "key": "/k"}
    result = run_module("etcd_key_info", args)
    assert result.failed
    assert "check whether the endpoint speaks http or https" in result.msg


def test_nobody_answers(api: str) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = run_module("etcd_key", {"endpoints": [url], "api": api, "key": "/k", "value": "x"})
    assert result.failed
    assert (
        f"Could not read /k: no etcd endpoint answered. {'' if api == 'v3' else 'The last one was '}{url}: Connection refused" in result.msg
    )


def test_the_gateway_is_off(tmp_path: Path) -> None:
    server = start_etcd("3.4.23", tmp_path / "etcd", config_file=True)
    try:
        result = run_module("etcd_key_info", {**server.module_args(), "key": "/k"})
    finally:
        server.stop()
    assert result.failed
    assert "etcd 3.4 at" in result.msg
    assert "enable-grpc-gateway: true" in result.msg


@pytest.mark.parametrize("version", VERSIONS)
def test_v2_is_off(tmp_path: Path, version: str) -> None:
    server = start_etcd(version, tmp_path / "etcd", v2=False)
    try:
        result = run_module("etcd_key_info", {**server.module_args("v2"), "key": "/k"})
    finally:
        server.stop()
    assert result.failed
    assert "does not serve API v2. Use api: v3, or start etcd with --enable-v2" in result.msg


def test_python_etcd_is_missing(etcd: EtcdServer, tmp_path: Path) -> None:
    (tmp_path / "etcd.py").write_text("raise ImportError\n")
    hidden = os.pathsep.join([str(tmp_path), str(COLLECTIONS)])
    args = {"key": "/test/python-etcd", "endpoints": [etcd.url]}
    missing = run_module("etcd_key_info", {**args, "api": "v2"}, env={"PYTHONPATH": hidden})
    assert missing.failed
    assert "Failed to import the required Python library (python-etcd)" in missing.msg
    assert run_module("etcd_key_info", {**args, "api": "v3"}, env={"PYTHONPATH": hidden}).failed is False


@pytest.mark.parametrize("version", VERSIONS)
def test_login(tmp_path: Path, version: str) -> None:
    server = start_etcd(version, tmp_path / "etcd", certificates=make_certificates(tmp_path / "pki"))
    try:
        _check_login(server, t.cast(Certificates, server.certificates))
    finally:
        server.stop()


def _check_login(server: EtcdServer, certificates: Certificates) -> None:
    args = {**server.module_args(), "key": "/mine/k"}
    root, limited = {"username": "root", "password": "hunter2"}, {"user": "limited", "password": "hunter3"}
    early = run_module("etcd_key_info", {**args, **root})
    assert (early.failed, "authentication off" in str(early.get("warnings"))) == (False, True)
    for command in (
        "user add root:hunter2",
        "user grant-role root root",
        "user add limited:hunter3",
        "role add limited",
        "role grant-permission limited readwrite --prefix /mine/",
        "user grant-role limited limited",
        "auth enable",
    ):
        server.etcdctl(*command.split())
    assert run_module("etcd_key", {**args, **limited, "value": "x", "ttl": 60}).changed is True
    named = {"client_cert": certificates.path("named-client.crt"), "client_key": certificates.path("named-client.key")}
    for changes, message in (
        ({}, "give username and password"),
        ({**root, "password": "wrong-password"}, "Check username and password"),
        ({**limited, "key": "/others"}, "permission denied"),
        ({**limited, "key": "/", "prefix": True}, "permission denied"),
        ({**root, **named}, "use one whose subject has no CN"),
    ):
        refused = run_module("etcd_key_info", {**args, **changes})
        assert (refused.failed, message in refused.msg) == (True, True), refused.msg
        assert not any(secret in refused.output for secret in ("hunter2", "hunter3", "wrong-password"))


@pytest.mark.parametrize("given", ["value", "value_b64"])
def test_cloud_keys_of_an_old_flannel_configuration_are_never_shown(etcd: EtcdServer, api: str, prefix: str, given: str) -> None:
    config = {"Network": "10.24.0.0/16", "Backend": {"Type": "ali-vpc", "AccessKeyID": "LTAIlegacy", "accesskeysecret": "legacy-secret"}}
    text = json.dumps(config)
    wanted = {"value": config} if given == "value" else {"value_b64": b64encode(text.encode()).decode()}
    key = f"{prefix}config"
    results = [
        run_module("etcd_key", {**etcd.module_args(api), "key": key, **wanted}, check=True, diff=True),
        run_module("etcd_key", {**etcd.module_args(api), "key": key, **wanted}, diff=True),
        run_module("etcd_key_info", {**etcd.module_args(api), "key": key}),
        run_module("etcd_key", {**etcd.module_args(api), "key": key, "value": "{}", "prev_value": config}, check=True, diff=True),
        run_module("etcd_key", {**etcd.module_args(api), "key": key, "value": text, "create_only": True}, diff=True),
        run_module("etcd_key", {**etcd.module_args(api), "key": key, "value": "{}", "prev_value": {"AccessKeyID": "LTAIlegacy"}}),
        run_module("etcd_key", {**etcd.module_args(api), "key": key, "state": "absent"}, diff=True),
    ]
    for result in results:
        for secret in ("LTAIlegacy", "legacy-secret", b64encode(text.encode()).decode()):
            assert secret not in result.output
    assert "10.24.0.0/16" in results[2]["keys"][0]["value"]


def test_of_many_who_create_a_key_at_once_one_succeeds(etcd: EtcdServer, api: str, prefix: str) -> None:
    def create(value: str) -> ModuleResult:
        return run_module("etcd_key", {**etcd.module_args(api), "key": f"{prefix}lock", "value": value, "create_only": True, "ttl": 60})

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(create, "1234"))
    (winner,) = [result for result in results if result.changed]
    assert read(etcd, api, f"{prefix}lock") == winner["value"]
    assert all("it exists" in result.msg for result in results if result is not winner)


def test_a_value_that_is_no_text_is_returned_as_base64(etcd: EtcdServer, prefix: str) -> None:
    args = {**etcd.module_args(), "key": f"{prefix}k", "value_b64": "/wA="}
    done = run_module("etcd_key", args, diff=True)
    assert (done["value_b64"], "value" in done.values) == ("/wA=", False)
    assert run_module("etcd_key", args).changed is False
    assert run_module("etcd_key_info", {**etcd.module_args(), "key": f"{prefix}k"})["keys"][0]["value_b64"] == "/wA="


def test_nothing_to_do_takes_one_request(etcd: EtcdServer, prefix: str) -> None:
    with Relay(etcd.url) as relay:
        args = {"endpoints": [relay.url], "key": f"{prefix}k", "value": {"a": [1, None]}}
        run_module("etcd_key", args)
        assert relay.paths() == ["/v3/kv/range", "/v3/kv/txn"]
        relay.requests.clear()
        assert run_module("etcd_key", {**args, "value": {"a": [1, None]}}).changed is False
        assert relay.paths() == ["/v3/kv/range"]
