# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Users, roles and rights in etcd, as etcdctl writes and prints them. Pure."""

from __future__ import annotations

import json
import typing as t
from base64 import b64decode
from dataclasses import dataclass, field

from ..errors import EtcdError
from ..store import show_key

Words = t.Tuple[str, ...]

READ, WRITE, READWRITE = "read", "write", "readwrite"
# As etcd numbers them; JSON leaves the zero out.
KINDS = (READ, WRITE, READWRITE)
# As start every key, as end no end.
_NUL = b"\0"


@dataclass(frozen=True)
class Grant:
    """A permission for a key, or with an end for the keys from it up to but excluding the end."""

    kind: str
    key: bytes
    end: bytes = b""

    def words(self) -> Words | None:
        """Return the range as arguments of etcdctl, None for one that they can't express."""
        if (self.key, self.end) == (_NUL, _NUL):
            return ("", "--prefix")
        if self.end == _NUL:
            return (_word(self.key), "--from-key") if _can_be_word(self.key) else None
        parts = (self.key, self.end) if self.end else (self.key,)
        return tuple(_word(part) for part in parts) if all(_can_be_word(part) for part in parts) else None

    def describe(self) -> str:
        """Return the permission in words."""
        key, end = (show_key(part).replace("\0", "\\0") for part in (self.key, self.end))
        if (self.key, self.end) == (_NUL, _NUL):
            return f"{self.kind} every key"
        if self.end == _NUL:
            return f"{self.kind} from {key}"
        return f"{self.kind} from {key} up to {end}" if self.end else f"{self.kind} {key}"


def _word(part: bytes) -> str:
    # As Python hands bytes on to a program.
    return part.decode("utf-8", "surrogateescape")


def _can_be_word(part: bytes) -> bool:
    # A word can't hold a NUL, and etcdctl takes one that begins with a dash for an option.
    return part != b"" and _NUL not in part and not part.startswith(b"-")


@dataclass(frozen=True)
class AuthState:
    """What etcd has: roles of users and grants of roles, by name, for the names that were asked for.

    ``logins`` says of users whether their password is accepted, which etcd tells only while authentication is on.
    ``others`` are the names of all other users, ``foreign_keys`` some keys that are outside the folders of the users asked for.
    """

    enabled: bool = False
    users: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)
    roles: t.Mapping[str, t.Sequence[Grant]] = field(default_factory=dict)
    logins: t.Mapping[str, bool] = field(default_factory=dict)
    others: t.Sequence[str] = ()
    foreign_keys: t.Sequence[str] = ()


def parse_names(kind: str, answer: str) -> list[str]:
    """Parse a list of users or of roles."""
    return _names(_parse(answer), f"{kind}s")


def parse_user(answer: str) -> list[str]:
    """Parse the roles of a user."""
    return _names(_parse(answer), "roles")


def parse_role(answer: str) -> list[Grant]:
    """Parse the grants of a role."""
    try:
        return [_parse_grant(grant) for grant in _parse(answer).get("perm") or ()]
    except (AttributeError, IndexError, TypeError, ValueError):
        raise _not_etcdctl(answer) from None


def _parse_grant(grant: t.Mapping[str, t.Any]) -> Grant:
    key, end = (b64decode(grant.get(name) or "", validate=True) for name in ("key", "range_end"))
    return Grant(KINDS[grant.get("permType", 0)], key, end)


def _parse(answer: str) -> dict[str, t.Any]:
    try:
        values = json.loads(answer)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise _not_etcdctl(answer)
    return values


def _names(values: t.Mapping[str, t.Any], field_name: str) -> list[str]:
    names = values.get(field_name, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _not_etcdctl(json.dumps(values))
    return names


def _not_etcdctl(answer: str) -> EtcdError:
    return EtcdError(
        f"Could not read etcd's users and roles: etcdctl printed {answer[:200]!r}. Check that the option etcdctl names etcd's own client."
    )
