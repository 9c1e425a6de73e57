# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.object import (
    Identity,
    check_text,
    find_one,
    option_tags,
    parse_tags,
    plan_tags,
    wait_for,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from hypothesis import given
from hypothesis import strategies as st


@dataclass(frozen=True)
class Thing:
    object_id: str
    name: str = "web"
    tags: t.Mapping[str, str] = field(default_factory=dict)


OURS = Thing("t-1", tags={"cluster": "k1", "more": "x"})
BY_NAME = Identity("thing", "region r", name="web", tags={"cluster": "k1"})
BY_ID = Identity("thing", "region r", object_id="t-1", name="web", tags={"cluster": "k1"})


@pytest.mark.parametrize(
    ("identity", "things", "found"),
    [
        (BY_NAME, [OURS], OURS),
        (BY_NAME, [Thing("t-0"), OURS, Thing("t-2", name="db")], OURS),
        (BY_NAME, [Thing("t-2", name="db")], None),
        (BY_NAME, [], None),
        (BY_ID, [Thing("t-1", name="other")], Thing("t-1", name="other")),
        (replace(BY_ID, expected=False), [Thing("t-2")], None),
    ],
)
def test_the_object_that_is_meant(identity: Identity, things: list[Thing], found: Thing | None) -> None:
    assert find_one(identity, things) == found


@pytest.mark.parametrize(
    ("identity", "things", "words"),
    [
        (BY_NAME, [Thing("t-3"), Thing("t-4")], "thing t-3 in region r is also named 'web', but it has no tag cluster"),
        (BY_NAME, [Thing("t-3", tags={"cluster": "k2"})], "its tag cluster is 'k2' and not 'k1'"),
        (replace(BY_NAME, expected=False), [Thing("t-3")], "Give its ID"),
        (
            BY_NAME,
            [OURS, replace(OURS, object_id="t-9")],
            "region r has 2 objects of kind thing named 'web' with these tags: t-1, t-9",
        ),
        (BY_ID, [Thing("t-2")], "There is no thing t-1 in region r"),
    ],
)
def test_it_must_be_clear_which_object_is_meant(identity: Identity, things: list[Thing], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        find_one(identity, things)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "tags"),
    [
        ({}, {}),
        ({"Tags": None}, {}),
        ({"Tags": {"Tag": [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}]}}, {"a": "", "b": "1"}),
        ({"Tags": {"Tag": [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "bare"}]}}, {"a": "1", "bare": ""}),
        ({"Tags": {"Tag": [{"Key": "acs:rm:rgId", "Value": "rg-1"}]}}, {}),
    ],
)
def test_tags_of_both_products_are_read_without_the_clouds_own(raw: dict[str, t.Any], tags: dict[str, str]) -> None:
    assert parse_tags(raw) == tags


TAGS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12"))


@given(TAGS, TAGS, st.booleans())
def test_planning_tags_again_changes_nothing_and_only_purge_removes(current: dict[str, str], desired: dict[str, str], purge: bool) -> None:
    plan = plan_tags(current, desired, purge=purge)
    again = plan_tags(plan.after, desired, purge=purge)
    assert (again.add, again.remove) == ({}, ())
    assert plan.after == (desired if purge else {**current, **desired})
    assert plan.after == {**{key: value for key, value in current.items() if key not in plan.remove}, **plan.add}


def test_tags_of_the_option_become_text() -> None:
    assert option_tags({"tags": {"port": 80, "bare": None}}) == {"port": "80", "bare": ""}
    assert option_tags({"tags": None}) == {}


@pytest.mark.parametrize(
    "tags",
    [
        {"": "x"},
        {"acs:x": "1"},
        {"aliyun": "1"},
        {"a": "see http://x"},
        {"a" * 129: "x"},
        {"a": "x" * 129},
        {str(n): "" for n in range(21)},
    ],
)
def test_tags_that_the_api_refuses_are_refused_before(tags: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        option_tags({"tags": tags})


@pytest.mark.parametrize("text", ["", "x" * 129, "http://x", "https://x"])
def test_a_name_that_the_api_refuses_is_refused_before(text: str) -> None:
    with pytest.raises(InvalidInput, match="option name is"):
        check_text("name", text)


@pytest.mark.parametrize("text", [None, "x", "x" * 128, "see http://x"])
def test_any_other_name_is_fine(text: str | None) -> None:
    check_text("name", text)


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_waiting_ends_when_it_is_ready() -> None:
    time = Clock()
    assert wait_for(t.cast("t.Any", time), time.clock, lambda now: now > 20, 300, "The thing") > 20
    assert 20 < time.now <= 26


def test_waiting_ends_when_the_time_is_up_and_says_what_was_reached() -> None:
    time = Clock()
    with pytest.raises(CollectionError, match=r"The thing did not happen within wait_timeout, 30 seconds; so far it is Pending\."):
        wait_for(t.cast("t.Any", time), lambda: "Pending", lambda status: status == "Available", 30, "The thing")
    assert 20 < time.now <= 30
