# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the machine's own commands, and say what went wrong when they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from pathlib import Path

TOOLS = (
    "apt-get",
    "debootstrap",
    "dpkg-deb",
    "ip",
    "mount",
    "nft",
    "nsenter",
    "setsid",
    "ssh",
    "ssh-keygen",
    "sysctl",
    "systemd-nspawn",
    "unshare",
)
PACKAGES_FILE = Path(__file__).parent.parent / "packages.txt"


class SandboxError(Exception):
    """The sandbox can't do what was asked; the text says why and what to do."""


def run(
    argv: t.Sequence[str], *, stdin: str | None = None, check: bool = True, timeout: float | None = 120
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end with its output captured; with ``check`` a failure raises its own words."""
    source: dict[str, t.Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    # It inherits the lock on the state folder, the only file here that can be inherited.
    done = subprocess.run(argv, **source, capture_output=True, text=True, check=False, timeout=timeout, close_fds=False)
    if check and done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise SandboxError(f"{' '.join(argv)} ended with {done.returncode}: {said}")
    return done


def read_package_list(path: Path) -> list[str]:
    """Return the Debian packages that a file names, one a line."""
    lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line]


def require_tools() -> None:
    """Refuse to begin without root or without the programs that a sandbox is made with."""
    if os.geteuid() != 0:
        raise SandboxError("the sandbox makes namespaces, mounts and hosts: run it as root")
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        packages = " ".join(read_package_list(PACKAGES_FILE))
        raise SandboxError(f"missing: {', '.join(missing)}; install them with: apt-get install {packages}")
