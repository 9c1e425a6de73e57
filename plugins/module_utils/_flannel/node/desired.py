# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a node is to be: the role's variables, in the form that plans use. Pure."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from . import paths

if t.TYPE_CHECKING:
    from ..._core.item import Item

# What flannel calls an architecture.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class DesiredInstall:
    """How flanneld gets onto the node. ``source`` is the sum of the file on the controller, empty where there is none."""

    method: str
    version: str
    checksum: str
    checksums: t.Mapping[str, t.Mapping[str, str]]
    release_url: str
    binary: str
    source: str
    program_dir: str

    @property
    def program(self) -> str:
        """Return where the program goes."""
        return f"{self.program_dir}/flanneld"

    def archive_name(self, machine: str) -> str:
        """Return the name of the release's archive."""
        return f"flannel-v{self.version}-linux-{ARCHITECTURES.get(machine, '')}.tar.gz"

    def archive_sum(self, machine: str) -> str:
        """Return the sum of the release's archive; nothing when it is not known."""
        return self.checksum or self.checksums.get(self.version, {}).get(ARCHITECTURES.get(machine, ""), "")

    def url(self, machine: str) -> str:
        """Return where the release's archive is."""
        return f"{self.release_url}/v{self.version}/{self.archive_name(machine)}"


@dataclass(frozen=True)
class DesiredNode:
    """What a node is to be.

    ``leases`` are those of the node itself; ``contents`` are the files that templates make, by the template's name. ``started`` says that
    this run has started the unit: subnet.env then must be right.
    """

    name: str
    address: str
    network: str
    mode: str
    backend: str
    etcd_prefix: str
    endpoints: tuple[str, ...]
    cert_dir: str
    cni: bool
    cni_bin_dirs: tuple[str, ...]
    docker: bool
    masquerade_except: tuple[str, ...]
    trusted_tables: tuple[str, ...]
    leases: tuple[Item, ...]
    install: DesiredInstall
    contents: t.Mapping[str, str]
    check_mode: bool
    started: bool

    @property
    def unit(self) -> str:
        """Return the unit that writes subnet.env."""
        return paths.SUBNET_UNITS[self.mode]

    @property
    def other_unit(self) -> str:
        """Return the unit of the other mode."""
        return next(unit for mode, unit in paths.SUBNET_UNITS.items() if mode != self.mode)

    @property
    def certificates(self) -> tuple[str, ...]:
        """Return the files with which the daemon reaches etcd."""
        return tuple(f"{self.cert_dir}/{name}" for name in paths.CERTIFICATES)

    @property
    def subnet(self) -> ipaddress.IPv4Network:
        """Return the node's subnet."""
        return ipaddress.IPv4Network(self.leases[0]["subnet"])

    @property
    def gateway(self) -> str:
        """Return the first address of the subnet with its length, as flannel writes it."""
        return f"{self.subnet.network_address + 1}/{self.subnet.prefixlen}"


def parse_desired(given: Item) -> DesiredNode:
    """Return what the role flanneld gives."""
    kinds: dict[type, tuple[str, ...]] = {
        str: ("name", "address", "network", "mode", "backend", "etcd_prefix", "cert_dir"),
        tuple: ("endpoints", "cni_bin_dirs", "masquerade_except", "trusted_tables", "leases"),
        bool: ("cni", "docker", "check_mode", "started"),
        dict: ("contents",),
    }
    values: dict[str, t.Any] = {name: kind(given[name]) for kind, names in kinds.items() for name in names}
    return DesiredNode(**values, install=DesiredInstall(**given["install"]))
