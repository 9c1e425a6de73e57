# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian systems in folders: each made once by debootstrap, kept, and only read from then on."""

from __future__ import annotations

import hashlib
import shutil
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cache import locked
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError, run

# What this machine runs, so that its apt has a source for it. That source has the other suites, too.
MACHINE_SUITE = "bookworm"
# Root's PATH in a Debian system. Whoever enters one sets it: this machine's own may lead elsewhere.
DEBIAN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


@dataclass(frozen=True)
class Tree:
    """What a tree consists of; a change makes a new one."""

    purpose: str
    suite: str
    packages: tuple[str, ...]
    masked_units: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the tree's folder, which depends on all that is in the tree."""
        recipe = "\n".join([self.suite, *self.packages, "masked", *self.masked_units])
        return f"{self.purpose}-{self.suite}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def make_tree(tree: Tree, say: t.Callable[[str], None]) -> Path:
    """Return the tree's folder, after making it when it isn't there yet."""
    with locked(tree.purpose) as cache:
        folder = cache / tree.name
        if folder.exists():
            return folder
        for stale in cache.glob(f"{tree.purpose}-*.partial"):
            shutil.rmtree(stale)
        say(f"building a {tree.suite} tree in {folder} (once, a minute or two)")
        partial = folder.with_name(folder.name + ".partial")
        _debootstrap(tree, partial)
        _customise(tree, partial)
        partial.rename(folder)
        return folder


def read_apt_mirror() -> str:
    """Return the address from which this machine's apt takes the main component of its own suite."""
    target = ["Created-By: Packages", f"Release: {MACHINE_SUITE}", "Component: main"]
    found = run(["apt-get", "indextargets", "--format", "$(REPO_URI)", *target]).stdout.split()
    if not found:
        raise SandboxError(f"apt has no source for {MACHINE_SUITE} main; add one and run apt-get update")
    return found[0]


def _debootstrap(tree: Tree, folder: Path) -> None:
    # In namespaces of its own, so that a run that is killed leaves neither mounts nor processes.
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    options = ["--variant=minbase", "--force-check-gpg", f"--include={','.join(tree.packages)}"]
    run([*alone, "debootstrap", *options, tree.suite, str(folder), read_apt_mirror()], timeout=None)


def _customise(tree: Tree, folder: Path) -> None:
    if tree.masked_units:
        run(["systemctl", f"--root={folder}", "mask", *tree.masked_units])
    for key in (folder / "etc/ssh").glob("ssh_host_*"):
        key.unlink()  # each host gets its own
    shutil.rmtree(folder / "var/cache/apt/archives")
    (folder / "var/cache/apt/archives/partial").mkdir(parents=True)
