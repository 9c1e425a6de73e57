# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make test`` runs with the programs of a fresh machine: here, that it finds those and no others."""

from __future__ import annotations

import os
import subprocess
import typing as t
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import needs_sandbox
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import TOOLS

pytestmark = needs_sandbox


def run(command: t.Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a fresh machine."""
    fresh = [str(PROJECT / "tests/tools/fresh-machine"), *command]
    return subprocess.run(fresh, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def test_set_up_installs_what_the_sandbox_needs() -> None:
    looked_for = run(["sh", "-c", 'for tool; do command -v "$tool" >/dev/null || echo "$tool"; done', "sh", *TOOLS])
    assert (looked_for.returncode, looked_for.stdout) == (0, ""), looked_for.stderr


def test_what_set_up_does_not_install_is_not_found(tmp_path: Path) -> None:
    program = tmp_path / "only-here"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    assert subprocess.run(["only-here"], env={"PATH": path}, check=False).returncode == 0
    assert run(["only-here"], PATH=path).returncode == 127
