# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node that may write to etcd puts records there that can't be right, to stop the runs: they cost the node that they name alone."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.tests.integration.flannel.flannel_records import Flannel, nodes, public

DIGITS = "1" * 5000
VICTIM, OTHER = 12, 11

# What is written, and whether the victim can still have a subnet.
RECORDS: list[tuple[str, str, bytes, bool]] = [
    ("a length of five thousand digits", f"subnets/10.24.9.0-{DIGITS}", b'{"PublicIP":"172.16.0.12"}', True),
    ("an address of five thousand digits", f"subnets/{DIGITS}.24.9.0-24", b'{"PublicIP":"172.16.0.12"}', True),
    ("a key of digits alone", f"subnets/{DIGITS * 40}", b"", True),
    ("no name at all", "subnets/", b"x", True),
    ("escapes in a key", "subnets/\x1b[2J\u202e10.24.9.0-24", b'{"PublicIP":"172.16.0.99"}', True),
    ("a value that is no record", "subnets/10.24.9.0-24", b"\xff\x00{", True),
    ("nested lists", "subnets/10.24.9.0-24", b"[" * 100_000, True),
    ("an address of five thousand digits in a value", "subnets/10.24.9.0-24", b'{"PublicIP":%s}' % DIGITS.encode(), True),
    ("the whole network", "subnets/10.24.0.0-16", b'{"PublicIP":"172.16.0.66"}', True),
    ("everything", "subnets/0.0.0.0-0", b'{"PublicIP":"172.16.0.66"}', True),
    ("a part of the victim's subnet", "subnets/10.24.2.128-25", b'{"PublicIP":"172.16.0.66"}', True),
    ("a lease of another length that names the victim", "subnets/10.24.9.0-28", b'{"PublicIP":"172.16.0.12"}', True),
    ("a record beside the leases that names the victim", "subnets-x/10.24.9.0-24", b'{"PublicIP":"172.16.0.12"}', True),
    ("a second lease that names the victim", "subnets/10.24.9.0-24", b'{"PublicIP":"172.16.0.12"}', False),
]


@pytest.mark.parametrize(("name", "value", "served"), [record[1:] for record in RECORDS], ids=[record[0] for record in RECORDS])
def test_a_bad_record_costs_the_node_that_it_names(flannel: Flannel, name: str, value: bytes, served: bool) -> None:
    if flannel.api == "v2" and (name.endswith("/") or name.startswith("subnets-x") or b"\xff" in value):
        pytest.skip("API v2 can't hold this, or flannel does not read it there")
    assert not flannel.run(nodes(OTHER, VICTIM)).failed
    flannel.put(name, value)
    result = flannel.run(nodes(OTHER, VICTIM, 13))
    assert [(step["public_ip"].rpartition(".")[2], step["result"]) for step in result["results"]] == [
        ("11", "unchanged"),
        ("12", "unchanged" if served else "refused"),
        ("13", "created"),
    ], result.msg
    assert result.failed is not served
    told = flannel.info()
    assert not told.failed
    assert told["leases"] == [public(1, OTHER), *([public(2, VICTIM)] if served else []), public(3, 13)]
    assert told["unusable"] != []
    for one in told["unusable"]:
        assert one["key"].isprintable()
        assert len(one["key"]) <= 500
    assert "\x1b" not in result.output + told.output
