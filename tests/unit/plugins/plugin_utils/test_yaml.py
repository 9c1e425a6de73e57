# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.plugin_utils._yaml import dump_mapping, load_mapping


def test_a_mapping_is_written_and_read() -> None:
    mapping = {"b": True, "a": ["x"], "c": {"d": "8h", "e": 5}}
    assert dump_mapping(mapping) == "a:\n- x\nb: true\nc:\n  d: 8h\n  e: 5\n"
    assert load_mapping(dump_mapping(mapping)) == mapping


@pytest.mark.parametrize("text", ["", "- x", "a: [", "x", "\x00", "a: !!python/object:os.system {}", "[" * 10_000])
def test_what_is_no_mapping_is_an_empty_one(text: str) -> None:
    assert load_mapping(text) == {}
