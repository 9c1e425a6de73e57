# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Questions to one member of etcd over its gRPC API, as whom a client certificate names.

Over gRPC and not over the JSON gateway, which refuses a client certificate with a CN once authentication is on. Every answer is the
member's own, so that one without a quorum answers too, except where said otherwise.
"""

from __future__ import annotations

import typing as t

from ..connection import parse_endpoint
from ..v3_wire import FAILED_PRECONDITION, PERMISSION_DENIED
from .channel import Channel
from .errors import UNIMPLEMENTED, CallRefused
from .messages import (
    Alarm,
    MemberList,
    Permission,
    Status,
    parse_alarms,
    parse_auth_enabled,
    parse_member_list,
    parse_names,
    parse_permissions,
    parse_status,
)
from .protobuf import encode
from .wire import Deadline, Wire

if t.TYPE_CHECKING:
    import ssl

_HEALTH_KEY = b"health"


class MemberApi:
    """A connection to one member; all that is asked on it must be answered by the deadline."""

    def __init__(self, url: str, tls: ssl.SSLContext | None, deadline: Deadline) -> None:
        endpoint = parse_endpoint(url)
        self._wire = Wire(endpoint, tls if endpoint.scheme == "https" else None, deadline)
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        self._channel = Channel(self._wire, endpoint.scheme, f"{host}:{endpoint.port}", deadline)

    def __enter__(self) -> MemberApi:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._wire.close()

    def member_list(self) -> MemberList:
        """Return the members as this one knows them."""
        # Without "linearizable", which etcd 3.4 does not know and for which later versions need a quorum.
        return parse_member_list(self._call("Cluster/MemberList"))

    def status(self) -> Status:
        """Return what the member says of itself."""
        return parse_status(self._call("Maintenance/Status"))

    def alarms(self) -> list[Alarm]:
        """Return the alarms of all members. Needs a quorum."""
        return parse_alarms(self._call("Maintenance/Alarm"))

    def check_read(self) -> None:
        """Raise unless the member serves reads that a majority confirms, as ``etcdctl endpoint health`` finds out."""
        try:
            self._call("KV/Range", {1: _HEALTH_KEY, 3: 1, 8: True})
        except CallRefused as exc:
            # That this user may not read it is an answer of the majority, too.
            if exc.code != PERMISSION_DENIED:
                raise

    def is_auth_enabled(self) -> bool:
        """Return whether authentication is on. Needs a quorum."""
        try:
            return parse_auth_enabled(self._call("Auth/AuthStatus"))
        except CallRefused as exc:
            # Only with authentication on is anything denied.
            if exc.code == PERMISSION_DENIED:
                return True
            if exc.code != UNIMPLEMENTED:
                raise
        return self._refuses_logins_otherwise()

    def _refuses_logins_otherwise(self) -> bool:
        """Return whether a login fails for another reason than that authentication is off, which etcd 3.4 does not tell directly."""
        try:
            self._call("Auth/Authenticate", {1: "root"})
        except CallRefused as exc:
            if exc.code == FAILED_PRECONDITION:
                return False
        return True

    def users(self) -> list[str]:
        """Return the names of all users. With authentication on, only root may ask."""
        return parse_names(self._call("Auth/UserList"))

    def roles(self) -> list[str]:
        """Return the names of all roles. With authentication on, only root may ask."""
        return parse_names(self._call("Auth/RoleList"))

    def roles_of(self, user: str) -> list[str]:
        """Return the roles that a user has."""
        return parse_names(self._call("Auth/UserGet", {1: user}))

    def permissions_of(self, role: str) -> list[Permission]:
        """Return the permissions that a role has."""
        return parse_permissions(self._call("Auth/RoleGet", {1: role}))

    def _call(self, method: str, request: t.Mapping[int, t.Any] | None = None) -> bytes:
        return self._channel.call(f"/etcdserverpb.{method}", encode(request or {}))
