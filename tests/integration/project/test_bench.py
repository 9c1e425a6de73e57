# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark's quick cases keep their counted budgets; how long they take is for ``make bench`` to say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import plain_etcd
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case
from ansible_collections.alicloud.flannel.tests.tools.bench.control_plane import control_plane_cases
from ansible_collections.alicloud.flannel.tests.tools.bench.one_by_one import one_by_one
from ansible_collections.alicloud.flannel.tests.tools.bench.routes import Work, bench, works
from ansible_collections.alicloud.flannel.tests.tools.bench.startup import etcd_startup_case, startup_case
from ansible_collections.alicloud.flannel.tests.tools.bench.world import SETTLE_SECONDS, routes_of

__all__ = ["plain_etcd"]
# Each write waits until the emulated cloud has settled.
QUICK = [work for work in works() if work.writes <= 1]


def test_a_count_above_its_limit_is_exceeded_and_a_time_only_for_the_benchmark() -> None:
    case = Case("x", {"calls": 12, "writes": 1, "seconds": 3.0}, {"calls": 11, "writes": 1}, {"seconds": 2.0})
    assert case.exceeded_counts() == ["calls"]
    assert case.exceeded() == ["calls", "seconds"]
    assert json.loads(case.as_json())["exceeded"] == ["calls", "seconds"]


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
