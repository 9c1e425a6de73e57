# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Anything at all as key and value, and as the answer of what stands in etcd's place: no traceback, and nobody else's lease changes."""

from __future__ import annotations

import time
import typing as t
from base64 import b64encode
from ipaddress import IPv4Network
from types import SimpleNamespace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import KeyValue
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v2_store import parse_node
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_wire import (
    parse_gateway_failure,
    parse_range,
    parse_revision,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease import (
    key_bytes,
    parse_public_ip,
    parse_snapshot,
    parse_subnet_key,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_faults import judge_leases
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_input import DesiredLease, DesiredLeases
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_plan import plan_leases
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.network import parse_config
from ansible_collections.alicloud.flannel.tests.integration.flannel.flannel_records import Flannel, nodes, public
from hypothesis import given, settings
from hypothesis import strategies as st

PREFIX = "/coreos.com/network"
CONFIG = b'{"Network": "10.24.0.0/16"}'
NODES = ("172.16.0.11", "172.16.0.12", "172.16.0.13")
HELD = [
    KeyValue(f"{PREFIX}/config".encode(), CONFIG, 1, 1, 0),
    KeyValue(f"{PREFIX}/subnets/10.24.1.0-24".encode(), b'{"PublicIP":"172.16.0.11"}', 2, 2, 0),
    KeyValue(f"{PREFIX}/subnets/10.24.2.0-24".encode(), b'{"PublicIP":"172.16.0.12"}', 3, 3, 0),
]
# What a key under subnets/ may look like to whoever reads it.
ENDS = st.binary(max_size=40) | st.builds(
    lambda before, octets, length, after: before + ".".join(map(str, octets)).encode() + b"-" + length + after,
    st.sampled_from([b"", b"\xff", b"\x1b[2J", b"1", b"10.24.1.0-24&", b"x/"]),
    st.lists(st.sampled_from([0, 10, 24, 1, 2, 9, 255, 256, 10**30]), min_size=3, max_size=5),
    st.sampled_from([b"24", b"16", b"0", b"25", b"31", b"32", b"024", b"9" * 5000, b"-1", "²".encode()]),
    st.sampled_from([b"", b"&fd00::-64", b"&fd00:::-64", b"\n", b"&" + b":" * 100 + b"-64", b"&-64"]),
)
NAMES = st.sampled_from([b"/subnets/", b"/subnets", b"/subnets-x/", b"/"])
VALUES = st.binary(max_size=60) | st.sampled_from(
    [
        *(b'{"PublicIP":"%s"}' % address.encode() for address in (*NODES, "172.16.0.66", "::1", "999.1.1.1", "0.0.0.0")),
        *(b'{"PublicIP":%s}' % value for value in (b"null", b"1e400", b"[]", b"{}", b"NaN", b"9" * 5000)),
        *(b"[" * 100_000, b'{"PublicIP":' * 5000, '{"PublicIP":"172.16.0.12"}'.encode("utf-16"), b'\xef\xbb\xbf{"PublicIP":"172.16.0.12"}'),
    ]
)
RECORDS = st.lists(
    st.builds(
        lambda name, end, value, lease: KeyValue(PREFIX.encode() + name + end, value, 9, 9, lease), NAMES, ENDS, VALUES, st.integers(0, 2)
    ),
    max_size=5,
    unique_by=lambda kv: kv.key,
).map(lambda kvs: [kv for kv in kvs if kv.key not in {held.key for held in HELD}])


@settings(max_examples=400)
@given(RECORDS)
def test_any_keys_and_values_cost_only_those_whom_they_name(records: list[KeyValue]) -> None:
    snapshot = parse_snapshot(PREFIX, [*HELD, *records], 9, siblings=True)
    judged = judge_leases(snapshot, parse_config(CONFIG))
    # Each record is a lease that can be right, or named as one that can't, or none of flannel's.
    told = [key_bytes(lease.key) for lease in judged.leases] + [key_bytes(fault.key) for fault in judged.faults]
    among = [kv.key for kv in [*HELD, *records] if kv.key.startswith(f"{PREFIX}/subnets/".encode())]
    assert sorted(told) == sorted({*told, *among})
    assert len({lease.public_ip for lease in judged.leases}) == len({lease.subnet for lease in judged.leases}) == len(judged.leases)

    named = {fault.public_ip for fault in judged.faults}
    plan = plan_leases(snapshot, DesiredLeases(leases=tuple(DesiredLease(address) for address in NODES)))
    steps = {step["public_ip"]: step for step in plan.predict().returns["results"]}
    for address, subnet in zip(NODES, ("10.24.1.0/24", "10.24.2.0/24", None)):
        assert steps[address]["result"] != "refused" or address in named
        if subnet and steps[address]["result"] != "refused":
            assert (steps[address]["subnet"], steps[address]["result"]) == (subnet, "unchanged")
    assert all(key_bytes(lease.key) not in {kv.key for kv in [*HELD, *records]} for change in plan.changes for lease in change.loses)


@given(st.binary(max_size=200) | VALUES)
def test_any_value_names_an_address_or_none(value: bytes) -> None:
    assert parse_public_ip(value) is None or parse_public_ip(value) == str(parse_public_ip(value))


def test_flannel_and_we_read_the_same_of_values_that_only_python_reads() -> None:
    # Go takes UTF-8 alone for JSON, without a mark at its beginning, and knows no NaN.
    for value in (
        '{"PublicIP":"172.16.0.12"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"PublicIP":"172.16.0.12"}',
        b'{"PublicIP":"172.16.0.12","x":NaN}',
    ):
        assert parse_public_ip(value) is None


@pytest.mark.parametrize("text", ["1", "1.", "1-", "1.1.1.1-", "10.24.1.0-24&", ":", "&a:-1"])
def test_a_key_of_a_megabyte_is_read_at_once(text: str) -> None:
    began = time.process_time()
    parse_subnet_key(text * (1_000_000 // len(text)))
    parse_subnet_key(text * (1_000_000 // len(text)) + "10.24.1.0-24x")
    assert time.process_time() - began < 5


def test_ten_thousand_odd_records_take_no_time_to_plan_around() -> None:
    value = b'{"PublicIP":"172.16.0.66"}'
    odd = [
        KeyValue(f"{PREFIX}/subnets/10.{24 + n % 3}.{n % 256}.{n // 256 * 4}-{26 + n % 5}".encode(), value, 9, 9, 0) for n in range(10_000)
    ]
    config = KeyValue(f"{PREFIX}/config".encode(), b'{"Network": "10.0.0.0/8"}', 1, 1, 0)
    listed = tuple(DesiredLease(f"172.16.{number // 250}.{number % 250 + 1}") for number in range(1000))
    began = time.process_time()
    plan = plan_leases(parse_snapshot(PREFIX, [config, *odd], 9, siblings=True), DesiredLeases(leases=listed))
    assert len(plan.changes) > 990
    assert time.process_time() - began < 20


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["9" * 5000, "AA==", "="])
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "value", "lease", "kvs", "revision"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["kvs", "header"]), JSON),
    st.binary(max_size=50) | JSON.map(lambda data: repr(data).encode("utf-8", "replace")),
)
def test_what_answers_in_place_of_etcd_is_refused_in_a_sentence(reply: dict[str, t.Any], body: bytes) -> None:
    for parse in (lambda: parse_range(reply, 1), lambda: parse_revision(reply), lambda: parse_gateway_failure(body)):
        try:
            parse()
        except CollectionError as exc:
            assert str(exc).endswith(".")


@given(st.binary(max_size=50), st.binary(max_size=50), st.integers(0, 2**63))
def test_any_key_and_value_come_through_the_gateway(key: bytes, value: bytes, lease: int) -> None:
    kv = {"key": b64encode(key).decode(), "value": b64encode(value).decode(), "lease": str(lease)}
    assert parse_range({"kvs": [kv]}, 1).kvs == (KeyValue(key, value, 0, 0, lease),)


@given(st.text(), st.none() | st.text(), st.none() | st.integers(0, 10**9))
def test_any_key_and_value_come_through_api_v2(key: str, value: str | None, ttl: int | None) -> None:
    node = SimpleNamespace(key=f"{PREFIX}/subnets/{key}", value=value, ttl=ttl, expiration=ttl and "soon", createdIndex=1, modifiedIndex=2)
    assert parse_snapshot(PREFIX, [parse_node(node)], 1, siblings=False).config is None


def test_folders_in_folders_stop_no_run(bare: Flannel) -> None:
    if bare.api != "v2":
        pytest.skip("only API v2 has folders")
    bare.put("config", CONFIG)
    assert not bare.run(nodes(11)).failed
    bare.put("subnets/" + "/".join("a" * 700), b"x")
    assert bare.info()["leases"] == [public(1, 11)]
    assert not bare.run(nodes(11, 12)).failed


def test_the_subnet_of_a_key_is_the_one_that_flannel_reads() -> None:
    assert parse_subnet_key("\x1b10.24.9.0-24") == (IPv4Network("10.24.9.0/24"), False)
    assert [parse_subnet_key(key) for key in ("110.24.9.0-24x", "1110.24.9.0-24", "0010.24.9.0-24")] == [None] * 3
