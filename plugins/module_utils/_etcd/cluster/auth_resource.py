# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads and changes users, roles and authentication for the module etcd_auth."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._core.errors import InvalidInput
from ..connection import Connection
from ..errors import EtcdError
from ..store import show_key
from ..v3_client import EtcdV3
from .auth import AuthState, parse_names, parse_role, parse_user
from .auth_input import DesiredAuth, DesiredUser, parse_prefixes, parse_roles, parse_users, ranges_outside
from .auth_plan import ENABLE, AuthPlan, plan_auth
from .etcdctl import Etcdctl
from .password_file import PasswordFile, make_password

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..._core.plan import Outcome

# A few are enough to recognise whose they are.
_FOREIGN_KEYS = 3


class AuthResource:
    """The users and roles of an etcd, and whether it asks for them."""

    def __init__(self, desired: DesiredAuth, etcdctl: Etcdctl, gateway: EtcdV3 | None, files: t.Mapping[str, PasswordFile]) -> None:
        self._desired = desired
        self._etcdctl = etcdctl
        # None stands for an etcd that is not installed yet.
        self._gateway = gateway
        self._files = files

    def plan(self) -> AuthPlan:
        """Read and plan."""
        return plan_auth(AuthState() if self._gateway is None else self._read(self._gateway), self._desired)

    def apply(self, plan: AuthPlan) -> Outcome:
        """Carry out the commands; a new password is on disk before etcd has it."""
        for user in self._desired.users:
            if user.is_new and user.password is not None:
                self._files[user.name].write(user.password)
        for command in plan.changes:
            self._etcdctl.tell(command)
        if any(command.words == ENABLE for command in plan.changes):
            self._check_logins()
        return plan.predict()

    def _read(self, gateway: EtcdV3) -> AuthState:
        enabled = gateway.is_auth_enabled()
        users = parse_names("user", self._etcdctl.ask("user", "list"))
        roles = parse_names("role", self._etcdctl.ask("role", "list"))
        asked = {user.name for user in self._desired.users}
        told = [user for user in self._desired.users if user.name in users and not user.is_new]
        return AuthState(
            enabled,
            {name: parse_user(self._etcdctl.ask("user", "get", name)) for name in users if name in asked},
            {role.name: parse_role(self._etcdctl.ask("role", "get", role.name)) for role in self._desired.roles if role.name in roles},
            self._read_logins(told) if enabled else {},
            tuple(name for name in users if name not in asked),
            () if enabled else tuple(self._find_foreign_keys(gateway)),
        )

    def _read_logins(self, users: t.Iterable[DesiredUser]) -> dict[str, bool]:
        return {user.name: self._etcdctl.accepts(user.name, user.password) for user in users if user.password}

    def _find_foreign_keys(self, gateway: EtcdV3) -> list[str]:
        """Return some keys outside the folders. Without authentication the gateway answers everybody."""
        if not self._desired.prefixes or self._desired.enabled is False:
            return []
        ranges = ranges_outside(self._desired.prefixes)
        keys = [key for start, end in ranges for key in gateway.first_keys(start, end, _FOREIGN_KEYS)]
        return [show_key(key) for key in keys[:_FOREIGN_KEYS]]

    def _check_logins(self) -> None:
        """Ask as root and as the users with a password, now that it matters."""
        self._etcdctl.ask("user", "list")
        refused = [name for name, accepted in self._read_logins(self._desired.users).items() if not accepted]
        if refused:
            raise EtcdError(f"Authentication was turned on, but etcd did not accept the password of the user {', '.join(refused)}.")


def make_auth(module: AnsibleModule) -> AuthResource:
    """Return what the module's parameters describe."""
    params = module.params
    if params["api"] != "v3":
        raise InvalidInput("The module etcd_auth manages the users of API v3 only: leave the option api out.")
    connection = Connection.from_params(params)
    files = {item["name"]: PasswordFile(item["password_file"]) for item in params["users"] if item["password_file"] is not None}
    users = tuple(_with_password(user, files.get(user.name)) for user in parse_users(params["users"]))
    module.no_log_values.update(user.password for user in users if user.password)
    if not module.check_mode:
        _check_passwords(users)
    desired = DesiredAuth(users, parse_roles(params["roles"]), params["enabled"], parse_prefixes(params["key_prefixes"]))
    etcdctl = Etcdctl(params["etcdctl"], connection, module.run_command)
    # Who logs in there must not have to be anybody yet.
    gateway = None if params["bootstrap"] and module.check_mode else EtcdV3(replace(connection, username=None, password=None))
    return AuthResource(desired, etcdctl, gateway, files)


def _with_password(user: DesiredUser, file: PasswordFile | None) -> DesiredUser:
    if file is None:
        return user
    password = file.read()
    return replace(user, password=password or make_password(), is_new=not password)


def _check_passwords(users: t.Iterable[DesiredUser]) -> None:
    empty = [user.name for user in users if user.password == ""]
    if empty:
        raise InvalidInput(f"The password of the user {', '.join(empty)} is empty. Only check mode accepts that.")
