# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The etcd clients against real servers: what the store promises, over either API and in each version."""

from __future__ import annotations

import time
import typing as t
from collections import Counter

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput, LostRace
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.connection import Connection
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.errors import EtcdError, EtcdUnreachable, TooLarge
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import Delete, Guard, KeyValue, LeaseTtl, Put, Store
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v2_store import V2Store
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_client import EtcdV3, compare_create_revision, get, prefix_end, put
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_store import V3Store
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer
from ansible_collections.alicloud.flannel.tests.integration.etcd.relay import Relay, lose_first

NASTY_NAMES = ("é", "网络", "a?b", "a#b", "%41", "two words", "a+b&c=d", "\x01")


def open_api(api: str, *endpoints: str) -> Store:
    connection = Connection(endpoints)
    return V3Store(EtcdV3(connection)) if api == "v3" else V2Store(connection)


@pytest.fixture
def store(etcd: EtcdServer, api: str) -> Store:
    return open_api(api, etcd.url)


@pytest.fixture
def key(prefix: str) -> bytes:
    return f"{prefix}key".encode()


def test_a_key_that_is_not_there_is_none(store: Store, prefix: str, key: bytes) -> None:
    assert store.read(key) is None
    assert store.read_prefix(prefix.encode()).kvs == ()


@pytest.mark.parametrize("value", [b"", b"text", "网络 é".encode(), b'{"a": 1}', b"x" * 100_000])
def test_what_is_written_is_read(store: Store, key: bytes, value: bytes) -> None:
    revision = store.write([Put(key, value, expected=0)])
    kv = store.read(key)
    assert kv is not None
    assert (kv.key, kv.value, kv.create_revision, kv.mod_revision, kv.lease) == (key, value, revision, revision, 0)


def test_any_key_comes_back_as_it_was_given(store: Store, prefix: str) -> None:
    keys = sorted(f"{prefix}{name}".encode() for name in NASTY_NAMES)
    for key in keys:
        store.write([Put(key, b"value of " + key, expected=0)])
    assert [(kv.key, kv.value) for kv in store.read_prefix(prefix.encode()).kvs] == [(key, b"value of " + key) for key in keys]
    assert [kv.key for key in keys if (kv := store.read(key))] == keys


def test_a_prefix_need_not_be_a_directory(store: Store, prefix: str) -> None:
    for name in ("sub/a", "subnets/b", "other/c"):
        store.write([Put(f"{prefix}{name}".encode(), b"", expected=0)])
    assert [kv.key.decode() for kv in store.read_prefix(f"{prefix}sub".encode()).kvs] == [f"{prefix}sub/a", f"{prefix}subnets/b"]


def test_a_range_ends_before_its_end(store: Store, prefix: str) -> None:
    for name in ("a/config", "a/zzz", "config", "other/b", "subnets/c", "subnets-old/d", "subnett"):
        store.write([Put(f"{prefix}{name}".encode(), b"", expected=0)])
    found = store.read_range(f"{prefix}config".encode(), f"{prefix}subnett".encode())
    assert [kv.key.decode()[len(prefix) :] for kv in found.kvs] == ["config", "other/b", "subnets-old/d", "subnets/c"]
    assert found.revision >= max(kv.mod_revision for kv in found.kvs)
    assert store.read_range(f"{prefix}none/config".encode(), f"{prefix}none/subnett".encode()).kvs == ()


def test_no_write_without_what_was_expected(store: Store, key: bytes) -> None:
    first = store.write([Put(key, b"1", expected=0)])
    second = store.write([Put(key, b"2", expected=first)])
    for change in (Put(key, b"3", expected=0), Put(key, b"3", expected=first), Delete(key, expected=first)):
        with pytest.raises(LostRace, match="another writer was faster"):
            store.write([change])
    kv = store.read(key)
    assert kv is not None
    assert (kv.value, kv.mod_revision, kv.create_revision) == (b"2", second, first)
    store.write([Delete(key, expected=second)])
    assert store.read(key) is None
    with pytest.raises(LostRace):
        store.write([Delete(key, expected=second)])


def test_a_guard_fails_on_a_foreign_key_and_not_on_a_foreign_change(store: Store, prefix: str) -> None:
    old = f"{prefix}old".encode()
    before = store.write([Put(old, b"1", expected=0)])
    changed = store.write([Put(old, b"2", expected=before)])
    after = store.write([Put(f"{prefix}mine".encode(), b"", expected=0)], Guard(prefix.encode(), before))
    assert after > changed
    with pytest.raises(LostRace):
        store.write([Put(f"{prefix}late".encode(), b"", expected=0)], Guard(prefix.encode(), before))
    assert store.read(f"{prefix}late".encode()) is None


def test_a_ttl_is_given_kept_taken_away_and_started_anew(store: Store, key: bytes) -> None:
    def read() -> tuple[KeyValue, LeaseTtl | None]:
        kv = store.read(key)
        assert kv is not None
        return kv, store.read_ttls([kv]).get(key)

    store.write([Put(key, b"1", expected=0, ttl=60)])
    kv, ttl = read()
    assert ttl is not None
    assert ttl.granted in (60, None)
    assert 57 <= ttl.remaining <= 60
    store.write([Put(key, b"2", expected=kv.mod_revision, lease=kv.lease)])
    kv, ttl = read()
    assert ttl is not None
    assert 55 <= ttl.remaining <= 60
    time.sleep(1.1)
    store.keep_alive(kv, 60)
    kv, started_anew = read()
    assert started_anew is not None
    assert started_anew.remaining > ttl.remaining - 1
    store.write([Put(key, b"2", expected=kv.mod_revision)])
    assert read()[1] is None


def test_a_ttl_that_has_ended_is_a_lost_race(store: Store, key: bytes) -> None:
    store.write([Put(key, b"1", expected=0, ttl=60)])
    kv = store.read(key)
    assert kv is not None
    if isinstance(store, V3Store):
        store._client.revoke(kv.lease)
    else:
        store.write([Delete(key, kv.mod_revision)])
    with pytest.raises(LostRace):
        store.keep_alive(kv, 60)
    with pytest.raises(LostRace):
        store.write([Put(key, b"2", expected=kv.mod_revision, lease=kv.lease)])


def test_a_lost_write_leaves_no_lease_behind(etcd: EtcdServer, key: bytes) -> None:
    store = open_api("v3", etcd.url)
    store.write([Put(key, b"1", expected=0)])
    leases = Counter(etcd.etcdctl("lease", "list").split())
    with pytest.raises(LostRace):
        store.write([Put(key, b"2", expected=0, ttl=60)])
    with pytest.raises(TooLarge):
        store.write([Put(key, b"2" * 2_000_000, expected=1, ttl=60)])
    assert Counter(etcd.etcdctl("lease", "list").split()) == leases


def test_a_prefix_is_deleted_and_nothing_beside_it(store: Store, prefix: str) -> None:
    for name in ("a/1", "a/b/2", "ab/3"):
        store.write([Put(f"{prefix}{name}".encode(), b"", expected=0)])
    store.delete_prefix(f"{prefix}a/".encode(), store.read_prefix(f"{prefix}a/".encode()))
    assert [kv.key.decode() for kv in store.read_prefix(prefix.encode()).kvs] == [f"{prefix}ab/3"]


def test_a_prefix_with_a_key_that_was_changed_meanwhile_is_read_again(store: Store, prefix: str, key: bytes) -> None:
    revision = store.write([Put(key, b"1", expected=0)])
    found = store.read_prefix(prefix.encode())
    store.write([Put(key, b"2", expected=revision)])
    with pytest.raises(LostRace, match="another writer changed"):
        store.delete_prefix(prefix.encode(), found)
    assert store.read(key) is not None


def test_a_prefix_with_a_new_key_is_read_again(etcd: EtcdServer, prefix: str) -> None:
    store = open_api("v3", etcd.url)
    found = store.read_prefix(prefix.encode())
    store.write([Put(f"{prefix}new".encode(), b"", expected=0)])
    with pytest.raises(LostRace):
        store.delete_prefix(prefix.encode(), found)


@pytest.mark.parametrize("written", ["put", "delete"])
@pytest.mark.parametrize("second_endpoint", [False, True])
def test_a_write_whose_reply_is_lost_is_found_by_reading(
    etcd: EtcdServer, api: str, key: bytes, written: str, second_endpoint: bool
) -> None:
    revision = open_api(api, etcd.url).write([Put(key, b"1", expected=0)])
    method = {("v3", "put"): "POST", ("v3", "delete"): "POST", ("v2", "put"): "PUT", ("v2", "delete"): "DELETE"}[api, written]
    with Relay(etcd.url, lose_first(method, "/kv/txn" if api == "v3" else "/keys/")) as relay:
        store = open_api(api, relay.url, *([etcd.url] if second_endpoint else []))
        change = Put(key, b"2", expected=revision) if written == "put" else Delete(key, expected=revision)
        store.write([change])
    kv = open_api(api, etcd.url).read(key)
    assert (kv.value if kv else None) == (b"2" if written == "put" else None)


def test_a_write_whose_reply_is_lost_is_not_ours_if_the_key_says_otherwise(etcd: EtcdServer, api: str, key: bytes) -> None:
    other = open_api(api, etcd.url)
    revision = other.write([Put(key, b"1", expected=0)])
    lost = lose_first("POST" if api == "v3" else "PUT", "/kv/txn" if api == "v3" else "/keys/")

    def overtake(method: str, path: str) -> bool:
        if not lost(method, path):
            return False
        kv = other.read(key)
        assert kv is not None
        other.write([Put(key, b"theirs", expected=kv.mod_revision)])
        return True

    with Relay(etcd.url, overtake) as relay, pytest.raises(LostRace):
        open_api(api, relay.url).write([Put(key, b"mine", expected=revision)])


def test_a_write_in_doubt_says_so(etcd: EtcdServer, api: str, key: bytes) -> None:
    with Relay(etcd.url, lambda method, path: method != "GET" or "/keys" in path) as relay:
        with pytest.raises(EtcdUnreachable, match="not known whether etcd made the change"):
            open_api(api, relay.url).write([Put(key, b"1", expected=0)])
        with pytest.raises(EtcdUnreachable) as caught:
            open_api(api, relay.url).read(key)
    assert "not known" not in str(caught.value)


def test_a_thousand_new_keys_take_eight_transactions(etcd: EtcdServer, prefix: str) -> None:
    store = open_api("v3", etcd.url)
    found = store.read_prefix(prefix.encode())
    puts = [Put(f"{prefix}{number}".encode(), b"{}", expected=0) for number in range(1000)]
    revision = found.revision
    for start in range(0, len(puts), store.batch_limit):
        revision = store.write(puts[start : start + store.batch_limit], Guard(prefix.encode(), revision))
    assert len(store.read_prefix(prefix.encode()).kvs) == 1000
    assert store.requests == 10


def test_bytes_that_are_no_text_pass_through_v3(etcd: EtcdServer, prefix: str) -> None:
    client = EtcdV3(Connection((etcd.url,)))
    key = prefix.encode() + b"\xff\x00\xfe"
    client.txn([], [put(key, b"\x00\xff")])
    assert [(kv.key, kv.value) for kv in client.range(prefix.encode(), prefix_end(prefix.encode())).kvs] == [(key, b"\x00\xff")]


@pytest.mark.parametrize(
    "change", [Put(b"/a", b"\xff", 0), Put(b"/\xff", b"", 0), Put(b"a", b"", 0), Put(b"/a/../b", b"", 0), Put(b"/a//b", b"", 0)]
)
def test_v2_refuses_what_it_would_change(etcd: EtcdServer, change: Put) -> None:
    with pytest.raises(InvalidInput, match="API v2 can't hold"):
        open_api("v2", etcd.url).write([change])


def test_v2_names_a_directory_as_one(etcd: EtcdServer, prefix: str) -> None:
    store = open_api("v2", etcd.url)
    store.write([Put(f"{prefix}directory/key".encode(), b"", expected=0)])
    with pytest.raises(EtcdError, match="is a directory"):
        store.read(f"{prefix}directory".encode())


def test_a_transaction_tells_what_its_branch_read(etcd: EtcdServer, key: bytes) -> None:
    with EtcdV3(Connection((etcd.url,))) as client:
        absent = compare_create_revision(key, "=", 0)
        assert client.txn([absent], [put(key, b"1")]).succeeded
        lost = client.txn([absent], [put(key, b"2")], [get(key)])
    assert not lost.succeeded
    assert [kv.value for found in lost.responses if found for kv in found.kvs] == [b"1"]


def test_leases_of_the_client(etcd: EtcdServer, key: bytes) -> None:
    client = EtcdV3(Connection((etcd.url,)))
    assert client.grant(1).ttl == 2
    lease = client.grant(60)
    client.txn([], [put(key, b"1", lease.id)])
    found = client.time_to_live(lease.id)
    assert found is not None
    assert (found.granted, found.remaining in (59, 60)) == (60, True)
    assert client.keep_alive(lease.id) == 60
    client.revoke(lease.id)
    client.revoke(lease.id)
    assert client.range(key).kvs == ()
    assert (client.time_to_live(lease.id), client.time_to_live(0), client.keep_alive(lease.id)) == (None, None, None)


def test_every_request_says_what_it_accepts_and_uses_one_connection(etcd: EtcdServer, key: bytes) -> None:
    with Relay(etcd.url) as relay:
        client = EtcdV3(Connection((relay.url,)))
        client.range(key)
        client.grant(60)
        assert relay.paths() == ["/v3/kv/range", "/v3/lease/grant"]
        assert client.requests == 2
    headers: t.Iterable[dict[str, str]] = [seen for _method, _path, seen in relay.requests]
    assert all(seen["Accept"] == "application/json" for seen in headers)
