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
from ansible_collections.alicloud.flannel.plugins.filter.etcd_members import etcd_members
from ansible_collections.alicloud.flannel.plugins.filter.etcd_removal import etcd_removal
from ansible_collections.alicloud.flannel.plugins.filter.etcd_version_step import etcd_version_step
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import VERSIONS, find_binary, free_port

PATIENCE = 30


class Growing:
    """A cluster whose members are started one after the other."""

    def __init__(self, version: str, folder: Path) -> None:
        self.version = version
        self._folder = folder
        self._ports = {name: (free_port(), free_port()) for name in ("m1", "m2")}
        self.started: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def desired(self) -> list[str]:
        """Return the members that an inventory wants."""
        return [f"{name}={self.peer_url(name)}" for name in self._ports]

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

    def observed(self) -> list[dict[str, t.Any]]:
        """Return what a run finds, asked as the role asks."""
        questions = (["member", "list"], ["endpoint", "status", "--cluster"])
        return [
            {
                "name": name,
                "has_data": name in self.started,
                "was_started_new": False,
                "installed": self.version,
                "answer": "".join(self.etcdctl(name, *question, "--write-out=json").stdout for question in questions if self._runs(name)),
            }
            for name in self._ports
        ]

    def _runs(self, name: str) -> bool:
        return name in self.started and self.started[name].poll() is None

    def plan(self) -> dict[str, t.Any]:
        return etcd_members(self.desired, self.observed())

    def wait_for(self, test: t.Callable[[dict[str, t.Any]], bool]) -> dict[str, t.Any]:
        end = time.monotonic() + PATIENCE
        while not test(plan := self.plan()):
            assert time.monotonic() < end, plan
            time.sleep(0.2)
        return plan


@pytest.fixture(params=VERSIONS)
def growing(request: pytest.FixtureRequest, tmp_path: Path) -> t.Iterator[Growing]:
    cluster = Growing(request.param, tmp_path)
    try:
        cluster.start("m1", "new", cluster.desired[0])
        cluster.wait_for(lambda plan: plan["is_live"])
        yield cluster
    finally:
        for process in cluster.started.values():
            process.kill()
            process.wait()


def test_one_member_grows_to_two(growing: Growing) -> None:
    (join,) = growing.plan()["joins"]
    added = growing.etcdctl("m1", "member", "add", "m2", "--learner", f"--peer-urls={join['peer_url']}")
    assert added.returncode == 0, added.stderr
    # Stopped here, the next run goes on with the same.
    assert [one["name"] for one in growing.plan()["joins"]] == ["m2"]
    growing.start("m2", "existing", join["initial_cluster"])
    learning = growing.wait_for(lambda plan: all(member["is_up"] for member in plan["members"]))
    assert ([one["name"] for one in learning["joins"]], learning["voting_members"]) == (["m2"], ["m1"])
    (learner,) = (member for member in learning["members"] if member["is_learner"])
    growing.wait_for(lambda _plan: growing.etcdctl("m1", "member", "promote", learner["member_id"]).returncode == 0)
    whole = growing.wait_for(lambda plan: plan["voting_members"] == ["m1", "m2"])
    assert (whole["joins"], whole["problems"], whole["warnings"]) == ([], {}, [])
    assert etcd_version_step(whole["members"], growing.version)["changes"] == []

    removal = etcd_removal(growing.desired, growing.observed(), "m1")
    assert (removal["on"], removal["new_leader"], removal["problems"]) == ("m2", learner["member_id"], [])
    assert growing.etcdctl("m1", "move-leader", removal["new_leader"]).returncode == 0
    led = growing.plan()["members"]
    assert [member["name"] for member in led if member["leads"]] == ["m2"]
