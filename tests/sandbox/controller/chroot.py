# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs commands in a Debian tree. Mounts and processes are in namespaces of the command's own: they go with it, however it ends."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.debian_tree import DEBIAN_PATH

if t.TYPE_CHECKING:
    from pathlib import Path

# The tree is mounted on itself, so that it can't be written; what is mounted below it covers that.
SCRIPT = """
tree=$1; shift
mount --bind "$tree" "$tree"
mount -o remount,bind,ro "$tree"
mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount -t tmpfs tmpfs "$tree/run"
mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp"
while [ "$1" != -- ]; do
  access=$1 source=$2 target=$tree$3; shift 3
  case $target in "$tree"/run/*) mkdir -p "$target" ;; esac
  mount --bind "$source" "$target"
  mount -o "remount,bind,$access" "$target"
done
shift
chroot "$tree" "$@"
"""


@dataclass(frozen=True)
class Bind:
    """A file or a folder of this machine that the tree shows at a place, which it must have unless that is below /run."""

    source: Path
    target: str
    writable: bool = False

    def arguments(self) -> list[str]:
        """Return it as the script takes it."""
        return ["rw" if self.writable else "ro", str(self.source), self.target]


def in_tree(tree: Path, argv: t.Sequence[str], *, binds: t.Sequence[Bind] = (), folder: str = "/", path: str = DEBIAN_PATH) -> list[str]:
    """Return the command that runs ``argv`` as root in a folder of the tree, of which nothing else can be written."""
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    mounts = [argument for bind in binds for argument in bind.arguments()]
    # PWD, as every shell has it.
    inside = ["/usr/bin/env", f"--chdir={folder}", f"PWD={folder}", f"PATH={path}", *argv]
    return [*alone, "sh", "-euc", SCRIPT, "sh", str(tree), *mounts, "--", *inside]
