# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import KeyValue
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v2_store import parse_node


@pytest.mark.parametrize(
    ("ttl", "expiration", "seconds_left"),
    [(None, None, 0), (60, "2026-01-01T00:01:00Z", 60), (None, "2026-01-01T00:00:00Z", 1), (-1, "2026-01-01T00:00:00Z", 1)],
)
def test_a_key_whose_time_is_up_is_not_one_without_ttl(ttl: int | None, expiration: str | None, seconds_left: int) -> None:
    node = SimpleNamespace(key="/é", value=None, createdIndex=3, modifiedIndex=4, ttl=ttl, expiration=expiration)
    assert parse_node(node) == KeyValue("/é".encode(), b"", 3, 4, seconds_left)
