# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state folder of a sandbox, and how everything that belongs to a sandbox is found and removed.

Nothing here relies on what a run wrote down: a run can be killed at any point. Processes are found by control group,
mounts by their place below the state folder, namespaces by name.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
import typing as t
from contextlib import contextmanager, suppress
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cgroup import ControlGroup
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.machines import POWER_OFF_SECONDS, Machine
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.netns import read_netns_names, remove_netns
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.wires import VROUTER

STATE = Path("/run/alicloud-flannel")


def disks_folder(folder: Path) -> Path:
    """Return the folder with the hosts' disks."""
    return folder / "hosts"


@contextmanager
def locked_state(folder: Path) -> t.Iterator[None]:
    """Hold a sandbox's state folder, made if need be, against other commands that change it.

    Commands started by ``run`` hold it too, so what a killed run has left unfinished ends before anyone cleans up.
    """
    while True:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
        os.set_inheritable(handle, True)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            # Whoever held the lock before may have removed the folder that we waited for.
            if folder.exists() and os.fstat(handle).st_ino == folder.stat().st_ino:
                yield
                return
        finally:
            os.close(handle)


def read_machines(sandbox: str, folder: Path) -> list[Machine]:
    """Return the hosts that have a disk."""
    disks = disks_folder(folder)
    return [Machine(sandbox, path.name, disks) for path in sorted(disks.glob("*"))] if disks.exists() else []


def clear_state(sandbox: str, folder: Path, *, graceful: bool) -> None:
    """Remove everything of a sandbox but the folder, in whatever state it is; ``graceful`` lets running hosts shut down."""
    # The cloud first, which would go on to boot hosts.
    ControlGroup.of_sandbox(sandbox, VROUTER).end()
    machines = read_machines(sandbox, folder)
    if graceful:
        _power_off(machines)
    for machine in machines:
        machine.end()
    ControlGroup.of_sandbox(sandbox).end()
    for mount in reversed(_read_mounts(folder)):
        # Lazily: a shell that stands in a host's disk must not keep the rest from going.
        run(["umount", "--lazy", str(mount)])
    remove_netns(read_netns_names(sandbox))
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def remove_state(sandbox: str, folder: Path, *, graceful: bool) -> None:
    """Remove everything of a sandbox."""
    clear_state(sandbox, folder, graceful=graceful)
    folder.rmdir()
    with suppress(OSError):  # another sandbox is there
        STATE.rmdir()


def _power_off(machines: t.Sequence[Machine]) -> None:
    for machine in machines:
        machine.request_power_off()
    deadline = time.monotonic() + POWER_OFF_SECONDS
    for machine in machines:
        machine.group.wait_empty(max(0.0, deadline - time.monotonic()))


def _read_mounts(folder: Path) -> list[Path]:
    rows = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    return [Path(row[1]) for row in rows if Path(row[1]).is_relative_to(folder)]
