# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a member is to be: the role's variables, in the form that plans use. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .access import DesiredAccess, parse_access

if t.TYPE_CHECKING:
    from ..._core.item import Item

# What etcd's releases call an architecture.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def url(address: str, port: int) -> str:
    """Return the URL of a port at an address, which may be IPv6."""
    return f"https://[{address}]:{port}" if ":" in address else f"https://{address}:{port}"


@dataclass(frozen=True)
class DesiredInstall:
    """How etcd gets onto the host. ``source`` is the sum of the archive on the controller, empty where there is none."""

    method: str
    version: str
    checksum: str
    checksums: t.Mapping[str, t.Mapping[str, str]]
    release_url: str
    source: str
    program_dir: str
    release_dir: str
    cache_dir: str

    @property
    def is_package(self) -> bool:
        """Say whether the distribution decides the version."""
        return self.method == "package"

    @property
    def link(self) -> str:
        """Return the program that the unit starts."""
        return f"{self.program_dir}/etcd"

    @property
    def program(self) -> str:
        """Return the file that the link is to lead to."""
        return f"{self.release_dir}/etcd"

    def archive(self, machine: str) -> str:
        """Return where the release's archive is kept on the host."""
        return f"{self.cache_dir}/etcd-v{self.version}-linux-{ARCHITECTURES.get(machine, machine)}.tar.gz"

    def archive_sum(self, machine: str) -> str:
        """Return the sum of the release's archive; nothing when it is not known."""
        return self.checksum or self.checksums.get(self.version, {}).get(ARCHITECTURES.get(machine, machine), "")

    def url(self, machine: str) -> str:
        """Return where the release's archive is."""
        return f"{self.release_url}/v{self.version}/{self.archive(machine).rsplit('/', 1)[1]}"


@dataclass(frozen=True)
class DesiredMember:
    """What a host is to be.

    ``unit`` is the text of the unit, ``header`` what stands above the configuration, ``extra`` what the user adds to it.
    """

    name: str
    address: str
    token: str
    client_port: int
    peer_port: int
    metrics_port: int
    data_dir: str
    config_dir: str
    config_path: str
    unit_path: str
    certificate_dir: str
    quota_bytes: int
    retention: str
    extra: t.Mapping[str, t.Any]
    header: str
    unit: str
    restart: bool
    install: DesiredInstall
    access: DesiredAccess

    @property
    def trusted(self) -> str:
        """Return the file of the CA."""
        return f"{self.certificate_dir}/ca.crt"

    @property
    def read_at_start(self) -> tuple[str, ...]:
        """Return the files that etcd and systemd read when it starts, only."""
        return (self.config_path, self.unit_path, self.trusted)


@dataclass(frozen=True)
class DesiredCluster:
    """The members of the inventory: the address of each by its name, in the inventory's order, whether the run has them or not.

    ``present`` are the hosts of the run.
    """

    group: str
    addresses: t.Mapping[str, str]
    present: tuple[str, ...]

    def urls(self, port: int) -> dict[str, str]:
        """Return the URL of each member at a port."""
        return {name: url(address, port) for name, address in self.addresses.items()}


def parse_desired(given: Item) -> DesiredMember:
    """Return what the role etcd gives for a host."""
    kinds: dict[t.Callable[[t.Any], t.Any], tuple[str, ...]] = {
        str: ("name", "address", "token", "data_dir", "config_dir", "config_path", "unit_path", "certificate_dir", "header", "unit"),
        int: ("client_port", "peer_port", "metrics_port", "quota_bytes"),
        bool: ("restart",),
        dict: ("extra",),
    }
    values: dict[str, t.Any] = {name: kind(given[name]) for kind, names in kinds.items() for name in names}
    # A number of hours may come as one.
    return DesiredMember(
        **values, retention=str(given["retention"]), install=DesiredInstall(**given["install"]), access=parse_access(given["access"])
    )
