# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import prefix_end, show_key
from hypothesis import assume, given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("prefix", "end"),
    [(b"/a/", b"/a0"), (b"a", b"b"), (b"a\xff", b"b"), (b"a\xff\xff", b"b"), (b"\x7f", b"\x80"), (b"\xff", b"\0"), (b"", b"\0")],
)
def test_prefix_end(prefix: bytes, end: bytes) -> None:
    assert prefix_end(prefix) == end


@given(st.binary(min_size=1, max_size=4), st.binary(max_size=6))
def test_a_key_is_in_the_range_exactly_if_it_has_the_prefix(prefix: bytes, key: bytes) -> None:
    end = prefix_end(prefix)
    assume(end != b"\0")
    assert (prefix <= key < end) is key.startswith(prefix)


def test_keys_are_shown_as_text() -> None:
    assert (show_key("/é".encode()), show_key(b"/\xff")) == ("/é", "/\\xff")
