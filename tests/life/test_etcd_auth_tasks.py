# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's tasks that turn authentication on and off, run against a real etcd on loopback. The tests are chapters of one story."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import (
    QUICK_LOGIN,
    Certificates,
    EtcdServer,
    certificates,
    find_binary,
    start_etcd,
)
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run, run_playbook
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

__all__ = ["certificates"]

VERSION = "3.4.23"
PLAYBOOK = """
- hosts: etcd
  gather_facts: false
  tasks:
    - ansible.builtin.import_role:
        name: alicloud.flannel.etcd
        tasks_from: access
"""
LOCAL = "{ansible_connection: local, ansible_host: 127.0.0.1}"
INVENTORY = f"all: {{hosts: {{elsewhere: {LOCAL}}}, children: {{etcd: {{hosts: {{n1: {LOCAL}}}}}}}}}"
PASSWORD_FILE = "flannel-control.password"


@dataclass(frozen=True)
class Member:
    """A server, and a folder that stands for its host."""

    server: EtcdServer
    certificates: Certificates
    folder: Path

    def lay_out(self, **names: str) -> None:
        """Put certificates where the role looks for them: by the role's name the fixture's."""
        (self.folder / "pki").mkdir(exist_ok=True)
        for name, file in {"ca.crt": "ca.crt", **{f"{n}.{e}": f"{f}.{e}" for n, f in names.items() for e in ("crt", "key")}}.items():
            link = self.folder / "pki" / name
            link.unlink(missing_ok=True)
            link.symlink_to(self.certificates.path(file))

    def run(self, *arguments: str, identity: str = "client", **variables: t.Any) -> Run:
        """Run the tasks with this identity of the modules."""
        path = self.certificates.path
        settings = {
            "_etcd_program_dir": str(Path(find_binary(VERSION)).parent),
            "etcd_pki_dir": str(self.folder / "pki"),
            "_etcd_plan": {"with_data": ["n1"]},
            "etcd_client_port": urlsplit(self.server.url).port,
            "etcd_pki_ca_dir": str(self.folder / "ca"),
            "etcd_pki_client_cn": "flanneld",
            "etcd_pki_ca_cert": path("ca.crt"),
            "etcd_pki_root_cert": path("named-client.crt"),
            "etcd_pki_root_key": path("named-client.key"),
            "etcd_pki_identity_cert": path(f"{identity}.crt"),
            "etcd_pki_identity_key": path(f"{identity}.key"),
            # Whoever runs the tests owns the folder.
            "ansible_become": False,
            "ansible_python_interpreter": sys.executable,
        }
        for name, text in (("auth.yml", PLAYBOOK), ("inventory.yml", INVENTORY)):
            (self.folder / name).write_text(text)
        return run_playbook(
            lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True, check=False),
            self.folder / "run",
            str(self.folder / "auth.yml"),
            inventory=self.folder / "inventory.yml",
            arguments=["--extra-vars", json.dumps({**settings, **variables}), *arguments],
            environment={"ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "playbooks/collections")},
        )

    def etcdctl(self, *arguments: str, user: str = "named-client") -> subprocess.CompletedProcess[str]:
        """Run etcdctl with a certificate, by default root's."""
        names = (("cacert", "ca.crt"), ("cert", f"{user}.crt"), ("key", f"{user}.key"))
        files = [f"--{option}={self.certificates.path(file)}" for option, file in names]
        command = [find_binary(VERSION, "etcdctl"), *files, "--endpoints", self.server.url, *arguments]
        return subprocess.run(command, env={"ETCDCTL_API": "3"}, capture_output=True, text=True, check=False)

    def is_on(self) -> bool:
        """Whether somebody without a name is refused."""
        return self.etcdctl("get", "k", user="client").returncode != 0


@pytest.fixture(scope="module")
def member(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> t.Iterator[Member]:
    """Serve clients with a certificate; authentication is off at first."""
    folder = tmp_path_factory.mktemp("member")
    server = start_etcd(VERSION, folder / "data", certificates=certificates, v2=False, flags=QUICK_LOGIN)
    member = Member(server, certificates, folder)
    member.lay_out(root="named-client", server="server")
    yield member
    server.stop()


def test_keys_of_others_are_not_shut_out(member: Member) -> None:
    member.etcdctl("put", "/registry/a", "x")
    run = member.run()
    assert run.rc != 0
    assert "/registry/a" in run.messages() and "left off" in run.messages()
    assert not member.is_on()
    member.etcdctl("del", "/registry/a")


def test_a_member_must_not_be_a_user_and_root_must_be_root(member: Member) -> None:
    for names in ({"root": "named-client", "server": "flanneld-client"}, {"root": "flanneld-client", "server": "server"}):
        member.lay_out(**names)
        run = member.run()
        assert run.rc != 0
        assert "must have the CN root" in run.messages(), run.messages()
        assert not member.is_on()
    member.lay_out(root="named-client", server="server")


def test_nobody_is_locked_out_where_the_modules_are_refused(member: Member) -> None:
    run = member.run(identity="flanneld-client")
    assert run.rc != 0
    assert "off again" in run.messages() and "no CN" in run.messages(), run.messages()
    assert not member.is_on()


def test_it_is_turned_on_where_an_earlier_run_stopped_half_way(member: Member) -> None:
    planned = member.run("--check")
    assert (planned.rc, planned.changed > 0, member.is_on()) == (0, True, False), planned.messages()
    run = member.run("-vvvv")
    assert (run.rc, run.changed > 0, member.is_on()) == (0, True, True), run.messages()
    password = (member.folder / "ca" / PASSWORD_FILE).read_text().strip()
    assert (len(password), password in run.stdout) == (64, False)
    assert (member.folder / "ca" / PASSWORD_FILE).stat().st_mode & 0o777 == 0o600
    again = member.run()
    assert (again.rc, again.changed) == (0, 0), again.messages()


def test_a_lost_password_is_made_and_set_anew(member: Member) -> None:
    (member.folder / "ca" / PASSWORD_FILE).unlink()
    run = member.run()
    assert (run.rc, run.changed > 0, member.is_on()) == (0, True, True), run.messages()
    again = member.run()
    assert (again.rc, again.changed) == (0, 0), again.messages()


def test_a_password_that_no_member_keeps_is_made_and_read_where_it_is(member: Member) -> None:
    (member.folder / "ca" / PASSWORD_FILE).unlink()
    planned = member.run("--check", etcd_pki_ca_host="elsewhere")
    assert (planned.rc, planned.changed > 0) == (0, True), planned.messages()
    run = member.run("-vvvv", etcd_pki_ca_host="elsewhere")
    assert (run.rc, run.changed > 0, member.is_on()) == (0, True, True), run.messages()
    password = (member.folder / "ca" / PASSWORD_FILE).read_text().strip()
    assert (len(password), password in run.stdout) == (64, False)
    again = member.run(etcd_pki_ca_host="elsewhere")
    assert (again.rc, again.changed) == (0, 0), again.messages()


def test_an_etcd_that_is_as_it_should_be_takes_three_tasks_one_of_them_on_a_host(member: Member) -> None:
    run = member.run()
    assert (run.rc, run.changed, run.tasks()) == (0, 0, 3), run.messages()
    done = [event["event_data"]["task_action"] for event in run.events if event["event"] == "runner_on_ok"]
    assert done == ["alicloud.flannel.etcd_auth"]


def test_it_is_turned_off_again(member: Member) -> None:
    planned = member.run("--check", etcd_auth=False)
    assert (planned.rc, planned.changed > 0, member.is_on()) == (0, True, True), planned.messages()
    run = member.run(etcd_auth=False)
    assert (run.rc, run.changed > 0, member.is_on()) == (0, True, False), run.messages()
    again = member.run(etcd_auth=False)
    assert (again.rc, again.changed, member.is_on()) == (0, 0, False), again.messages()
    assert not (member.folder / "ca" / PASSWORD_FILE).exists()
