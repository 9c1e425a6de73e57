# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""flannel's records in a real etcd, and the modules flannel_lease and flannel_lease_info at work on them."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.connection import Connection
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import Put, Store
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v2_store import V2Store
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_client import EtcdV3
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_store import V3Store
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_tasks import run_task
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult

CONFIG = {"Network": "10.24.0.0/16", "SubnetLen": 24, "Backend": {"Type": "alloc"}}
DAY = 86400


class Flannel:
    """One cluster's records in an etcd, and the modules that work on them."""

    def __init__(self, server: EtcdServer, api: str, prefix: str) -> None:
        self.api = api
        self.prefix = prefix.rstrip("/")
        self.args = {"endpoints": [server.url], "api": api, "etcd_prefix": self.prefix}
        connection = Connection((server.url,))
        self.start: t.Callable[..., ModuleResult] = run_task
        self.store: Store = V3Store(EtcdV3(connection)) if api == "v3" else V2Store(connection)

    def put(self, name: str, value: t.Any, ttl: int = 0) -> None:
        """Write a key as somebody else, whatever is there."""
        key = f"{self.prefix}/{name}".encode()
        found = self.store.read(key)
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.store.write([Put(key, data, found.mod_revision if found else 0, ttl=ttl)])

    def take(self, subnet: int, node: int) -> None:
        """Do to a lease what a node's flanneld does when it starts."""
        self.put(f"subnets/10.24.{subnet}.0-24", b'{"PublicIP":"172.16.0.%d","PublicIPv6":null}' % node, ttl=DAY)

    def keys(self) -> dict[str, tuple[bytes, bool]]:
        """Return value of each key, and whether it has a TTL, by what follows the prefix."""
        found = self.store.read_prefix(f"{self.prefix}/".encode()).kvs
        return {kv.key.decode()[len(self.prefix) + 1 :]: (kv.value, bool(kv.lease)) for kv in found}

    def revision(self) -> int:
        """Return the revision of the last write below the prefix."""
        return max(kv.mod_revision for kv in self.store.read_prefix(f"{self.prefix}/".encode()).kvs)

    def run(self, leases: t.Sequence[t.Mapping[str, t.Any]], check: bool = False, diff: bool = False, **options: t.Any) -> ModuleResult:
        return self.start("flannel_lease", {**self.args, "leases": leases, **options}, check=check, diff=diff)

    def info(self, **options: t.Any) -> ModuleResult:
        return self.start("flannel_lease_info", {**self.args, **options})


@pytest.fixture
def bare(etcd: EtcdServer, api: str, prefix: str) -> Flannel:
    return Flannel(etcd, api, prefix)


@pytest.fixture
def flannel(bare: Flannel) -> Flannel:
    bare.put("config", CONFIG)
    return bare


@pytest.fixture
def flannel_v3(etcd: EtcdServer, prefix: str) -> Flannel:
    cluster = Flannel(etcd, "v3", prefix)
    cluster.put("config", {"Network": "10.0.0.0/10"})
    return cluster


def nodes(*numbers: int) -> list[dict[str, str]]:
    return [{"public_ip": f"172.16.0.{number}"} for number in numbers]


def many(count: int, first: int = 0) -> list[dict[str, str]]:
    return [{"public_ip": f"172.{16 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"} for number in range(first, first + count)]


def public(subnet: int, node: int, leased: bool = False) -> dict[str, t.Any]:
    return {"subnet": f"10.24.{subnet}.0/24", "public_ip": f"172.16.0.{node}", "leased": leased, "ttl": None}


def outcome(result: ModuleResult) -> dict[str, t.Any]:
    """Return what check mode must predict."""
    assert not result.failed, result.msg
    return {name: result[name] for name in ("changed", "leases", "network", "results", "diff")}


def warnings(result: ModuleResult) -> str:
    """Return the warnings as one text; each core version wraps them differently."""
    return json.dumps(result.get("warnings", []))
