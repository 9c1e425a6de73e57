# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as a user has it: the artefact installed on a controller where nothing else is, and run with default settings."""

from __future__ import annotations

import os
import re
import subprocess
import typing as t
from dataclasses import dataclass

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import SETTLE_SECONDS
from ansible_collections.alicloud.flannel.tests.repository import build_artefact
from ansible_collections.alicloud.flannel.tests.sandbox.controller import Controller, make_controller
from ansible_collections.alicloud.flannel.tests.sandbox.controller.chroot import Bind
from ansible_collections.alicloud.flannel.tests.sandbox.controller.controller import HOME
from ansible_collections.alicloud.flannel.tests.sandbox.hosts import Sandbox

if t.TYPE_CHECKING:
    from pathlib import Path

# Today's Debian, and what pip installs there.
SUITE, CORE = "trixie", "2.21.5"
NODES = ("n1", "n2", "n3")
# More than any run needs on a machine that does other work, too.
MOST_SECONDS = 600
RECAP = re.compile(r"^(?P<host>\S+)\s*: (?P<counts>ok=\d+ .*)$", re.MULTILINE)
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
        return {"HOME": HOME, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **cloud}

    def run(self, *argv: str) -> Output:
        """Run a command in the home folder; the test fails when it does not end, and nothing of it goes on."""
        # The SSH key, the known hosts and the inventory are there.
        command = self.controller.command(argv, self.home, Bind(self.sandbox.folder, str(self.sandbox.folder)))
        streams: dict[str, t.Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        limits: dict[str, t.Any] = {"env": self.environment(), "timeout": MOST_SECONDS}
        try:
            done = subprocess.run(self.sandbox.operator_command(command), check=False, **limits, **streams)
        except subprocess.TimeoutExpired as exc:
            said = (exc.stdout or b"").decode(errors="replace")
            pytest.fail(f"{' '.join(argv)} has not ended after {MOST_SECONDS} s; its output ends with:\n{said[-3000:]}")
        return Output(done.returncode, done.stdout)

    def play(self, playbook: str, *arguments: str) -> Output:
        """Run a playbook of the installed collection."""
        inventory = self.sandbox.folder / "inventory.yml"
        return self.run("ansible-playbook", "-i", str(inventory), f"alicloud.flannel.{playbook}", *arguments)


def bring_up_user(name: str, home: Path) -> t.Iterator[User]:
    """Yield a user who has installed the artefact in the home folder, and three bare hosts, one of them a member of etcd."""
    controller = make_controller(SUITE, CORE, lambda _text: None)
    sandbox = Sandbox(f"{name}-{os.getpid()}")
    archive = build_artefact(home)
    try:
        sandbox.up(nodes=len(NODES), etcd=1, settle_seconds=SETTLE_SECONDS)
        user = User(sandbox, controller, home)
        installed = user.run("ansible-galaxy", "collection", "install", "--offline", archive.name)
        assert (installed.rc, installed.complaints()) == (0, []), installed.text
        yield user
    finally:
        sandbox.down()
