# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The etcd modules on servers that can't or won't do everything: what they say, and what still works."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import VERSIONS, EtcdServer, free_port, start_etcd
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_tasks import run_task
from ansible_collections.alicloud.flannel.tests.integration.run_module import COLLECTIONS, run_module

CONFIG = {"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}}
NODES = [{"public_ip": "172.16.0.11"}, {"public_ip": "172.16.0.12"}]
TASKS: t.Sequence[tuple[str, dict[str, t.Any], str]] = (
    ("etcd_key", {"key": "/k", "value": "x"}, "read /k"),
    ("etcd_key", {"key": "/k/", "prefix": True, "state": "absent"}, "read the keys under /k/"),
    ("etcd_key_info", {"key": "/k"}, "read /k"),
    ("flannel_lease", {"etcd_prefix": "/n", "leases": NODES}, "read the keys from /n/config up to /n/subnett"),
    ("flannel_lease_info", {"etcd_prefix": "/n"}, "read the keys from /n/config up to /n/subnett"),
)


def messages(server: EtcdServer, api: str) -> list[str]:
    """Return why each task failed, and hold that each says what it attempted and where."""
    results = [(run_task(name, {**server.module_args(api), **args}), attempted) for name, args, attempted in TASKS]
    for result, attempted in results:
        assert result.failed
        assert result.msg.startswith(f"Could not {attempted}: ") and server.url in result.msg, result.msg
    return [result.msg for result, _attempted in results]


def works(server: EtcdServer, api: str) -> bool:
    return all(
        run_task("etcd_key", {**server.module_args(api), "key": "/k", **step}).changed for step in ({"value": "x"}, {"state": "absent"})
    )


def test_nobody_answers(api: str) -> None:
    urls = [f"http://127.0.0.1:{free_port()}" for _unused in range(2)]
    for name, args, attempted in TASKS:
        result = run_task(name, {"endpoints": urls, "api": api, **args})
        reasons = "; ".join(f"{url}: Connection refused" for url in urls)
        assert result.msg == f"Could not {attempted}: no etcd endpoint answered. {reasons}."


def test_the_first_endpoint_may_be_dead(etcd: EtcdServer, api: str, prefix: str) -> None:
    args = {**etcd.module_args(api), "endpoints": [f"http://127.0.0.1:{free_port()}", etcd.url]}
    assert run_task("etcd_key", {**args, "key": f"{prefix}config", "value": CONFIG}).changed
    assert run_task("flannel_lease", {**args, "etcd_prefix": prefix, "leases": NODES}).changed
    assert len(run_task("flannel_lease_info", {**args, "etcd_prefix": prefix})["leases"]) == 2


@pytest.mark.parametrize(("version", "config_file"), [("3.4.23", True), ("3.4.23", False), ("3.5.1", False)])
def test_the_gateway_is_off(tmp_path: Path, version: str, config_file: bool) -> None:
    flags = [] if config_file else ["--enable-grpc-gateway=false"]
    server = start_etcd(version, tmp_path / "etcd", config_file=config_file, flags=flags)
    try:
        for message in messages(server, "v3"):
            assert f"etcd {version[:3]} at {server.url} has its JSON gateway turned off" in message
            assert "enable-grpc-gateway: true" in message
        assert works(server, "v2")
    finally:
        server.stop()


@pytest.mark.parametrize("version", VERSIONS)
def test_v2_is_off(tmp_path: Path, version: str) -> None:
    server = start_etcd(version, tmp_path / "etcd", v2=False)
    try:
        for message in messages(server, "v2"):
            assert "It does not serve API v2. Use api: v3, or start etcd with --enable-v2" in message
        assert works(server, "v3")
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("api", "size", "advice"), [("v3", 1_600_000, "about 1.5 MB per request"), ("v2", 10_500_000, "about 10 MB per request")]
)
def test_a_value_that_is_too_large(etcd: EtcdServer, prefix: str, api: str, size: int, advice: str) -> None:
    args = {**etcd.module_args(api), "key": f"{prefix}k"}
    assert run_task("etcd_key", {**args, "value": "x" * 1_000_000}).changed
    result = run_task("etcd_key", {**args, "value": "x" * size, "ttl": 60})
    assert result.failed
    assert result.msg.startswith(f"Could not write {prefix}k: etcd at {etcd.url} answered: ") and advice in result.msg
    assert len(run_task("etcd_key_info", args)["entries"][0]["value"]) == 1_000_000


@pytest.mark.parametrize("version", VERSIONS)
def test_the_storage_quota_is_used_up(tmp_path: Path, version: str) -> None:
    server = start_etcd(version, tmp_path / "etcd", flags=["--quota-backend-bytes=150000"])
    args, flannel = server.module_args(), {**server.module_args(), "etcd_prefix": "/n"}
    try:
        run_task("etcd_key", {**args, "key": "/n/config", "value": CONFIG})
        run_task("flannel_lease", {**flannel, "leases": NODES})
        while not run_task("etcd_key", {**args, "key": "/fill", "value": f"{os.urandom(20_000)!r}"[:20_000]}).failed:
            pass
        for name, options, attempted in (
            ("etcd_key", {"key": "/k", "value": "x", **args}, "write /k"),
            ("etcd_key", {"key": "/k", "value": "x", "ttl": 60, **args}, "write /k"),
            ("flannel_lease", {**flannel, "leases": [*NODES, {"public_ip": "172.16.0.13"}]}, "write /n/subnets/10.24.3.0-24"),
        ):
            result = run_task(name, options)
            assert result.failed
            assert result.msg.startswith(f"Could not {attempted}: etcd at {server.url} answered: "), result.msg
            assert "storage quota is exhausted" in result.msg and "compact" in result.msg
        assert len(run_task("flannel_lease_info", flannel)["leases"]) == 2
        assert run_task("flannel_lease", {**flannel, "leases": NODES}).changed is False
        assert works(server, "v2")
    finally:
        server.stop()


@pytest.mark.parametrize("etcd", ["3.5.1"], indirect=True)
def test_python_etcd_is_missing(etcd: EtcdServer, tmp_path: Path) -> None:
    (tmp_path / "etcd.py").write_text("raise ImportError\n")
    hidden = os.pathsep.join([str(tmp_path), str(COLLECTIONS)])
    args = {"key": "/test/python-etcd", "endpoints": [etcd.url]}
    missing = run_module("etcd_key_info", {**args, "api": "v2"}, env={"PYTHONPATH": hidden})
    assert missing.failed
    assert "Failed to import the required Python library (python-etcd)" in missing.msg
    assert run_module("etcd_key_info", {**args, "api": "v3"}, env={"PYTHONPATH": hidden}).failed is False


ODD_NAMES = ("é", "网络", "a?b", "a#b", "%41", "two words", "a+b&c=d", "-")


@pytest.mark.parametrize("value", ["", "é 网络 ? # %41\n"])
def test_etcdctl_reads_odd_keys_as_they_were_given(etcd: EtcdServer, api: str, prefix: str, value: str) -> None:
    for name in ODD_NAMES:
        assert run_task("etcd_key", {**etcd.module_args(api), "key": prefix + name, "value": value}).changed
    listed = run_task("etcd_key_info", {**etcd.module_args(api), "key": prefix, "prefix": True})["entries"]
    assert {entry["key"]: entry["value"] for entry in listed} == {prefix + name: value for name in ODD_NAMES}
    words = ["get", "--prefix", "--keys-only", prefix] if api == "v3" else ["ls", "--recursive", prefix]
    assert sorted(line for line in etcd.etcdctl(*words, api=api).splitlines() if line) == sorted(prefix + name for name in ODD_NAMES)
    for name in ODD_NAMES:
        words = ["get", "--print-value-only"] if api == "v3" else ["get"]
        assert etcd.etcdctl(*words, prefix + name, api=api) == value + "\n"


def test_keys_and_values_that_are_no_text(etcd: EtcdServer, prefix: str) -> None:
    # Ansible passes bytes that are no text as surrogates.
    key = f"{prefix}\udcff\x7f\udcfe"
    assert run_task("etcd_key", {**etcd.module_args(), "key": key, "value_b64": "/wA="}).changed
    (found,) = run_task("etcd_key_info", {**etcd.module_args(), "key": f"{prefix}\udcff", "prefix": True})["entries"]
    assert (found["key"], found["value_b64"]) == (f"{prefix}\\xff\\x7f\\xfe", "/wA=")
    for args in ({"key": key, "value": "x"}, {"key": f"{prefix}k", "value_b64": "/wA="}):
        refused = run_task("etcd_key", {**etcd.module_args("v2"), **args})
        assert "API v2 can't hold" in refused.msg and "must be UTF-8 text there" in refused.msg
