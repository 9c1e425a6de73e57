# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller: a Debian tree of any suite, and a virtual environment with any ansible-core that its Python runs."""

from __future__ import annotations

import hashlib
import shutil
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.controller.chroot import Bind, in_tree
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cache import locked
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.debian_tree import DEBIAN_PATH, Tree, make_tree
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run

PACKAGES = ("ca-certificates", "openssh-client", "python3", "python3-venv", "sudo")
# Where the tree shows the virtual environment, whose programs know their place by its full path.
MOUNT = "/opt"
VENV = f"{MOUNT}/ansible"
HOME = "/root"
PATH = f"{VENV}/bin:{DEBIAN_PATH}"
# pip resolves its index and trusts it as this machine does; other settings are the environment's.
RESOLVER, AUTHORITIES = "/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt"
INSTALL = """
python3 -m venv "$0/ansible"
exec "$0/ansible/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir "$@"
"""


@dataclass(frozen=True)
class Controller:
    """A system and the folder with its virtual environment, both made once and kept; whoever uses it brings a home folder."""

    tree: Path
    venv: Path

    def command(self, argv: t.Sequence[str], home: Path, *binds: Bind) -> list[str]:
        """Return the command that runs ``argv`` there, in the home folder and with the virtual environment's programs."""
        own = [Bind(self.venv, MOUNT), Bind(home, HOME, writable=True)]
        return in_tree(self.tree, argv, binds=[*own, *binds], folder=HOME, path=PATH)


def make_controller(suite: str, core: str, say: t.Callable[[str], None]) -> Controller:
    """Return the controller of this suite with this version of ansible-core, after making what isn't there yet."""
    tree = make_tree(Tree("controller", suite, PACKAGES), say)
    return Controller(tree, _make_venv(tree, core, say))


def _make_venv(tree: Path, core: str, say: t.Callable[[str], None]) -> Path:
    requirements, versions = PROJECT / "requirements.txt", PROJECT / "tests/requirements-dev.txt"
    content = f"{tree.name}\n{INSTALL}\n{requirements.read_text(encoding='utf-8')}\n{versions.read_text(encoding='utf-8')}"
    with locked("ansible") as cache:
        folder = cache / f"ansible-{core}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
        if folder.exists():
            return folder
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        say(f"installing ansible-core {core} in {folder} (once, less than a minute)")
        machine = [Bind(Path(file), file) for file in (RESOLVER, AUTHORITIES)]
        binds = [*machine, Bind(partial, MOUNT, writable=True), Bind(PROJECT, "/mnt")]
        wanted = [f"ansible-core=={core}", "-r", "/mnt/requirements.txt", "-c", "/mnt/tests/requirements-dev.txt"]
        environment = ["env", "HOME=/tmp", f"PIP_CERT={AUTHORITIES}"]
        run(in_tree(tree, [*environment, "sh", "-euc", INSTALL, MOUNT, *wanted], binds=binds), timeout=None)
        partial.rename(folder)
        return folder
