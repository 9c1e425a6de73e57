# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads whether etcd has authentication on, and a sum of its users and roles."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..cluster.auth import KINDS, Grant
from ..cluster.auth_digest import auth_digest
from ..errors import EtcdError

if t.TYPE_CHECKING:
    from ..grpc.api import MemberApi
    from ..grpc.messages import Permission

# Each costs a question of its own, which etcd writes to its log.
_MOST_NAMES = 64


@dataclass(frozen=True)
class FoundAuth:
    """Whether authentication is on; the digest is empty where users and roles can't be read, or are many."""

    is_enabled: bool
    digest: str

    def item(self) -> dict[str, t.Any]:
        """Return it as data."""
        return {"is_enabled": self.is_enabled, "digest": self.digest}


def read_auth(api: MemberApi) -> FoundAuth:
    """Ask the member; raise when it does not say whether authentication is on."""
    is_enabled = api.is_auth_enabled()
    try:
        return FoundAuth(is_enabled, _read_digest(api))
    except EtcdError:
        return FoundAuth(is_enabled, "")


def _read_digest(api: MemberApi) -> str:
    users, roles = api.users(), api.roles()
    if len(users) + len(roles) > _MOST_NAMES:
        return ""
    return auth_digest(
        {user: api.roles_of(user) for user in users},
        {role: [_grant(one) for one in api.permissions_of(role)] for role in roles},
    )


def _grant(found: Permission) -> Grant:
    return Grant(KINDS[found.kind] if found.kind < len(KINDS) else f"unknown {found.kind}", found.key, found.end)
