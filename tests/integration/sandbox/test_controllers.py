# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controllers: what runs there, and that nothing of a command stays."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import needs_sandbox
from ansible_collections.alicloud.flannel.tests.integration.project.installed_fixtures import CORE, SUITE
from ansible_collections.alicloud.flannel.tests.sandbox.controller import Controller, make_controller

pytestmark = needs_sandbox


@pytest.fixture(scope="module")
def controller() -> Controller:
    """Return the controller that the installed collection is tested on."""
    return make_controller(SUITE, CORE, lambda _text: None)


def run(controller: Controller, home: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a command there."""
    return subprocess.run(controller.command(argv, home), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_it_has_the_suite_and_the_core(controller: Controller, tmp_path: Path) -> None:
    release = run(controller, tmp_path, "cat", "/etc/os-release").stdout
    assert f"VERSION_CODENAME={SUITE}" in release.splitlines()
    version = run(controller, tmp_path, "ansible", "--version").stdout.splitlines()
    assert version[0] == f"ansible [core {CORE}]"
    assert "  config file = None" in version


def test_only_the_home_folder_can_be_written_for_good(controller: Controller, tmp_path: Path) -> None:
    assert (
        run(controller, tmp_path, "sh", "-c", "pwd && echo kept >file && echo lost >/tmp/file && echo lost >/run/file").stdout == "/root\n"
    )
    assert run(controller, tmp_path, "sh", "-c", "cat file /tmp/file /run/file").stdout == "kept\n"
    refused = [
        run(controller, tmp_path, "touch", f"{folder}/file").stderr for folder in ("/etc", "/usr", "/var/lib", "/opt", "/opt/ansible")
    ]
    assert all(text.endswith("Read-only file system\n") for text in refused), refused


def test_a_killed_command_leaves_neither_processes_nor_mounts(controller: Controller, tmp_path: Path) -> None:
    script = "setsid sleep 1000 & echo started; wait"
    with subprocess.Popen(controller.command(["sh", "-c", script], tmp_path), stdout=subprocess.PIPE, text=True) as process:
        stdout = t.cast("t.IO[str]", process.stdout)
        assert stdout.readline() == "started\n"
        process.kill()
        # Whoever still ran would hold it open.
        assert stdout.read() == ""
    assert str(controller.tree) not in Path("/proc/self/mounts").read_text()
    assert list((controller.tree / "proc").iterdir()) == []
