# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark's quick cases keep their counted budgets; how long they take is for ``make bench`` to say."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, VPC_ID
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import plain_etcd
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import run_playbook
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case
from ansible_collections.alicloud.flannel.tests.tools.bench.control_plane import control_plane_cases
from ansible_collections.alicloud.flannel.tests.tools.bench.controller import PLUGINS
from ansible_collections.alicloud.flannel.tests.tools.bench.floor import ENVIRONMENT, FLOOR
from ansible_collections.alicloud.flannel.tests.tools.bench.one_by_one import one_by_one
from ansible_collections.alicloud.flannel.tests.tools.bench.record import Record
from ansible_collections.alicloud.flannel.tests.tools.bench.remote_calls import RemoteCalls
from ansible_collections.alicloud.flannel.tests.tools.bench.routes import Work, bench, works
from ansible_collections.alicloud.flannel.tests.tools.bench.startup import etcd_startup_case, startup_case
from ansible_collections.alicloud.flannel.tests.tools.bench.world import OWNER, SCOPE, SETTLE_SECONDS, put, routes_of, serve_region

__all__ = ["plain_etcd"]
# Each write waits until the emulated cloud has settled.
QUICK = [work for work in works() if work.writes <= 1]


def test_a_count_above_its_limit_is_exceeded_and_a_time_only_for_the_benchmark() -> None:
    case = Case("x", {"calls": 12, "writes": 1, "seconds": 3.0}, {"calls": 11, "writes": 1}, {"seconds": 2.0})
    assert case.exceeded_counts() == ["calls"]
    assert case.exceeded() == ["calls", "seconds"]
    assert json.loads(case.as_json())["exceeded"] == ["calls", "seconds"]


def test_a_missed_target_is_shown_and_no_failure() -> None:
    case = Case("x", {"tasks": 40, "seconds": 3.0}, targets={"tasks": 15, "seconds": 3.0, "calls_of_a_node": 2})
    shown = json.loads(case.as_json())
    assert (case.exceeded(), shown["missed"], "exceeded" in shown) == ([], ["tasks"], False)
    assert shown["budget"] == {"tasks": 15, "seconds": 3.0, "calls_of_a_node": 2}


def test_remote_calls_are_counted_and_made(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    for program in ("ssh", "sftp"):
        (tmp_path / "real" / program).write_text('#!/bin/sh\nprintf "%s\\n" "$0 $*"\n')
        (tmp_path / "real" / program).chmod(0o755)
    calls = RemoteCalls(tmp_path, {"n1": "172.16.0.1", "n2": "172.16.0.11"}, path=str(tmp_path / "real"))
    environment = {**os.environ, **calls.environment}

    def call(program: str, *arguments: str) -> str:
        command = [calls.environment[f"ANSIBLE_{program.upper()}_EXECUTABLE"], *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert (
        call("ssh", "-o", "User=root", "172.16.0.11", "echo 172.16.0.1")
        == f"{tmp_path}/real/ssh -o User=root 172.16.0.11 echo 172.16.0.1\n"
    )
    call("ssh", "172.16.0.11", "true")
    call("sftp", "-b", "-", "[172.16.0.1]")
    call("ssh", "192.0.2.1", "true")
    assert calls.count() == {"n1": 1, "n2": 2}
    calls.reset()
    assert calls.count() == {}


def test_the_floor_changes_nothing(plain_etcd: EtcdServer, tmp_path: Path) -> None:
    reserved = {"etcd_prefix": "/bench/floor", "leases": [{"public_ip": "172.16.16.2"}]}
    config = {"key": "/bench/floor/config", "value": {"Network": SCOPE, "Backend": {"Type": "alloc"}}}
    for module, options in (("etcd_key", config), ("flannel_lease", reserved)):
        assert not run_module(module, {**plain_etcd.module_args(), **options}).failed
    inventory = tmp_path / "inventory.yml"
    host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory.write_text(json.dumps({"all": {"children": {"flannel_nodes": {"hosts": {"n1": host}}}}}))
    with serve_region(1) as region:
        put(region, routes_of(1))
        region.server.reset_calls()
        identity = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": region.state.region, "endpoint": region.server.url}
        variables = {
            "floor_etcd": {**plain_etcd.module_args(), "etcd_prefix": "/bench/floor"},
            "floor_instances": {**identity, "vpc_id": VPC_ID, "private_ips": ["172.16.16.2"]},
            "floor_routes": {**identity, "vpc_id": VPC_ID, "owner": OWNER, "scope": [SCOPE], "routes": routes_of(1)},
        }
        run = run_playbook(
            lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True, check=False),
            tmp_path / "run",
            FLOOR,
            inventory=inventory,
            arguments=["-e", json.dumps(variables)],
            environment=ENVIRONMENT,
        )
        assert (run.rc, run.changed, run.tasks(), region.server.writes()) == (0, 0, 4, 0), run.stdout
    (lease,) = run.results_of("flannel_lease_info")[0]["leases"]
    assert lease["public_ip"] == "172.16.16.2"


def test_a_recorded_host_answers_as_another_one_would(tmp_path: Path) -> None:
    def files(stem: str) -> dict[str, str]:
        return {"/run/flannel/subnet.env": f"FLANNEL_SUBNET={stem}.1/24\n", "/etc/other": "the same everywhere"}

    def answer(address: str, stem: str) -> dict[str, t.Any]:
        sums = {path: {"sha256": hashlib.sha256(text.encode()).hexdigest()} for path, text in files(stem).items()}
        node = {"addresses": [f"{address}/32"], "subnet_env": f"FLANNEL_SUBNET={stem}.1/24\n", "files": {**sums, "/run": {"sha256": None}}}
        return {"changed": False, "node": node}

    Record.of("172.16.0.12", answer("172.16.0.12", "10.24.2"), files("10.24.2").__getitem__).write(tmp_path / "record.json")
    record = Record.read(tmp_path / "record.json")
    assert record.answer_of("172.16.1.7", "10.25.8.0/24") == answer("172.16.1.7", "10.25.8")


def test_a_recorded_host_answers_nothing_else() -> None:
    variables = {"ansible_connection": "recorded", "ansible_python_interpreter": "/usr/bin/python3", "ansible_pipelining": True}
    command = [str(Path(sys.executable).with_name("ansible")), "all", "-i", "n1,", "-m", "ping", "-e", json.dumps(variables)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "playbooks/collections"), "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "only answers flannel_node_info, not ping" in done.stdout + done.stderr


@pytest.mark.parametrize("work", QUICK, ids=lambda work: str(work.case))
def test_routes(work: Work) -> None:
    case = bench(work)
    assert case.exceeded_counts() == [], case.as_json()


def test_routes_one_by_one_take_a_call_and_a_look_each() -> None:
    ours = {"api_calls": 2, "seconds": 2.0, "call_seconds": 0.0, "settle_seconds": SETTLE_SECONDS, "minimum_seconds": 2.0}
    figures = one_by_one(routes_of(3), ours).figures
    assert (figures["writes"], figures["probes"], figures["api_calls_ratio"]) == (3, 3, 3.0)


def test_control_plane(plain_etcd: EtcdServer, tmp_path: Path) -> None:
    for case in control_plane_cases(tmp_path, plain_etcd, many=20):
        assert case.exceeded_counts() == [], case.as_json()


def test_start_of_a_module(plain_etcd: EtcdServer) -> None:
    for case in (startup_case(runs=1), etcd_startup_case(plain_etcd, runs=1)):
        assert case.exceeded_counts() == [], case.as_json()


def test_command_prints_one_line_a_case() -> None:
    """Leases, which have no limits of time."""
    command = [sys.executable, "-m", "ansible_collections.alicloud.flannel.tests.tools.bench", "leases"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "playbooks/collections")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [json.loads(line)["case"] for line in done.stdout.splitlines()] == ["leases-1000-reserve", "leases-10000-list"]
