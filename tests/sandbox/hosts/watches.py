# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Room for many systemds under one kernel, which counts the inotify instances of one user together; 128 is its default limit."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError

LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
# A host has seven after its boot: systemd, dbus and logind. Twice that leaves room for what roles start.
PER_HOST = 14
OTHERS = 64


def needed_watches(hosts: int) -> int:
    """Return how many inotify instances so many hosts need, with some for the machine itself."""
    return OTHERS + PER_HOST * hosts


def make_room_for_watches(hosts: int, limit: Path = LIMIT) -> None:
    """Raise the machine's limit when it is too low for the hosts; it is never lowered, since other sandboxes may count on it."""
    needed = needed_watches(hosts)
    if int(limit.read_text(encoding="utf-8")) >= needed:
        return
    try:
        limit.write_text(str(needed), encoding="utf-8")
    except OSError as exc:
        raise SandboxError(f"{hosts} hosts need fs.inotify.max_user_instances={needed}, which can't be set here: {exc}; set it") from exc
