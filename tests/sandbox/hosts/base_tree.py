# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts' operating system: a Debian tree made once and kept, with everything the hosts may need that no mirror serves."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import typing as t
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError, run

SUITE = "bookworm"
PACKAGES = (
    "ca-certificates",
    "containernetworking-plugins",
    "dbus",
    "iproute2",
    "iptables",
    "iputils-ping",
    "nftables",
    "openssh-server",
    "openssl",
    "procps",
    "python3",
    "python3-apt",
    "sudo",
    "systemd",
    "systemd-sysv",
)
# They reach for the network or a console that a sandbox host does not have.
MASKED_UNITS = ("apt-daily.timer", "apt-daily-upgrade.timer", "console-getty.service", "getty@.service", "systemd-timesyncd.service")


def cache_folder() -> Path:
    """Return the folder for what is worth keeping from one sandbox to the next."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "alicloud-flannel"


@contextmanager
def locked(name: str) -> t.Iterator[Path]:
    """Give the cache folder to one process at a time, for one kind of work."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def base_tree_key() -> str:
    """Return what the tree's content depends on, as a short hash; a change makes a new tree."""
    recipe = "\n".join([SUITE, *PACKAGES, "masked", *MASKED_UNITS])
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def make_base_tree(say: t.Callable[[str], None]) -> Path:
    """Return the tree, after making it when it isn't there yet."""
    with locked("base") as folder:
        tree = folder / f"base-{SUITE}-{base_tree_key()}"
        if tree.exists():
            return tree
        for stale in folder.glob("base-*.partial"):
            shutil.rmtree(stale)
        say(f"building the hosts' base tree in {tree} (once, about a minute)")
        partial = tree.with_name(tree.name + ".partial")
        _debootstrap(partial)
        _customise(partial)
        partial.rename(tree)
        return tree


def read_apt_mirror() -> str:
    """Return the address from which this machine's apt takes the main component of the suite."""
    listed = run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Release: {SUITE}", "Component: main"])
    found = listed.stdout.split()
    if not found:
        raise SandboxError(f"apt has no source for {SUITE} main; add one and run apt-get update")
    return found[0]


def _debootstrap(tree: Path) -> None:
    # In namespaces of its own, so that a run that is killed leaves neither mounts nor processes.
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    run([*alone, "debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(tree), read_apt_mirror()], timeout=None)


def _customise(tree: Path) -> None:
    run(["systemctl", f"--root={tree}", "mask", *MASKED_UNITS])
    for key in (tree / "etc/ssh").glob("ssh_host_*"):
        key.unlink()  # each host gets its own
    shutil.rmtree(tree / "var/cache/apt/archives")
    (tree / "var/cache/apt/archives/partial").mkdir(parents=True)
