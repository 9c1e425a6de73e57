# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The users and roles that etcd needs for flannel, and the etcdctl commands that make them. Pure."""

from __future__ import annotations

import base64
import json
import typing as t
from dataclasses import dataclass, field

Words = t.List[str]

READ, WRITE, READWRITE = "read", "write", "readwrite"
# As etcd numbers them; JSON leaves the zero out.
_KINDS = (READ, WRITE, READWRITE)
_EVERYTHING = "\0"


@dataclass(frozen=True)
class Grant:
    """A permission for a key, or with an end for the keys from it up to but excluding the end."""

    kind: str
    key: str
    end: str = ""

    def words(self) -> Words | None:
        """Return the range as arguments of etcdctl, None for one that a command line can't hold."""
        if (self.key, self.end) == (_EVERYTHING, _EVERYTHING):
            return ["", "--prefix"]
        if self.end == _EVERYTHING:
            return [self.key, "--from-key"] if self.key.isprintable() else None
        return [self.key, *([self.end] if self.end else [])] if (self.key + self.end).isprintable() else None


@dataclass(frozen=True)
class AuthState:
    """What etcd has: roles of users and grants of roles, by name, for the names that were asked for."""

    login: str = "off"
    users: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)
    roles: t.Mapping[str, t.Sequence[Grant]] = field(default_factory=dict)
    others: t.Sequence[str] = field(default_factory=list)
    foreign_keys: t.Sequence[str] = field(default_factory=list)

    @property
    def enabled(self) -> bool:
        """Whether authentication is on."""
        return self.login != "off"


def parse_auth_state(lines: t.Iterable[str]) -> AuthState:
    """Parse lines of a kind, a name and, for users and roles, etcd's answer as JSON."""
    login, others, keys = "off", [], []
    users: dict[str, t.Sequence[str]] = {}
    roles: dict[str, t.Sequence[Grant]] = {}
    for line in lines:
        kind, _space, rest = line.partition(" ")
        name, _space, answer = rest.partition(" ")
        if kind == "login":
            login = name
        elif kind == "user":
            users[name] = json.loads(answer).get("roles", [])
        elif kind == "role":
            roles[name] = [_parse_grant(grant) for grant in json.loads(answer).get("perm", [])]
        elif kind == "other":
            others.append(rest)
        elif kind == "key":
            keys.append(rest)
    return AuthState(login, users, roles, others, keys)


def _parse_grant(grant: t.Mapping[str, t.Any]) -> Grant:
    # Latin-1 accepts every byte, and bytes that are not text come out as not printable.
    key, end = (base64.b64decode(grant.get(name, "")).decode("latin-1") for name in ("key", "range_end"))
    return Grant(_KINDS[grant.get("permType", 0)], key, end)


def flannel_grants(prefixes: t.Iterable[str]) -> list[Grant]:
    """Return what a node's daemon needs: whoever may write the config runs commands on every node."""
    return [
        grant
        for prefix in prefixes
        for grant in (Grant(READ, f"{prefix}/config"), Grant(READWRITE, f"{prefix}/subnets", f"{prefix}/subnett"))
    ]


def control_grants(prefixes: t.Iterable[str]) -> list[Grant]:
    """Return what the modules need, which read config and leases as one range."""
    return [
        grant
        for prefix in prefixes
        for grant in (
            Grant(READ, f"{prefix}/config", f"{prefix}/subnett"),
            Grant(WRITE, f"{prefix}/config"),
            Grant(WRITE, f"{prefix}/subnets/", f"{prefix}/subnets0"),
        )
    ]


@dataclass(frozen=True)
class AuthPlan:
    """The etcdctl commands to run. The one for the password reads it from standard input."""

    enabled: bool
    login: str
    password: Words
    commands: list[Words]
    others: t.Sequence[str]
    foreign_keys: t.Sequence[str]


def plan_auth(found: AuthState, prefixes: t.Sequence[str], flannel: str, control: str) -> AuthPlan:
    """Return the plan for root and two more users, each with a role of its own name. Missing grants come first, surplus ones last."""
    commands = _plan_role(found, "root", None)
    commands += _plan_role(found, flannel, flannel_grants(prefixes))
    commands += _plan_role(found, control, control_grants(prefixes))
    for user in ("root", flannel):
        commands += [["user", "add", user, "--no-password"]] if user not in found.users else []
    for user in ("root", flannel, control):
        commands += _plan_user(found, user)
    password: Words = []
    if control not in found.users:
        password = ["user", "add", control, "--interactive=false"]
    elif found.login != "good":
        password = ["user", "passwd", control, "--interactive=false"]
    foreign = [] if found.others or found.enabled else found.foreign_keys
    return AuthPlan(found.enabled, found.login, password, commands, found.others, foreign)


def _plan_user(found: AuthState, user: str) -> list[Words]:
    roles = found.users.get(user, [])
    commands = [["user", "grant-role", user, user]] if user not in roles or not _can_stay(found.roles.get(user, [])) else []
    # The user root may have any role in addition to its own.
    return commands + [["user", "revoke-role", user, role] for role in roles if role != user and user != "root"]


def _can_stay(grants: t.Iterable[Grant]) -> bool:
    return all(grant.words() is not None for grant in grants)


def _plan_role(found: AuthState, role: str, desired: t.Sequence[Grant] | None) -> list[Words]:
    """Return the commands for one role; None asks for no grants and accepts any."""
    grants = found.roles.get(role)
    commands: list[Words] = []
    if grants is not None and desired is not None and not _can_stay(grants):
        # etcdctl can't name what is to be revoked, so the role is recreated; its user gets it back at once.
        commands, grants = [["role", "delete", role]], None
    if grants is None:
        commands.append(["role", "add", role])
    if desired is None:
        return commands
    has = grants or []
    commands += [["role", "grant-permission", role, grant.kind, *(grant.words() or [])] for grant in desired if grant not in has]
    ranges = {(grant.key, grant.end) for grant in desired}
    surplus = [grant for grant in has if (grant.key, grant.end) not in ranges]
    return commands + [["role", "revoke-permission", role, *(grant.words() or [])] for grant in surplus]
