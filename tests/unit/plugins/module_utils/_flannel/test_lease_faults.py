# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import KeyValue
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease import Snapshot, lease_value, parse_snapshot
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_faults import (
    describe_faults,
    explain_records,
    judge_leases,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.network import parse_config

PREFIX = "/coreos.com/network"
NETWORK = parse_config({"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}})


def snapshot(*found: tuple[str, bytes]) -> Snapshot:
    return parse_snapshot(PREFIX, [KeyValue(f"{PREFIX}/{name}".encode(), value, 1, 1, 0) for name, value in found], 1, siblings=True)


def of(address: str) -> bytes:
    return lease_value(address)


RIGHT = ("subnets/10.24.1.0-24", of("172.16.0.11"))
WRONG = [
    ("subnets/README", b"", "it names no subnet"),
    ("subnets/10.24.9.0-24", b"?", "flannel ignores the value"),
    ("subnets/10.24.9.0-25", of("172.16.0.11"), "SubnetLen is 24"),
    ("subnets/10.9.9.0-24", of("172.16.0.11"), "outside the network"),
    ("subnets/10.24.9.0-24&fd00::-64", of("172.16.0.11"), "IPv6"),
    ("subnets/10.24.9.0-24&10.24.9.0-24", of("172.16.0.11"), "its key is not that of one"),
    ("subnets-old/10.24.9.0-24", of("172.16.0.11"), "its key is not that of one"),
]


@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_what_is_wrong_by_itself_says_nothing_against_a_lease_of_the_same_address(name: str, value: bytes, words: str) -> None:
    judged = judge_leases(snapshot(RIGHT, (name, value)), NETWORK)
    assert [lease.key for lease in judged.leases] == [f"{PREFIX}/{RIGHT[0]}"]
    (fault,) = judged.faults
    assert (fault.key, words in fault.problem) == (f"{PREFIX}/{name}", True)


def test_of_two_leases_of_one_address_none_is_believed() -> None:
    judged = judge_leases(
        snapshot(RIGHT, ("subnets/10.24.2.0-24", of("172.16.0.11")), ("subnets/10.24.3.0-24", of("172.16.0.12"))), NETWORK
    )
    assert [str(lease.subnet) for lease in judged.leases] == ["10.24.3.0/24"]
    assert [str(fault.subnet) for fault in judged.faults] == ["10.24.1.0/24", "10.24.2.0/24"]
    assert all("holds 2 leases" in fault.problem for fault in judged.faults)


def test_without_a_config_no_length_is_wrong() -> None:
    assert len(judge_leases(snapshot(RIGHT, ("subnets/10.24.9.0-25", of("172.16.0.12"))), None).leases) == 2


def test_a_key_beside_the_leases_that_names_no_subnet_is_nobodys_business() -> None:
    assert judge_leases(snapshot(("subnets-notes", b"x"), ("subnets", b"x")), NETWORK).faults == ()


def test_the_first_ones_are_named_and_the_others_counted() -> None:
    faults = judge_leases(snapshot(*((f"subnets/{number}", b"") for number in range(8))), NETWORK).faults
    told = describe_faults(PREFIX, faults)
    assert f"{PREFIX}/subnets/4 (it names no subnet) and 3 more" in told
    assert "/subnets/5 " not in told


def test_what_a_run_could_not_put_right_is_told_line_by_line() -> None:
    record = {"key": "/x", "problem": "it names no subnet"}
    results = [{"result": "refused", "reason": "No."}, {"result": "kept", "reason": "Kept."}]
    assert explain_records({"unusable": [record]}, {}) == ["/x can't be right: it names no subnet."]
    lines = explain_records({"unusable": [record]}, {"unusable": [], "results": results}, [{"name": "n2"}])
    assert lines[0] == "No."
    assert lines[1].startswith("n2 was left without a lease")
    assert len(lines) == 2
    assert explain_records({"unusable": [record] * 60}, {})[-1] == "And 10 more."
    assert explain_records({}, {}) == []
