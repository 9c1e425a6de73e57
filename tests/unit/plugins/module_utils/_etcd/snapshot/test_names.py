# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.snapshot.names import (
    check_prefix,
    is_snapshot_name,
    name_surplus,
    snapshot_name,
)

OLD, NEW = "etcd-20200101T000000Z-r1.db", "etcd-20260601T120000Z-r42.db"


def test_a_name_says_when_and_what() -> None:
    assert snapshot_name("etcd-", datetime(2026, 6, 1, 12, tzinfo=timezone.utc), 42) == NEW
    assert is_snapshot_name(NEW, "etcd-")


@pytest.mark.parametrize("name", ["", "etcd-x.db", f"x{NEW}", f"{NEW}\n", f"../{NEW}", NEW.replace("-", "_"), NEW.replace("42", "٤")])
def test_what_is_named_otherwise_is_not_ours(name: str) -> None:
    assert not is_snapshot_name(name, "etcd-")


@pytest.mark.parametrize(("keep", "surplus"), [(0, []), (1, [OLD]), (2, []), (9, [])])
def test_the_oldest_are_too_many(keep: int, surplus: list[str]) -> None:
    assert name_surplus([NEW, "notes.db", OLD], "etcd-", keep) == surplus


def test_the_one_that_was_made_stays_whatever_the_clocks_say() -> None:
    assert name_surplus([NEW, OLD], "etcd-", 1, made=OLD) == []


@pytest.mark.parametrize("prefix", ["", "../", "a/b", "a.b", "é", "a b", "a\n"])
def test_prefixes_that_lead_elsewhere_are_refused(prefix: str) -> None:
    with pytest.raises(InvalidInput):
        check_prefix(prefix)
