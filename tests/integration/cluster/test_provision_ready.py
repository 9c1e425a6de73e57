# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role provision runs on a host that has just been made, to wait until cloud-init has set it up."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

TASKS = PROJECT / "roles/provision/tasks/ready.yml"
SECONDS = "1"


@pytest.mark.parametrize(
    ("program", "status"),
    [
        pytest.param(None, 0, id="no cloud-init"),
        pytest.param('[ "$*" = "status --wait" ]', 0, id="done"),
        pytest.param("exit 1", 1, id="failed"),
        pytest.param("exit 2", 2, id="done with errors"),
        pytest.param("sleep 60", 124, id="never done"),
    ],
)
def test_the_status_is_that_of_cloud_init(tmp_path: Path, program: str | None, status: int) -> None:
    if program:
        path = tmp_path / "cloud-init"
        path.write_text(f"#!/bin/sh\n{program}\n")
        path.chmod(0o755)
    (argv,) = (task["ansible.builtin.command"]["argv"] for task in yaml.safe_load(TASKS.read_text()) if "ansible.builtin.command" in task)
    done = subprocess.run([*argv[:-1], SECONDS], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (status, "")
