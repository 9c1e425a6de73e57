# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans which users, roles and permissions etcd still needs, as commands of etcdctl. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.errors import CollectionError
from ..._core.plan import Outcome
from .auth_input import ROOT, DesiredAuth, DesiredRole, DesiredUser

if t.TYPE_CHECKING:
    from .auth import AuthState, Grant, Words

ENABLE: Words = ("auth", "enable")
DISABLE: Words = ("auth", "disable")


class WouldLockOut(CollectionError):
    """Others use this etcd, and authentication would keep them out."""


@dataclass(frozen=True)
class Command:
    """One command of etcdctl; a password is read from its standard input."""

    words: Words
    password: str | None = field(default=None, repr=False)

    def describe(self) -> str:
        """Return the command in words."""
        return " ".join(self.words).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class AuthPlan:
    """The commands in their order."""

    changes: tuple[Command, ...]
    found: AuthState
    desired: DesiredAuth

    def predict(self) -> Outcome:
        """Return what will hold once every command is carried out."""
        enabled = self.found.enabled if self.desired.enabled is None else self.desired.enabled
        names = {*self.found.users, *self.found.others, *(user.name for user in self.desired.users)}
        returns = {"enabled": enabled, "users": sorted(names), "commands": [command.describe() for command in self.changes]}
        return Outcome(bool(self.changes), _show_found(self.found, self.desired), _show_desired(self.found, self.desired, enabled), returns)


def plan_auth(found: AuthState, desired: DesiredAuth) -> AuthPlan:
    """Plan: passwords, then roles with what is missing before what is too much, then users, and last authentication itself."""
    if not found.enabled and desired.enabled is not False and not found.others:
        _check_foreign_keys(found, desired)
    commands = [command for user in desired.users for command in _plan_password(found, user)]
    words = [words for role in desired.roles for words in _plan_role(found, role)]
    unknown = [user.name for user in desired.users if user.name not in found.users and user.password is None]
    words += [("user", "add", name, "--no-password") for name in unknown]
    anew = {role.name for role in desired.roles if _is_made_anew(found, role)}
    words += [words for user in desired.users for words in _plan_user(found, user, anew)]
    if desired.enabled is not None and desired.enabled != found.enabled:
        words.append(ENABLE if desired.enabled else DISABLE)
    return AuthPlan((*commands, *(Command(each) for each in words)), found, desired)


def _check_foreign_keys(found: AuthState, desired: DesiredAuth) -> None:
    if not found.foreign_keys:
        return
    folders = ", ".join(prefix.decode("utf-8", "backslashreplace").rstrip("/") for prefix in desired.prefixes)
    raise WouldLockOut(
        f"etcd holds keys outside {folders} (such as {', '.join(found.foreign_keys)}) and has no users for them: with authentication on, "
        "their clients would be locked out. Create users for them (etcdctl user add, on a member), delete keys that are not needed, "
        "add flannel's own prefixes to key_prefixes (with the role etcd: etcd_auth_prefixes), or leave authentication off (etcd_auth: "
        "false). Authentication was left off.",
        foreign_keys=list(found.foreign_keys),
    )


def _plan_password(found: AuthState, user: DesiredUser) -> list[Command]:
    if user.password is None or found.logins.get(user.name):
        return []
    verb = "passwd" if user.name in found.users else "add"
    return [Command(("user", verb, user.name, "--interactive=false"), user.password)]


def _plan_user(found: AuthState, user: DesiredUser, anew: t.Container[str]) -> list[Words]:
    has = found.users.get(user.name, ())
    words: list[Words] = [("user", "grant-role", user.name, role) for role in user.roles if role not in has or role in anew]
    # The user root may have any role in addition.
    surplus = [] if user.name == ROOT else [role for role in has if role not in user.roles]
    return words + [("user", "revoke-role", user.name, role) for role in surplus]


def _is_made_anew(found: AuthState, role: DesiredRole) -> bool:
    """Return whether the role has a grant that etcdctl can't name, which only goes with the role."""
    return role.grants is not None and any(grant.words() is None for grant in found.roles.get(role.name, ()))


def _plan_role(found: AuthState, role: DesiredRole) -> list[Words]:
    words: list[Words] = []
    has = found.roles.get(role.name)
    if _is_made_anew(found, role):
        words, has = [("role", "delete", role.name)], None
    if has is None:
        words.append(("role", "add", role.name))
    if role.grants is None:
        return words
    has = has or ()
    words += [("role", "grant-permission", role.name, grant.kind, *_range(grant)) for grant in role.grants if grant not in has]
    ranges = {(grant.key, grant.end) for grant in role.grants}
    surplus = [grant for grant in has if (grant.key, grant.end) not in ranges]
    return words + [("role", "revoke-permission", role.name, *_range(grant)) for grant in surplus]


def _range(grant: Grant) -> Words:
    return grant.words() or ()


def _show_found(found: AuthState, desired: DesiredAuth) -> dict[str, t.Any]:
    passwords = {user.name: _show_login(found, user.name) for user in desired.users if user.password is not None}
    return {
        "enabled": found.enabled,
        "roles": {name: _show_grants(grants) for name, grants in found.roles.items()},
        "users": {name: _show_user(roles, passwords.get(name)) for name, roles in found.users.items()},
    }


def _show_desired(found: AuthState, desired: DesiredAuth, enabled: bool) -> dict[str, t.Any]:
    roles = {role.name: _show_grants(found.roles.get(role.name, ()) if role.grants is None else role.grants) for role in desired.roles}
    users = {}
    for user in desired.users:
        kept = found.users.get(user.name, ()) if user.name == ROOT else ()
        users[user.name] = _show_user({*kept, *user.roles}, None if user.password is None else "as given")
    return {"enabled": enabled, "roles": roles, "users": users}


def _show_login(found: AuthState, name: str) -> str:
    return {True: "as given", False: "another", None: "not known"}[found.logins.get(name)]


def _show_grants(grants: t.Iterable[Grant]) -> list[str]:
    return sorted(grant.describe() for grant in grants)


def _show_user(roles: t.Iterable[str], password: str | None) -> dict[str, t.Any]:
    return {"roles": sorted(roles), **({} if password is None else {"password": password})}
