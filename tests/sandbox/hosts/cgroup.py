# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control groups: every process of a sandbox lives in one of ours, so exactly these can be found and ended.

A process id can be reused and a pid file can miss the process of a run that was killed; a control group can do neither.
"""

from __future__ import annotations

import os
import subprocess
import time
import typing as t
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError

KILL_SECONDS = 10


def parse_hierarchies(mounts: str) -> tuple[Path | None, list[Path]]:
    """Return the unified hierarchy, and all that systemd keeps its groups in, from the text of /proc/self/mounts."""
    rows = [line.split() for line in mounts.splitlines()]
    unified = [Path(row[1]) for row in rows if row[2] == "cgroup2"]
    named = [Path(row[1]) for row in rows if row[2] == "cgroup" and "name=systemd" in row[3].split(",")]
    return (unified[0] if unified else None), [*unified[:1], *named[:1]]


class ControlGroup:
    """One control group, in each hierarchy that systemd uses; hosts that shared one would mix up their services."""

    def __init__(self, path: str) -> None:
        unified, hierarchies = parse_hierarchies(Path("/proc/self/mounts").read_text(encoding="utf-8"))
        if unified is None:
            raise SandboxError("no cgroup2 file system is mounted; the sandbox needs one (a unified or hybrid control group set-up)")
        self._unified = unified / path
        self._folders = [hierarchy / path for hierarchy in hierarchies]

    @classmethod
    def of_sandbox(cls, sandbox: str, part: str = "") -> ControlGroup:
        """Return the group that holds all of a sandbox, or one part of it."""
        return cls(f"alicloud-flannel.{sandbox}/{part}")

    def create(self) -> None:
        """Make the group."""
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)

    def wrap(self, argv: t.Sequence[str]) -> list[str]:
        """Return the command that joins the group and then becomes ``argv``."""
        files = [str(folder / "cgroup.procs") for folder in self._folders]
        join = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ >"$1" || exit 1; shift; n=$((n - 1)); done; exec "$@"'
        return ["sh", "-c", join, "sh", str(len(files)), *files, *argv]

    def start(self, argv: t.Sequence[str], log: Path) -> None:
        """Start a command in the group that outlives us, with its output in a file; on return it is in the group."""
        with log.open("ab") as output:
            command = self.wrap(["setsid", "--fork", *argv])
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=True, cwd="/")

    def read_pids(self, child: str = "") -> list[int]:
        """Return the processes directly in the group, or in the named group in it."""
        try:
            return [int(line) for line in (self._unified / child / "cgroup.procs").read_text(encoding="utf-8").split()]
        except FileNotFoundError:
            return []

    def is_populated(self) -> bool:
        """Tell whether a process is left in the group or below it."""
        try:
            return "populated 1" in (self._unified / "cgroup.events").read_text(encoding="utf-8")
        except FileNotFoundError:
            return False

    def wait_empty(self, seconds: float) -> bool:
        """Wait until the last process is gone; return whether that came true in time."""
        deadline = time.monotonic() + seconds
        while self.is_populated():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def end(self) -> None:
        """Kill every process in the group and remove it."""
        if self.is_populated():
            (self._unified / "cgroup.kill").write_text("1", encoding="utf-8")
            if not self.wait_empty(KILL_SECONDS):
                raise SandboxError(f"processes in {self._unified} did not end within {KILL_SECONDS} s of being killed")
        for top in self._folders:
            for folder, _children, _files in os.walk(top, topdown=False):
                Path(folder).rmdir()
