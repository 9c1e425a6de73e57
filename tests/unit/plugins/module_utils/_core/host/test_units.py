# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.host.units import since_epoch


@pytest.mark.parametrize("shown", ["", "0", "-1", "n/a", "[not set]"])
def test_what_never_happened_has_no_time(shown: str) -> None:
    assert since_epoch(shown) is None


def test_a_time_since_the_boot_becomes_one_since_1970() -> None:
    shown = int((time.monotonic() - 60) * 1_000_000)
    assert since_epoch(str(shown)) == pytest.approx(time.time() - 60, abs=1)
