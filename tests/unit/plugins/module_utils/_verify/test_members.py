# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._verify.members import parse_member

LEASE = {"subnet": "10.24.1.0/24", "public_ip": "172.16.0.11", "leased": True, "ttl": 80000}
RECORD = {"key": "/x", "subnet": None, "public_ip": None, "problem": "it names no subnet"}


def test_an_answer_is_what_the_module_returns() -> None:
    answer = {"item": "https://m1:2379", "leases": [LEASE], "unusable": [RECORD], "network": None}
    assert parse_member(answer) == {"endpoint": "https://m1:2379", "leases": [LEASE], "unusable": [RECORD], "network": None, "problem": ""}


def test_no_answer_says_why() -> None:
    assert parse_member({"item": "https://m1:2379", "msg": "refused"})["problem"] == "refused"
    assert parse_member({"item": "https://m1:2379"})["problem"] == "no answer"


@pytest.mark.parametrize(
    "answer",
    [
        {"leases": "x"},
        {"leases": [{**LEASE, "subnet": "10.24.1.1/24"}]},
        {"leases": [{**LEASE, "public_ip": 3}]},
        {"leases": [{**LEASE, "ttl": "soon"}]},
        {"leases": [], "unusable": [{}]},
        {"leases": [], "unusable": [{**RECORD, "subnet": "everything"}]},
    ],
)
def test_an_answer_of_another_form_is_none(answer: dict[str, t.Any]) -> None:
    parsed = parse_member({"item": "https://m1:2379", **answer})
    assert (parsed["leases"], "can't be used" in parsed["problem"]) == ([], True)
