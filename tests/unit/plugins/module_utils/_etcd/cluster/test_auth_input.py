# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth import Grant
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth_input import (
    DesiredUser,
    parse_prefixes,
    parse_roles,
    parse_users,
    ranges_outside,
)


def user(name: str, **options: t.Any) -> dict[str, t.Any]:
    return {"name": name, "roles": [], "password": None, "password_file": None, **options}


def role(**permission: t.Any) -> list[dict[str, t.Any]]:
    return [{"name": "r", "permissions": [{"kind": "read", "range_end": None, "prefix": False, **permission}]}]


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        ({"key": "/a"}, Grant("read", b"/a")),
        ({"key": "/a", "range_end": "/b"}, Grant("read", b"/a", b"/b")),
        ({"key": "/a/", "prefix": True}, Grant("read", b"/a/", b"/a0")),
        ({"key": "", "prefix": True}, Grant("read", b"\0", b"\0")),
        ({"key": "/é", "prefix": True}, Grant("read", b"/\xc3\xa9", b"/\xc3\xaa")),
    ],
)
def test_permissions(permission: t.Mapping[str, t.Any], expected: Grant) -> None:
    (parsed,) = parse_roles(role(**permission))
    assert parsed.grants == (expected,)


def test_a_role_without_permissions_accepts_any_and_one_with_none_has_none() -> None:
    parsed = parse_roles([{"name": "root", "permissions": None}, {"name": "none", "permissions": []}])
    assert [each.grants for each in parsed] == [None, ()]


@pytest.mark.parametrize("permission", [{"key": ""}, {"key": "-k"}, {"key": "/a\0b"}, {"key": "/a", "range_end": "-b"}])
def test_a_permission_that_etcdctl_can_not_give_is_refused(permission: t.Mapping[str, t.Any]) -> None:
    with pytest.raises(InvalidInput, match="can't be given"):
        parse_roles(role(**permission))


@pytest.mark.parametrize("name", ["", "-x", "a:b", "a\nb"])
def test_a_name_that_etcdctl_would_misread_is_refused(name: str) -> None:
    for parse, items in ((parse_users, [user(name)]), (parse_roles, [{"name": name, "permissions": None}])):
        with pytest.raises(InvalidInput, match="can't be the name of a"):
            t.cast("t.Callable[..., t.Any]", parse)(items)


def test_users() -> None:
    assert parse_users([user("a"), user("b", roles=["r"], password="secret")]) == (
        DesiredUser("a"),
        DesiredUser("b", ("r",), "secret"),
    )
    assert "secret" not in repr(parse_users([user("b", password="secret")]))
    with pytest.raises(InvalidInput, match="listed twice: a"):
        parse_users([user("a"), user("a")])
    with pytest.raises(InvalidInput, match="both password and password_file"):
        parse_users([user("a", password="x", password_file="/f")])


@pytest.mark.parametrize(
    ("prefixes", "ranges"),
    [
        (["/b"], [(b"\0", b"/b/"), (b"/b0", b"\0")]),
        (["/d", "/b/"], [(b"\0", b"/b/"), (b"/b0", b"/d/"), (b"/d0", b"\0")]),
        (["/b", "/b/c", "/b"], [(b"\0", b"/b/"), (b"/b0", b"\0")]),
    ],
)
def test_what_is_outside_of_the_folders(prefixes: list[str], ranges: list[tuple[bytes, bytes]]) -> None:
    assert ranges_outside(parse_prefixes(prefixes)) == ranges
