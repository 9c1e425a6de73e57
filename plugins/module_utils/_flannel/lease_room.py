# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which parts of a network are taken, found in the same time however many odd records there are. Pure."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ipaddress import IPv4Network

    from .lease import Lease


class OccupiedSubnets:
    """Finds who holds any part of a subnet."""

    def __init__(self, leases: t.Iterable[Lease], subnet_len: int) -> None:
        self._within: dict[IPv4Network, list[Lease]] = {}
        self._around: dict[IPv4Network, list[Lease]] = {}
        for lease in leases:
            if lease.subnet.prefixlen >= subnet_len:
                self._within.setdefault(lease.subnet.supernet(new_prefix=subnet_len), []).append(lease)
            else:
                self._around.setdefault(lease.subnet, []).append(lease)
        self._lengths = sorted({subnet.prefixlen for subnet in self._around})

    def by(self, subnet: IPv4Network) -> list[Lease]:
        """Return the leases that share an address with a subnet of the network's length."""
        return [*self.in_part_by(subnet), *self.with_others_by(subnet)]

    def in_part_by(self, subnet: IPv4Network) -> list[Lease]:
        """Return the leases of the subnet, or of a part of it."""
        return self._within.get(subnet, [])

    def with_others_by(self, subnet: IPv4Network) -> list[Lease]:
        """Return the leases of a larger subnet that this one is a part of."""
        return [lease for length in self._lengths for lease in self._around.get(subnet.supernet(new_prefix=length), ())]
