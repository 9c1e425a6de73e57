# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floor that runs on a sandbox are compared with: each host, the leases, the instances and the routes, once."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox

FLOOR = str(Path(__file__).with_suffix(".yml"))
# Unlike the project's playbooks it has no collection beside it.
ENVIRONMENT = {"ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "playbooks/collections")}
_CONTROL = "flannel-control"
_FILES = {
    "ca_cert": "/etc/etcd/pki/ca.crt",
    "client_cert": "/etc/etcd-ca/automation.crt",
    "client_key": "/etc/etcd-ca/automation.key",
    "password": f"/etc/etcd-ca/{_CONTROL}.password",
}


def floor_options(sandbox: Sandbox) -> list[str]:
    """Return the options that floor.yml needs for a cluster that was converged."""
    inventory = yaml.safe_load((sandbox.folder / "inventory.yml").read_text(encoding="utf-8"))
    path = sandbox.folder / "floor.json"
    path.write_text(json.dumps(_variables(sandbox, inventory)), encoding="utf-8")
    return ["-e", f"@{path}"]


def _variables(sandbox: Sandbox, inventory: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    settings, children = inventory["all"]["vars"], inventory["all"]["children"]
    hosts = {name: host["ansible_host"] for name, host in children["flannel_nodes"]["hosts"].items()}
    members = list(children["etcd"]["hosts"])
    vpc = {"region": settings["alicloud_region"], "endpoint": settings["alicloud_endpoint"], "vpc_id": settings["alicloud_vpc_id"]}
    return {
        "floor_etcd": {"endpoints": [f"https://{hosts[name]}:2379" for name in members], **_identity(sandbox, members[0])},
        "floor_instances": {**vpc, "private_ips": list(hosts.values())},
        "floor_routes": {**vpc, "owner": settings["flannel_owner"], "scope": [settings["flannel_network"]], "routes": _routes(sandbox)},
    }


def _identity(sandbox: Sandbox, host: str) -> dict[str, str]:
    """Return as whom the modules reach etcd."""
    read = {option: sandbox.host_exec(host, ["cat", file]) for option, file in _FILES.items()}
    if any(done.returncode for done in read.values()):
        raise RuntimeError(f"{host} has no identity for etcd: {read}")
    return {"username": _CONTROL, **{option: done.stdout.strip() for option, done in read.items()}}


def _routes(sandbox: Sandbox) -> list[dict[str, str]]:
    """Return the routes that there are, by which nothing is to be changed."""
    tables = sandbox.request("GET", "state")["route_tables"].values()
    entries = {entry["destination"]: entry for table in tables for entry in table if entry["type"] == "Custom"}
    return [
        {"destination": destination, "next_hop_id": entry["next_hop_id"], "name": entry["name"].partition("/")[2]}
        for destination, entry in entries.items()
    ]
