# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role etcd tells real servers about users and rights, and what these then let everybody do. Chapters of one story per version."""

from __future__ import annotations

import os
import subprocess
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.etcd_auth_plan import etcd_auth_plan
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import (
    QUICK_LOGIN,
    VERSIONS,
    Certificates,
    EtcdServer,
    find_binary,
    start_etcd,
)
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

SCRIPTS = PROJECT / "roles/etcd/files"
P = "/coreos.com/network"
FLANNEL, CONTROL, PASSWORD = "flanneld", "flannel-control", "a1b2c3"
LEASE = f"{P}/subnets/10.24.9.0-24"
Plan = t.Dict[str, t.Any]


class Member:
    """A server, and etcdctl beside it as the role runs it."""

    def __init__(self, server: EtcdServer, certificates: Certificates) -> None:
        self.server = server
        self.certificates = certificates

    def words(self, names: str = "root named-client") -> list[str]:
        """Return the role's command line of etcdctl; of the names the first that has a certificate is used."""
        script = (SCRIPTS / "etcdctl.sh").read_text()
        program = find_binary(self.server.version, "etcdctl")
        return [
            "sh",
            "-c",
            script,
            "sh",
            program,
            str(self.certificates.folder),
            names,
            "--command-timeout=5s",
            "--endpoints",
            self.server.url,
        ]

    def run(self, *arguments: str, names: str = "root named-client", stdin: str = PASSWORD) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "ETCDCTL_API": "3"}
        return subprocess.run([*self.words(names), *arguments], env=environment, input=stdin, capture_output=True, text=True, check=False)

    def tell(self, *arguments: str, stdin: str = PASSWORD) -> None:
        """Tell it as root."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr

    def plan(self, password: str = PASSWORD, prefixes: t.Sequence[str] = (P,)) -> Plan:
        """Read and plan as the role does."""
        script = ["sh", "-c", (SCRIPTS / "read_auth.sh").read_text(), "sh", FLANNEL, CONTROL, "\n".join(prefixes), *self.words()]
        done = subprocess.run(script, input=password, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return etcd_auth_plan(done.stdout.splitlines(), prefixes, FLANNEL, CONTROL)

    def apply(self, plan: Plan) -> None:
        """Tell it what is planned."""
        for words in [plan["password"], *plan["commands"]]:
            if words:
                self.tell(*words)

    def allows(self, names: str, *arguments: str) -> bool:
        """Whether the holder of a certificate may do this."""
        done = self.run(*arguments, names=names)
        assert done.returncode == 0 or "permission denied" in done.stderr, done.stderr
        return done.returncode == 0

    def module(self, name: str, options: t.Mapping[str, t.Any]) -> t.Any:
        """Run a module as the control identity."""
        login = {"username": CONTROL, "password": PASSWORD}
        return run_module(name, {"endpoints": [self.server.url], **self.certificates.client_args(), **login, **options})


@pytest.fixture(scope="module", params=VERSIONS)
def member(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> t.Iterator[Member]:
    """Serve clients with a certificate; authentication is off at first."""
    folder = tmp_path_factory.mktemp("role-auth") / "etcd"
    server = start_etcd(request.param, folder, certificates=certificates, v2=False, flags=QUICK_LOGIN)
    yield Member(server, certificates)
    server.stop()


def test_keys_of_others_are_seen_before_they_are_shut_out(member: Member) -> None:
    member.tell("put", f"{P}/config", '{"Network": "10.24.0.0/16"}')
    assert member.plan()["foreign_keys"] == []
    member.tell("put", "/registry/a", "x")
    assert member.plan()["foreign_keys"] == ["/registry/a"]
    assert member.plan(prefixes=[P, "/registry"])["foreign_keys"] == []
    member.tell("del", "/registry/a")


def test_users_and_rights_are_made_and_authentication_turned_on(member: Member) -> None:
    first = member.plan()
    assert (first["enabled"], first["login"], first["password"][:2]) == (False, "off", ["user", "add"])
    member.apply(first)
    second = member.plan()
    assert (second["enabled"], second["password"][:2], second["commands"]) == (False, ["user", "passwd"], [])
    member.tell("auth", "enable")
    third = member.plan()
    assert (third["enabled"], third["login"], third["password"], third["commands"]) == (True, "good", [], [])


@pytest.mark.parametrize(
    ("arguments", "node"),
    [
        (["get", f"{P}/config"], True),
        (["put", LEASE, "{}"], True),
        (["get", "--prefix", f"{P}/subnets"], True),
        (["del", LEASE], True),
        (["put", f"{P}/config", "{}"], False),
        (["del", f"{P}/config"], False),
        (["get", "--prefix", f"{P}/"], False),
        (["get", "/elsewhere"], False),
        (["put", "/elsewhere", "x"], False),
        (["put", f"{P}-2/subnets/10.24.9.0-24", "x"], False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_nodes_and_strangers_may_do(member: Member, arguments: list[str], node: bool) -> None:
    assert member.allows("flanneld-client", *arguments) is node
    # A certificate without a name and without a login, and a member's own.
    assert [member.allows(name, *arguments) for name in ("client", "server")] == [False, False]


def test_what_the_modules_may_do(member: Member) -> None:
    leases = {"etcd_prefix": P, "leases": [{"public_ip": "172.16.0.11"}]}
    config = {"key": f"{P}/config", "value": {"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}}}
    for name, options in (("etcd_key", config), ("flannel_lease", leases), ("flannel_lease", {**leases, "state": "absent"})):
        done = member.module(name, options)
        assert (done.failed, done.changed) == (False, True), done.msg
    assert not member.module("etcd_key", {"key": config["key"], "state": "absent"}).failed
    assert not member.module("etcd_key", config).failed
    for refused in ({"key": "/elsewhere"}, {"key": "/coreos.com/", "prefix": True}):
        assert "permission denied" in member.module("etcd_key_info", refused).msg
    assert "permission denied" in member.module("etcd_key", {"key": "/elsewhere", "value": "x"}).msg


def test_what_goes_too_far_is_taken_back(member: Member) -> None:
    for role in (FLANNEL, CONTROL):
        member.tell("role", "grant-permission", role, "readwrite", "", "--prefix")
        member.tell("role", "grant-permission", role, "readwrite", "/registry/", "--prefix")
        member.tell("role", "grant-permission", role, "read", "/k", "--from-key")
    member.tell("role", "grant-permission", FLANNEL, "readwrite", f"{P}/config")
    member.tell("user", "grant-role", CONTROL, "root")
    assert member.plan()["login"] == "good"
    member.tell("user", "passwd", CONTROL, "--interactive=false", stdin="another")
    drifted = member.plan()
    assert (drifted["enabled"], drifted["login"]) == (True, "wrong")
    member.apply(drifted)
    after = member.plan()
    assert (after["login"], after["password"], after["commands"]) == ("good", [], [])
    assert not member.allows("flanneld-client", "put", f"{P}/config", "{}")
    assert "permission denied" in member.module("etcd_key_info", {"key": "/elsewhere"}).msg


def test_rights_follow_the_folder(member: Member) -> None:
    member.apply(member.plan(prefixes=["/other"]))
    assert [member.allows("flanneld-client", "get", f"{folder}/config") for folder in (P, "/other")] == [False, True]
    member.apply(member.plan())
    assert [member.allows("flanneld-client", "get", f"{folder}/config") for folder in (P, "/other")] == [True, False]
