# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a second run of site.yml does on real hosts."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case, timed


def site_case(folder: Path, count: int) -> Case:
    """Converge a sandbox twice."""
    sandbox = Sandbox(f"bench{count}")
    try:
        sandbox.up(nodes=count)
        return second_run(sandbox, folder, count)
    finally:
        sandbox.down()


def second_run(sandbox: Sandbox, folder: Path, count: int) -> Case:
    """Count what the second run of site.yml does."""

    def site() -> Run:
        return run_playbook(
            lambda command, env: sandbox.exec(command, env=env),
            folder / f"site-{count}",
            "playbooks/site.yml",
            inventory=sandbox.folder / "inventory.yml",
            arguments=["-e", "flannel_mode=static"],
            environment=sandbox.read_environment(),
        )

    if site().rc:
        raise RuntimeError("site.yml failed on a fresh sandbox")
    sandbox.reset_calls()
    run, seconds = timed(site)
    last = f"n{count}"
    counted = {"changed": run.changed, "cloud_writes": sandbox.calls()["writes"]}
    tasks = sum(run.stats[kind].get(last, 0) for kind in ("ok", "skipped"))
    return Case(f"site-{count}-noop", {**counted, "seconds": seconds, "tasks_of_one_node": tasks}, {"changed": 0, "cloud_writes": 0})
