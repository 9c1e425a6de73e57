# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What routes.yml takes, and that it doesn't grow with the cluster."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, NETWORK, SECRET_KEY, VPC_ID
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case, timed
from ansible_collections.alicloud.flannel.tests.tools.bench.world import Region, serve_region

FEW = 3
MANY = 200


def control_plane_cases(folder: Path, etcd: EtcdServer, many: int = MANY) -> t.Iterator[Case]:
    """Run routes.yml for few and for many nodes, and for the many again."""
    # A cluster each: route tables belong to the leases of one.
    with serve_region(FEW) as region:
        few_tasks = control_plane(folder, etcd, region, FEW).tasks()
    with serve_region(many) as region:
        many_tasks = control_plane(folder, etcd, region, many).tasks()
        region.server.reset_calls()
        run, seconds = timed(control_plane, folder, etcd, region, many)
        counted = {"api_calls": region.server.count(), "writes": region.server.writes(), "changed": run.changed, "tasks": run.tasks()}
    limits = {"api_calls": 11, "writes": 0, "changed": 0}
    yield Case(f"routes-yml-{many}-noop", {**counted, "seconds": seconds}, limits, targets={"tasks": 15})
    tasks = {f"tasks_{FEW}": few_tasks, f"tasks_{many}": many_tasks, "more_tasks": many_tasks - few_tasks}
    yield Case("control-plane-tasks", tasks, {"more_tasks": 0})


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


def write_inventory(folder: Path, etcd: EtcdServer, region: Region, count: int) -> Path:
    """Write an inventory of nodes that are never contacted, since the control plane doesn't need them."""
    nodes = [instance for instance in region.state.instances.values() if instance.vswitch_id == "vsw-bench-0"][:count]
    hosts = {f"n{number}": {"ansible_host": instance.private_ip} for number, instance in enumerate(nodes)}
    variables: dict[str, t.Any] = {
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
