# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as a user has it: the artefact installed on a controller where nothing else is, and run with default settings."""

from __future__ import annotations

import re
import subprocess
import typing as t
from dataclasses import dataclass

import pytest
from ansible_collections.alicloud.flannel.tests.sandbox.controller.chroot import Bind
from ansible_collections.alicloud.flannel.tests.sandbox.controller.controller import HOME, PATH, Controller

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.alicloud.flannel.tests.sandbox.hosts import Sandbox

# Today's Debian, and what pip installs there.
SUITE, CORE = "trixie", "2.21.5"
RECAP = re.compile(r"^(?P<host>\S+)\s*: (?P<counts>ok=\d+ .*)$", re.MULTILINE)
REFUSAL = re.compile(r'^fatal: \[.+"msg": "(?P<message>[^"].+?)"', re.MULTILINE)
COMPLAINT = re.compile(r"\[(DEPRECATION )?WARNING\]|\[ERROR\]|Skipped '|Traceback \(most recent call last\)")


@dataclass(frozen=True)
class Output:
    """What a command printed, and how it ended."""

    rc: int
    text: str

    def recap(self) -> dict[str, dict[str, int]]:
        """Return the counts that the default callback ends with, by host."""
        return {
            match["host"]: {name: int(count) for name, count in (pair.split("=") for pair in match["counts"].split())}
            for match in RECAP.finditer(self.text.rpartition("PLAY RECAP")[2])
        }

    def refusals(self) -> list[str]:
        """Return the messages of failed tasks."""
        return [match["message"] for match in REFUSAL.finditer(self.text)]

    def complaints(self) -> list[str]:
        """Return the lines that nobody should see when all is well."""
        return [line for line in self.text.splitlines() if COMPLAINT.search(line)]


@dataclass(frozen=True)
class User:
    """Somebody on a controller where the operator of a sandbox is, with a home folder and the cloud's credentials."""

    sandbox: Sandbox
    controller: Controller
    home: Path

    def environment(self) -> dict[str, str]:
        """Return the whole environment: no setting of Ansible is in it."""
        cloud = {name: value for name, value in self.sandbox.read_environment().items() if name.startswith("ALIBABA_CLOUD_")}
        return {"HOME": HOME, "PATH": PATH, "LANG": "C.UTF-8", **cloud}

    def run(self, *argv: str, seconds: float) -> Output:
        """Run a command in the home folder; the test fails when it takes longer, and nothing of it goes on."""
        # The SSH key, the known hosts and the inventory are there.
        command = self.controller.command(argv, self.home, Bind(self.sandbox.folder, str(self.sandbox.folder)))
        settings: dict[str, t.Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        try:
            done = subprocess.run(self.sandbox.operator_command(command), env=self.environment(), timeout=seconds, check=False, **settings)
        except subprocess.TimeoutExpired as exc:
            said = (exc.stdout or b"").decode(errors="replace")
            pytest.fail(f"{' '.join(argv)} has not ended after {seconds} s; its output ends with:\n{said[-3000:]}")
        return Output(done.returncode, done.stdout)

    def play(self, playbook: str, *arguments: str, seconds: float) -> Output:
        """Run a playbook of the installed collection."""
        inventory = self.sandbox.folder / "inventory.yml"
        return self.run("ansible-playbook", "-i", str(inventory), f"alicloud.flannel.{playbook}", *arguments, seconds=seconds)
