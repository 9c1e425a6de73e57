# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints a folder with links to the programs that set-up leaves on a fresh machine, and to no others.

With it as PATH, a test that needs more than set-up installs fails on every machine.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import typing as t
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cache import locked
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.debian_tree import DEBIAN_PATH, MACHINE_SUITE, Tree, make_tree
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run

# A fresh machine: with git the project gets there, with make set-up is started.
BARE = Tree("fresh", MACHINE_SUITE, ("git", "make"))
SET_UP_FILES = ("Makefile", "tests/sandbox/packages.txt")
SET_UP = f"make -s .cache/packages.stamp >&2; find -L {DEBIAN_PATH.replace(':', ' ')} -maxdepth 1 -type f -printf '%f\\n'"


def read_fresh_programs(say: t.Callable[[str], None]) -> set[str]:
    """Return the names of the programs that set-up leaves on a fresh machine; it is looked up once and kept."""
    texts = [SET_UP, BARE.name, *((PROJECT / name).read_text(encoding="utf-8") for name in SET_UP_FILES)]
    with locked("programs") as cache:
        kept = cache / f"programs-{_digest(texts)}"
        if not kept.exists():
            tree = make_tree(BARE, say)
            say("installing set-up's packages in a copy of it (once, about a minute)")
            partial = kept.with_suffix(".partial")
            partial.write_text(_set_up(tree), encoding="utf-8")
            partial.rename(kept)
        return set(kept.read_text(encoding="utf-8").split())


def _set_up(tree: Path) -> str:
    """Install set-up's packages in a copy of the tree that is gone afterwards; return the names of all programs there."""
    copy = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe", "--volatile=overlay", f"--directory={tree}"]
    files = [f"--bind-ro={PROJECT / name}:/srv/{name}" for name in SET_UP_FILES]
    return run([*copy, "--resolv-conf=copy-host", *files, "--chdir=/srv", "sh", "-euc", SET_UP], timeout=None).stdout


def link_programs(names: t.Iterable[str]) -> Path:
    """Return a folder with links to those of these programs that this machine has."""
    found = {name: shutil.which(name, path=DEBIAN_PATH) for name in sorted(names)}
    targets = {name: target for name, target in found.items() if target}
    with locked("path") as cache:
        folder = cache / f"path-{_digest(targets.values())}"
        if not folder.exists():
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            for name, target in targets.items():
                (partial / name).symlink_to(target)
            partial.rename(folder)
        return folder


def _digest(texts: t.Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


if __name__ == "__main__":
    print(link_programs(read_fresh_programs(lambda text: print(text, file=sys.stderr))))
