# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.cidr import check_cidr, cidrs_overlap, is_inside, sort_cidrs
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput


@pytest.mark.parametrize("text", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/28", "8.0.0.0/8"])
def test_what_may_be_the_block_of_a_vpc(text: str) -> None:
    assert check_cidr("cidr_block", text, 8, 28) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10.0.0.1/8", "host bits set"),
        ("fd00::/8", "not an IPv4 CIDR block"),
        ("", "not an IPv4 CIDR block"),
        ("10.0.0.0", "between 8 and 28 bits"),
        ("10.0.0.0/29", "between 8 and 28 bits"),
        ("0.0.0.0/8", "overlaps with 0.0.0.0/8"),
        ("100.0.0.0/8", "overlaps with 100.64.0.0/10"),
        ("127.1.0.0/16", "overlaps with 127.0.0.0/8"),
        ("169.254.1.0/24", "overlaps with 169.254.0.0/16"),
        ("239.0.0.0/8", "overlaps with 224.0.0.0/4"),
    ],
)
def test_what_may_not(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match="The option cidr_block is") as caught:
        check_cidr("cidr_block", text, 8, 28)
    assert words in str(caught.value)


def test_blocks_are_compared_by_their_addresses() -> None:
    assert cidrs_overlap("10.0.0.0/8", "10.9.0.0/16")
    assert not cidrs_overlap("10.0.0.0/16", "10.1.0.0/16")
    assert is_inside("10.9.0.0/16", "10.0.0.0/8")
    assert not is_inside("10.0.0.0/8", "10.9.0.0/16")
    assert sort_cidrs(["10.20.0.0/16", "10.3.0.0/16", "10.20.0.0/16"]) == ("10.3.0.0/16", "10.20.0.0/16")
