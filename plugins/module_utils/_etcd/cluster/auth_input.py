# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Turns the options of the module etcd_auth into the users and roles that are desired. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.errors import InvalidInput
from ..key_input import to_bytes
from ..store import prefix_end
from .auth import Grant

if t.TYPE_CHECKING:
    from ..._core.item import Item

ROOT = "root"


@dataclass(frozen=True)
class DesiredRole:
    """A role. ``grants`` None accepts any."""

    name: str
    grants: tuple[Grant, ...] | None = None


@dataclass(frozen=True)
class DesiredUser:
    """A user. ``password`` None is one whose certificate is enough; ``is_new`` says that nobody has been told this password yet."""

    name: str
    roles: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    is_new: bool = False


@dataclass(frozen=True)
class DesiredAuth:
    """The desired users and roles. ``enabled`` None leaves authentication on or off."""

    users: tuple[DesiredUser, ...] = ()
    roles: tuple[DesiredRole, ...] = ()
    enabled: bool | None = None
    prefixes: tuple[bytes, ...] = ()


def parse_roles(items: t.Sequence[Item]) -> tuple[DesiredRole, ...]:
    """Return the desired roles."""
    _check_names("role", items)
    return tuple(DesiredRole(item["name"], _parse_grants(item["permissions"])) for item in items)


def _parse_grants(permissions: t.Sequence[Item] | None) -> tuple[Grant, ...] | None:
    return None if permissions is None else tuple(_parse_grant(permission) for permission in permissions)


def _parse_grant(permission: Item) -> Grant:
    key, end = to_bytes("key", permission["key"]), to_bytes("range_end", permission["range_end"] or "")
    if permission["prefix"]:
        end = prefix_end(key)
    grant = Grant(permission["kind"], key or b"\0", end)
    if grant.words() is None:
        raise InvalidInput(
            f"The permission to {grant.describe()} can't be given: no key can begin with a hyphen or hold a NUL, "
            "and it is empty with prefix=true alone."
        )
    return grant


def parse_users(items: t.Sequence[Item]) -> tuple[DesiredUser, ...]:
    """Return the desired users; passwords in files are read elsewhere."""
    _check_names("user", items)
    for item in items:
        if item["password"] is not None and item["password_file"] is not None:
            raise InvalidInput(f"The user {item['name']} has both password and password_file: give one of them.")
    return tuple(DesiredUser(item["name"], tuple(item["roles"]), item["password"]) for item in items)


def _check_names(kind: str, items: t.Sequence[Item]) -> None:
    names = [item["name"] for item in items]
    for name in names:
        if not name or name.startswith("-") or ":" in name or not name.isprintable():
            raise InvalidInput(f"{name!r} can't be the name of a {kind}: no colon, no control character, no hyphen at the beginning.")
    if len(set(names)) < len(names):
        raise InvalidInput(f"A {kind} is listed twice: {', '.join(sorted({name for name in names if names.count(name) > 1}))}.")


def parse_prefixes(prefixes: t.Iterable[str]) -> tuple[bytes, ...]:
    """Return the folders of keys, each with the slash at its end."""
    return tuple(to_bytes("key_prefixes", prefix.rstrip("/") + "/") for prefix in prefixes)


def ranges_outside(prefixes: t.Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the ranges of all keys that begin with none of the prefixes."""
    ranges = []
    start = b"\0"
    for prefix in sorted(prefixes):
        if prefix > start:
            ranges.append((start, prefix))
        start = max(start, prefix_end(prefix))
    return [*ranges, (start, b"\0")]
