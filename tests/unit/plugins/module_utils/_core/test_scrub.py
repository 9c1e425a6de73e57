# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.scrub import MASK, find_secrets, scrub, scrub_data
from hypothesis import given
from hypothesis import strategies as st

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("", ""),
        ("AccessKeyID", "AccessKeyID"),
        ('{"a":  1}', '{"a":  1}'),
        ('{"AccessKeyID":""}', '{"AccessKeyID":""}'),
        ('{"AccessKeyID":"hunter2"}', '{"AccessKeyID": "********"}'),
        ('{"Backend":{"accesskeysecret":"hunter2","Type":"ali-vpc"}}', '{"Backend": {"accesskeysecret": "********", "Type": "ali-vpc"}}'),
        ('{"AccessKey\\u0049D":"hunter2"}', '{"AccessKeyID": "********"}'),
        ('[{"AccessKeyID":{"x":"hunter2"}}]', '[{"AccessKeyID": "********"}]'),
        ('{"broken: {"AccessKeyID" : "hunter2\\"hunter2",', '{"broken: {"AccessKeyID" : "********",'),
        ('got {"AccessKeySecret":"hunter2"} back', 'got {"AccessKeySecret":"********"} back'),
    ],
)
def test_text(text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed


def test_secrets_in_json_in_json() -> None:
    inner = json.dumps({"AccessKeySecret": SECRET})
    outer = {"data": [inner]}
    assert SECRET not in json.dumps(scrub_data(outer))
    assert find_secrets(json.dumps(outer)) == {SECRET}


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        (None, set()),
        (5, set()),
        ("text", set()),
        ([], set()),
        ({}, set()),
        ({"AccessKeyID": None, "AccessKeySecret": ""}, set()),
        ({"AccessKeyID": "id", "Backend": [{"ACCESSKEYSECRET": SECRET}]}, {"id", SECRET}),
        ('{"AccessKeyID": "id"}', {"id"}),
        ('broken {"AccessKeyID": "id"', {"id"}),
    ],
)
def test_finding(value: t.Any, secrets: set[str]) -> None:
    assert find_secrets(value) == secrets


json_data = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "AccessKeyID", "accessKeySecret"]), inner, max_size=3),
    ),
)


@given(json_data)
def test_nothing_is_left_to_find_and_nothing_else_is_touched(data: t.Any) -> None:
    scrubbed = scrub_data(data)
    assert find_secrets(scrubbed) <= {MASK}
    assert scrub_data(scrubbed) == scrubbed
    if not find_secrets(data):
        assert scrubbed == data
