# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a second run of site.yml does on real hosts, and then routes.yml, beside the floor that is measured with them."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case, timed
from ansible_collections.alicloud.flannel.tests.tools.bench.floor import ENVIRONMENT, FLOOR, floor_options
from ansible_collections.alicloud.flannel.tests.tools.bench.record import Record
from ansible_collections.alicloud.flannel.tests.tools.bench.remote_calls import RemoteCalls

UNCHANGED = {"changed": 0, "cloud_writes": 0}
SITE_TARGETS = {"calls_of_a_node": 2, "calls_of_a_member": 4, "tasks": 50}
ROUTES_TARGETS = {"tasks": 15, "times_floor": 1.3}
# So many times the floor for so many nodes.
SITE_FLOOR = {3: {"times_floor": 3}}


def site_cases(folder: Path, count: int) -> t.Iterator[Case]:
    """Converge a sandbox of so many nodes, then measure the runs that change nothing."""
    sandbox = Sandbox(f"bench{count}")
    try:
        sandbox.up(nodes=count)
        yield from Site(sandbox, folder).cases()
    finally:
        sandbox.down()


class Site:
    """A cluster on a sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox = sandbox
        self._folder = folder / sandbox.name
        self._folder.mkdir()
        children = yaml.safe_load((sandbox.folder / "inventory.yml").read_text(encoding="utf-8"))["all"]["children"]
        self._members = set(children["etcd"]["hosts"])
        self._calls = RemoteCalls(self._folder, {name: host["ansible_host"] for name, host in children["flannel_nodes"]["hosts"].items()})

    def cases(self) -> t.Iterator[Case]:
        """Run site.yml twice and routes.yml once, with a floor before and after them."""
        count = len(self._calls.addresses)
        _run, first = timed(self._play, "playbooks/site.yml", "-e", "flannel_mode=static")
        options = floor_options(self._sandbox)
        _run, floor = timed(self._play, FLOOR, *options)
        site = self._measure("playbooks/site.yml", "-e", "flannel_mode=static")
        by_host = self._most_calls()
        routes = self._measure("playbooks/routes.yml")
        _run, again = timed(self._play, FLOOR, *options)
        compare = functools.partial(_compare, floor=min(floor, again))
        targets = {**SITE_TARGETS, **SITE_FLOOR.get(count, {})}
        yield Case(f"site-{count}", {**compare(site), **by_host, "first_seconds": first}, UNCHANGED, targets=targets)
        yield Case(f"routes-yml-{count}", compare(routes), UNCHANGED, targets=ROUTES_TARGETS)

    def record(self, host: str, *arguments: str) -> Record:
        """Run site.yml twice and return what the host answered in the second run."""
        for _run in range(2):
            run = self._play("playbooks/site.yml", "-e", "flannel_mode=static", *arguments)
        (answer,) = run.results_of("flannel_node_info", host)
        return Record.of(self._calls.addresses[host], answer, lambda path: self._sandbox.host_exec(host, ["cat", path]).stdout)

    def _measure(self, playbook: str, *arguments: str) -> dict[str, float]:
        self._sandbox.reset_calls()
        self._calls.reset()
        run, seconds = timed(self._play, playbook, *arguments)
        return {"changed": run.changed, "cloud_writes": self._sandbox.calls()["writes"], "tasks": run.tasks(), "seconds": seconds}

    def _play(self, playbook: str, *arguments: str) -> Run:
        run = run_playbook(
            lambda command, env: self._sandbox.exec(command, env=env),
            self._folder / "run",
            playbook,
            inventory=self._sandbox.folder / "inventory.yml",
            arguments=arguments,
            environment={**self._sandbox.read_environment(), **ENVIRONMENT, **self._calls.environment},
        )
        if run.rc:
            raise RuntimeError(f"{playbook} failed on the sandbox: {run.messages() or run.stdout}")
        return run

    def _most_calls(self) -> dict[str, int]:
        """Return how many calls the host with the most had, of the members and of the other nodes."""
        kinds = {"calls_of_a_member": self._members, "calls_of_a_node": set(self._calls.addresses) - self._members}
        counted = self._calls.count()
        return {kind: max(counted[host] for host in hosts) for kind, hosts in kinds.items() if hosts}


def _compare(figures: t.Mapping[str, float], floor: float) -> dict[str, float]:
    return {**figures, "floor_seconds": floor, "times_floor": round(figures["seconds"] / floor, 2)}
