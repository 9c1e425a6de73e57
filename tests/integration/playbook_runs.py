# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs playbooks the way AWX does, with ansible-runner, and reads what happened from its events."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.repository import PROJECT

if t.TYPE_CHECKING:
    import subprocess


@dataclass(frozen=True)
class Run:
    """One run of a playbook."""

    rc: int
    stdout: str
    events: tuple[dict[str, t.Any], ...]

    @property
    def stats(self) -> dict[str, dict[str, int]]:
        """Return the play recap: counts by kind, then by host."""
        (event,) = (event for event in self.events if event["event"] == "playbook_on_stats")
        return t.cast("dict[str, dict[str, int]]", event["event_data"])

    @property
    def changed(self) -> int:
        """Return how many tasks changed something, on all hosts."""
        return sum(self.stats["changed"].values())

    def results(self, task: str) -> list[dict[str, t.Any]]:
        """Return what the task returned, on each host that it ran on."""
        return [
            event["event_data"]["res"]
            for event in self.events
            if event["event"] in ("runner_on_ok", "runner_on_failed") and event["event_data"].get("task") == task
        ]

    def results_of(self, module: str, host: str | None = None) -> list[dict[str, t.Any]]:
        """Return what this module of the collection returned, each time that it ran, or that it did so for a host."""
        events = (event["event_data"] for event in self.events if event["event"] in ("runner_on_ok", "runner_on_failed"))
        ran = (data for data in events if data.get("task_action") == f"alicloud.flannel.{module}")
        return [data["res"] for data in ran if host in (None, data["host"])]

    def messages(self) -> str:
        """Return the messages of all failed tasks, and what failed commands wrote to standard error."""
        failed = (event for event in self.events if event["event"] in ("runner_on_failed", "runner_on_unreachable"))
        results = (event["event_data"]["res"] for event in failed)
        return "\n".join(f"{result.get('msg', '')} {result.get('stderr', '')}".rstrip() for result in results)

    def tasks(self) -> int:
        """Return how many tasks were started."""
        return sum(1 for event in self.events if event["event"] == "playbook_on_task_start")


def run_playbook(
    execute: t.Callable[..., subprocess.CompletedProcess[str]],
    folder: Path,
    playbook: str,
    *,
    inventory: Path,
    arguments: t.Sequence[str] = (),
    project: Path = PROJECT,
    environment: t.Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> Run:
    """Run a playbook of the project in a fresh private data folder; ``execute`` runs a command where the cluster is reachable."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "home").mkdir(parents=True)
    (folder / "env").mkdir()
    # A fresh home: the controller remembers nothing of earlier runs, as in AWX.
    settings = {"HOME": str(folder / "home"), "ANSIBLE_NOCOLOR": "1", **(environment or {})}
    (folder / "env/envvars").write_text(json.dumps(settings))
    (folder / "env/cmdline").write_text(shlex.join(arguments))
    binaries = Path(python).parent
    command = [str(binaries / "ansible-runner"), "run", str(folder), "-p", playbook, "-q"]
    command += ["--inventory", str(inventory), "--project-dir", str(project)]
    done = execute(command, env={**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"})
    return _read_run(folder, done.returncode, done.stdout + done.stderr)


def _read_run(folder: Path, rc: int, output: str) -> Run:
    (artifacts,) = (path for path in (folder / "artifacts").iterdir() if path.is_dir())
    files = sorted((artifacts / "job_events").glob("*.json"), key=lambda path: int(path.name.split("-")[0]))
    events = tuple(json.loads(path.read_text()) for path in files)
    return Run(rc=rc, stdout=output + (artifacts / "stdout").read_text(), events=events)
