# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Whether etcd's users, and what they may do, are as they are to be. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..cluster.auth import Grant
from ..cluster.auth_digest import auth_digest
from ..cluster.flannel_access import flannel_access

if t.TYPE_CHECKING:
    from ..._core.item import Item
    from .observed import ObservedMember


@dataclass(frozen=True)
class DesiredAccess:
    """Who is to have access.

    ``is_wanted`` asks for authentication, ``has_root`` says that somebody can turn it on. ``password_file`` is kept on ``password_host``.
    """

    is_wanted: bool
    has_root: bool
    prefixes: tuple[str, ...]
    node_user: str
    control_user: str
    password_host: str
    password_file: str

    def digest(self) -> str:
        """Return the sum of all users and roles where there are no others."""
        access = flannel_access(self.prefixes, self.node_user, self.control_user)
        return auth_digest(
            {user["name"]: user["roles"] for user in access["users"]},
            {role["name"]: [_grant(one) for one in role.get("permissions", ())] for role in access["roles"]},
        )


def _grant(permission: Item) -> Grant:
    return Grant(permission["kind"], permission["key"].encode(), permission.get("range_end", "").encode())


def parse_access(given: Item) -> DesiredAccess:
    """Return what the role etcd gives."""
    values: dict[str, t.Any] = {name: bool(given[name]) for name in ("is_wanted", "has_root")}
    values.update({name: str(given[name]) for name in ("node_user", "control_user", "password_host", "password_file")})
    return DesiredAccess(**values, prefixes=tuple(map(str, given["prefixes"])))


def is_access_due(seen: t.Mapping[str, ObservedMember], wanted: DesiredAccess) -> bool:
    """Say whether something is to be done about users; a member that does not tell, or knows users of others, leaves that to a closer look.

    A password that was lost is made anew.
    """
    told = [member.auth for member in seen.values() if member.auth]
    keeper = seen.get(wanted.password_host)
    has_password = keeper is not None and wanted.password_file in keeper.files
    if not told or keeper is None or has_password != wanted.is_wanted:
        return True
    digest = wanted.digest() if wanted.is_wanted else ""
    return any(auth.is_enabled != wanted.is_wanted or (digest and auth.digest != digest) for auth in told)


def find_warnings(wanted: DesiredAccess, has_v2: bool) -> t.Iterator[str]:
    """Yield what authentication does not protect."""
    if wanted.is_wanted and not wanted.has_root:
        yield (
            "etcd's authentication stays off, because the certificates are provided, and none of them is for etcd's user root. Provide "
            "etcd_pki_root_cert and etcd_pki_root_key (CN root), or set etcd_auth to false if anybody with a certificate of this CA may "
            "change everything."
        )
    if wanted.is_wanted and has_v2:
        yield (
            "etcd_extra_config turns API v2 on, which these users and permissions do not protect: anybody with a certificate of this CA "
            "may change its keys."
        )
