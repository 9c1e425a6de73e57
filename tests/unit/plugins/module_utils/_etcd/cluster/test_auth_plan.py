# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth import AuthState, Grant
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth_input import (
    DesiredAuth,
    DesiredUser,
    parse_prefixes,
    parse_roles,
    parse_users,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth_plan import AuthPlan, WouldLockOut, plan_auth
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.flannel_access import flannel_access

P = "/coreos.com/network"
PASSWORD = "a1b2c3"


def wanted(prefixes: t.Sequence[str] = (P,), enabled: bool | None = None) -> DesiredAuth:
    access = flannel_access(prefixes, "flannel", "control", password=PASSWORD)
    roles = [
        {
            "name": role["name"],
            "permissions": [{"range_end": None, "prefix": False, **each} for each in role["permissions"]]
            if "permissions" in role
            else None,
        }
        for role in access["roles"]
    ]
    users = [{"password": None, "password_file": None, **user} for user in access["users"]]
    return DesiredAuth(parse_users(users), parse_roles(roles), enabled, parse_prefixes(prefixes))


def grants(name: str, prefixes: t.Sequence[str] = (P,)) -> list[Grant]:
    (role,) = (role for role in wanted(prefixes).roles if role.name == name)
    return list(role.grants or ())


def grant(kind: str, key: str, end: str = "") -> Grant:
    return Grant(kind, key.encode("latin-1"), end.encode("latin-1"))


USERS = {"root": ["root"], "flannel": ["flannel"], "control": ["control"]}
ROLES: dict[str, list[Grant]] = {"root": [], "flannel": grants("flannel"), "control": grants("control")}
RIGHT = AuthState(True, USERS, ROLES, {"control": True})


def found(users: t.Mapping[str, t.Any] | None = None, roles: t.Mapping[str, t.Any] | None = None) -> AuthState:
    return replace(RIGHT, users={**USERS, **(users or {})}, roles={**ROLES, **(roles or {})})


def commands(plan: AuthPlan) -> list[str]:
    return [command.describe() for command in plan.changes]


def test_what_is_right_is_left_alone() -> None:
    for enabled in (None, True):
        plan = plan_auth(RIGHT, wanted(enabled=enabled))
        outcome = plan.predict()
        assert (plan.changes, outcome.changed, outcome.before == outcome.after) == ((), False, True)
        assert outcome.returns == {"enabled": True, "users": ["control", "flannel", "root"], "commands": []}


def test_an_etcd_that_has_nothing_gets_everything() -> None:
    plan = plan_auth(AuthState(), wanted(enabled=True))
    assert commands(plan) == [
        "user add control --interactive=false",
        "role add root",
        "role add flannel",
        f"role grant-permission flannel read {P}/config",
        f"role grant-permission flannel readwrite {P}/subnets {P}/subnett",
        "role add control",
        f"role grant-permission control read {P}/config {P}/subnett",
        f"role grant-permission control write {P}/config",
        f"role grant-permission control write {P}/subnets/ {P}/subnets0",
        "user add root --no-password",
        "user add flannel --no-password",
        "user grant-role root root",
        "user grant-role flannel flannel",
        "user grant-role control control",
        "auth enable",
    ]
    outcome = plan.predict()
    assert outcome.returns["enabled"] is True
    assert outcome.before == {"enabled": False, "roles": {}, "users": {}}
    assert outcome.after["users"]["control"] == {"roles": ["control"], "password": "as given"}
    assert PASSWORD not in repr(plan) + repr(outcome)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (found(users={"root": []}), ["user grant-role root root"]),
        (found(users={"root": ["backup", "root"]}), []),
        (found(users={"flannel": []}), ["user grant-role flannel flannel"]),
        (found(users={"flannel": ["flannel", "root"]}), ["user revoke-role flannel root"]),
        (found(roles={"flannel": grants("flannel")[1:]}), [f"role grant-permission flannel read {P}/config"]),
        # The same range with another kind of right is replaced by a grant.
        (
            found(roles={"flannel": [grant("readwrite", f"{P}/config"), grants("flannel")[1]]}),
            [f"role grant-permission flannel read {P}/config"],
        ),
        (
            found(roles={"flannel": [*grants("flannel"), grant("readwrite", f"{P}/", f"{P}0")]}),
            [f"role revoke-permission flannel {P}/ {P}0"],
        ),
        (found(roles={"flannel": [*grants("flannel"), grant("read", "/k")]}), ["role revoke-permission flannel /k"]),
        (found(roles={"control": [*grants("control"), grant("read", "\0", "\0")]}), ["role revoke-permission control  --prefix"]),
        (found(roles={"control": [*grants("control"), grant("read", "/k", "\0")]}), ["role revoke-permission control /k --from-key"]),
        (found(roles={"control": [*grants("control"), grant("read", "/\x7f", "/\x80")]}), ["role revoke-permission control /\x7f /\\x80"]),
        (
            found(roles={"control": [*grants("control"), grant("read", "\0", "/x")]}),
            [
                "role delete control",
                "role add control",
                *(f"role grant-permission control {each.kind} {' '.join(each.words() or [])}" for each in grants("control")),
                "user grant-role control control",
            ],
        ),
        # A role that may have any grants is never made anew.
        (found(roles={"root": [grant("read", "\0", "/x")]}), []),
    ],
)
def test_what_differs_is_corrected(state: AuthState, expected: list[str]) -> None:
    plan = plan_auth(state, wanted())
    assert (commands(plan), plan.predict().changed) == (expected, bool(expected))


def test_an_old_folder_loses_its_rights_after_the_new_one_has_them() -> None:
    words = [command.words[1:3] for command in plan_auth(RIGHT, wanted(["/new"])).changes]
    assert (
        words
        == [("grant-permission", "flannel")] * 2
        + [("revoke-permission", "flannel")] * 2
        + [("grant-permission", "control")] * 3
        + [("revoke-permission", "control")] * 3
    )


@pytest.mark.parametrize(
    ("logins", "users", "verb"),
    [({"control": True}, USERS, ""), ({"control": False}, USERS, "passwd"), ({}, USERS, "passwd"), ({}, {}, "add")],
)
def test_the_password_is_set_where_it_does_not_let_in(logins: t.Mapping[str, bool], users: t.Mapping[str, t.Any], verb: str) -> None:
    plan = plan_auth(AuthState(True, users, ROLES, logins), wanted())
    told = [(command.describe(), command.password) for command in plan.changes if command.password is not None]
    assert told == ([(f"user {verb} control --interactive=false", PASSWORD)] if verb else [])
    assert plan.changes[: len(told)] == tuple(command for command in plan.changes if command.password)


@pytest.mark.parametrize(("enabled", "others"), [(True, ()), (False, ("kubernetes",)), (False, ())])
def test_keys_of_others_matter_while_they_would_be_shut_out(enabled: bool, others: tuple[str, ...]) -> None:
    state = AuthState(enabled, others=others, foreign_keys=("/registry/a",))
    if enabled or others:
        plan_auth(state, wanted())
        return
    for wish in (None, True):
        with pytest.raises(WouldLockOut, match=rf"outside {P} \(such as /registry/a\).*left off") as refused:
            plan_auth(state, wanted(enabled=wish))
        assert refused.value.details == {"foreign_keys": ["/registry/a"]}
    assert commands(plan_auth(state, DesiredAuth(enabled=False, prefixes=(b"/a/",)))) == []


def test_it_is_turned_off_whatever_else_there_is() -> None:
    assert commands(plan_auth(RIGHT, DesiredAuth(enabled=False))) == ["auth disable"]
    assert plan_auth(RIGHT, DesiredAuth(enabled=False)).predict().returns["enabled"] is False


def test_others_are_left_alone_and_named() -> None:
    plan = plan_auth(replace(RIGHT, others=("backup",)), DesiredAuth(users=(DesiredUser("new"),)))
    assert commands(plan) == ["user add new --no-password"]
    assert plan.predict().returns["users"] == ["backup", "control", "flannel", "new", "root"]
