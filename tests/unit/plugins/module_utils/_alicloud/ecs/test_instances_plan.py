# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a set of instances: numbers, places, addresses, who goes, and how few calls that takes."""

from __future__ import annotations

import collections
import dataclasses
import ipaddress
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.instances_advice import advised
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.instances_input import DesiredInstances
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.instances_plan import (
    MAX_AMOUNT,
    Batch,
    InstancePlan,
    NewInstance,
    batches,
    name_key,
    plan_instances,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import ApiError, NotFound
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

NETWORKS = {"vsw-a": ipaddress.IPv4Network("172.16.0.0/24"), "vsw-b": ipaddress.IPv4Network("172.16.1.0/24")}
TAGS = {"cluster": "one"}
Instance = t.Dict[str, t.Any]


def member(name: str, vswitch_id: str = "vsw-a", status: str = "Running", check: bool | None = False, ip: str = "") -> Instance:
    return {
        "instance_id": f"i-{name}",
        "name": name,
        "status": status,
        "vswitch_id": vswitch_id,
        "primary_ip": ip,
        "source_dest_check": check,
    }


def desired(count: int, **fields: t.Any) -> DesiredInstances:
    return dataclasses.replace(DesiredInstances(TAGS, "n", count, True, ("vsw-a", "vsw-b")), **fields)


def plan(want: DesiredInstances, members: t.Sequence[Instance]) -> InstancePlan:
    return plan_instances(want, members, NETWORKS, "cn-hangzhou")


CREATED: list[tuple[int, list[Instance], list[tuple[int, str]]]] = [
    (0, [], []),
    (3, [], [(1, "vsw-a"), (2, "vsw-b"), (3, "vsw-a")]),
    (3, [member("n-2"), member("n-4")], [(1, "vsw-b")]),
    (3, [member("n-1", "vsw-b")], [(2, "vsw-a"), (3, "vsw-a")]),
    (2, [member("other-1")], [(1, "vsw-b")]),
    (2, [member("n-x"), member("n-01")], []),
    (2, [member("n-1", "vsw-elsewhere")], [(2, "vsw-a")]),
]


@pytest.mark.parametrize(("count", "members", "expected"), CREATED)
def test_new_instances_take_the_lowest_numbers_and_the_emptiest_vswitch(
    count: int, members: list[Instance], expected: list[tuple[int, str]]
) -> None:
    assert [(new.number, new.vswitch_id) for new in plan(desired(count), members).create] == expected


REMOVED: list[tuple[DesiredInstances, list[str], list[str]]] = [
    (desired(1), ["n-9", "n-10", "n-2"], ["n-10", "n-9"]),
    (desired(1), ["n-1", "foreign", "n-2"], ["n-2", "n-1"]),
    (desired(3), ["n-1"], []),
    (desired(0, instance_ids=("i-n-1", "i-gone")), ["n-1", "n-2"], ["n-1"]),
]


@pytest.mark.parametrize(("want", "names", "expected"), REMOVED)
def test_the_highest_numbers_go_or_exactly_those_that_are_named(want: DesiredInstances, names: list[str], expected: list[str]) -> None:
    found = plan(want, [member(name) for name in names])
    assert [one["name"] for one in found.remove] == expected
    with_leave = dataclasses.replace(want, allow_removal=False)
    if expected:
        with pytest.raises(InvalidInput, match=rf"{len(expected)} of the {len(names)} instances with the tags cluster=one in cn-hangzhou"):
            plan(with_leave, [member(name) for name in names])
    else:
        assert plan(with_leave, [member(name) for name in names]).remove == ()


def test_what_stays_is_started_and_loses_its_check() -> None:
    members = [member("n-1", status="Stopped"), member("n-2", check=True), member("n-3", check=None), member("n-4", status="Stopped")]
    found = plan(desired(3), members)
    assert [[one["name"] for one in part] for part in (found.start, found.checked, found.remove)] == [["n-1"], ["n-2"], ["n-4"]]
    outcome = found.predict()
    assert [(one["name"], one["status"], one["source_dest_check"]) for one in outcome.returns["instances"]] == [
        ("n-1", "Running", False),
        ("n-2", "Running", False),
        ("n-3", "Running", None),
    ]


ADDRESSES = ("172.16.1.10", "172.16.0.252", "172.16.0.1")


def test_addresses_choose_the_vswitch() -> None:
    found = plan(desired(3, private_ips=ADDRESSES), [member("n-1", ip="172.16.0.252")])
    assert found.create == (NewInstance(2, "vsw-b", "172.16.1.10"), NewInstance(3, "vsw-a", "172.16.0.1"))


@pytest.mark.parametrize("address", ["172.16.2.1", "172.16.0.0", "172.16.0.253", "172.16.1.255"])
def test_an_address_that_no_vswitch_gives_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match=f"{address}, which no vSwitch"):
        plan(desired(1, private_ips=(address,)), [])


BATCHES: list[tuple[list[NewInstance], list[Batch]]] = [
    ([], []),
    ([NewInstance(n, "vsw-a") for n in (1, 2, 4)], [Batch(1, 2, "vsw-a"), Batch(4, 1, "vsw-a")]),
    ([NewInstance(n, "vsw-a") for n in (9, 10)], [Batch(9, 1, "vsw-a"), Batch(10, 1, "vsw-a")]),
    ([NewInstance(1, "vsw-a"), NewInstance(2, "vsw-b")], [Batch(1, 1, "vsw-a"), Batch(2, 1, "vsw-b")]),
    (
        [NewInstance(1, "vsw-a", "172.16.0.1"), NewInstance(2, "vsw-a", "172.16.0.2")],
        [Batch(1, 1, "vsw-a", "172.16.0.1"), Batch(2, 1, "vsw-a", "172.16.0.2")],
    ),
    ([NewInstance(n, "vsw-a") for n in range(100, 250)], [Batch(100, MAX_AMOUNT, "vsw-a"), Batch(200, 50, "vsw-a")]),
]


@pytest.mark.parametrize(("new", "expected"), BATCHES)
def test_neighbours_are_made_together(new: list[NewInstance], expected: list[Batch]) -> None:
    assert batches(new) == expected


def test_the_cloud_counts_for_more_than_one() -> None:
    assert (Batch(7, 1, "vsw-a").pattern("n"), Batch(10, 3, "vsw-a").pattern("n")) == ("n-7", "n-[10,2]")


def test_names_are_sorted_by_their_numbers() -> None:
    names = ["n-10", "m", "n-2", "n-1", "a-3"]
    assert [one["name"] for one in sorted(map(member, names), key=name_key)] == ["a-3", "m", "n-1", "n-2", "n-10"]


MEMBERS = st.lists(
    st.builds(
        member,
        st.one_of(st.integers(1, 30).map(lambda n: f"n-{n}"), st.sampled_from(["x", "n", "n-0", "m-1"])),
        st.sampled_from(["vsw-a", "vsw-b", "vsw-c"]),
        st.sampled_from(["Running", "Stopped"]),
        st.sampled_from([True, False, None]),
    ),
    max_size=12,
    unique_by=lambda one: one["name"],
)


@given(MEMBERS, st.integers(0, 40))
def test_the_laws_of_a_plan(members: list[Instance], count: int) -> None:
    found = plan(desired(count), members)
    outcome = found.predict()
    after = outcome.returns["instances"]
    names = [one["name"] for one in after]
    assert len(after) == count and len(set(names)) == count
    assert {one["status"] for one in after} <= {"Running"}
    assert not (found.create and found.remove)
    assert outcome.changed == bool(found.changes)
    again = [{**one, "instance_id": one["instance_id"] or f"i-{one['name']}"} for one in after]
    assert plan(desired(count), again).changes == ()
    load = collections.Counter(new.vswitch_id for new in found.create)
    before = collections.Counter(one["vswitch_id"] for one in members)
    for vswitch_id in load:
        assert before[vswitch_id] + load[vswitch_id] <= min((before + load)[other] for other in ("vsw-a", "vsw-b")) + 1
    assert [n for batch in batches(found.create) for n in range(batch.first, batch.first + batch.amount)] == [
        one.number for one in found.create
    ]


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("OperationDenied.NoStock", "another instance_type, or vswitch_ids in other zones"),
        ("InvalidInstanceType.NotSupportDiskCategory", "system_disk_category"),
        ("InvalidInstanceType.ZoneNotSupported", "instance_type"),
        ("InvalidAccountStatus.NotEnoughBalance", "add funds"),
        ("InvalidAccountStatus", "in the console"),
        ("QuotaExceeded.PrivateIpAddress", "too few free addresses"),
        ("QuotaExceed.ElasticQuota", "Quota Center"),
        ("InvalidOperation.DeletionProtection", "protected from release"),
    ],
)
def test_a_code_brings_its_advice(code: str, advice: str) -> None:
    error = advised(NotFound("Refused.", action="RunInstances", code=code, http_status=403, request_id="R-1"))
    assert str(error).startswith("Refused. ") and advice in str(error)
    assert isinstance(error, NotFound) and (error.code, error.http_status, error.request_id) == (code, 403, "R-1")


@pytest.mark.parametrize("code", [None, "Throttling"])
def test_other_codes_pass_as_they_are(code: str | None) -> None:
    error = ApiError("Refused.", action="RunInstances", code=code)
    assert advised(error) is error
