# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth import Grant, parse_names, parse_role, parse_user
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.errors import EtcdError


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_answers_are_read_as_etcdctl_prints_them() -> None:
    grants = [
        {"key": encode(b"/a"), "range_end": encode(b"/b")},
        {"permType": 1, "key": encode(b"/c")},
        {"permType": 2, "key": encode(b"\0"), "range_end": encode(b"\0")},
        {"permType": 2, "key": encode(b"/\xff")},
    ]
    assert parse_role(json.dumps({"perm": grants})) == [
        Grant("read", b"/a", b"/b"),
        Grant("write", b"/c"),
        Grant("readwrite", b"\0", b"\0"),
        Grant("readwrite", b"/\xff"),
    ]
    assert parse_role('{"header":{}}') == []
    assert parse_user('{"header":{"revision":1},"roles":["root"]}') == ["root"]
    assert parse_user('{"header":{"revision":1}}') == []
    assert parse_names("user", '{"users":["a","b"]}') == ["a", "b"]
    assert parse_names("role", '{"header":{}}') == []


@pytest.mark.parametrize("answer", ["", "no", "[]", '"x"', '{"users":"a","roles":{},"perm":5}', '{"users":[1],"roles":[null],"perm":[1]}'])
def test_what_etcdctl_does_not_print_is_refused(answer: str) -> None:
    for parse in (lambda text: parse_names("user", text), parse_user, parse_role):
        with pytest.raises(EtcdError, match="Could not read etcd's users and roles"):
            parse(answer)


@pytest.mark.parametrize(
    "grant", [{"permType": 7, "key": "YQ=="}, {"key": "%"}, {"key": 5}, {"permType": "READ"}], ids=["kind", "base64", "number", "name"]
)
def test_a_permission_of_another_form_is_refused(grant: object) -> None:
    with pytest.raises(EtcdError, match="etcdctl printed"):
        parse_role(json.dumps({"perm": [grant]}))


@pytest.mark.parametrize(
    ("grant", "words", "text"),
    [
        (Grant("read", b"/a"), ("/a",), "read /a"),
        (Grant("read", b"/a", b"/b"), ("/a", "/b"), "read from /a up to /b"),
        (Grant("write", b"\0", b"\0"), ("", "--prefix"), "write every key"),
        (Grant("read", b"/k", b"\0"), ("/k", "--from-key"), "read from /k"),
        (Grant("read", "/é".encode(), "/ê".encode()), ("/é", "/ê"), "read from /é up to /ê"),
        (Grant("read", b"/\xff"), ("/\udcff",), "read /\\xff"),
        (Grant("read", b"\0", b"/x"), None, "read from \\0 up to /x"),
        (Grant("read", b"-k"), None, "read -k"),
        (Grant("read", b""), None, "read "),
    ],
)
def test_what_is_said_of_a_permission(grant: Grant, words: tuple[str, ...] | None, text: str) -> None:
    assert (grant.words(), grant.describe()) == (words, text)
