# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.key_input import Content, DesiredKey, parse_content, parse_desired_key

KEY = b"/k"
PARAMS: dict[str, t.Any] = {
    "key": "/k",
    "state": "present",
    "value": "x",
    "value_b64": None,
    "prefix": False,
    "ttl": None,
    "refresh": False,
    "create_only": False,
    "prev_value": None,
    "prev_revision": None,
}


def text(value: str) -> Content:
    return Content(value.encode(), is_json=False)


def data(value: t.Any) -> Content:
    return parse_content("value", value)


BAD_PARAMS = [
    ({"key": ""}, "The key is empty"),
    ({"key": "\ud800"}, "can't be written as UTF-8"),
    ({"value": None}, "null"),
    ({"value": "\ud800"}, "can't be written as UTF-8"),
    ({"value": {"a": "\ud800"}}, "can't be stored as JSON"),
    ({"value": float("nan")}, "can't be stored as JSON"),
    ({"value": None, "value_b64": "?"}, "not base64"),
    ({"ttl": -1}, "-1 seconds is impossible"),
    ({"refresh": True}, "also give ttl"),
    ({"refresh": True, "ttl": 0}, "also give ttl"),
    ({"prefix": True}, "use it with state=absent"),
    ({"prefix": True, "state": "absent", "prev_value": ""}, "use it with state=absent and without"),
    ({"prefix": True, "state": "absent", "prev_revision": 0}, "use it with state=absent and without"),
    ({"state": "absent", "create_only": True}, "does not exist yet"),
    ({"create_only": True, "prev_revision": 3}, "does not exist yet"),
    ({"create_only": True, "prev_value": "x"}, "does not exist yet"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_PARAMS)
def test_bad_parameters(changes: dict[str, t.Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_desired_key({**PARAMS, **changes})


@pytest.mark.parametrize(
    ("changes", "desired"),
    [
        ({}, DesiredKey(KEY, text("x"))),
        ({"value": "", "ttl": 0}, DesiredKey(KEY, text(""), ttl=0)),
        ({"value": "\udcff"}, DesiredKey(KEY, Content(b"\xff", is_json=False))),
        ({"value": None, "value_b64": "/wA="}, DesiredKey(KEY, Content(b"\xff\x00", is_json=False))),
        ({"value": {"b": "é", "a": 1}}, DesiredKey(KEY, Content('{"b":"é","a":1}'.encode(), is_json=True))),
        ({"state": "absent", "ttl": 5}, DesiredKey(KEY, None)),
        ({"prev_value": [1], "prev_revision": 4}, DesiredKey(KEY, text("x"), prev_value=Content(b"[1]", is_json=True), prev_revision=4)),
    ],
)
def test_parameters(changes: dict[str, t.Any], desired: DesiredKey) -> None:
    assert parse_desired_key({**PARAMS, **changes}) == desired


JSON_VALUES = [
    ({"a": 1}, '{ "a" : 1 }', True),
    ({"a": 1, "b": [1, {"c": None}]}, '{"b":[1,{"c":null}],"a":1}', True),
    (5, "5", True),
    (True, "true", True),
    (True, "1", False),
    (1, "true", False),
    ([1, 2], "[2, 1]", False),
    ({"a": "é"}, '{"a": "\\u00e9"}', True),
    ({1: 2}, '{"1": 2}', True),
    ({}, "", False),
    ([], "[", False),
    ({"a": 1}, "[" * 100_000, False),
]


@pytest.mark.parametrize(("expected", "stored", "same"), JSON_VALUES)
def test_data_is_compared_as_json(expected: t.Any, stored: str, same: bool) -> None:
    assert data(expected).matches(stored.encode()) is same


def test_bytes_that_are_no_text_never_match_data() -> None:
    assert not data({}).matches(b"\xff")
