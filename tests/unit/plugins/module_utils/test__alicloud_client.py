# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_client import Backoff
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 100), st.floats(0, 1))
def test_a_delay_doubles_up_to_the_longest_give_or_take_a_quarter(attempt: int, chance: float) -> None:
    backoff = Backoff(first=0.5, longest=10)
    plain = min(10, 0.5 * 2 ** (attempt - 1))
    assert plain * 0.75 <= backoff.delay(attempt, chance) <= plain * 1.25
