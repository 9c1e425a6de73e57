# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for etcd's members from what real members say, as one grows to two."""

from __future__ import annotations

import subprocess
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.members import MemberHost
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.membership import MemberPlan, plan_member_removal, plan_members
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.versions import plan_versions
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.observed import observed_host
from ansible_collections.alicloud.flannel.plugins.plugin_utils._yaml import load_mapping
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import VERSIONS, find_binary, free_port
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module

PATIENCE = 30


class Growing:
    """A cluster whose members are started one after the other."""

    def __init__(self, version: str, folder: Path) -> None:
        self.version = version
        self._folder = folder
        self._ports = {name: (free_port(), free_port()) for name in ("m1", "m2")}
        self.started: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def initial_cluster(self) -> str:
        """Return what the first member begins with."""
        return f"m1={self.peer_url('m1')}"

    def peer_url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name][1]}"

    def start(self, name: str, state: str, initial_cluster: str) -> None:
        client = f"http://127.0.0.1:{self._ports[name][0]}"
        flags = {"name": name, "data-dir": self._folder / name, "initial-cluster": initial_cluster, "initial-cluster-state": state}
        flags |= {"listen-client-urls": client, "advertise-client-urls": client}
        flags |= {"listen-peer-urls": self.peer_url(name), "initial-advertise-peer-urls": self.peer_url(name)}
        command = [find_binary(self.version), *(f"--{flag}={value}" for flag, value in flags.items())]
        self.started[name] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def etcdctl(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        endpoint = f"--endpoints=http://127.0.0.1:{self._ports[name][0]}"
        command = [find_binary(self.version, "etcdctl"), endpoint, *arguments]
        return subprocess.run(command, env={"ETCDCTL_API": "3"}, capture_output=True, text=True, check=False)

    def hosts(self) -> list[MemberHost]:
        """Return what a run finds."""
        return [observed_host(name, self.peer_url(name), self._observe(name), load_mapping) for name in self._ports]

    def _observe(self, name: str) -> t.Mapping[str, t.Any]:
        places = {"data_dir": str(self._folder / name), "config": "/nowhere", "program": find_binary(self.version)}
        endpoint = f"http://127.0.0.1:{self._ports[name][0]}"
        return run_module("etcd_member_info", {"gather": ["host", "cluster"], "endpoint": endpoint, "timeout": 2, **places}).values

    def plan(self) -> MemberPlan:
        return plan_members(self.hosts())

    def wait_for(self, test: t.Callable[[MemberPlan], bool]) -> MemberPlan:
        end = time.monotonic() + PATIENCE
        while not test(plan := self.plan()):
            assert time.monotonic() < end, plan
            time.sleep(0.2)
        return plan


@pytest.fixture(params=VERSIONS)
def growing(request: pytest.FixtureRequest, tmp_path: Path) -> t.Iterator[Growing]:
    cluster = Growing(request.param, tmp_path)
    try:
        cluster.start("m1", "new", cluster.initial_cluster)
        cluster.wait_for(lambda plan: plan.is_live)
        yield cluster
    finally:
        for process in cluster.started.values():
            process.kill()
            process.wait()


def test_one_member_grows_to_two(growing: Growing) -> None:
    (join,) = growing.plan().joins
    added = growing.etcdctl("m1", "member", "add", "m2", "--learner", f"--peer-urls={join.peer_url}")
    assert added.returncode == 0, added.stderr
    # Stopped here, the next run goes on with the same.
    assert [one.name for one in growing.plan().joins] == ["m2"]
    growing.start("m2", "existing", join.initial_cluster)
    learning = growing.wait_for(lambda plan: all(member.is_up for member in plan.members))
    assert ([one.name for one in learning.joins], learning.voting_members) == (["m2"], ["m1"])
    (learner,) = (member for member in learning.members if member.is_learner)
    growing.wait_for(lambda _plan: growing.etcdctl("m1", "member", "promote", learner.member_id).returncode == 0)
    whole = growing.wait_for(lambda plan: plan.voting_members == ["m1", "m2"])
    assert (whole.joins, whole.problems, whole.warnings) == ([], {}, [])
    assert plan_versions({member.name: member.version for member in whole.members}, growing.version).changes == ()

    removal = plan_member_removal(growing.hosts(), "m1")
    assert (removal.on, removal.new_leader, removal.problems) == ("m2", learner.member_id, ())
    assert growing.etcdctl("m1", "move-leader", removal.new_leader).returncode == 0
    growing.wait_for(lambda plan: [member.name for member in plan.members if member.leads] == ["m2"])
