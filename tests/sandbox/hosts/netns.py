# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces: names, and ways to run things in one."""

from __future__ import annotations

import ctypes
import os
import threading
import typing as t
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run

FOLDER = Path("/run/netns")
CLONE_NEWNET = 0x40000000

Result = t.TypeVar("Result")


def netns_prefix(sandbox: str) -> str:
    """Return what the names of a sandbox's namespaces begin with; no sandbox name holds the dot that ends it."""
    return f"alicloud-flannel.{sandbox}."


def netns_name(sandbox: str, part: str) -> str:
    """Return the namespace of one part: a node's name, ``vrouter`` or ``operator``."""
    return netns_prefix(sandbox) + part


def read_netns_names(sandbox: str) -> list[str]:
    """Return the namespaces of this sandbox that exist."""
    return sorted(path.name for path in FOLDER.glob(netns_prefix(sandbox) + "*"))


def netns_exists(netns: str) -> bool:
    """Tell whether there is such a namespace."""
    return (FOLDER / netns).exists()


def entering(netns: str, argv: t.Sequence[str]) -> list[str]:
    """Return the command that runs ``argv`` in the namespace.

    nsenter, not ``ip netns exec``: the latter hides /sys/fs/cgroup behind a new /sys.
    """
    return ["nsenter", f"--net={FOLDER / netns}", "--", *argv]


def call_in_netns(netns: str, function: t.Callable[[], Result]) -> Result:
    """Call a function in a thread of its own that sits in the namespace; sockets it opens belong there."""
    outcome: list[Result] = []
    failure: list[BaseException] = []

    def enter() -> None:
        try:
            handle = os.open(FOLDER / netns, os.O_RDONLY)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"can't enter namespace {netns}")
            finally:
                os.close(handle)
            outcome.append(function())
        except BaseException as exc:
            failure.append(exc)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def remove_netns(names: t.Iterable[str]) -> None:
    """Delete namespaces, also ones whose creation was cut off before the mount."""
    for name in names:
        if run(["ip", "netns", "delete", name], check=False).returncode != 0:
            (FOLDER / name).unlink(missing_ok=True)
