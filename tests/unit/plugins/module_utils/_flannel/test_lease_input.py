# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from ipaddress import IPv4Network

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_input import DesiredLease, DesiredLeases, parse_desired_leases


def parse(*leases: dict[str, t.Any], **options: t.Any) -> DesiredLeases:
    defaults = {"state": "present", "purge": False, "force": False, "max_disruption": "10%", "allow_empty": False, "keep_ttl_below": 0}
    return parse_desired_leases({**defaults, **options, "leases": list(leases)})


N1 = {"public_ip": "172.16.0.11"}

REFUSED = [
    ([{}], {}, "leases[0] names no public_ip."),
    ([{"public_ip": None, "subnet": "10.24.1.0/24"}], {}, "leases[0] names no public_ip."),
    ([N1, {}], {"state": "absent"}, "leases[1] names no public_ip and no subnet."),
    ([{"public_ip": "n1"}], {}, "leases[0].public_ip 'n1' is not an IPv4 address"),
    ([{"public_ip": ""}], {}, "leases[0].public_ip '' is not an IPv4 address"),
    ([{"public_ip": "172.16.0.0/24"}], {}, "is not an IPv4 address"),
    ([{"public_ip": "fd00::1"}], {}, "leases[0].public_ip fd00::1 is an IPv6 address"),
    ([{**N1, "subnet": "10.24.1.1/24"}], {}, "leases[0].subnet '10.24.1.1/24' is not an IPv4 subnet"),
    ([{**N1, "subnet": "fd00::/64"}], {}, "leases[0].subnet fd00::/64 is an IPv6 subnet"),
    ([N1, N1], {}, "public_ip 172.16.0.11 is listed more than once"),
    (
        [{**N1, "subnet": "10.24.1.0/24"}, {"public_ip": "172.16.0.12", "subnet": "10.24.1.0/24"}],
        {},
        "subnet 10.24.1.0/24 is listed more than once",
    ),
    ([], {"purge": True}, "would delete every lease"),
    ([N1], {"purge": True, "state": "absent"}, "purge keeps the listed leases"),
    ([N1], {"max_disruption": "150%"}, "max_disruption '150%' must be a number"),
]


@pytest.mark.parametrize(("leases", "options", "message"), REFUSED)
def test_a_request_that_cannot_be_meant_is_refused(leases: list[dict[str, t.Any]], options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(*leases, **options)
    assert message in str(caught.value)


def test_a_request_is_read() -> None:
    desired = parse({**N1, "subnet": "10.24.1.0/24"}, {"public_ip": "172.16.0.12", "subnet": None}, purge=True)
    assert desired.leases == (DesiredLease("172.16.0.11", IPv4Network("10.24.1.0/24")), DesiredLease("172.16.0.12"))
    assert desired.purge
    assert parse(purge=True, allow_empty=True).leases == ()
    assert parse({"subnet": "10.24.1.0/24"}, state="absent").leases == (DesiredLease(None, IPv4Network("10.24.1.0/24")),)
