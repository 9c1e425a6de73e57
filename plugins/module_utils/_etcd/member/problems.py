# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Why a host can't be the member that it is to be: all that is refused before anything is changed. Pure."""

from __future__ import annotations

import typing as t

from .desired import ARCHITECTURES

if t.TYPE_CHECKING:
    from .desired import DesiredCluster, DesiredMember
    from .observed import ObservedMember


def find_host_problems(seen: ObservedMember, wanted: DesiredMember, cluster: DesiredCluster) -> list[str]:
    """Return what is wrong with the host itself."""
    checks = (_find_foreign, _find_address, _find_install, _find_checksum)
    return [problem for check in checks for problem in check(seen, wanted, cluster)]


def _find_foreign(seen: ObservedMember, _wanted: DesiredMember, cluster: DesiredCluster) -> t.Iterator[str]:
    if seen.name not in cluster.addresses:
        yield f"The members are the hosts of the group {cluster.group} (etcd_group), and {seen.name} is none of them. Put it there."


def _find_address(seen: ObservedMember, wanted: DesiredMember, cluster: DesiredCluster) -> t.Iterator[str]:
    if wanted.address in seen.addresses and cluster.addresses.get(seen.name, wanted.address) == wanted.address:
        return
    yield (
        f"etcd listens on an IP address that the host has itself. For {seen.name} etcd_member_address is {wanted.address}; the host has "
        f"{', '.join(seen.addresses[:20])}; all members: {', '.join(cluster.addresses.values())}. Set etcd_member_address in the inventory "
        "(not in the playbook: the other members read it too)."
    )


def _find_install(seen: ObservedMember, wanted: DesiredMember, _cluster: DesiredCluster) -> t.Iterator[str]:
    install = wanted.install
    fits = seen.os_family == "debian" if install.is_package else seen.architecture in ARCHITECTURES
    if seen.service_manager == "systemd" and fits:
        return
    yield (
        f"etcd {install.version} can't be installed by method {install.method} on {seen.name} ({seen.os_family or 'an unknown system'}, "
        f"{seen.architecture}, {seen.service_manager}). Needed: systemd; for release and file {' or '.join(ARCHITECTURES)}; for package a "
        "Debian system."
    )


def _find_checksum(seen: ObservedMember, wanted: DesiredMember, _cluster: DesiredCluster) -> t.Iterator[str]:
    install = wanted.install
    if install.method == "release" and seen.architecture in ARCHITECTURES and not install.archive_sum(seen.architecture):
        yield (
            f"No checksum is known for etcd {install.version} on {ARCHITECTURES[seen.architecture]} "
            f"(known: {', '.join(install.checksums)}). "
            'Take it from the release\'s SHA256SUMS and give it as etcd_checksum: "sha256:…".'
        )


def first_start_problem(absent: t.Sequence[str]) -> str:
    """Return what keeps a cluster without any data from its first start; nothing when no member is absent."""
    if not absent:
        return ""
    return (
        "No member has data, so this is the cluster's first start, which needs every member at once. Not in this run, or not reachable: "
        f"{', '.join(absent)}. Run without --limit and serial when all of them can be reached."
    )
