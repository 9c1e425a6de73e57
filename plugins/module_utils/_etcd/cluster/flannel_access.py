# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The rights in etcd that flannel's daemons and the modules of this collection need. Pure."""

from __future__ import annotations

import typing as t

from .auth import READ, READWRITE, WRITE

Permission = t.Dict[str, t.Any]


def flannel_permissions(prefixes: t.Iterable[str]) -> list[Permission]:
    """Return what a node's daemon needs: whoever may write the config runs commands on every node."""
    return [
        permission
        for prefix in prefixes
        for permission in (_permission(READ, f"{prefix}/config"), _permission(READWRITE, f"{prefix}/subnets", f"{prefix}/subnett"))
    ]


def control_permissions(prefixes: t.Iterable[str]) -> list[Permission]:
    """Return what the modules need, which read config and leases as one range."""
    return [
        permission
        for prefix in prefixes
        for permission in (
            _permission(READ, f"{prefix}/config", f"{prefix}/subnett"),
            _permission(WRITE, f"{prefix}/config"),
            _permission(WRITE, f"{prefix}/subnets/", f"{prefix}/subnets0"),
        )
    ]


def _permission(kind: str, key: str, end: str = "") -> Permission:
    return {"kind": kind, "key": key, **({"range_end": end} if end else {})}


def flannel_access(prefixes: t.Sequence[str], flannel: str, control: str, **secret: str) -> dict[str, t.Any]:
    """Return users and roles as the module etcd_auth takes them: root, the daemons' user and the modules' user.

    Each has a role of its own name. ``secret`` is the option that says what the password of the modules' user is; the others come with a
    certificate.
    """
    return {
        "roles": [
            {"name": "root"},
            {"name": flannel, "permissions": flannel_permissions(prefixes)},
            {"name": control, "permissions": control_permissions(prefixes)},
        ],
        "users": [
            {"name": "root", "roles": ["root"]},
            {"name": flannel, "roles": [flannel]},
            {"name": control, "roles": [control], **secret},
        ],
    }
