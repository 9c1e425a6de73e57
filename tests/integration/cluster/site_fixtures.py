# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster on a sandbox: runs playbooks where its operator is, and looks at etcd, at the cloud and at the hosts by other ways."""

from __future__ import annotations

import base64
import json
import os
import shutil
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.contract.flanneld_daemon import FOR_HOSTS
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.repository import PROJECT, list_files
from ansible_collections.alicloud.flannel.tests.sandbox.hosts import Sandbox

TABLE = "vtb-sandbox-system"
CA_FOLDER = "/etc/etcd-ca"
PKI_FOLDER = "/etc/etcd/pki"
LINK = "playbooks/collections/ansible_collections/alicloud/flannel"
PREFIX = "/coreos.com/network"
# The settle time of the emulated cloud is not what these tests are about.
SETTLE_SECONDS = 0.2
# The variables of a cluster whose nodes run flanneld.
DAEMON = {"flannel_mode": "daemon", "flanneld_install_method": "file", "flanneld_binary": FOR_HOSTS}

CAN_RUN = os.geteuid() == 0 and shutil.which("systemd-nspawn") is not None
needs_sandbox = [pytest.mark.sandbox, pytest.mark.skipif(not CAN_RUN and not os.environ.get("CI"), reason="needs root and systemd-nspawn")]

Entry = t.Dict[str, t.Any]
Record = t.Callable[[str, object], None]


@dataclass(frozen=True)
class Lease:
    """A lease key as etcd holds it."""

    public_ip: str
    mod_revision: int


@dataclass
class Cluster:
    """A sandbox and the variables that every run gets."""

    sandbox: Sandbox
    folder: Path
    variables: dict[str, t.Any] = field(default_factory=lambda: {"flannel_mode": "static"})

    def play(
        self,
        playbook: str,
        *arguments: str,
        variables: t.Mapping[str, t.Any] | None = None,
        inventory: Path | None = None,
        **options: t.Any,
    ) -> Run:
        """Run a playbook of the project from a fresh controller; options as in ``run_playbook``."""
        extra = json.dumps({**self.variables, **(variables or {})})
        return run_playbook(
            # Without what would bring back the proxies, which the operator can't reach.
            lambda command, env: self.sandbox.exec(command, env={"PATH": env["PATH"]}),
            self.folder / "run",
            playbook,
            inventory=inventory or self.sandbox.folder / "inventory.yml",
            arguments=["--extra-vars", extra, *arguments],
            **options,
        )

    def site(self, *arguments: str, **options: t.Any) -> Run:
        """Run site.yml."""
        return self.play("playbooks/site.yml", *arguments, **options)

    def verify(self, *arguments: str, variables: t.Mapping[str, t.Any] | None = None) -> tuple[Run, dict[str, t.Any]]:
        """Run verify.yml and return its report, too."""
        path = self.folder / "report.json"
        run = self.play("playbooks/verify.yml", *arguments, variables={**(variables or {}), "verify_report_file": str(path)})
        return run, json.loads(path.read_text())

    def on(self, node: str, *command: str, stdin: str | None = None) -> str:
        """Run a command on a host and return what it prints."""
        done = self.sandbox.host_exec(node, command, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def etcdctl_command(self, *arguments: str) -> list[str]:
        """Return the command line of etcdctl on a member, as etcd's user root."""
        files = [f"--{option}={PKI_FOLDER}/{name}" for option, name in (("cacert", "ca.crt"), ("cert", "root.crt"), ("key", "root.key"))]
        return ["env", "ETCDCTL_API=3", "/usr/local/bin/etcdctl", *files, *arguments]

    def etcdctl(self, *arguments: str, member: str = "n1") -> str:
        """Run etcdctl on a member, and ask that member."""
        return self.on(member, *self.etcdctl_command("--endpoints", "https://127.0.0.1:2379", *arguments))

    def read_keys(self) -> dict[str, Lease]:
        """Return all of flannel's keys; those of the leases are told by their subnet."""
        answer = json.loads(self.etcdctl("get", "--prefix", PREFIX, "--write-out", "json"))
        keys = {base64.b64decode(pair["key"]).decode(): pair for pair in answer.get("kvs", [])}
        return {
            key.rpartition("/")[2].replace("-", "/"): Lease(
                json.loads(base64.b64decode(pair["value"])).get("PublicIP", ""), pair["mod_revision"]
            )
            for key, pair in keys.items()
        }

    def leases(self) -> dict[str, Lease]:
        """Return the leases by subnet."""
        return {name: lease for name, lease in self.read_keys().items() if name != "config"}

    def revision(self) -> int:
        """Return the number of etcd's last write."""
        (status,) = json.loads(self.etcdctl("endpoint", "status", "--write-out", "json"))
        return int(status["Status"]["header"]["revision"])

    def entries(self) -> dict[str, Entry]:
        """Return the custom route entries, every field of them, by destination."""
        table = self.sandbox.request("GET", "state")["route_tables"][TABLE]
        return {entry["destination"]: entry for entry in table if entry["type"] == "Custom"}

    def next_hops(self) -> dict[str, str]:
        """Return the next hops of the custom route entries by destination."""
        return {destination: entry["next_hop_id"] for destination, entry in self.entries().items()}

    def remember(self) -> tuple[dict[str, Entry], dict[str, Lease]]:
        """Return routes and leases in a form that shows every write to them."""
        return self.entries(), self.leases()


def bring_up(name: str, folder: Path, **options: t.Any) -> t.Iterator[Cluster]:
    """Yield a cluster on a new sandbox and take it down."""
    sandbox = Sandbox(f"{name}-{os.getpid()}")
    try:
        sandbox.up(settle_seconds=SETTLE_SECONDS, **options)
        yield Cluster(sandbox, folder)
    finally:
        sandbox.down()


def pings(report: t.Mapping[str, t.Any]) -> list[tuple[str, str, bool]]:
    """Return from where to where verify.yml pinged, and whether it was answered."""
    return sorted((node, answer["node"], answer["ok"]) for node, answers in report["pings"].items() for answer in answers)


def copy_project(folder: Path) -> Path:
    """Return a copy of the project's own files, as a fresh clone has them."""
    for name in [*list_files(), LINK]:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, target, follow_symlinks=False)
    return folder
