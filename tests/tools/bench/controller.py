# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host costs the controller: site.yml for many hosts that answer as one did that was as it should be."""

from __future__ import annotations

import ipaddress
import os
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, VPC_ID
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case, timed
from ansible_collections.alicloud.flannel.tests.tools.bench.record import Record
from ansible_collections.alicloud.flannel.tests.tools.bench.site import Site
from ansible_collections.alicloud.flannel.tests.tools.bench.world import SCOPE, Region, serve_region

FEW, MANY = 30, 300
PLUGINS = Path(__file__).parent / "connection"


def controller_case(folder: Path, etcd: EtcdServer, few: int = FEW, many: int = MANY) -> Case:
    """Compare a run for few hosts with one for many."""
    record = folder / "record.json"
    record_host(folder).write(record)
    seconds, calls, changed, tasks = {}, {}, 0, {}
    for count in (few, many):
        with serve_region(count) as region:
            hosts = Hosts(folder / f"controller-{count}", etcd, region, count, record)
            hosts.converge()
            hosts.calls.write_text("")
            run, seconds[count] = timed(hosts.converge)
            calls[count] = len(hosts.calls.read_text().split()) / count
            tasks[count], changed = run.tasks(), changed + run.changed
    a_host = {count: seconds[count] / count for count in seconds}
    figures = {
        "changed": changed,
        "more_tasks": tasks[many] - tasks[few],
        "calls_of_a_host": calls[many],
        **{f"seconds_{count}": seconds[count] for count in seconds},
        "seconds_of_one_more": round((seconds[many] - seconds[few]) / (many - few), 4),
        "times_a_host": round(a_host[many] / a_host[few], 2),
    }
    return Case(f"controller-{many}", figures, {"changed": 0, "more_tasks": 0, "calls_of_a_host": 1}, targets={"times_a_host": 1.3})


def record_host(folder: Path) -> Record:
    """Converge a sandbox and return what its last host then answers."""
    sandbox = Sandbox("benchrecord")
    try:
        sandbox.up(nodes=2, etcd=1)
        return Site(sandbox, folder).record("n2", "-e", f"flannel_network={SCOPE}")
    finally:
        sandbox.down()


@dataclass(frozen=True)
class Hosts:
    """So many hosts that are not there, in a region of their own."""

    folder: Path
    etcd: EtcdServer
    region: Region
    count: int
    record: Path

    @property
    def calls(self) -> Path:
        """Return the file with a line for each call."""
        return self.folder / "calls"

    def converge(self) -> Run:
        """Run site.yml."""
        self.folder.mkdir(exist_ok=True)
        run = run_playbook(
            lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True, check=False),
            self.folder / "run",
            "playbooks/site.yml",
            inventory=self._write_inventory(),
            environment={
                "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY,
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET_KEY,
                "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS),
                "PYTHONPATH": os.pathsep.join([str(PROJECT / "playbooks/collections"), os.environ.get("PYTHONPATH", "")]),
            },
        )
        if run.rc:
            raise RuntimeError(run.messages() or run.stdout)
        return run

    def _write_inventory(self) -> Path:
        subnets = ipaddress.ip_network(SCOPE).subnets(new_prefix=24)
        next(subnets)  # flannel begins with the second
        instances = self.region.state.instances.values()
        addresses = [instance.private_ip for instance in instances if instance.vswitch_id == "vsw-bench-0"]
        hosts = {
            f"n{number:03}": {"ansible_host": address, "recorded_subnet": str(subnet)}
            for number, (address, subnet) in enumerate(zip(addresses, subnets))
        }
        path = self.folder / "inventory.yml"
        path.write_text(yaml.safe_dump({"all": {"children": {"flannel_nodes": {"hosts": hosts}}, "vars": self._variables()}}))
        return path

    def _variables(self) -> dict[str, t.Any]:
        return {
            "ansible_connection": "recorded",
            "ansible_pipelining": True,
            "ansible_python_interpreter": "/usr/bin/python3",
            "recorded_file": str(self.record),
            "recorded_calls": str(self.calls),
            "alicloud_region": self.region.state.region,
            "alicloud_vpc_id": VPC_ID,
            "alicloud_endpoint": self.region.server.url,
            "flannel_mode": "static",
            "flannel_network": SCOPE,
            "flannel_owner": "bench",
            "flannel_etcd": self.etcd.module_args(),
            "flannel_etcd_prefix": f"/controller/{self.count}",
        }
