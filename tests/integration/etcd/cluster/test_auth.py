# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module etcd_auth makes of real servers with the role's users and rights, and what these then let everybody do.

Chapters of one story per version.
"""

from __future__ import annotations

import base64
import os
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.flannel_access import flannel_access
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_client import Connection, EtcdV3
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import (
    QUICK_LOGIN,
    VERSIONS,
    Certificates,
    EtcdServer,
    find_binary,
    start_etcd,
)
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module

P = "/coreos.com/network"
FLANNEL, CONTROL, PASSWORD = "flanneld", "flannel-control", "a1b2c3"
LEASE = f"{P}/subnets/10.24.9.0-24"


class Member:
    """A server, and etcdctl beside it as the role runs it."""

    def __init__(self, server: EtcdServer, certificates: Certificates) -> None:
        self.server = server
        self.certificates = certificates

    def words(self, name: str = "named-client") -> list[str]:
        """Return the role's command line of etcdctl, with a certificate of this name."""
        files = {"cacert": "ca.crt", "cert": f"{name}.crt", "key": f"{name}.key"}
        options = [f"--{option}={self.certificates.path(file)}" for option, file in files.items()]
        return [find_binary(self.server.version, "etcdctl"), *options, "--command-timeout=5s", "--endpoints", self.server.url]

    def run(self, *arguments: str, name: str = "named-client", stdin: str = PASSWORD) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "ETCDCTL_API": "3"}
        return subprocess.run([*self.words(name), *arguments], env=environment, input=stdin, capture_output=True, text=True, check=False)

    def tell(self, *arguments: str, stdin: str = PASSWORD) -> None:
        """Tell it as root."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr

    def converge(self, *, check: bool = False, diff: bool = False, **options: t.Any) -> ModuleResult:
        """Run the module as the role does, in check mode or not, with other options than the role's."""
        prefixes = options.pop("prefixes", [P])
        folder = self.certificates.path
        root = {"ca_cert": folder("ca.crt"), "client_cert": folder("named-client.crt"), "client_key": folder("named-client.key")}
        access = flannel_access(prefixes, FLANNEL, CONTROL, password=options.pop("password_of_control", PASSWORD))
        program = find_binary(self.server.version, "etcdctl")
        settings = {"endpoints": [self.server.url], **root, "etcdctl": program, **access, "key_prefixes": prefixes, **options}
        return run_module("etcd_auth", settings, check=check, diff=diff)

    def commands(self, **options: t.Any) -> list[str]:
        """Return what the module would still tell it."""
        planned = self.converge(check=True, **options)
        assert not planned.failed, planned.msg
        assert planned.changed is bool(planned["commands"])
        return list(planned["commands"])

    def allows(self, names: str, *arguments: str) -> bool:
        """Whether the holder of a certificate may do this."""
        done = self.run(*arguments, name=names)
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
    assert member.commands() != []
    member.tell("put", "/registry/a", "x")
    tries: list[dict[str, bool]] = [{}, {"enabled": True}, {"check": True}]
    for options in tries:
        refused = member.converge(**options)
        assert (refused.failed, refused["foreign_keys"]) == (True, ["/registry/a"])
        assert "/registry/a" in refused.msg and "left off" in refused.msg
    assert member.run("user", "list").stdout == ""
    assert member.commands(prefixes=[P, "/registry"]) != []
    assert not member.converge(users=[], roles=[], enabled=False).changed
    member.tell("del", "/registry/a")


def test_root_is_needed(member: Member) -> None:
    refused = member.converge(users=[], roles=[], enabled=True)
    assert "root user does not exist" in refused.msg, refused.msg


def test_users_and_rights_are_made_and_authentication_turned_on(member: Member) -> None:
    planned = member.commands()
    assert planned[0] == f"user add {CONTROL} --interactive=false"
    made = member.converge(diff=True)
    assert (made.failed, made.changed, made["commands"], made["enabled"]) == (False, True, planned, False), made.msg
    assert made["users"] == sorted([CONTROL, FLANNEL, "root"])
    assert made["diff"]["before"]["users"] == {} and made["diff"]["after"]["users"][FLANNEL] == {"roles": [FLANNEL]}
    # While it is off, etcd doesn't tell whether the password is right.
    assert member.commands() == [f"user passwd {CONTROL} --interactive=false"]
    assert member.commands(enabled=True)[1:] == ["auth enable"]
    turned_on = member.converge(enabled=True)
    assert (turned_on.failed, turned_on["enabled"]) == (False, True), turned_on.msg
    tries: list[dict[str, bool]] = [{}, {"enabled": True}]
    for options in tries:
        again = member.converge(diff=True, **options)
        assert (again.failed, again.changed, again["enabled"], again["commands"]) == (False, False, True, []), again.msg
        assert again["diff"]["before"] == again["diff"]["after"]


def test_a_password_is_not_shown(member: Member) -> None:
    tries: list[dict[str, bool]] = [{}, {"enabled": True}, {"diff": True}, {"check": True, "diff": True}]
    for options in tries:
        assert PASSWORD not in member.converge(**options).output
    broken = member.converge(etcdctl="/nowhere/etcdctl")
    assert (broken.failed, PASSWORD in broken.output) == (True, False)
    assert "/nowhere/etcdctl" in broken.msg


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
    # With too many rights, too.
    assert not any("passwd" in command for command in member.commands())
    member.tell("user", "passwd", CONTROL, "--interactive=false", stdin="another")
    drifted = member.converge(diff=True)
    assert drifted["commands"][0] == f"user passwd {CONTROL} --interactive=false"
    assert drifted["diff"]["before"]["users"][CONTROL]["password"] == "another"
    assert member.commands() == []
    assert not member.allows("flanneld-client", "put", f"{P}/config", "{}")
    assert "permission denied" in member.module("etcd_key_info", {"key": "/elsewhere"}).msg


def test_a_right_that_etcdctl_can_not_name_goes_with_its_role(member: Member) -> None:
    grant = {"permType": "READ", "key": base64.b64encode(b"\0").decode(), "range_end": base64.b64encode(b"/x").decode()}
    member.tell("auth", "disable")
    ca_cert, client_cert, client_key = member.certificates.client_args().values()
    with EtcdV3(Connection((member.server.url,), ca_cert, client_cert, client_key)) as gateway:
        gateway._call("grant", "/auth/role/grant", {"name": FLANNEL, "perm": grant})
    member.converge(enabled=True)
    assert member.commands() == []
    assert member.allows("flanneld-client", "get", f"{P}/config")


def test_rights_follow_the_folder(member: Member) -> None:
    for prefixes, expected in ((["/other"], [False, True]), ([P], [True, False])):
        assert not member.converge(prefixes=prefixes).failed
        assert [member.allows("flanneld-client", "get", f"{folder}/config") for folder in (P, "/other")] == expected


def test_a_password_in_a_file_is_made_and_kept(member: Member, tmp_path: Path) -> None:
    file = tmp_path / "ca/control.password"
    access = flannel_access([P], FLANNEL, CONTROL, password_file=str(file))
    planned = member.commands(**access)
    assert (len(planned), file.exists()) == (1, False)
    made = member.converge(**access)
    password = file.read_text().strip()
    assert (made.changed, len(password), password in made.output, file.stat().st_mode & 0o777) == (True, 64, False, 0o600)
    assert member.commands(**access) == []
    assert member.commands(password_of_control=password) == []
    file.write_text("")
    assert member.converge(**access).changed
    assert file.read_text().strip() not in ("", password)
    assert member.converge().changed


def test_what_others_made_is_left_alone(member: Member) -> None:
    member.tell("user", "add", "backup", "--no-password")
    member.tell("role", "add", "backup")
    member.tell("user", "grant-role", "root", "backup")
    again = member.converge()
    assert (again.changed, "backup" in again["users"]) == (False, True)


def test_it_is_turned_off(member: Member) -> None:
    off: dict[str, t.Any] = {"users": [], "roles": [], "enabled": False}
    assert member.commands(**off) == ["auth disable"]
    assert not member.allows("client", "get", "k")
    assert member.converge(**off)["enabled"] is False
    assert member.allows("client", "get", "k")
    assert member.commands(**off) == []


def test_an_etcd_that_is_not_there_yet_is_planned_for(member: Member, tmp_path: Path) -> None:
    nowhere: dict[str, t.Any] = {"endpoints": ["https://127.0.0.1:1"], "etcdctl": "/nowhere/etcdctl"}
    access = flannel_access([P], FLANNEL, CONTROL, password_file=str(tmp_path / "password"))
    planned = member.commands(bootstrap=True, enabled=True, **access, **nowhere)
    assert (planned[0], planned[-1]) == (f"user add {CONTROL} --interactive=false", "auth enable")
    assert member.converge(**nowhere).failed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"api": "v2"}, "API v3 only"),
        ({"client_key": "-----BEGIN PRIVATE KEY-----"}, "give paths"),
        ({"users": [{"name": "a", "password": ""}]}, "is empty"),
        ({"users": [{"name": "a", "password_file": "here"}]}, "absolute path"),
    ],
)
def test_what_can_not_work_is_refused(member: Member, options: dict[str, t.Any], message: str) -> None:
    refused = member.converge(**options)
    assert refused.failed and message in refused.msg, refused.msg
