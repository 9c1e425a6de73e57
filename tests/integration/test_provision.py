# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""provision.yml and deprovision.yml in an emulated region; hosts are never contacted."""

from __future__ import annotations

import collections
import json
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.integration.cloud_fixtures import ACCESS_KEY, RAM_POLICY, SECRET_KEY
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import PROJECT, Run, run_playbook
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState

Variables = t.Mapping[str, t.Any]
PROVISION_POLICY = json.loads((PROJECT / "docs/ram-policy-provision.json").read_text())
POLICY = {"Version": "1", "Statement": [*RAM_POLICY["Statement"], *PROVISION_POLICY["Statement"]]}
PUBLIC_KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 operator"
VARIABLES: Variables = {
    "flannel_network": "10.24.0.0/16",
    "flannel_owner": "k1",
    "provision_vpc_cidr": "172.16.0.0/16",
    "provision_vswitches": [
        {"zone_id": "cn-hangzhou-a", "cidr_block": "172.16.0.0/24"},
        {"zone_id": "cn-hangzhou-b", "cidr_block": "172.16.1.0/24", "own_route_table": True},
    ],
    "provision_nodes": 3,
    "provision_etcd_members": 1,
    "provision_image_id": "debian_12_x64_sandbox",
    "provision_instance_type": "ecs.sandbox.small",
    "provision_public_key": PUBLIC_KEY,
    "provision_ssh_sources": ["192.168.100.0/24"],
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
}
GUARDS = {"provision_allow_removal": True, "provision_confirm": "k1"}


@dataclass
class Account:
    """A region with nothing in it, and an operator who has the documented rights."""

    state: CloudState
    server: CloudServer
    folder: Path

    def run(self, playbook: str, *arguments: str, **variables: t.Any) -> Run:
        """Run a playbook with these variables added to the usual ones."""
        reach = {"alicloud_region": self.state.region, "alicloud_endpoint": self.server.url}
        inventory = self.folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"vars": {**reach, **VARIABLES, **variables}}}))
        self.server.reset_calls()
        return run_playbook(
            lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True, check=False),
            self.folder / "run",
            f"playbooks/{playbook}",
            inventory=inventory,
            arguments=arguments,
            environment={"ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET_KEY},
        )

    def writes(self) -> dict[str, int]:
        """Return the writes of the last run by action."""
        return dict(collections.Counter(call.action for call in self.server.calls if call.is_write))


@pytest.fixture
def account(tmp_path: Path) -> t.Iterator[Account]:
    state = CloudState(settle_seconds=0.05)
    state.add_account(ACCESS_KEY, SECRET_KEY, POLICY)
    server = CloudServer(state)
    server.start()
    yield Account(state, server, tmp_path)
    server.stop()


def test_made_once_and_removed(account: Account) -> None:
    run = account.run("provision.yml")
    assert run.rc == 0, run.messages()
    assert len(account.state.instances) == 3
    assert len(account.state.tables) == 2

    again = account.run("provision.yml")
    assert (again.rc, again.stats["changed"], account.writes()) == (0, {}, {})

    removed = account.run("deprovision.yml", **GUARDS)
    assert removed.rc == 0, removed.messages()
    state = account.state
    assert [state.instances, state.vswitches, state.tables, state.security_groups, state.vpcs, state.key_pairs] == [{}] * 6
