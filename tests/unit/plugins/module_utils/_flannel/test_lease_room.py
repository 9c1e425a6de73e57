# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ipaddress import IPv4Network

from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease import new_lease
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_room import OccupiedSubnets
from hypothesis import given
from hypothesis import strategies as st

# Anywhere, and close to the subnets that are asked for.
ADDRESSES = st.integers(0, 2**32 - 1) | st.integers(10 << 24, (10 << 24) + 20 * 256)
SUBNETS = st.builds(lambda address, length: IPv4Network((address, length), strict=False), ADDRESSES, st.integers(0, 31))


@given(st.lists(SUBNETS, max_size=20), st.integers(0, 20))
def test_who_shares_an_address_is_found(held: list[IPv4Network], number: int) -> None:
    leases = [new_lease("/x", subnet, "172.16.0.1") for subnet in held]
    subnet = IPv4Network(((10 << 24) | number << 8, 24))
    occupied = OccupiedSubnets(leases, 24)
    assert sorted(map(str, occupied.by(subnet))) == sorted(str(lease) for lease in leases if lease.subnet.overlaps(subnet))
    assert all(lease.subnet.prefixlen < 24 for lease in occupied.with_others_by(subnet))
