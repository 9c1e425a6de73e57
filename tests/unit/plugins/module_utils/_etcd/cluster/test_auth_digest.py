# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth import Grant
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth_digest import auth_digest

USERS = {"root": ["root"], "flannel": ["flannel", "other"]}
ROLES = {"root": [], "flannel": [Grant("read", b"/a"), Grant("readwrite", b"/b", b"/c")]}
SUM = auth_digest(USERS, ROLES)


def test_order_does_not_matter() -> None:
    users = {"flannel": ["other", "flannel"], "root": ["root"]}
    roles = {"flannel": ROLES["flannel"][::-1], "root": []}
    assert auth_digest(users, roles) == SUM


@pytest.mark.parametrize(
    ("users", "roles"),
    [
        ({**USERS, "flannel": ["flannel"]}, ROLES),
        ({**USERS, "new": []}, ROLES),
        (USERS, {**ROLES, "new": []}),
        (USERS, {**ROLES, "flannel": [Grant("read", b"/a"), Grant("read", b"/b", b"/c")]}),
        (USERS, {**ROLES, "flannel": [Grant("read", b"/a"), Grant("readwrite", b"/b")]}),
        (USERS, {**ROLES, "flannel": [Grant("read", b"/\xff"), Grant("readwrite", b"/b", b"/c")]}),
    ],
)
def test_every_difference_does(users: dict[str, list[str]], roles: dict[str, list[Grant]]) -> None:
    assert auth_digest(users, roles) != SUM
