# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's Docker for hosts of a sandbox, unpacked there; its containers can't be started, since hosts may not write control groups."""

from __future__ import annotations

import subprocess
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cache import locked
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import run

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.alicloud.flannel.tests.sandbox.hosts import Sandbox

PACKAGES = ("containerd", "dmsetup", "docker.io", "libdevmapper1.02.1", "runc", "tini")


def fetch_docker() -> list[Path]:
    """Return the packages' files, after downloading what is missing."""
    with locked("docker") as cache:
        folder = cache / "docker"
        folder.mkdir(exist_ok=True)
        if len(list(folder.glob("*.deb"))) < len(PACKAGES):
            # apt's own user can't write below the caller's home.
            run(["sh", "-c", 'cd "$0" && apt-get -qq -o APT::Sandbox::User=root download "$@"', str(folder), *PACKAGES])
        return sorted(folder.glob("*.deb"))


def install_docker(sandbox: Sandbox, node: str) -> None:
    """Put Docker on a host, with settings of the operator's own, and start it."""
    shell = sandbox.ssh(sandbox.read_nodes()[node])
    for package in fetch_docker():
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as files:
            subprocess.run([*shell, "tar -x -C / --keep-directory-symlink"], stdin=files.stdout, check=True)
    settle = "mkdir -p /etc/docker && cat >/etc/docker/daemon.json && groupadd --force docker"
    start = "systemctl daemon-reload && systemctl start docker"
    done = sandbox.host_exec(node, ["sh", "-c", f"{settle} && {start}"], stdin='{"bip": "172.30.0.1/16", "log-level": "warn"}')
    assert done.returncode == 0, done.stderr
