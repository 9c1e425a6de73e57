# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.nodes import (
    own_leases,
    parse_nodes,
    reservations,
)
from hypothesis import given
from hypothesis import strategies as st

HOSTVARS: dict[str, dict[str, t.Any]] = {
    "n1": {"ansible_host": "172.16.0.11", "alicloud_instance_id": "i-1", "flannel_subnet": "10.24.9.0/24"},
    "n2": {"ansible_host": "203.0.113.2", "flannel_address": "172.16.0.12"},
    "n3": {"ansible_host": "n3.example.com"},
    "n4": {"ansible_host": "172.16.0.11"},
    "n5": {},
    "n6": {"flannel_address": "2001:db8::1"},
    "n8": {"ansible_host": "172.16.0.18", "flannel_address": ""},
    "n7": {"flannel_address": "172.16.0.300", "ansible_host": "172.16.0.17"},
}


def test_nodes_are_sorted_by_address_and_have_their_private_address() -> None:
    assert parse_nodes(["n2", "n1"], HOSTVARS) == [
        {"name": "n1", "address": "172.16.0.11", "instance_id": "i-1", "subnet": "10.24.9.0/24"},
        {"name": "n2", "address": "172.16.0.12", "instance_id": None, "subnet": None},
    ]


def test_an_empty_address_is_none() -> None:
    assert parse_nodes(["n8"], HOSTVARS)[0]["address"] == "172.16.0.18"


def test_a_reservation_asks_for_a_subnet_only_where_the_inventory_gives_one() -> None:
    assert reservations(parse_nodes(["n2", "n1"], HOSTVARS)) == [
        {"public_ip": "172.16.0.11", "subnet": "10.24.9.0/24"},
        {"public_ip": "172.16.0.12"},
    ]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ["empty"]),
        (["n1", "n4"], ["172.16.0.11 (n1, n4)"]),
        (["n3"], ["n3", "n3.example.com", "not an IPv4 address"]),
        (["n5"], ["n5 has no address", "flannel_address"]),
        (["n6"], ["n6", "2001:db8::1"]),
        (["n7"], ["n7", "172.16.0.300"]),
    ],
)
def test_bad_nodes_are_named(names: list[str], words: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_nodes(names, HOSTVARS)
    assert all(word in str(caught.value) for word in words)


@given(st.dictionaries(st.text(min_size=1), st.ip_addresses(v=4), min_size=1, max_size=20))
def test_every_host_with_an_address_of_its_own_becomes_a_node(addresses: dict[str, t.Any]) -> None:
    hostvars = {name: {"ansible_host": str(address)} for name, address in addresses.items()}
    distinct = len(set(addresses.values())) == len(addresses)
    if distinct:
        by_address = sorted(addresses.items(), key=lambda item: item[1])
        assert [(node["name"], node["address"]) for node in parse_nodes(list(hostvars), hostvars)] == [
            (name, str(address)) for name, address in by_address
        ]
    else:
        with pytest.raises(InvalidInput, match="one address"):
            parse_nodes(list(hostvars), hostvars)


def lease(public_ip: str, subnet: object, **more: object) -> dict[str, object]:
    return {"public_ip": public_ip, "subnet": subnet, **more}


def test_a_nodes_own_leases_are_read() -> None:
    leases = [
        lease("172.16.0.11", "10.24.1.0/24", leased=True, ttl=5),
        lease("172.16.0.12", "{{ x }}"),
        lease("172.16.0.11", "10.24.2.0/24"),
    ]
    assert own_leases(leases, "172.16.0.11") == [
        {"public_ip": "172.16.0.11", "subnet": "10.24.1.0/24", "leased": True},
        {"public_ip": "172.16.0.11", "subnet": "10.24.2.0/24", "leased": False},
    ]


@pytest.mark.parametrize("subnet", ["10.24.1.0/24; reboot", "$(reboot)", "10.24.1.0/24\n", "{{ x }}", "10.24.1.1/24", "::/0", "", None, []])
def test_what_reads_the_leases_puts_nothing_else_into_a_nodes_files(subnet: object) -> None:
    with pytest.raises(InvalidInput, match=r"The lease of 172\.16\.0\.11 was read without an IPv4 subnet"):
        own_leases([lease("172.16.0.11", subnet)], "172.16.0.11")
