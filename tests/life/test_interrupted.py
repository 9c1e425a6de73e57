# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of site.yml that are killed at every change: each next one goes on where the one before was stopped, until nothing is left to do."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import DAEMON, Cluster, Record, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

pytestmark = needs_sandbox

# More than there are changes on the way from bare hosts to a network.
MOST_RUNS = 150
TASK = re.compile(r"TASK \[(?P<name>.*)\]")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three bare hosts, all of which become members of etcd and run a daemon."""
    for cluster in bring_up("interrupted", tmp_path_factory.mktemp("interrupted"), nodes=3):
        cluster.variables = DAEMON
        yield cluster


def run_to_the_next_change(cluster: Cluster) -> str | None:
    """Run site.yml and kill it with the first change; return the task that made it, None if the run ended well with nothing changed."""
    command = ["ansible-playbook", "playbooks/site.yml", "--extra-vars", json.dumps(cluster.variables)]
    argv = cluster.sandbox.operator_command([*command, "--inventory", str(cluster.sandbox.folder / "inventory.yml")])
    environment = {**cluster.sandbox.read_environment(), "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    task, output = "", []
    with subprocess.Popen(
        argv, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            output.append(line)
            begun = TASK.match(line)
            task = begun["name"] if begun else task
            if line.startswith("changed: ["):
                os.killpg(run.pid, signal.SIGKILL)
                return task
    assert run.returncode == 0, "".join(output[-60:])
    return None


def test_every_run_goes_on_where_the_one_before_was_killed(cluster: Cluster, record_property: Record) -> None:
    killed = []
    while task := run_to_the_next_change(cluster):
        killed.append(task)
        assert len(killed) < MOST_RUNS, f"the runs do not come to an end: {killed[-10:]}"
    assert len(killed) > 20
    record_property("figure", f"site.yml, killed at every change: {len(killed)} runs, of {len(set(killed))} tasks")
    run, report = cluster.verify()
    assert run.rc == 0, report
