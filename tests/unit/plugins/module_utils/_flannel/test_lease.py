# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from ipaddress import IPv4Network

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import KeyValue
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease import (
    lease_key,
    lease_value,
    new_lease,
    parse_public_ip,
    parse_snapshot,
    parse_subnet_key,
    public_leases,
)
from hypothesis import given
from hypothesis import strategies as st

PREFIX = "/coreos.com/network"

SUBNET_KEYS = [
    ("10.24.1.0-24", ("10.24.1.0/24", False)),
    ("/coreos.com/network/subnets/10.24.1.0-24", ("10.24.1.0/24", False)),
    ("/coreos.com/network/subnets-old/10.24.1.0-24", ("10.24.1.0/24", False)),
    ("10.24.1.7-24", ("10.24.1.0/24", False)),
    ("10.24.1.0-31", ("10.24.1.0/31", False)),
    ("10.5.77.0-24&fd00:0:0:4d::-64", ("10.5.77.0/24", True)),
    ("10.24.1.0-32", None),
    ("10.24.1.0-24&fd00::-128", None),
    ("10.24.1.0-24&fd00:::-64", None),
    ("10.24.1.0-24&FD00::-64", None),
    ("10.24.1.0/24", None),
    ("10.24.1.0-24/", None),
    ("10.24.1.0-24\n", None),
    ("10.24.1-24", None),
    ("10.24.256.0-24", None),
    ("config", None),
]


@pytest.mark.parametrize(("key", "expected"), SUBNET_KEYS)
def test_a_key_names_the_subnet_that_flannel_reads_from_it(key: str, expected: tuple[str, bool] | None) -> None:
    parsed = parse_subnet_key(key)
    assert parsed == (expected and (IPv4Network(expected[0]), expected[1]))


VALUES = [
    (b'{"PublicIP":"172.16.0.11"}', "172.16.0.11"),
    (b'{"PublicIP":"172.16.0.11","PublicIPv6":null}', "172.16.0.11"),
    (b'{ "publicip" : "172.16.0.11" }\n', "172.16.0.11"),
    (b'{"PublicIP":"172.16.0.11","PUBLICIP":"172.16.0.12"}', "172.16.0.12"),
    (b'{"PublicIP":"172.16.0.11","BackendType":"vxlan","BackendData":{"VNI":1}}', "172.16.0.11"),
    (b"{}", "0.0.0.0"),
    (b'{"PublicIP":"n1"}', None),
    (b'{"PublicIP":3}', None),
    (b'{"PublicIP":"fd00::1"}', None),
    (b'["172.16.0.11"]', None),
    (b"172.16.0.11", None),
    (b"", None),
    (b"\xff", None),
    (b"[" * 100000, None),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_a_value_names_the_address_that_flannel_reads_from_it(value: bytes, expected: str | None) -> None:
    assert parse_public_ip(value) == expected


def test_a_reservation_is_the_address_alone() -> None:
    assert lease_value("172.16.0.11") == b'{"PublicIP":"172.16.0.11"}'


@given(st.integers(0, 2**32 - 1), st.integers(8, 30), st.ip_addresses(v=4))
def test_what_is_written_is_read_back(base: int, length: int, address: object) -> None:
    subnet = IPv4Network((base >> (32 - length) << (32 - length), length))
    lease = new_lease(PREFIX, subnet, str(address))
    snapshot = parse_snapshot(PREFIX, [KeyValue(lease.key.encode(), lease.value, 5, 5, 0)], 5, siblings=True)
    (read,) = snapshot.leases
    assert (read.subnet, read.public_ip, read.key, read.leased) == (subnet, str(address), lease_key(PREFIX, subnet), False)


def kv(key: str, value: object = None, lease: int = 0) -> KeyValue:
    return KeyValue(f"{PREFIX}/{key}".encode(), json.dumps(value or {"PublicIP": "172.16.0.11"}).encode(), 3, 4, lease)


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("subnets/10.24.1.0-24", None, "leases"),
        ("subnets/10.9.1.0-28", None, "leases"),
        ("subnets/10.24.1.0-24&fd00::-64", None, "leases"),
        ("subnets/10.24.1.7-24", None, "strays"),
        ("subnets/spare/10.24.1.0-24", None, "strays"),
        ("subnets-old/10.24.1.0-24", None, "strays"),
        ("subnets/10.24.1.0-24", "gone", "unreadable"),
        ("subnets/README", None, None),
        ("subnets", None, None),
        ("reservations/10.24.1.0-24", None, None),
    ],
)
def test_each_key_is_taken_for_what_flannel_takes_it_for(key: str, value: object, kind: str | None) -> None:
    snapshot = parse_snapshot(PREFIX, [kv(key, value)], 9, siblings=True)
    assert [name for name in ("leases", "strays", "unreadable") if getattr(snapshot, name)] == ([kind] if kind else [])


def test_with_api_v2_keys_beside_subnets_do_not_count() -> None:
    kvs = [kv("subnets-old/10.24.1.0-24"), kv("subnets/10.24.2.0-24")]
    snapshot = parse_snapshot(PREFIX, kvs, 9, siblings=False)
    assert (len(snapshot.leases), snapshot.strays) == (1, ())


def test_the_config_and_the_revision_are_kept() -> None:
    snapshot = parse_snapshot(PREFIX, [kv("config", {"Network": "10.24.0.0/16"})], 9, siblings=True)
    assert (snapshot.config, snapshot.revision) == (b'{"Network": "10.24.0.0/16"}', 9)


def test_leases_are_shown_in_the_order_of_their_subnets() -> None:
    snapshot = parse_snapshot(PREFIX, [kv("subnets/10.24.10.0-24", lease=7), kv("subnets/10.24.9.0-24")], 9, siblings=True)
    assert public_leases(snapshot.leases) == [
        {"subnet": "10.24.9.0/24", "public_ip": "172.16.0.11", "leased": False, "ttl": None},
        {"subnet": "10.24.10.0/24", "public_ip": "172.16.0.11", "leased": True, "ttl": None},
    ]
