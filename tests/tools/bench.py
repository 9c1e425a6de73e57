# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts calls, requests and tasks against the budgets; prints one JSON line a case and fails if a budget is exceeded."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.integration.ali_vpc_route_fixtures import Region, node_routes
from ansible_collections.alicloud.flannel.tests.integration.cloud_fixtures import ACCESS_KEY, NETWORK, SECRET_KEY, VPC_ID, build_state
from ansible_collections.alicloud.flannel.tests.integration.etcd_fixtures import EtcdServer, start_etcd
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox

NODES = 200
SETTLE_SECONDS = 2.0
ETCD = "3.5.1"

Case = t.Dict[str, t.Any]


def report(case: str, budget: t.Mapping[str, float], **counted: t.Any) -> bool:
    """Print a case and return whether it keeps its budget."""
    exceeded = [name for name, limit in budget.items() if counted[name] > limit]
    line: Case = {"case": case, **counted, "budget": dict(budget)}
    print(json.dumps({**line, "exceeded": exceeded} if exceeded else line), flush=True)
    return not exceeded


def timed(function: t.Callable[..., t.Any], *args: t.Any, **options: t.Any) -> tuple[t.Any, float]:
    """Call a function and return what it returns, and the seconds that it took."""
    started = time.monotonic()
    value = function(*args, **options)
    return value, round(time.monotonic() - started, 2)


def converge_routes(region: Region, routes: list[dict[str, t.Any]]) -> ModuleResult:
    """Run ali_vpc_route as a process."""
    identity = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": region.state.region, "endpoint": region.server.url}
    result = run_module(
        "ali_vpc_route", {**identity, "vpc_id": VPC_ID, "owner": "bench", "scope": [NETWORK], "routes": routes, "wait_timeout": 60}
    )
    if result.failed:
        raise RuntimeError(result["msg"])
    return result


def bench_routes(region: Region, case: str, routes: list[dict[str, t.Any]], **budget: float) -> bool:
    """Count what one run of ali_vpc_route asks of the API."""
    region.server.reset_calls()
    _result, seconds = timed(converge_routes, region, routes)
    calls, writes, probes = region.server.count(), region.server.writes(), region.probes()
    reads = calls - writes - probes
    return report(case, budget, api_calls=calls, writes=writes, reads=reads, probes=probes, seconds=seconds)


def routes_cases(region: Region) -> list[bool]:
    """Return whether the module keeps its budgets."""
    routes = node_routes(NODES)
    replaced = [{**routes[0], "next_hop_id": "i-sandbox-n2"}, *routes[1:]]
    return [
        bench_routes(region, "routes-200-cold", routes, writes=4, reads=13, probes=14),
        bench_routes(region, "routes-200-noop", routes, writes=0, api_calls=5),
        bench_routes(region, "routes-200-replace1", replaced, writes=1),
    ]


def lease_cases(etcd: EtcdServer) -> list[bool]:
    """Return whether reserving and listing keep their budgets."""
    prefix = {"etcd_prefix": "/bench/leases", **etcd.module_args()}
    config = {"Network": "10.128.0.0/9", "Backend": {"Type": "alloc"}}
    run_module("etcd_key", {**etcd.module_args(), "key": "/bench/leases/config", "value": config})
    leases = [{"public_ip": f"172.16.{number // 250}.{number % 250 + 1}"} for number in range(1000)]
    reserved, seconds = timed(run_module, "flannel_lease", {**prefix, "leases": leases})
    listed, list_seconds = timed(run_module, "flannel_lease_info", prefix)
    return [
        report("leases-1000-reserve", {"http_requests": 10}, http_requests=reserved["http_requests"], seconds=seconds),
        report("leases-1000-list", {"http_requests": 1}, http_requests=listed["http_requests"], seconds=list_seconds),
    ]


def write_inventory(folder: Path, etcd: EtcdServer, region: Region, count: int) -> Path:
    """Write an inventory of nodes that are never contacted, since the control plane doesn't need them."""
    hosts = {f"n{number}": {"ansible_host": f"172.16.0.{number + 10}"} for number in range(1, count + 1)}
    variables = {
        "alicloud_region": region.state.region,
        "alicloud_vpc_id": VPC_ID,
        "alicloud_endpoint": region.server.url,
        "flannel_network": NETWORK,
        "flannel_owner": "bench",
        "flannel_etcd": etcd.module_args(),
        "flannel_etcd_prefix": f"/bench/{count}",
    }
    path = folder / f"inventory-{count}.yml"
    path.write_text(yaml.safe_dump({"all": {"children": {"flannel_nodes": {"hosts": hosts}}, "vars": variables}}))
    return path


def control_plane(folder: Path, etcd: EtcdServer, region: Region, count: int) -> Run:
    """Run routes.yml for so many nodes."""
    key, config = f"/bench/{count}/config", {"Network": NETWORK, "Backend": {"Type": "alloc"}}
    run_module("etcd_key", {**etcd.module_args(), "key": key, "value": config})
    run = run_playbook(
        lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True, check=False),
        folder / f"run-{count}",
        "playbooks/routes.yml",
        inventory=write_inventory(folder, etcd, region, count),
        environment={"ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET_KEY},
    )
    if run.rc:
        raise RuntimeError(run.messages() or run.stdout)
    return run


def control_plane_cases(folder: Path, etcd: EtcdServer, region: Region) -> list[bool]:
    """Return whether routes.yml keeps its budgets and doesn't grow with the cluster."""
    few, many = (control_plane(folder, etcd, region, count).tasks() for count in (3, NODES))
    region.server.reset_calls()
    run, seconds = timed(control_plane, folder, etcd, region, NODES)
    calls, writes = region.server.count(), region.server.writes()
    return [
        report(
            "routes-yml-200-noop",
            {"api_calls": 11, "writes": 0, "changed": 0},
            api_calls=calls,
            writes=writes,
            changed=run.changed,
            seconds=seconds,
        ),
        report("control-plane-tasks", {"more_tasks": 0}, tasks_3=few, tasks_200=many, more_tasks=many - few),
    ]


def site_case(folder: Path, count: int) -> bool:
    """Converge a sandbox twice and return whether the second run does nothing."""
    sandbox = Sandbox(f"bench{count}")
    try:
        sandbox.up(nodes=count)
        return second_run(sandbox, folder, count)
    finally:
        sandbox.down()


def second_run(sandbox: Sandbox, folder: Path, count: int) -> bool:
    """Count what the second run of site.yml does."""

    def site() -> Run:
        return run_playbook(
            lambda command, env: sandbox.exec(command, env=env),
            folder / f"site-{count}",
            "playbooks/site.yml",
            inventory=sandbox.folder / "inventory.yml",
            arguments=["-e", "flannel_mode=static"],
            environment=sandbox.read_environment(),
        )

    if site().rc:
        raise RuntimeError("site.yml failed on a fresh sandbox")
    sandbox.reset_calls()
    run, seconds = timed(site)
    last = f"n{count}"
    counted = {"changed": run.changed, "cloud_writes": sandbox.calls()["writes"]}
    tasks = sum(run.stats[kind].get(last, 0) for kind in ("ok", "skipped"))
    return report(f"site-{count}-noop", {"changed": 0, "cloud_writes": 0}, **counted, seconds=seconds, tasks_of_one_node=tasks)


def main() -> int:
    """Run every case."""
    state = build_state(settle_seconds=SETTLE_SECONDS)
    server = CloudServer(state)
    server.start()
    region = Region(state, server)
    region.add_nodes(NODES - 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        etcd = start_etcd(ETCD, folder / "etcd")
        try:
            kept = [*routes_cases(region), *lease_cases(etcd), *control_plane_cases(folder, etcd, region)]
        finally:
            etcd.stop()
            server.stop()
        kept += [site_case(folder, count) for count in (3, 10)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
