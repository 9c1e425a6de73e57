# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that are folders of this machine, on which the role etcd_pki runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

# Certificates are root's.
needs_root = pytest.mark.skipif(os.geteuid() != 0 and not os.environ.get("CI"), reason="needs root")

NODES = ("n1", "n2", "n3")
ACTIONS_OF_THE_CONTROLLER = ("assert", "include_tasks", "set_fact", "validate_argument_spec")


@dataclass(frozen=True)
class Hosts:
    """Three hosts, of which the first is etcd's member and keeps the CA."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca"

    @property
    def member(self) -> Path:
        return self.folder / "pki"

    def client(self, node: str, name: str = "client.crt") -> Path:
        return self.folder / node / name

    def run(self, entry_point: str, *arguments: str, **variables: t.Any) -> Run:
        """Run an entry point of the role on all of them."""
        task = {"ansible.builtin.import_role": {"name": "alicloud.flannel.etcd_pki", "tasks_from": entry_point}}
        (self.folder / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        groups = {"vars": host, "hosts": {node: {} for node in NODES}, "children": {"etcd": {"hosts": {"n1": {}}}}}
        (self.folder / "inventory.yml").write_text(json.dumps({"all": groups}))
        own = {
            "etcd_pki_ca_dir": str(self.ca),
            "etcd_pki_dir": str(self.member),
            "etcd_pki_client_dir": f"{self.folder}/{{{{ inventory_hostname }}}}",
        }
        return run_playbook(
            lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True, check=False),
            self.folder / "run",
            str(self.folder / "play.yml"),
            inventory=self.folder / "inventory.yml",
            arguments=["--extra-vars", json.dumps({**own, **variables}), *arguments],
            environment={"ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "playbooks/collections")},
        )


def remote_calls(run: Run) -> list[str]:
    """Return the hosts that modules ran on, each as often as one did."""
    ended = [event["event_data"] for event in run.events if event["event"] in ("runner_on_ok", "runner_on_failed")]
    return sorted(data["host"] for data in ended if not data["task_action"].endswith(ACTIONS_OF_THE_CONTROLLER))
