# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role flanneld says when a daemon did not start, of a real etcd and each certificate that does not fit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import Certificates, Park, free_port
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

JOURNAL = """#!/bin/sh
case "$*" in
*said*) echo "flannel config not found in etcd store. Did you create your config using etcdv3 API?" ;;
*) echo "Starting flanneld" ;;
esac
"""
VARIABLES = ("flanneld_unit", "flanneld_endpoints", "flanneld_ca_cert", "flanneld_client_cert", "flanneld_client_key")
FIND_OUT = {
    "name": "Find out why",
    "ansible.builtin.include_role": {"name": "alicloud.flannel.flanneld", "tasks_from": "diagnose"},
    "vars": {"flanneld_mode": "daemon", **{f"_{name}": f"{{{{ case_{name} }}}}" for name in VARIABLES}},
}
FAIL = {"name": "Fail", "ansible.builtin.fail": {"msg": "Job for flanneld.service failed.\nSee more."}}
TELL = {
    "name": "Keep what was said",
    "ansible.builtin.copy": {"content": "{{ ansible_failed_result.msg }}", "dest": "{{ folder }}/{{ inventory_hostname }}", "mode": "0644"},
}
START = {"name": "Start", "block": [FAIL], "rescue": [FIND_OUT]}
PLAY = {
    "name": "Fail to start everywhere",
    "hosts": "all",
    "gather_facts": False,
    "tasks": [{"name": "Fail", "block": [START], "rescue": [TELL]}],
}


def case(endpoint: str, files: t.Sequence[str], unit: str = "silent") -> dict[str, t.Any]:
    values = (f"{unit}.service", [endpoint], *files)
    return {f"case_{name}": value for name, value in zip(VARIABLES, values)}


@pytest.fixture(scope="module")
def messages(park: Park, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run all cases at once and return what is said on each."""
    folder = tmp_path_factory.mktemp("start")
    etcd = park.get("3.5.1", "mTLS").url
    good = [certificates.path(name) for name in ("ca.crt", "client.crt", "client.key")]
    rogue = [certificates.path(name) for name in ("ca.crt", "rogue-client.crt", "rogue-client.key")]
    hosts = {
        "said": case(etcd, good, "said"),
        "down": case(f"https://127.0.0.1:{free_port()}", good),
        "wrong_ca": case(etcd, [certificates.path("rogue-ca.crt"), *good[1:]]),
        "refused": case(etcd, rogue),
        "missing": case(etcd, [good[0], "/nowhere/client.crt", "/nowhere/client.key"]),
        "fine": case(etcd, good),
    }
    return run(folder, hosts)


def run(folder: Path, hosts: t.Mapping[str, t.Any]) -> dict[str, str]:
    (folder / "journalctl").write_text(JOURNAL)
    (folder / "journalctl").chmod(0o755)
    common = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "folder": str(folder)}
    (folder / "inventory.json").write_text(json.dumps({"all": {"vars": common, "hosts": hosts}}))
    (folder / "play.json").write_text(json.dumps([PLAY]))
    environment = {
        **os.environ,
        "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "playbooks/collections"),
        "ANSIBLE_HOME": str(folder / "home"),
    }
    command = ["ansible-playbook", "-i", str(folder / "inventory.json"), str(folder / "play.json")]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: (folder / name).read_text() for name in hosts}


SAID = {
    "said": "There is no network config under the prefix",
    "down": "nothing listens there",
    "wrong_ca": "is not that of etcd's certificate",
    "refused": "etcd refuses the client certificate",
    "missing": "the certificate files that flanneld has are missing",
    "fine": "etcd has no quorum",
}


@pytest.mark.parametrize("host", SAID)
def test_the_cause_is_named(messages: dict[str, str], host: str) -> None:
    message = messages[host]
    assert message.startswith(("silent.service did not get ready: Job for flanneld.service failed.", "said.service did not"))
    assert SAID[host] in message
    assert [other for other, text in SAID.items() if text in message] == [host]
    assert "End of its log: " in message
