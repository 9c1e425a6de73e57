# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the playbooks that run on the controller, against an emulated region and a real etcd; nodes are never contacted."""

from __future__ import annotations

import itertools
import json
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import (
    ACCESS_KEY,
    NETWORK,
    SECRET_KEY,
    VPC_ID,
    build_state,
)
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer, start_etcd
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import Region
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer

Variables = t.Mapping[str, t.Any]
THREE_NODES = {f"n{number}": {"ansible_host": f"172.16.0.1{number}"} for number in (1, 2, 3)}
CREDENTIALS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET_KEY}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class ControlPlane:
    """A region and an etcd folder of one test."""

    region: Region
    etcd: EtcdServer
    prefix: str
    folder: Path

    def run(
        self,
        playbook: str,
        variables: Variables | None = None,
        *,
        nodes: t.Mapping[str, Variables] | None = None,
        members: t.Sequence[str] | None = None,
        arguments: t.Sequence[str] = (),
        credentials: t.Mapping[str, str] | None = None,
        **options: t.Any,
    ) -> Run:
        """Run a playbook; options as in run_playbook.

        Variables are those of the inventory (None: not defined there), nodes its hosts, members those of etcd.
        """
        inventory = self._write_inventory(THREE_NODES if nodes is None else nodes, members, variables or {})
        return run_playbook(
            lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True, check=False),
            self.folder / "run",
            f"playbooks/{playbook}",
            inventory=inventory,
            arguments=arguments,
            environment=credentials or CREDENTIALS,
            **options,
        )

    def _write_inventory(self, nodes: t.Mapping[str, Variables], members: t.Sequence[str] | None, variables: Variables) -> Path:
        given = {
            "alicloud_region": self.region.state.region,
            "alicloud_vpc_id": VPC_ID,
            "alicloud_endpoint": self.region.server.url,
            "flannel_network": NETWORK,
            "flannel_owner": "test",
            "flannel_etcd": self.etcd.module_args(),
            "flannel_etcd_prefix": self.prefix,
            **variables,
        }
        path = self.folder / "inventory.yml"
        groups = {"flannel_nodes": {"hosts": {name: dict(host) for name, host in nodes.items()}}}
        if members is not None:
            groups["etcd"] = {"hosts": {name: {} for name in members}}
        settings = {name: value for name, value in given.items() if value is not None}
        path.write_text(yaml.safe_dump({"all": {"children": groups, "vars": settings}}))
        return path

    def publish(self) -> None:
        """Put the network's config into etcd."""
        config = {"Network": NETWORK, "Backend": {"Type": "alloc"}}
        result = run_module("etcd_key", {**self.etcd.module_args(), "key": f"{self.prefix}/config", "value": config})
        assert not result.failed, result.msg

    def leases(self) -> list[str]:
        """Return the keys of the leases."""
        return self.etcd.etcdctl("get", "--prefix", "--keys-only", f"{self.prefix}/subnets/").split()

    def written(self) -> tuple[int, int]:
        """Return a number of writes to the cloud and the revision of etcd, to be compared later."""
        (status,) = json.loads(self.etcd.etcdctl("endpoint", "status", "--write-out", "json"))
        return self.region.server.writes(), status["Status"]["header"]["revision"]


@pytest.fixture(scope="module")
def plain_etcd(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[EtcdServer]:
    """Serve one etcd without TLS."""
    server = start_etcd("3.5.1", tmp_path_factory.mktemp("etcd") / "plain", v2=False)
    yield server
    server.stop()


@pytest.fixture
def control_plane(plain_etcd: EtcdServer, tmp_path: Path) -> t.Iterator[ControlPlane]:
    """Serve a fresh region of three instances, and an empty folder of etcd."""
    state = build_state()
    server = CloudServer(state)
    server.start()
    yield ControlPlane(Region(state, server), plain_etcd, f"/control-plane/{next(_numbers)}", tmp_path)
    server.stop()


@pytest.fixture
def running(control_plane: ControlPlane) -> ControlPlane:
    """Return a region and an etcd with the reservations and routes of three nodes."""
    control_plane.publish()
    run = control_plane.run("routes.yml")
    assert run.rc == 0, run.messages()
    return control_plane
