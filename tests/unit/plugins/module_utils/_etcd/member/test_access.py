# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When users are looked at closely, and what is told of access."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.changes import (
    Change,
    gone,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    ACCESS,
    NAMES,
    PASSWORD,
    bare,
    converged,
    given,
    plan,
)

TEST_ACCESS: list[tuple[str, Change, dict[str, t.Any], bool]] = [
    ("as it should be", lambda _answer: None, {}, False),
    ("off", lambda answer: answer["auth"].update(is_enabled=False), {}, True),
    ("others", lambda answer: answer["auth"].update(digest="0"), {}, True),
    ("not told", lambda answer: answer["auth"].update(digest=""), {}, True),
    ("lost password", gone(PASSWORD), {}, True),
    ("kept elsewhere", lambda _answer: None, {"password_host": "elsewhere"}, True),
    ("other prefixes", lambda _answer: None, {"prefixes": ["/other"]}, True),
    ("to be off", lambda _answer: None, {"is_wanted": False}, True),
    ("off already", lambda answer: (answer["auth"].update(is_enabled=False), gone(PASSWORD)(answer))[0], {"is_wanted": False}, False),
    ("off, with a password left", lambda answer: answer["auth"].update(is_enabled=False), {"is_wanted": False}, True),
]


@pytest.mark.parametrize(("change", "wish", "is_due"), [case[1:] for case in TEST_ACCESS], ids=[case[0] for case in TEST_ACCESS])
def test_users_are_looked_at_closely_only_where_something_may_be_due(change: Change, wish: dict[str, t.Any], is_due: bool) -> None:
    answers = converged()
    for name in NAMES if is_due is False else ("n1",):
        change(answers[name])
    assert plan(answers, given(access={**ACCESS, **wish})).is_access_due is is_due


def test_nobody_has_told_of_users_before_the_first_start() -> None:
    assert plan({name: bare(name) for name in NAMES}).is_access_due


def test_what_authentication_does_not_protect_is_told_once() -> None:
    planned = plan(converged(), given(access={**ACCESS, "has_root": False}, extra={"enable-v2": True}))
    assert [text.split(",")[0] for text in planned.warnings] == [
        "etcd's authentication stays off",
        "etcd_extra_config turns API v2 on",
    ]
