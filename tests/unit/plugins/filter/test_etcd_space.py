# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.etcd_space import etcd_space
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput

MIB = 1024**2


def member(name: str, size: float, in_use: float, *, leader: int = 1, quota: float = 100, **status: t.Any) -> dict[str, t.Any]:
    """Return a member as the role asks it; sizes in MiB."""
    header = {"member_id": int(name[1:]), "revision": 7}
    sizes = {"dbSize": int(size * MIB), "dbSizeInUse": int(in_use * MIB)}
    text = json.dumps([{"Endpoint": "https://127.0.0.1:2379", "Status": {"header": header, "leader": leader, **sizes, **status}}])
    return {"name": name, "status": text, "quota": int(quota * MIB)}


def alarm(kind: int, member_id: int = 1) -> str:
    """Return a list with one alarm."""
    return json.dumps({"header": {}, "alarms": [{"memberID": member_id, "alarm": kind}]})


def test_the_leader_comes_last() -> None:
    found = etcd_space([member("m1", 90, 10), member("m2", 90, 10), member("m3", 90, 10)])
    assert found["all"] == found["worth"] == ["m2", "m3", "m1"]
    assert found["revision"] == 7
    assert found["sizes"]["m1"] == "90.0 MiB, 10.0 MiB of it in use, quota 100.0 MiB"


TEST_WORTH: list[tuple[float, float, float, bool]] = [
    (90, 10, 40, True),
    (90, 60, 40, False),
    (90, 60, 30, True),
    (100, 60, 40, True),
    (15, 5.5, 40, False),
    (15, 5, 40, True),
    (0.02, 0.01, 40, False),
    (0, 0, 0, False),
]


@pytest.mark.parametrize(("size", "in_use", "percent", "worth"), TEST_WORTH)
def test_a_little_is_not_worth_it(size: float, in_use: float, percent: float, worth: bool) -> None:
    assert etcd_space([member("m1", size, in_use)], min_free_percent=percent)["worth"] == (["m1"] if worth else [])


@pytest.mark.parametrize(("size", "quota", "room"), [(90, 100, True), (91, 100, False), (1800, 0, True), (1900, 0, False)])
def test_room_is_a_tenth_of_the_quota(size: float, quota: float, room: bool) -> None:
    found = etcd_space([member("m1", size, size, quota=quota)])
    assert (found["without_room"] == []) is room


def test_a_quota_that_the_member_states_counts() -> None:
    found = etcd_space([member("m1", 91, 91, quota=100, dbSizeQuota=200 * MIB)])
    assert found["without_room"] == []


@pytest.mark.parametrize(("alarms", "full"), [("", False), ("{}", False), ('{"alarms": null}', False), (alarm(1), True), (alarm(2), False)])
def test_only_one_alarm_means_full(alarms: str, full: bool) -> None:
    assert etcd_space([member("m1", 90, 10)], alarms)["full"] is full


def test_damaged_members_are_named() -> None:
    asked = [member("m1", 90, 10)]
    assert etcd_space(asked, alarm(2))["corrupt"] == ["m1"]
    assert etcd_space(asked, alarm(2, 255))["corrupt"] == ["0xff"]


def test_a_member_that_does_not_answer_is_named() -> None:
    found = etcd_space([{"name": "m1", "status": "", "quota": 0}, {"name": "m2", "status": "[]", "quota": 0}, member("m3", 90, 10)])
    assert found["silent"] == ["m1", "m2"]
    assert found["all"] == ["m3"]


def test_no_member_at_all() -> None:
    assert etcd_space([])["revision"] == 0


def test_what_is_not_json_is_shown() -> None:
    with pytest.raises(InvalidInput, match="printed: oops"):
        etcd_space([{"name": "m1", "status": "oops", "quota": 0}])
