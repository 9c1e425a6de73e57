# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an empty account to a routed network and back: makes, scales, repairs and removes a cluster on a sandbox."""

from __future__ import annotations

import json
import sys
import time
import typing as t
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox
from ansible_collections.alicloud.flannel.tests.tools.demo import DemoError, changed, play, read_answers, run_demo, say, show

EXAMPLE = PROJECT / "inventories/example_cloud"
CLUSTER = "scratch"
REPLACED = f"{CLUSTER}-node-2"
# One member, since members stay: there will be two nodes.
CHOICES = {"flannel_owner": CLUSTER, "flannel_mode": "static", "provision_etcd_members": 1}
PURGE = "provision_allow_removal=true flannel_purge=true network_config_max_disruption=100% vpc_routes_max_disruption=100%"


@dataclass
class Operator:
    """Somebody with a copy of the example's folder and a key of their own."""

    sandbox: Sandbox
    identity: dict[str, str] = field(default_factory=dict)
    routes: list[int] = field(default_factory=list)
    pings: list[bool] = field(default_factory=list)

    @cached_property
    def folder(self) -> Path:
        """Return the copy of the example, with the sandbox's values in it."""
        folder = self.sandbox.folder / "inventory"
        (folder / "group_vars").mkdir(parents=True)
        inventory = yaml.safe_load((self.sandbox.folder / "inventory.yml").read_text())["all"]
        variables = {**inventory["vars"], **inventory["children"]["flannel_nodes"]["vars"], **CHOICES}
        (folder / "scratch.yml").write_text((EXAMPLE / "scratch.yml").read_text())
        hosts = yaml.safe_load((EXAMPLE / "ali_ecs.yml").read_text())
        hosts.update(regions=[variables["alicloud_region"]], endpoint=variables["alicloud_endpoint"])
        hosts["tags"] = {"alicloud-flannel-cluster": CLUSTER}
        (folder / "ali_ecs.yml").write_text(yaml.safe_dump(hosts))
        (folder / "group_vars/all.yml").write_text(yaml.safe_dump(variables))
        return folder

    def become_user(self) -> None:
        """Have the account's owner make a user, and go on with its key."""
        file = self.sandbox.folder / "user.env"
        options = ["-e", f"flannel_ram_key_file={file}"]
        play(self.sandbox, "ram_user.yml", *options, inventory=self.folder / "scratch.yml", extra=self.sandbox.read_owner())
        self.identity = dict(line.split("=", 1) for line in file.read_text().splitlines())

    def play(self, playbook: str, *options: str, hosts: str = "scratch.yml") -> str:
        """Run a playbook as this user."""
        arguments = [word for option in options for word in ("-e", option)]
        return play(self.sandbox, playbook, *arguments, inventory=self.folder / hosts, extra=self.identity)

    def verify(self, nodes: int) -> dict[str, t.Any]:
        """Check the cluster with hosts that are read from the cloud."""
        file = self.sandbox.folder / "report.json"
        self.play("verify.yml", f"verify_report_file={file}", hosts="ali_ecs.yml")
        report: dict[str, t.Any] = json.loads(file.read_text())
        answers = read_answers(report)
        if len(report["pings"]) != nodes or len(report["routes"]) != nodes or not all(answers):
            raise DemoError(f"{len(report['routes'])} routes and {sum(answers)} of {len(answers)} pings for {nodes} nodes")
        self.routes.append(nodes)
        self.pings += answers
        return report

    def lose(self, name: str) -> None:
        """Release an instance without the playbooks' knowledge."""
        instances = self.sandbox.request("GET", "state")["instances"].values()
        (instance_id,) = (one["instance_id"] for one in instances if one["name"] == name)
        self.sandbox.request("POST", "instance/release", {"instance_id": instance_id})


def demo(sandbox: Sandbox) -> str:
    """Run the demo and return its figures."""
    started = time.monotonic()
    say("1. A sandbox with an empty account, and a user with the documented rights")
    sandbox.up(empty=True, settle_seconds=0.5)
    operator = Operator(sandbox)
    operator.become_user()
    say("2. from_scratch.yml: three nodes in two zones")
    operator.play("from_scratch.yml")
    say("3. from_scratch.yml again")
    sandbox.reset_calls()
    again, writes = changed(operator.play("from_scratch.yml")), sandbox.calls()["writes"]
    say("4. verify.yml, with hosts that are read from the cloud")
    show(operator.verify(3))
    say("5. Scale to 5")
    operator.play("from_scratch.yml", "provision_nodes=5")
    say(f"6. {REPLACED} is lost and replaced")
    operator.lose(REPLACED)
    operator.play("from_scratch.yml", "provision_nodes=5")
    operator.verify(5)
    say("7. Scale to 2")
    operator.play("from_scratch.yml", "provision_nodes=2", PURGE)
    show(operator.verify(2))
    say("8. deprovision.yml")
    operator.play("deprovision.yml", f"provision_allow_removal=true provision_confirm={CLUSTER}")
    left = sandbox.request("GET", "state")["objects"]
    result = (
        f"nodes=3→5→2 routes={'→'.join(map(str, operator.routes))} pings={sum(operator.pings)}/{len(operator.pings)} "
        f"second_run_changed={again} left={len(left)} seconds={time.monotonic() - started:.0f}"
    )
    if again or writes or left:
        raise DemoError(f"{result} second_run_cloud_writes={writes} {left}")
    return result


if __name__ == "__main__":
    sys.exit(run_demo("demo-scratch", demo))
