# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth import (
    AuthPlan,
    AuthState,
    Grant,
    control_grants,
    flannel_grants,
    parse_auth_state,
    plan_auth,
)

P = "/coreos.com/network"
USERS = {"root": ["root"], "flannel": ["flannel"], "control": ["control"]}
ROLES = {"root": [], "flannel": flannel_grants([P]), "control": control_grants([P])}
RIGHT = AuthState("good", USERS, ROLES)


def plan(found: AuthState, prefixes: t.Sequence[str] = (P,)) -> AuthPlan:
    return plan_auth(found, prefixes, "flannel", "control")


def found(login: str = "good", users: t.Mapping[str, t.Any] | None = None, roles: t.Mapping[str, t.Any] | None = None) -> AuthState:
    return AuthState(login, {**USERS, **(users or {})}, {**ROLES, **(roles or {})})


def encode(text: str) -> str:
    return base64.b64encode(text.encode("latin-1")).decode()


def test_what_is_right_is_left_alone() -> None:
    assert (plan(RIGHT).commands, plan(RIGHT).password, plan(RIGHT).enabled) == ([], [], True)


def test_an_etcd_that_has_nothing_gets_everything() -> None:
    planned = plan(AuthState())
    assert not planned.enabled
    assert planned.password == ["user", "add", "control", "--interactive=false"]
    assert [" ".join(words) for words in planned.commands] == [
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
    ]


@pytest.mark.parametrize(
    ("state", "commands"),
    [
        (found(users={"root": []}), ["user grant-role root root"]),
        (found(users={"root": ["backup", "root"]}), []),
        (found(users={"flannel": []}), ["user grant-role flannel flannel"]),
        (found(users={"flannel": ["flannel", "root"]}), ["user revoke-role flannel root"]),
        (found(roles={"flannel": flannel_grants([P])[1:]}), [f"role grant-permission flannel read {P}/config"]),
        # The same range with another kind of right is replaced by a grant.
        (
            found(roles={"flannel": [Grant("readwrite", f"{P}/config"), flannel_grants([P])[1]]}),
            [f"role grant-permission flannel read {P}/config"],
        ),
        (
            found(roles={"flannel": [*flannel_grants([P]), Grant("readwrite", f"{P}/", f"{P}0")]}),
            [f"role revoke-permission flannel {P}/ {P}0"],
        ),
        (found(roles={"flannel": [*flannel_grants([P]), Grant("read", "/k")]}), ["role revoke-permission flannel /k"]),
        (found(roles={"control": [*control_grants([P]), Grant("read", "\0", "\0")]}), ["role revoke-permission control  --prefix"]),
        (found(roles={"control": [*control_grants([P]), Grant("read", "/k", "\0")]}), ["role revoke-permission control /k --from-key"]),
        (
            found(roles={"control": [*control_grants([P]), Grant("read", "/\x7f", "/\x80")]}),
            [
                "role delete control",
                "role add control",
                *(f"role grant-permission control {grant.kind} {' '.join(grant.words() or [])}" for grant in control_grants([P])),
                "user grant-role control control",
            ],
        ),
    ],
)
def test_what_differs_is_corrected(state: AuthState, commands: list[str]) -> None:
    assert [" ".join(words) for words in plan(state).commands] == commands


def test_an_old_folder_loses_its_rights_after_the_new_one_has_them() -> None:
    commands = [words[1:3] for words in plan(RIGHT, ["/new"]).commands]
    assert (
        commands
        == [["grant-permission", "flannel"]] * 2
        + [["revoke-permission", "flannel"]] * 2
        + [["grant-permission", "control"]] * 3
        + [["revoke-permission", "control"]] * 3
    )


@pytest.mark.parametrize(
    ("login", "users", "verb"), [("good", USERS, ""), ("wrong", USERS, "passwd"), ("off", USERS, "passwd"), ("wrong", {}, "add")]
)
def test_the_password_is_set_where_it_does_not_let_in(login: str, users: t.Mapping[str, t.Any], verb: str) -> None:
    assert plan(AuthState(login, users, ROLES)).password == (["user", verb, "control", "--interactive=false"] if verb else [])


@pytest.mark.parametrize(("login", "others", "expected"), [("off", [], ["/registry/a"]), ("off", ["kubernetes"], []), ("good", [], [])])
def test_keys_of_others_matter_while_they_would_be_shut_out(login: str, others: list[str], expected: list[str]) -> None:
    assert plan(AuthState(login, others=others, foreign_keys=["/registry/a"])).foreign_keys == expected


def test_lines_are_read_as_etcdctl_prints_them() -> None:
    grants = [
        {"key": encode("/a"), "range_end": encode("/b")},
        {"permType": 1, "key": encode("/c")},
        {"permType": 2, "key": encode("\0"), "range_end": encode("\0")},
        {"permType": 2, "key": encode("/\xff")},
    ]
    state = parse_auth_state(
        [
            "login wrong",
            'user root {"header":{"revision":1},"roles":["root"]}',
            'user flannel {"header":{"revision":1}}',
            "role flannel " + json.dumps({"perm": grants}),
            'role root {"header":{}}',
            "other somebody",
            "key /registry/a b",
        ]
    )
    assert state == AuthState(
        "wrong",
        {"root": ["root"], "flannel": []},
        {
            "flannel": [Grant("read", "/a", "/b"), Grant("write", "/c"), Grant("readwrite", "\0", "\0"), Grant("readwrite", "/\xff")],
            "root": [],
        },
        ["somebody"],
        ["/registry/a b"],
    )


def test_no_lines_are_an_etcd_that_has_nothing() -> None:
    assert parse_auth_state([]) == AuthState()
