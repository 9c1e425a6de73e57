# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts of etcd's members as etcd_member_info answers on them, bare or as they should be, and what the role's steps make of them."""

from __future__ import annotations

import copy
import json
import typing as t

from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.access import parse_access
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.cluster_plan import ClusterPlan
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.desired import DesiredCluster
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.plan import plan_cluster
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.step import sha256_of

NAMES = ("n1", "n2", "n3")
VERSION = "3.5.33"
PROGRAM = f"/opt/etcd-{VERSION}/etcd"
OLD_PROGRAM = "/opt/etcd-3.5.32/etcd"
DATA, CONFIG_DIR, CONFIG, UNIT = "/var/lib/etcd", "/etc/etcd", "/etc/etcd/etcd.yml", "/etc/systemd/system/etcd.service"
CA = "/etc/etcd/pki/ca.crt"
LINK, TOOL = "/usr/local/bin/etcd", "/usr/local/bin/etcdctl"
UNIT_TEXT = "[Service]\nExecStart=/usr/local/bin/etcd\n"
PASSWORD = "/etc/etcd-ca/flannel-control.password"
ACCESS = {
    "is_wanted": True,
    "has_root": True,
    "prefixes": ["/coreos.com/network"],
    "node_user": "flannel",
    "control_user": "flannel-control",
    "password_host": "n1",
    "password_file": PASSWORD,
}
GIVEN: dict[str, t.Any] = {
    "problems": [],
    "token": "etcd",
    "client_port": 2379,
    "peer_port": 2380,
    "metrics_port": 2381,
    "data_dir": DATA,
    "config_dir": CONFIG_DIR,
    "config_path": CONFIG,
    "unit_path": UNIT,
    "certificate_dir": "/etc/etcd/pki",
    "quota_bytes": "2147483648",
    "retention": "8h",
    "extra": {},
    "header": "# Ansible managed\n",
    "unit": UNIT_TEXT,
    "restart": False,
    "access": ACCESS,
    "install": {
        "method": "release",
        "version": VERSION,
        "checksum": "",
        "checksums": {VERSION: {"amd64": "sha256:abc"}, "3.5.32": {"amd64": "sha256:def"}},
        "release_url": "https://example.com/etcd",
        "source": "",
        "program_dir": "/usr/local/bin",
        "release_dir": f"/opt/etcd-{VERSION}",
        "cache_dir": "/var/cache",
    },
}

Answer = t.Dict[str, t.Any]
Answers = t.Dict[str, Answer]


def address(name: str) -> str:
    return f"192.0.2.{10 + int(name[1:])}"


def peer_url(name: str) -> str:
    return f"https://{address(name)}:2380"


def client_url(name: str) -> str:
    return f"https://{address(name)}:2379"


def member_id(name: str) -> str:
    return f"a{name[1:]}"


def given(names: t.Iterable[str] = NAMES, **changes: t.Any) -> dict[str, dict[str, t.Any]]:
    """Return what the role gives for each host."""
    install = {**GIVEN["install"], **changes.pop("install", {})}
    return {name: {**copy.deepcopy(GIVEN), "name": name, "address": address(name), "install": install, **changes} for name in names}


def bare(name: str) -> Answer:
    """Return a host on which the role has not run; its certificates are there."""
    return {
        "host": {
            "hostname": name,
            "addresses": ["127.0.0.1", address(name)],
            "architecture": "x86_64",
            "service_manager": "systemd",
            "os_family": "debian",
        },
        "program": {"path": "", "version": ""},
        "unit": {"is_active": False, "is_enabled": False, "needs_reload": False, "pid": 0, "started_at": None, "running_program": ""},
        "has_data": False,
        "files": {**dict.fromkeys((DATA, CONFIG_DIR, CONFIG, UNIT, LINK, TOOL)), CA: file("0644", "root", "root")},
        "config": "",
        "last_error": "",
        "cluster": None,
        "auth": None,
    }


def file(mode: str, owner: str, group: str, text: str = "", kind: str = "file") -> Answer:
    return {
        "sha256": sha256_of(text),
        "mode": mode,
        "owner": owner,
        "group": group,
        "kind": kind,
        "target": None,
        "changed_at": 1.5,
        "is_newer_than_start": False,
    }


def load(text: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", json.loads(text.partition("\n")[2] or "{}"))


def dump(config: t.Mapping[str, t.Any]) -> str:
    return json.dumps(config, sort_keys=True)


def plan(
    answers: t.Mapping[str, t.Any],
    wanted: t.Mapping[str, t.Any] | None = None,
    members: t.Sequence[str] = NAMES,
    present: t.Sequence[str] | None = None,
) -> ClusterPlan:
    """Plan for these members; the hosts of the run are those that answer, unless told otherwise."""
    hosts = tuple(answers if present is None else present)
    cluster = DesiredCluster("etcd", {name: address(name) for name in members}, hosts)
    return plan_cluster(answers, given(hosts) if wanted is None else wanted, cluster, load, dump)


def converged(names: t.Sequence[str] = NAMES, wanted: t.Mapping[str, t.Any] | None = None) -> Answers:
    """Return hosts that the role has made members."""
    answers = {name: bare(name) for name in names}
    return run_role(answers, given(names) if wanted is None else wanted, names)


def run_role(answers: Answers, wanted: t.Mapping[str, t.Any], members: t.Sequence[str] = NAMES) -> Answers:
    """Do all that is planned."""
    planned = plan(answers, wanted, members)
    answers = copy.deepcopy(answers)
    for name, host in planned.hosts.items():
        assert not host.problems, host.problems
        for step in host.steps:
            make(answers[name], step.name, step.details, wanted[name])
    return see(answers)


def make(answer: Answer, step: str, details: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any]) -> None:
    """Do one step on a host."""
    MAKERS[step](answer, details, wanted)


def see(answers: Answers, listed: t.Sequence[str] | None = None, leader: str = "n1", learners: t.Collection[str] = ()) -> Answers:
    """Let every member that runs see a cluster of those that are listed, by default all with data."""
    names = [name for name in answers if answers[name]["has_data"]] if listed is None else listed
    up = [name for name in names if name in answers and answers[name]["unit"]["is_active"]]
    for name, answer in answers.items():
        answer["cluster"] = answer["auth"] = None
        answer["files"][PASSWORD] = file("0600", "root", "root")
        if name in up:
            answer["auth"] = {"is_enabled": True, "digest": parse_access(ACCESS).digest()}
        if answer["has_data"]:
            answer["cluster"] = view(name, names, up, leader, learners) if name in up else {"error": "connection refused"}
    return answers


def view(own: str, names: t.Sequence[str], up: t.Collection[str], leader: str, learners: t.Collection[str] = ()) -> Answer:
    """Return a cluster as a member sees it."""
    has_quorum = len(set(up) - set(learners)) > len(set(names) - set(learners)) // 2
    return {
        "error": "",
        "cluster_id": "dead",
        "member_id": member_id(own),
        "members": [
            {
                "id": member_id(name),
                "name": name,
                "peer_urls": [peer_url(name)],
                "client_urls": [client_url(name)],
                "is_learner": name in learners,
            }
            for name in names
        ],
        "endpoints": [
            {
                "url": client_url(name),
                "member_id": member_id(name) if name in up else "",
                "leader_id": member_id(leader) if name in up and has_quorum else "",
                "read_error": "" if name in up and has_quorum else "no quorum",
                "is_leader": name == leader and has_quorum,
                "is_learner": name in learners,
                "version": VERSION if name in up else "",
                "error": "" if name in up else "connection refused",
                "serves": name in up and has_quorum and name not in learners,
            }
            for name in names
        ],
        "alarms": [],
    }


def _own_data(answer: Answer, _details: t.Mapping[str, t.Any], _wanted: t.Mapping[str, t.Any]) -> None:
    answer["user"] = True


def _install(answer: Answer, details: t.Mapping[str, t.Any], _wanted: t.Mapping[str, t.Any]) -> None:
    for link, target in details["links"].items():
        answer["files"][link] = {**file("0777", "root", "root", kind="link"), "sha256": None, "target": target}
        if link == LINK:
            answer["program"] = {"path": target, "version": target.split("/")[2][len("etcd-") :]}


def _configure(answer: Answer, details: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any]) -> None:
    files = answer["files"]
    for folder in details["folders"]:
        files[folder["path"]] = file(folder["mode"], folder["owner"], folder["group"], kind="directory")
    for path, group, mode, text in (
        (CONFIG, "etcd", "0640", details["config"]),
        (UNIT, "root", "0644", details["unit"] and wanted["unit"]),
    ):
        if text:
            # What only gets another owner or mode is not written.
            is_same = files[path] and files[path]["kind"] == "file" and files[path]["sha256"] == sha256_of(text)
            is_newer = files[path]["is_newer_than_start"] if is_same else answer["unit"]["is_active"]
            files[path] = {**file(mode, "root", group, text), "is_newer_than_start": is_newer}
    answer["config"] = details["config"] or answer["config"]


def _start(answer: Answer, _details: t.Mapping[str, t.Any], _wanted: t.Mapping[str, t.Any]) -> None:
    if not answer["unit"]["is_active"]:
        _restart(answer, _details, _wanted)
    answer["unit"].update(is_active=True, is_enabled=True, needs_reload=False)
    answer["has_data"] = True


def _restart(answer: Answer, _details: t.Mapping[str, t.Any], _wanted: t.Mapping[str, t.Any]) -> None:
    answer["unit"].update(pid=7, started_at=2.5, running_program=answer["program"]["path"], needs_reload=False)
    for state in answer["files"].values():
        if state:
            state["is_newer_than_start"] = False


MAKERS: dict[str, t.Callable[[Answer, t.Mapping[str, t.Any], t.Mapping[str, t.Any]], None]] = {
    "user": _own_data,
    "v2_store": lambda *_arguments: None,
    "install": _install,
    "configure": _configure,
    "start": _start,
    "restart": _restart,
    "join": _start,
}
