# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the start of a module costs the controller."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import typing as t

from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, VPC_ID
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case
from ansible_collections.alicloud.flannel.tests.tools.bench.world import OWNER, SCOPE, Region, put, routes_of, serve_region

ROUTES = 200
RUNS = 9
# What a run that changes nothing imports of the SDK.
SDK = (
    "aliyunsdkcore.client",
    "aliyunsdkcore.request",
    "aliyunsdkvpc.request.v20160428.DescribeRouteTableListRequest",
    "aliyunsdkvpc.request.v20160428.DescribeRouteEntryListRequest",
)


# What every module imports, and what a client of etcd over HTTPS cannot do without.
BARE = ("ansible.module_utils.basic", "http.client", "ssl")


def etcd_startup_case(etcd: EtcdServer, runs: int = RUNS) -> Case:
    """Compare the processor time of a run that changes nothing in etcd with that of Python and what it imports anyway."""
    config = {"key": "/bench/startup/config", "value": {"Network": SCOPE, "Backend": {"Type": "alloc"}}}
    run_module("etcd_key", {**etcd.module_args(), **config})
    options = {**etcd.module_args(), "etcd_prefix": "/bench/startup", "leases": [{"public_ip": "172.16.0.11"}]}
    requests: list[int] = []

    def run() -> None:
        result = run_module("flannel_lease", options, env=environment)
        if result.failed:
            raise RuntimeError(result.msg)
        requests.append(result["http_requests"])

    with tempfile.TemporaryDirectory() as cache:
        environment = {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        module = processor_seconds(run, runs)
        bare = processor_seconds(lambda: import_modules(BARE, environment), runs)
    measured = {"module_cpu_seconds": round(module, 3), "bare_cpu_seconds": round(bare, 3), "ratio": round(module / bare, 2)}
    figures = {"http_requests": requests[-1], **measured, "runs": runs}
    return Case("module-startup-etcd", figures, {"http_requests": 1}, {"ratio": 2.0})


def startup_case(runs: int = RUNS) -> Case:
    """Compare the processor time of a run that changes nothing with that of Python and the SDK's import alone."""
    with serve_region(ROUTES) as region, tempfile.TemporaryDirectory() as cache:
        put(region, routes_of(ROUTES))
        # As an installed package: compiled once, by the first run of each.
        environment = {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        module = processor_seconds(lambda: run_without_change(region, environment), runs)
        sdk = processor_seconds(lambda: import_modules(SDK, environment), runs)
    measured = {"module_cpu_seconds": round(module, 3), "sdk_cpu_seconds": round(sdk, 3), "ratio": round(module / sdk, 2)}
    return Case("module-startup", {**measured, "runs": runs, "bytecode": "cached"}, times={"ratio": 2.0})


def run_without_change(region: Region, environment: t.Mapping[str, str]) -> None:
    """Run the module as a process."""
    identity = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": region.state.region, "endpoint": region.server.url}
    options = {**identity, "vpc_id": VPC_ID, "owner": OWNER, "scope": [SCOPE], "routes": routes_of(ROUTES)}
    result = run_module("ali_vpc_route", options, env=environment)
    if result.failed or result.changed:
        raise RuntimeError(f"The run was to change nothing: {result.msg}")


def import_modules(names: t.Iterable[str], environment: t.Mapping[str, str]) -> None:
    """Import these modules in a process of their own."""
    subprocess.run([sys.executable, "-c", f"import {', '.join(names)}"], env={**os.environ, **environment}, check=True)


def processor_seconds(start: t.Callable[[], None], runs: int) -> float:
    """Return the median processor time of the child process that a call starts; the first run is left out."""
    start()
    return statistics.median(one_run(start) for _run in range(runs))


def one_run(start: t.Callable[[], None]) -> float:
    """Return the processor time of the child process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
