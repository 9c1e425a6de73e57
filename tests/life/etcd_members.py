# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of etcd's members share: inventories with other members, and a look at the members by etcdctl and systemd."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import Cluster
    from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run


def with_members(cluster: Cluster, *names: str) -> Path:
    """Return an inventory that has these hosts in the group etcd; the CA stays where it is."""
    content = yaml.safe_load((cluster.sandbox.folder / "inventory.yml").read_text(encoding="utf-8"))
    content["all"]["children"]["etcd"]["hosts"] = dict.fromkeys(names)
    content["all"]["vars"]["etcd_pki_ca_host"] = "n1"
    path = cluster.folder / "inventory.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def converge_etcd(cluster: Cluster, *names: str, variables: t.Mapping[str, t.Any] | None = None) -> Run:
    """Run site.yml's part for etcd with these members."""
    return cluster.site("--tags", "etcd", inventory=with_members(cluster, *names), variables=variables)


def remove_member(cluster: Cluster, member: str, *names: str) -> Run:
    """Run the playbook that removes a member, with an inventory that has these members."""
    inventory = with_members(cluster, *names)
    return cluster.play("playbooks/etcd_remove_member.yml", variables={"etcd_member": member}, inventory=inventory)


def voters(cluster: Cluster) -> list[str]:
    """Return the names of the members that have a vote."""
    members = json.loads(cluster.etcdctl("member", "list", "--write-out", "json"))["members"]
    return sorted(member.get("name", "") for member in members if not member.get("isLearner"))


def processes(cluster: Cluster, *names: str) -> list[str]:
    """Return the process of etcd on each of the hosts."""
    show = ["systemctl", "show", "--property", "MainPID", "--value", "etcd.service"]
    return [cluster.sandbox.host_exec(name, show).stdout.strip() for name in names]


def versions(cluster: Cluster, *names: str) -> list[str]:
    """Return the version of the program that runs on each of the hosts; an empty one where it is just being restarted."""
    script = 'readlink "/proc/$(systemctl show --property MainPID --value etcd.service)/exe"'
    programs = [cluster.sandbox.host_exec(name, ["sh", "-c", script]).stdout.strip() for name in names]
    return [program.split("/")[2][len("etcd-") :] if program else "" for program in programs]


def member_ids(cluster: Cluster) -> dict[str, str]:
    """Return the ID of each member, as etcdctl takes it."""
    members = json.loads(cluster.etcdctl("member", "list", "--write-out", "json"))["members"]
    return {member["name"]: f"{member['ID']:x}" for member in members}


def leader(cluster: Cluster) -> str:
    """Return the member that leads."""
    (status,) = json.loads(cluster.etcdctl("endpoint", "status", "--write-out", "json"))
    ids = {identifier: name for name, identifier in member_ids(cluster).items()}
    return ids[f"{status['Status']['leader']:x}"]


def lead(cluster: Cluster, member: str) -> None:
    """Let this member lead."""
    if leader(cluster) != member:
        cluster.etcdctl("move-leader", member_ids(cluster)[member], member=leader(cluster))
