# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""One sum of all users and roles, by which two states of them are compared. Pure."""

from __future__ import annotations

import hashlib
import json
import typing as t

if t.TYPE_CHECKING:
    from .auth import Grant


def auth_digest(users: t.Mapping[str, t.Iterable[str]], roles: t.Mapping[str, t.Iterable[Grant]]) -> str:
    """Return the sum for the roles of each user and the grants of each role. Order does not matter; passwords are not in it."""
    values = {
        "users": {name: sorted(has) for name, has in users.items()},
        "roles": {name: sorted([grant.kind, grant.key.hex(), grant.end.hex()] for grant in grants) for name, grants in roles.items()},
    }
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
