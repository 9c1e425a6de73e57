# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A daemon that has run since before a restore of etcd."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.observed import UnitState
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.paths import DAEMON_UNIT
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.restart import is_older
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._flannel.node.example_node import answer, bare


@pytest.mark.parametrize(
    ("unit", "older"),
    [
        (UnitState(active=True, started=99), True),
        (UnitState(active=True, started=100), True),
        (UnitState(active=True, started=101), False),
        (UnitState(active=True), False),
        (UnitState(active=False, started=99), False),
    ],
)
def test_a_daemon_that_was_started_then_or_earlier_is_older(unit: UnitState, older: bool) -> None:
    assert is_older(answer(replace(bare(), units={DAEMON_UNIT: unit})), "n1", 100) is older


def test_where_there_is_no_daemon_nothing_is_older() -> None:
    assert not is_older(answer(bare()), "n1", 100)
