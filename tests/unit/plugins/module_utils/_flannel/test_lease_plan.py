# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.disruption import MaxDisruption
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import KeyValue
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease import lease_value, parse_snapshot
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_changes import LeasePlan
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_input import DesiredLease, DesiredLeases
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_plan import plan_leases

PREFIX = "/coreos.com/network"
CONFIG = '{"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}}'
TINY = '{"Network": "10.24.0.0/22", "Backend": {"Type": "alloc"}}'


class Found(t.NamedTuple):
    """A key that is there. ``name`` is what follows the prefix."""

    name: str
    public_ip: str | None = None
    lease: int = 0
    value: str | None = None


def held(subnet: int, node: int, lease: int = 0) -> Found:
    return Found(f"subnets/10.24.{subnet}.0-24", f"172.16.0.{node}", lease)


def node(number: int, subnet: int | None = None) -> DesiredLease:
    return DesiredLease(f"172.16.0.{number}", None if subnet is None else IPv4Network(f"10.24.{subnet}.0/24"))


def plan(found: t.Sequence[Found] = (), leases: t.Sequence[DesiredLease] = (), config: str | None = CONFIG, **options: t.Any) -> LeasePlan:
    kvs = [] if config is None else [KeyValue(f"{PREFIX}/config".encode(), config.encode(), 1, 1, 0)]
    for number, key in enumerate(found, start=2):
        value = lease_value(key.public_ip or "") if key.value is None else key.value.encode()
        kvs.append(KeyValue(f"{PREFIX}/{key.name}".encode(), value, number, number, key.lease))
    return plan_leases(parse_snapshot(PREFIX, kvs, 99, siblings=True), DesiredLeases(leases=tuple(leases), **options))


def results(made: LeasePlan) -> list[tuple[str, str, str]]:
    """Return result, subnet and the address's last part of each step."""
    steps = made.predict().returns["results"]
    return [(step["result"], step["subnet"], step["public_ip"].rpartition(".")[2]) for step in steps]


TWO = MaxDisruption(2, percent=False)
PLANNED = [
    ("nothing there", [], [node(11), node(12)], {}, [("created", 1, 11), ("created", 2, 12)]),
    ("nodes in the given order", [], [node(12), node(11)], {}, [("created", 1, 12), ("created", 2, 11)]),
    ("nothing desired", [held(1, 11)], [], {}, []),
    ("the lowest free subnet", [held(1, 98), held(3, 99)], [node(11), node(12)], {}, [("created", 2, 11), ("created", 4, 12)]),
    ("already reserved", [held(5, 11)], [node(11)], {}, [("unchanged", 5, 11)]),
    ("taken by the daemon", [held(5, 11, lease=7)], [node(11)], {}, [("unchanged", 5, 11)]),
    ("an explicit subnet", [], [node(11, 9), node(12)], {}, [("created", 9, 11), ("created", 1, 12)]),
    ("explicit subnets are claimed first", [], [node(12), node(11, 1)], {}, [("created", 2, 12), ("created", 1, 11)]),
    ("explicit and there", [held(9, 11)], [node(11, 9)], {}, [("unchanged", 9, 11)]),
    ("moved", [held(1, 11)], [node(11, 9)], {}, [("moved", 9, 11)]),
    ("moved by force", [held(1, 11, lease=7)], [node(11, 9)], {"force": True}, [("moved", 9, 11)]),
    ("purged", [held(1, 99), held(2, 11)], [node(11)], {"purge": True}, [("unchanged", 2, 11), ("deleted", 1, 99)]),
    ("kept while it has time left", [held(1, 99, lease=7)], [node(11)], {"purge": True}, [("created", 2, 11), ("kept", 1, 99)]),
    ("purged by force", [held(1, 99, lease=7)], [node(11)], {"purge": True, "force": True}, [("created", 2, 11), ("deleted", 1, 99)]),
    ("replaced", [held(1, 99)], [node(11, 1)], {"purge": True}, [("replaced", 1, 11)]),
    (
        "moved onto a purged one",
        [held(1, 99), held(2, 11)],
        [node(11, 1)],
        {"purge": True, "max_disruption": TWO},
        [("moved", 1, 11)],
    ),
    ("allow_empty", [held(1, 99)], [], {"purge": True, "allow_empty": True}, [("deleted", 1, 99)]),
    ("an unreadable value keeps its subnet", [Found("subnets/10.24.1.0-24", value="{")], [node(11)], {}, [("created", 2, 11)]),
    ("a longer lease keeps its part", [Found("subnets/10.24.1.128-25", "172.16.0.99")], [node(11)], {}, [("created", 2, 11)]),
    ("a shorter lease keeps its part", [Found("subnets/10.24.0.0-22", "172.16.0.99")], [node(11)], {}, [("created", 4, 11)]),
    ("a sibling keeps its subnet", [Found("subnets-old/10.24.1.0-24", "172.16.0.99")], [node(11)], {}, [("created", 2, 11)]),
    ("absent by address", [held(1, 11), held(2, 12)], [node(11)], {"absent": True}, [("deleted", 1, 11)]),
    ("absent by both", [held(1, 11), held(2, 11)], [node(11, 2)], {"absent": True}, [("deleted", 2, 11)]),
    ("absent, two leases", [held(1, 11), held(2, 11)], [node(11)], {"absent": True}, [("deleted", 1, 11), ("deleted", 2, 11)]),
    ("absent by force", [held(1, 11, lease=7)], [node(11)], {"absent": True, "force": True}, [("deleted", 1, 11)]),
    ("absent, held by another", [held(1, 12)], [node(11, 1)], {"absent": True}, [("unchanged", 1, 11)]),
]


@pytest.mark.parametrize(("found", "leases", "options", "expected"), [case[1:] for case in PLANNED], ids=[case[0] for case in PLANNED])
def test_what_is_planned(
    found: list[Found], leases: list[DesiredLease], options: dict[str, t.Any], expected: list[tuple[str, int, int]]
) -> None:
    made = plan(found, leases, **options)
    assert results(made) == [(result, f"10.24.{subnet}.0/24", str(number)) for result, subnet, number in expected]
    assert made.predict().changed == any(result not in ("unchanged", "kept") for result, _subnet, _number in expected)


IN_USE = "has time left"
REFUSED = [
    ("no config", [], [node(11)], {"config": None}, ["There is no network config at /coreos.com/network/config", "network_config"]),
    ("a bad config", [], [node(11)], {"config": "{}"}, ["does not accept the network config", "has no Network"]),
    ("dual-stack config", [], [node(11)], {"config": '{"Network":"10.24.0.0/16","EnableIPv6":true}'}, ["EnableIPv6 is true"]),
    (
        "outside the network",
        [],
        [DesiredLease("172.16.0.11", IPv4Network("10.25.1.0/24"))],
        {},
        ["10.25.1.0/24 cannot", "outside the network"],
    ),
    ("the first subnet", [], [node(11, 0)], {}, ["10.24.0.0/24 cannot", "outside 10.24.1.0"]),
    ("wrong length", [], [DesiredLease("172.16.0.11", IPv4Network("10.24.1.0/25"))], {}, ["10.24.1.0/25 cannot", "SubnetLen is 24"]),
    ("too many purged", [held(n, 90 + n) for n in range(1, 20)], [node(11)], {"purge": True}, ["19 of 19 leases", "allows 1"]),
    (
        "too many moved",
        [held(1, 11), held(2, 12)],
        [node(11, 8), node(12, 9)],
        {},
        ["2 of 2 leases would be deleted or moved", "allows 1"],
    ),
    ("absent with time left", [held(1, 11, lease=7)], [node(11)], {"absent": True}, ["cannot be deleted", IN_USE]),
]


@pytest.mark.parametrize(("found", "leases", "options", "parts"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_refused(found: list[Found], leases: list[DesiredLease], options: dict[str, t.Any], parts: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(found, leases, **options)
    message = str(caught.value)
    assert [part for part in parts if part not in message] == []
    assert "Nothing was written." in message


REFUSED_ALONE = [
    ("two leases", [held(1, 11), held(2, 11)], [node(11)], {}, ["172.16.0.11 must have one lease", "10.24.1.0-24", "10.24.2.0-24"]),
    ("a sibling of a listed node", [Found("subnets-old/10.24.1.0-24", "172.16.0.11")], [node(11)], {}, ["subnets-old/10.24.1.0-24"]),
    (
        "held by another",
        [held(1, 99)],
        [node(11, 1)],
        {},
        ["10.24.1.0/24 cannot", "172.16.0.99 (/coreos.com/network/subnets/10.24."],
    ),
    ("held by a listed node", [held(1, 12)], [node(11, 1), node(12)], {"purge": True}, ["held by 172.16.0.12"]),
    ("a swap", [held(1, 11), held(2, 12)], [node(11, 2), node(12, 1)], {}, ["held by 172.16.0.11", "held by 172.16.0.12"]),
    ("held by a sibling", [Found("subnets-old/10.24.1.0-24", "172.16.0.99")], [node(11, 1)], {}, ["subnets-old/10.24.1.0-24"]),
    ("held by an unreadable key", [Found("subnets/10.24.1.0-24", value="{")], [node(11, 1)], {}, ["nobody that flannel knows"]),
    ("replaced with time left", [held(1, 99, lease=7)], [node(11, 1)], {"purge": True}, ["held by 172.16.0.99"]),
    ("moved with time left", [held(1, 11, lease=7)], [node(11, 9)], {}, ["10.24.1.0/24 of 172.16.0.11 cannot be moved", IN_USE]),
    ("an unusable lease", [Found("subnets/10.9.1.0-24", "172.16.0.11")], [node(11)], {}, ["subnets/10.9.1.0-24", "outside"]),
    ("a dual-stack key", [Found("subnets/10.24.1.0-24&fd00::-64", "172.16.0.11")], [node(11)], {}, ["IPv6 subnet too"]),
    (
        "too many nodes",
        [],
        [node(n) for n in range(11, 15)],
        {"config": TINY},
        ["172.16.0.14 gets no subnet", "has 3 (10.24.1.0 to 10.24.3.0)"],
    ),
    ("held by others", [held(n, 90 + n) for n in (1, 2, 3)], [node(11)], {"config": TINY}, ["172.16.0.11 gets no subnet"]),
]


@pytest.mark.parametrize(
    ("found", "leases", "options", "parts"), [case[1:] for case in REFUSED_ALONE], ids=[case[0] for case in REFUSED_ALONE]
)
def test_what_is_refused_to_one_node(found: list[Found], leases: list[DesiredLease], options: dict[str, t.Any], parts: list[str]) -> None:
    outcome = plan(found, leases, **options).predict()
    refused = [step for step in outcome.returns["results"] if step["result"] == "refused"]
    told = " ".join(step["reason"] for step in refused)
    assert [part for part in parts if part not in told] == []
    assert refused[0]["reason"] in (outcome.problem or "")


def test_what_is_refused_to_one_node_is_done_for_the_others() -> None:
    made = plan([held(1, 11), held(2, 11), held(3, 99)], [node(11), node(12, 3), node(13)])
    assert [step["result"] for step in made.predict().returns["results"]] == ["refused", "refused", "created"]
    assert (made.predict().problem or "").startswith("2 of 3 leases were not written; all others were. 172.16.0.11 must have one lease")


@pytest.mark.parametrize("name", ["subnets/10.24.9.0-28", "subnets-old/10.24.9.0-24", "subnets/10.24.9.0-24&fd00::-64"])
def test_a_lease_that_can_be_right_outlives_a_record_that_cannot(name: str) -> None:
    made = plan([held(5, 11), Found(name, "172.16.0.11")], [node(11)])
    assert results(made) == [("unchanged", "10.24.5.0/24", "11")]
    assert [one["key"] for one in made.predict().returns["unusable"]] == [f"{PREFIX}/{name}"]


def test_a_record_of_the_whole_network_keeps_nobody_from_a_subnet() -> None:
    made = plan([held(1, 99), Found("subnets/10.24.0.0-16", "172.16.0.66"), Found("subnets/0.0.0.0-0", "172.16.0.66")], [node(11)])
    assert results(made) == [("created", "10.24.2.0/24", "11")]


def test_a_full_network_gives_a_purged_subnet_out_again() -> None:
    found = [held(1, 99), held(2, 12), held(3, 13)]
    made = plan(found, [node(11), node(12), node(13)], config=TINY, purge=True)
    assert results(made)[0] == ("replaced", "10.24.1.0/24", "11")
    assert len(made.changes) == 1


@pytest.mark.parametrize(
    ("found", "leases"),
    [
        ([held(1, 99), held(2, 12), held(3, 13)], [node(11), node(14, 1), node(12), node(13)]),
        ([held(1, 99), held(2, 12), held(3, 13), Found("subnets/10.24.1.0-25", "172.16.0.14")], [node(11), node(12), node(13)]),
    ],
    ids=["claimed by another", "overlapped by another"],
)
def test_a_purged_subnet_that_is_needed_elsewhere_is_not_given_out(found: list[Found], leases: list[DesiredLease]) -> None:
    made = plan(found, leases, config=TINY, purge=True, max_disruption=MaxDisruption(100, percent=True))
    assert [step["subnet"] for step in made.predict().returns["results"] if step["result"] == "refused"] == [None]


def test_an_absent_lease_needs_no_config() -> None:
    assert results(plan([held(1, 11)], [node(11)], config=None, absent=True)) == [("deleted", "10.24.1.0/24", "11")]


def test_a_lease_that_is_running_out_is_reserved_again_with_its_value() -> None:
    found = [Found("subnets/10.24.1.0-24", lease=7, value='{"PublicIP":"172.16.0.11","BackendType":"vxlan"}')]
    kept = plan(found, [node(11)], keep_ttl_below=3600)
    assert kept.changes == ()  # its TTL was not read, so it is not known to run out
    made = plan_leases(_timed(kept, 3599), DesiredLeases(leases=(node(11),), keep_ttl_below=3600))
    (change,) = made.changes
    assert change.new and change.old
    assert (change.result, change.new.leased, change.new.value) == ("refreshed", False, change.old.value)
    outcome = made.predict()
    assert outcome.before == {"10.24.1.0/24": "172.16.0.11 (lease with 3599 s left)"}
    assert outcome.after == {"10.24.1.0/24": "172.16.0.11 (reserved)"}
    assert outcome.returns["leases"] == [{"subnet": "10.24.1.0/24", "public_ip": "172.16.0.11", "leased": False, "ttl": None}]
    assert plan_leases(_timed(kept, 3600), DesiredLeases(leases=(node(11),), keep_ttl_below=3600)).changes == ()


def _timed(made: LeasePlan, seconds: int) -> t.Any:
    return replace(made.snapshot, leases=tuple(replace(lease, ttl=seconds) for lease in made.snapshot.leases))


def test_the_diff_reads_as_subnets_and_their_nodes() -> None:
    outcome = plan([held(10, 12), held(9, 99)], [node(11), node(12)], purge=True).predict()
    assert outcome.before == {"10.24.9.0/24": "172.16.0.99", "10.24.10.0/24": "172.16.0.12"}
    assert outcome.after == {"10.24.1.0/24": "172.16.0.11", "10.24.10.0/24": "172.16.0.12"}
    assert list(outcome.after) == ["10.24.1.0/24", "10.24.10.0/24"]


def test_the_network_is_returned_without_credentials_and_with_a_warning() -> None:
    config = '{"Network":"10.24.0.0/16","Backend":{"Type":"ali-vpc","AccessKeyID":"LTAIexample","AccessKeySecret":"example-secret"}}'
    made = plan([], [node(11)], config=config)
    outcome = made.predict()
    assert outcome.returns["network"]["Backend"] == {"Type": "ali-vpc"}
    assert "holds cloud credentials" in made.warnings[0]
    assert "example" not in str(outcome) + str(made.warnings)


@pytest.mark.parametrize(
    ("found", "part"),
    [
        (Found("subnets-old/10.24.8.0-24", "172.16.0.99"), "treats it as a lease"),
        (Found("subnets/10.24.8.0-24", value="?"), "ignores the value"),
        (held(8, 98), "172.16.0.98 holds 2 leases"),
    ],
)
def test_what_is_odd_about_other_keys_is_a_warning(found: Found, part: str) -> None:
    (warning,) = plan([held(1, 98), found], [node(11)]).warnings
    assert part in warning


def test_a_purged_lease_that_was_kept_says_why() -> None:
    (kept,) = plan([held(1, 99, lease=7)], [], purge=True, allow_empty=True).predict().returns["results"]
    assert kept["result"] == "kept"
    assert IN_USE in kept["reason"]
