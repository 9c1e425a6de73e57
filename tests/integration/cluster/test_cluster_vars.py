# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles get from the inventory: roles/cluster/vars/main.yml, as Ansible evaluates it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

ADDRESS = "172.16.0.11"


def evaluate(folder: Path, host: t.Mapping[str, str], expression: str) -> t.Any:
    """Return what an expression over the cluster's variables is on a node that has these variables."""
    inventory = folder / "inventory.yml"
    inventory.write_text(json.dumps({"flannel_nodes": {"hosts": {"n1": dict(host)}}}))
    command = [
        str(Path(sys.executable).with_name("ansible")),
        "n1",
        "-i",
        str(inventory),
        "-e",
        f"@{PROJECT / 'roles/cluster/vars/main.yml'}",
    ]
    command += ["-m", "ansible.builtin.debug", "-a", f"msg={{{{ {expression} }}}}"]
    settings = {"ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "playbooks/collections"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env={**os.environ, **settings})
    return json.loads(done.stdout.partition("=>")[2])["msg"]


@pytest.mark.parametrize(
    "host",
    [
        pytest.param({"ansible_host": ADDRESS}, id="ansible_host"),
        pytest.param({"ansible_host": "203.0.113.2", "flannel_address": ADDRESS}, id="flannel_address"),
        pytest.param({"ansible_host": ADDRESS, "flannel_address": ""}, id="empty flannel_address"),
    ],
)
def test_the_daemon_gets_the_address_that_the_lease_has(tmp_path: Path, host: dict[str, str]) -> None:
    assert evaluate(tmp_path, host, "[flanneld_address, _flannel_nodes[0].address]") == [ADDRESS, ADDRESS]
