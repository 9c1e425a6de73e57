# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flannelds that the contract is held against, and a flannel network in a real etcd for each test.

FLANNELD_BINARY names real ones, separated by colons. Each test then runs on them, too.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.contract.flanneld_daemon import PATIENCE_SECONDS, REAL, Binary, Daemon, identify, stand_in

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer, Park

ETCD = "3.5.1"
NEWEST = "0.28.9"
# One on each side of every difference between versions that the role has to cope with.
VERSIONS = ("0.19.2", "0.20.2", NEWEST)
LEASE_SECONDS = 86400
_numbers = itertools.count(1)

Key = t.Tuple[str, str]


@dataclass
class Network:
    """A flannel network of its own in an etcd, and the daemons that a test starts in it."""

    etcd: EtcdServer
    prefix: str
    folder: Path
    daemons: list[Daemon] = field(default_factory=list)

    def configure(self, **config: t.Any) -> None:
        """Publish the network config."""
        self.put("config", json.dumps({"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}, **config}))

    def put(self, name: str, value: str, *arguments: str) -> None:
        self.etcd.etcdctl("put", f"{self.prefix}/{name}", value, *arguments)

    def reserve(self, subnet: str, public_ip: str) -> None:
        """Write a lease without TTL."""
        self.put(f"subnets/{subnet}", json.dumps({"PublicIP": public_ip}))

    def delete(self, name: str) -> None:
        self.etcd.etcdctl("del", f"{self.prefix}/{name}")

    def delete_leases(self) -> None:
        self.etcd.etcdctl("del", "--prefix", f"{self.prefix}/subnets/")

    def keys(self) -> dict[str, str]:
        """Return the leases' values by the last part of their keys."""
        answer = json.loads(self.etcd.etcdctl("get", "--prefix", f"{self.prefix}/subnets/", "--write-out", "json"))
        pairs = {base64.b64decode(pair["key"]).decode(): pair for pair in answer.get("kvs", [])}
        return {key.rpartition("/")[2]: base64.b64decode(pair["value"]).decode() for key, pair in pairs.items()}

    def holders(self) -> dict[str, str]:
        """Return the address that holds each subnet, where the value says one."""
        return {name: json.loads(value)["PublicIP"] for name, value in self.keys().items() if value.startswith("{")}

    def ttl(self, subnet: str) -> int:
        """Return for how long the lease of a subnet was granted; 0 for a reservation."""
        answer = json.loads(self.etcd.etcdctl("get", f"{self.prefix}/subnets/{subnet}", "--write-out", "json"))
        lease = answer["kvs"][0].get("lease", 0) if answer.get("kvs") else 0
        if not lease:
            return 0
        return int(json.loads(self.etcd.etcdctl("lease", "timetolive", f"{lease:x}", "--write-out", "json"))["granted-ttl"])

    def start(self, binary: Binary, public_ip: str = "172.16.0.11", *, env: t.Mapping[str, str] | None = None, **options: t.Any) -> Daemon:
        """Start a daemon; one with the same address has the same files."""
        given = {"etcd-endpoints": self.etcd.url, "etcd-prefix": self.prefix, **self._certificates()}
        given.update({name.replace("_", "-"): str(value) for name, value in options.items()})
        given = {name: value for name, value in given.items() if value}
        daemon = Daemon(binary, self.folder / public_ip, public_ip, given, env or {})
        self.daemons.append(daemon)
        return daemon

    def run(self, binary: Binary, public_ip: str = "172.16.0.11", **options: t.Any) -> Daemon:
        """Start a daemon and wait until it has its subnet."""
        return self.start(binary, public_ip, **options).wait_ready()

    def _certificates(self) -> dict[str, str]:
        if self.etcd.certificates is None:
            # Versions up to 0.20.0 want the files of a certificate even where they don't use it.
            return {}
        files = self.etcd.certificates.client_args()
        return dict(zip(("etcd-cafile", "etcd-certfile", "etcd-keyfile"), files.values()))


def eventually(check: t.Callable[[], bool]) -> bool:
    """Say whether something becomes true in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _choose(name: str, tmp_path_factory: pytest.TempPathFactory) -> Binary:
    return identify(Path(name)) if name.startswith("/") else stand_in(name, tmp_path_factory.mktemp("flanneld"))


@pytest.fixture(params=[NEWEST, *map(str, REAL)], ids=[f"stand-in-{NEWEST}", *(path.name for path in REAL)])
def newest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Binary:
    """Return the newest stand-in, and every real one, for what all versions do."""
    return _choose(request.param, tmp_path_factory)


@pytest.fixture(params=[*VERSIONS, *map(str, REAL)], ids=[*(f"stand-in-{one}" for one in VERSIONS), *(path.name for path in REAL)])
def any_version(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Binary:
    """Return a stand-in of each kind, and every real one, for what differs."""
    return _choose(request.param, tmp_path_factory)


@pytest.fixture
def network(park: Park, tmp_path: Path) -> t.Iterator[Network]:
    """Return a network without config in an etcd that wants client certificates; its daemons end with the test."""
    made = Network(park.get(ETCD, "mTLS"), f"/contract/{os.getpid()}-{next(_numbers)}", tmp_path)
    yield made
    for daemon in made.daemons:
        daemon.kill()
