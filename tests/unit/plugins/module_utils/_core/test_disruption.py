# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.disruption import parse_max_disruption


@pytest.mark.parametrize(
    ("given", "existing", "limit"),
    [
        ("10%", 200, 20),
        ("10%", 99, 9),
        ("10%", 20, 2),
        ("10%", 19, 1),
        ("10%", 3, 1),
        ("10%", 0, 1),
        ("0%", 50, 1),
        ("100%", 7, 7),
        ("3", 100, 3),
        ("0", 100, 0),
        ("7", 3, 7),
        (" 5 ", 2, 5),
    ],
)
def test_a_percentage_always_allows_one_and_a_number_is_taken_as_it_is(given: str, existing: int, limit: int) -> None:
    assert parse_max_disruption(given).limit(existing) == limit


@pytest.mark.parametrize("given", ["", "%", "101%", "150%", "10%%", "-1", "1.5", "ten", "10 %", "²", "9" * 5000])
def test_what_is_no_limit_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"^max_disruption .* must be a number, such as 3, or a percentage up to 100%, such as 10%$"):
        parse_max_disruption(given)


@pytest.mark.parametrize("written", ["10%", "3"])
def test_it_is_shown_as_it_was_written(written: str) -> None:
    assert str(parse_max_disruption(written)) == written
