# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules etcd_key and etcd_key_info against real servers, over either API and in each version."""

from __future__ import annotations

import json
import typing as t
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer, free_port
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_tasks import run_task
from ansible_collections.alicloud.flannel.tests.integration.etcd.relay import Relay, lose_first
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module

Run = t.Callable[..., ModuleResult]


def read(server: EtcdServer, api: str, key: str) -> str | None:
    """Return the value as etcdctl, an independent client, reads it."""
    if api == "v3":
        return server.etcdctl("get", "--print-value-only", key).rstrip("\n") or None
    listed = server.etcdctl("ls", "--recursive", api="v2").splitlines()
    return server.etcdctl("get", key, api="v2").rstrip("\n") if key in listed else None


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


def check_the_cycle(run: Run, server: EtcdServer, api: str, key: str) -> None:
    before = None
    for step, after in ((CREATE, CREATED), (MODIFY, MODIFIED), (REMOVE, None)):
        args = {**server.module_args(api), "key": key, **step}
        checked = run("etcd_key", args, check=True, diff=True)
        assert (checked.failed, checked.changed, read(server, api, key)) == (False, True, before)
        done = run("etcd_key", args, diff=True)
        assert (done.changed, read(server, api, key)) == (True, after)
        assert comparable(checked, api) == comparable(done, api)
        for check in (True, False):
            again = run("etcd_key", args, check=check, diff=True)
            assert (again.failed, again.changed, read(server, api, key)) == (False, False, after)
            assert (again["diff"]["before"] == again["diff"]["after"], again["exists"]) == (True, after is not None)
        before = after


def test_create_modify_and_delete_each_checked_first_and_repeated(etcd: EtcdServer, api: str, prefix: str) -> None:
    check_the_cycle(run_task, etcd, api, f"{prefix}config")


@pytest.mark.parametrize("etcd", ["3.5.1"], indirect=True)
def test_the_cycle_as_processes(etcd: EtcdServer, api: str, prefix: str) -> None:
    check_the_cycle(run_module, etcd, api, f"{prefix}config")


def test_info_reads_what_was_written(etcd: EtcdServer, api: str, prefix: str) -> None:
    written = run_task("etcd_key", {**etcd.module_args(api), "key": f"{prefix}a", "value": "é", "ttl": 600})
    run_task("etcd_key", {**etcd.module_args(api), "key": f"{prefix}b", "value": ""})
    found = run_task("etcd_key_info", {**etcd.module_args(api), "key": prefix, "prefix": True, "ttl": True}, check=True)
    assert (found["exists"], found.changed) == (True, False)
    first, second = found["entries"]
    assert (first["key"], first["value"], first["revision"], first["leased"]) == (f"{prefix}a", "é", written["revision"], True)
    assert 590 <= first["ttl"] <= 600
    assert first.get("granted_ttl") == (600 if api == "v3" else None)
    assert (second["value"], second["leased"], "ttl" in second) == ("", False, False)
    one = run_task("etcd_key_info", {**etcd.module_args(api), "key": f"{prefix}b"})
    assert one["entries"] == [second]
    none = run_task("etcd_key_info", {**etcd.module_args(api), "key": f"{prefix}c"})
    assert (none.failed, none["exists"], none["entries"]) == (False, False, [])


def test_keys_below_a_directory_are_deleted(etcd: EtcdServer, api: str, prefix: str) -> None:
    for name in ("a/1", "a/2", "ab"):
        run_task("etcd_key", {**etcd.module_args(api), "key": prefix + name, "value": "x"})
    args = {**etcd.module_args(api), "key": f"{prefix}a/", "prefix": True, "state": "absent"}
    checked = run_task("etcd_key", args, check=True, diff=True)
    done = run_task("etcd_key", args, diff=True)
    assert comparable(checked, api) == comparable(done, api)
    assert done["deleted_keys"] == [f"{prefix}a/1", f"{prefix}a/2"]
    assert run_task("etcd_key", args).changed is False
    assert read(etcd, api, f"{prefix}ab") == "x"


def test_a_ttl_is_granted_once_refreshed_on_demand_and_taken_away(etcd: EtcdServer, api: str, prefix: str) -> None:
    args = {**etcd.module_args(api), "key": f"{prefix}k", "value": "x"}
    assert run_task("etcd_key", {**args, "ttl": 600})["ttl"] == 600
    assert run_task("etcd_key", {**args, "ttl": 600}).changed is False
    assert run_task("etcd_key", {**args, "ttl": 600, "refresh": True}).changed is True
    kept = run_task("etcd_key", {**args, "value": "y"})
    assert (kept.changed, kept["ttl"] in (598, 599, 600)) == (True, True)
    shortened = run_task("etcd_key", {**args, "value": "y", "ttl": 300})
    assert (shortened.changed, shortened["ttl"]) == (True, 300)
    gone = run_task("etcd_key", {**args, "value": "y", "ttl": 0})
    assert (gone.changed, gone["ttl"]) == (True, None)
    assert run_task("etcd_key", {**args, "value": "y", "ttl": 0}).changed is False
    shortest = run_task("etcd_key", {**args, "value": "y", "ttl": 1})
    assert (shortest.changed, shortest["ttl"]) == (True, 2)


def test_conditions_hold_or_nothing_is_written(etcd: EtcdServer, api: str, prefix: str) -> None:
    args = {**etcd.module_args(api), "key": f"{prefix}k"}
    first = run_task("etcd_key", {**args, "value": "1", "create_only": True})
    assert run_task("etcd_key", {**args, "value": "1", "create_only": True}).changed is False
    for condition in ({"create_only": True}, {"prev_value": "0"}, {"prev_revision": first["revision"] + 1}):
        refused = run_task("etcd_key", {**args, "value": "2", **condition})
        assert (refused.failed, refused["revision"], "nothing was written" in refused.msg) == (True, first["revision"], True)
        assert read(etcd, api, args["key"]) == "1"
    assert run_task("etcd_key", {**args, "value": "2", "prev_value": "1"}).changed is True
    second = run_task("etcd_key", {**args, "value": "2", "prev_value": "1"})
    assert second.changed is False
    assert run_task("etcd_key", {**args, "value": "3", "prev_revision": second["revision"]}).changed is True
    assert run_task("etcd_key", {**args, "state": "absent", "prev_value": "2"}).failed
    assert run_task("etcd_key", {**args, "state": "absent", "prev_value": "3"}).changed is True
    absent = run_task("etcd_key", {**args, "value": "4", "prev_value": "3"})
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
    planned = run_task("etcd_key", args, check=True, diff=True)
    assert (planned.changed, planned["diff"]["after"]["value"]) == (True, "x")
    done = run_task("etcd_key", args)
    assert (done.failed, "no etcd endpoint answered" in done.msg) == (True, True)
    del args["value"]
    assert run_task("etcd_key_info", args, check=True)["exists"] is False
    assert run_task("etcd_key_info", args).failed


def secret_tasks(server: EtcdServer, api: str, key: str, given: str) -> list[tuple[str, dict[str, t.Any], bool]]:
    """Return tasks about a config with credentials, which to check only, and the reading one last."""
    text = json.dumps(SECRET_CONFIG)
    desired = {"value": SECRET_CONFIG} if given == "value" else {"value_b64": b64encode(text.encode()).decode()}
    args = {**server.module_args(api), "key": key}
    return [
        ("etcd_key", {**args, **desired}, True),
        ("etcd_key", {**args, **desired}, False),
        ("etcd_key", {**args, "value": "{}", "prev_value": SECRET_CONFIG}, True),
        ("etcd_key", {**args, "value": text, "create_only": True}, False),
        ("etcd_key", {**args, "value": "{}", "prev_value": {"AccessKeyID": "LTAIlegacy"}}, False),
        ("etcd_key", {**args, "state": "absent"}, True),
        ("etcd_key_info", args, False),
    ]


SECRET_CONFIG = {"Network": "10.24.0.0/16", "Backend": {"Type": "ali-vpc", "AccessKeyID": "LTAIlegacy", "accesskeysecret": "legacy-secret"}}
SECRETS = ("LTAIlegacy", "legacy-secret", b64encode(json.dumps(SECRET_CONFIG).encode()).decode())


@pytest.mark.parametrize("given", ["value", "value_b64"])
def test_cloud_keys_of_an_old_flannel_configuration_are_never_shown(etcd: EtcdServer, api: str, prefix: str, given: str) -> None:
    results = [run_task(name, args, check=check, diff=True) for name, args, check in secret_tasks(etcd, api, f"{prefix}config", given)]
    assert [secret for secret in SECRETS for result in results if secret in result.output] == []
    assert "10.24.0.0/16" in results[-1]["entries"][0]["value"]


@pytest.mark.parametrize("given", ["value", "value_b64"])
@pytest.mark.parametrize("etcd", ["3.5.1"], indirect=True)
def test_cloud_keys_are_not_in_what_a_process_prints_of_its_arguments(etcd: EtcdServer, prefix: str, given: str) -> None:
    tasks = secret_tasks(etcd, "v3", f"{prefix}config", given)
    results = [run_module(name, args, check=True, diff=True) for name, args, _check in (tasks[0], tasks[2])]
    assert [secret for secret in SECRETS for result in results if secret in result.output] == []


def test_of_many_who_create_a_key_at_once_one_succeeds(etcd: EtcdServer, api: str, prefix: str) -> None:
    def create(value: str) -> ModuleResult:
        return run_task("etcd_key", {**etcd.module_args(api), "key": f"{prefix}lock", "value": value, "create_only": True, "ttl": 60})

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(create, "1234"))
    (winner,) = [result for result in results if result.changed]
    assert read(etcd, api, f"{prefix}lock") == winner["value"]
    assert all("it exists" in result.msg for result in results if result is not winner)


@pytest.mark.parametrize("step", [MODIFY, REMOVE])
def test_a_lost_reply_is_neither_a_failure_nor_a_second_write(etcd: EtcdServer, api: str, prefix: str, step: dict[str, t.Any]) -> None:
    key = f"{prefix}config"
    first = run_task("etcd_key", {**etcd.module_args(api), "key": key, **CREATE})
    method = {"v3": "POST", "v2": "DELETE" if step is REMOVE else "PUT"}[api]
    with Relay(etcd.url, lose_first(method, "/kv/txn" if api == "v3" else key)) as relay:
        args = {**etcd.module_args(api), "endpoints": [relay.url, etcd.url], "key": key, **step}
        result = run_task("etcd_key", args)
        assert (result.failed, result.changed) == (False, True)
        assert run_task("etcd_key", args).changed is False
    assert read(etcd, api, key) == (None if step is REMOVE else MODIFIED)
    assert step is REMOVE or result["revision"] == first["revision"] + 1


def test_a_value_that_is_no_text_is_returned_as_base64(etcd: EtcdServer, prefix: str) -> None:
    args = {**etcd.module_args(), "key": f"{prefix}k", "value_b64": "/wA="}
    done = run_task("etcd_key", args, diff=True)
    assert (done["value_b64"], "value" in done.values) == ("/wA=", False)
    assert run_task("etcd_key", args).changed is False
    assert run_task("etcd_key_info", {**etcd.module_args(), "key": f"{prefix}k"})["entries"][0]["value_b64"] == "/wA="


def test_nothing_to_do_takes_one_request(etcd: EtcdServer, prefix: str) -> None:
    with Relay(etcd.url) as relay:
        args = {"endpoints": [relay.url], "key": f"{prefix}k", "value": {"a": [1, None]}}
        run_task("etcd_key", args)
        assert relay.paths() == ["/v3/kv/range", "/v3/kv/txn"]
        relay.requests.clear()
        assert run_task("etcd_key", {**args, "value": {"a": [1, None]}}).changed is False
        assert relay.paths() == ["/v3/kv/range"]
