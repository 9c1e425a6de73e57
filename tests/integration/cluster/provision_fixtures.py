# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated region with nothing in it, and an operator who makes a cluster there by playbook; hosts are never contacted."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, RAM_POLICY, SECRET_KEY
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState

EXAMPLE = PROJECT / "inventories/example_cloud"
OLDEST = str(PROJECT / ".venv-oldest/bin/python")
_PROVISION_POLICY = json.loads((PROJECT / "docs/ram-policy-provision.json").read_text())
POLICY = {"Version": "1", "Statement": [*RAM_POLICY["Statement"], *_PROVISION_POLICY["Statement"]]}
VARIABLES: dict[str, t.Any] = {
    **yaml.safe_load((EXAMPLE / "group_vars/all.yml").read_text()),
    "flannel_owner": "k1",
    "provision_vswitches": [
        {"zone_id": "cn-hangzhou-a", "cidr_block": "172.16.0.0/24"},
        {"zone_id": "cn-hangzhou-b", "cidr_block": "172.16.1.0/24", "own_route_table": True},
    ],
    "provision_image_id": "debian_12_x64_sandbox",
    "provision_instance_type": "ecs.sandbox.small",
    "provision_public_key": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 operator",
    "provision_address": "public",
    "provision_internet_bandwidth_mbps": 5,
    # Hosts are the controller itself, as far as anybody looks.
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
}
# Shows what the groups are, and what is known of each host.
SHOW = """
- hosts: flannel_nodes
  gather_facts: false
  tasks:
    - name: Show
      ansible.builtin.debug:
        msg: [{etcd: "{{ groups.etcd }}", flannel_nodes: "{{ groups.flannel_nodes }}"}, "{{ known }}"]
      vars:
        known: "{{ dict(keys | zip(keys | map('extract', hostvars[inventory_hostname]))) }}"
        keys: [ansible_host, flannel_address, etcd_member_address, alicloud_instance_id, alicloud_vpc_id, ali_ecs, flannel_control_host]
"""


@dataclass
class Account:
    """The region, and the operator's folder."""

    state: CloudState
    server: CloudServer
    folder: Path

    def run(self, playbook: str, *arguments: str, hosts: str = "scratch.yml", python: str = sys.executable, **variables: t.Any) -> Run:
        """Run a playbook with these variables beside the usual ones, and count calls anew."""
        self._write_inventory(variables)
        self.server.reset_calls()
        return run_playbook(
            lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True, check=False),
            self.folder / "run",
            str(PROJECT / "playbooks" / playbook),
            inventory=self.folder / "inventory" / hosts,
            arguments=arguments,
            environment={
                "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY,
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET_KEY,
                "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "playbooks/collections"),
            },
            python=python,
        )

    def _write_inventory(self, variables: t.Mapping[str, t.Any]) -> None:
        """Write a copy of the example's folder that is about this region."""
        folder = self.folder / "inventory"
        (folder / "group_vars").mkdir(parents=True, exist_ok=True)
        reach = {"alicloud_region": self.state.region, "alicloud_endpoint": self.server.url}
        (folder / "group_vars/all.yml").write_text(yaml.safe_dump({**VARIABLES, **reach, **variables}))
        (folder / "scratch.yml").write_text((EXAMPLE / "scratch.yml").read_text())
        plugin = yaml.safe_load((EXAMPLE / "ali_ecs.yml").read_text())
        plugin.update(endpoint=self.server.url, address="public", tags={"alicloud-flannel-cluster": "k1"})
        (folder / "ali_ecs.yml").write_text(yaml.safe_dump(plugin))

    def show(self, hosts: str, *before: str) -> list[t.Any]:
        """Return the groups, and the variables of each host in turn, after these playbooks."""
        path = self.folder / "show.yml"
        path.write_text("".join(f"- import_playbook: {PROJECT / 'playbooks' / one}\n" for one in before) + SHOW)
        run = self.run(str(path), hosts=hosts)
        assert (run.rc, run.stats["changed"], self.writes()) == (0, {}, []), run.messages()
        return sorted((result["msg"] for result in run.results("Show")), key=lambda pair: str(pair[1]["ansible_host"]))

    def writes(self) -> list[str]:
        """Return the writes of the last run, each action once, in order."""
        return list(dict.fromkeys(call.action for call in self.server.calls if call.is_write))

    def left(self) -> list[str]:
        """Return the ids of all that there is."""
        state = self.state
        kinds = (state.vpcs, state.vswitches, state.tables, state.security_groups, state.key_pairs, state.instances)
        return [object_id for kind in kinds for object_id in kind]
