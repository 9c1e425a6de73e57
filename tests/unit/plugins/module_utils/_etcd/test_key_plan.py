# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.key_input import Content, DesiredKey, parse_content
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.key_plan import (
    SHORTEST_TTL,
    Conflict,
    Current,
    DeletePrefix,
    KeepAlive,
    KeyPlan,
    has_desired_ttl,
    plan_key,
    plan_prefix,
    show_value,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import Delete, KeyValue, LeaseTtl, Put, Range
from hypothesis import given
from hypothesis import strategies as st

KEY = b"/k"


def text(value: str) -> Content:
    return Content(value.encode(), is_json=False)


def data(value: t.Any) -> Content:
    return parse_content("value", value)


def found(value: str, ttl: LeaseTtl | None = None, revision: int = 7) -> Current:
    return Current(KeyValue(KEY, value.encode(), 5, revision, lease=9 if ttl else 0), ttl)


LEASED = found("x", LeaseTtl(40, 60))

PLANS = [
    (Current(None), DesiredKey(KEY, text("x")), Put(KEY, b"x", 0)),
    (Current(None), DesiredKey(KEY, text("x"), ttl=60), Put(KEY, b"x", 0, ttl=60)),
    (Current(None), DesiredKey(KEY, text("x"), create_only=True), Put(KEY, b"x", 0)),
    (Current(None), DesiredKey(KEY, None), None),
    (Current(None), DesiredKey(KEY, None, prev_value=text("x"), prev_revision=3), None),
    (found("x"), DesiredKey(KEY, text("x")), None),
    (found("x"), DesiredKey(KEY, text("x"), create_only=True), None),
    (found("x"), DesiredKey(KEY, text("x"), prev_value=text("w"), prev_revision=3), None),
    (found("x"), DesiredKey(KEY, text("y")), Put(KEY, b"y", 7)),
    (found("x"), DesiredKey(KEY, text("y"), prev_value=text("x"), prev_revision=7), Put(KEY, b"y", 7)),
    (found("x"), DesiredKey(KEY, text("")), Put(KEY, b"", 7)),
    (found("x"), DesiredKey(KEY, None), Delete(KEY, 7)),
    (found("x"), DesiredKey(KEY, None, prev_value=text("x")), Delete(KEY, 7)),
    (LEASED, DesiredKey(KEY, text("x")), None),
    (LEASED, DesiredKey(KEY, text("x"), ttl=60), None),
    (LEASED, DesiredKey(KEY, text("x"), ttl=60, refresh=True), KeepAlive(t.cast("KeyValue", LEASED.kv), 60)),
    (LEASED, DesiredKey(KEY, text("x"), ttl=40), Put(KEY, b"x", 7, ttl=40)),
    (LEASED, DesiredKey(KEY, text("x"), ttl=40, refresh=True), Put(KEY, b"x", 7, ttl=40)),
    (LEASED, DesiredKey(KEY, text("x"), ttl=0), Put(KEY, b"x", 7)),
    (LEASED, DesiredKey(KEY, text("y")), Put(KEY, b"y", 7, lease=9)),
    (LEASED, DesiredKey(KEY, text("y"), ttl=60), Put(KEY, b"y", 7, ttl=60)),
    (found("x"), DesiredKey(KEY, text("x"), ttl=0), None),
    (found('{"a": 1, "b": 2}'), DesiredKey(KEY, data({"b": 2, "a": 1})), None),
    (found('{"a": 1}'), DesiredKey(KEY, data({"a": 1}), ttl=60), Put(KEY, b'{"a": 1}', 7, ttl=60)),
    (found('{"a": 1}'), DesiredKey(KEY, text('{"a":1}')), Put(KEY, b'{"a":1}', 7)),
    (found("not JSON"), DesiredKey(KEY, data({"a": 1})), Put(KEY, b'{"a":1}', 7)),
    (found("null"), DesiredKey(KEY, data([None])), Put(KEY, b"[null]", 7)),
]


@pytest.mark.parametrize(("current", "desired", "change"), PLANS)
def test_plan(current: Current, desired: DesiredKey, change: t.Any) -> None:
    assert plan_key(current, desired).changes == (() if change is None else (change,))


CONFLICTS = [
    (Current(None), DesiredKey(KEY, text("x"), prev_value=text("w")), "does not exist"),
    (Current(None), DesiredKey(KEY, text("x"), prev_revision=7), "does not exist"),
    (found("x"), DesiredKey(KEY, text("y"), create_only=True), "it exists"),
    (found("x"), DesiredKey(KEY, text("y"), prev_value=text("w")), "its value is not prev_value"),
    (found("x"), DesiredKey(KEY, text("y"), prev_revision=6), "not at revision 6"),
    (found("x"), DesiredKey(KEY, text("y"), prev_value=text("x"), prev_revision=6), "not at revision 6"),
    (found("x"), DesiredKey(KEY, None, prev_value=text("w")), "its value is not prev_value"),
    (found("x"), DesiredKey(KEY, text("x"), ttl=60, prev_revision=6), "not at revision 6"),
]


@pytest.mark.parametrize(("current", "desired", "message"), CONFLICTS)
def test_conflict(current: Current, desired: DesiredKey, message: str) -> None:
    with pytest.raises(Conflict, match=message):
        plan_key(current, desired)


@pytest.mark.parametrize(
    ("ttl", "desired", "agrees"),
    [
        (None, None, True),
        (None, 0, True),
        (None, 60, False),
        (LeaseTtl(40, 60), None, True),
        (LeaseTtl(40, 60), 0, False),
        (LeaseTtl(40, 60), 60, True),
        (LeaseTtl(60, 60), 40, False),
        (LeaseTtl(40, 60), 40, False),
        (LeaseTtl(0, 60), 60, True),
        (LeaseTtl(1, SHORTEST_TTL), 1, True),
        (LeaseTtl(40, None), 60, True),
        (LeaseTtl(60, None), 60, True),
        (LeaseTtl(61, None), 60, False),
    ],
)
def test_ttl(ttl: LeaseTtl | None, desired: int | None, agrees: bool) -> None:
    assert has_desired_ttl(ttl, desired) is agrees


def test_what_is_shown_of_a_change() -> None:
    outcome = plan_key(found("x", LeaseTtl(40, 60)), DesiredKey(KEY, data({"a": 1}), ttl=0)).predict()
    assert (outcome.before, outcome.after) == ({"value": "x", "ttl": 60}, {"value": {"a": 1}, "ttl": None})
    assert outcome.returns == {
        "key": "/k",
        "exists": True,
        "previous": {"value": "x", "ttl": 60, "revision": 7},
        "value": '{"a":1}',
        "ttl": None,
    }


def test_cloud_keys_are_never_shown() -> None:
    secret = '{"Backend": {"AccessKeySecret": "hunter2"}}'
    for desired in (
        DesiredKey(KEY, text("x")),
        DesiredKey(KEY, None),
        DesiredKey(KEY, text(secret)),
        DesiredKey(KEY, data(json.loads(secret)), ttl=60),
    ):
        assert "hunter2" not in str(plan_key(found(secret), desired).predict())


def test_a_prefix_is_deleted_only_where_there_are_keys() -> None:
    none, some = Range((), 3), Range((t.cast("KeyValue", found("x").kv),), 3)
    assert plan_prefix(b"/", none).changes == ()
    plan = plan_prefix(b"/", some)
    assert (plan.changes, plan.returns["deleted_keys"]) == ((DeletePrefix(b"/", some),), ["/k"])


def test_a_value_is_shown_as_text_or_base64() -> None:
    assert (show_value("é".encode()), show_value(b"\xff")) == ({"value": "é"}, {"value_b64": "/w=="})


values = st.sampled_from(["", "x", "null", '{"a": 1}', '{"a":1}', "[1]"])
contents = st.one_of(values.map(text), st.sampled_from([{"a": 1}, [1], {}]).map(data))
ttls = st.one_of(st.none(), st.builds(LeaseTtl, st.integers(0, 5), st.one_of(st.none(), st.integers(5, 8))))
currents = st.one_of(st.just(Current(None)), st.builds(found, values, ttls, st.integers(1, 3)))
desires = st.builds(
    DesiredKey,
    key=st.just(KEY),
    content=st.one_of(st.none(), contents),
    ttl=st.one_of(st.none(), st.integers(0, 8)),
    create_only=st.booleans(),
    prev_value=st.one_of(st.none(), contents),
    prev_revision=st.one_of(st.none(), st.integers(1, 3)),
)


def make(current: Current, plan: KeyPlan) -> Current:
    """Return what etcd holds after the plan."""
    (change,) = plan.changes or (None,)
    if change is None:
        return current
    if isinstance(change, Delete):
        return Current(None)
    assert isinstance(change, Put)
    granted = max(change.ttl, SHORTEST_TTL)
    ttl = LeaseTtl(granted, granted) if change.ttl else current.ttl if change.lease else None
    return Current(KeyValue(KEY, change.value, 1, 99, lease=1 if ttl else 0), ttl)


def plan_or_conflict(current: Current, desired: DesiredKey) -> KeyPlan | None:
    try:
        return plan_key(current, desired)
    except Conflict:
        return None


@given(currents, desires)
def test_planning_again_after_a_plan_finds_nothing_to_do(current: Current, desired: DesiredKey) -> None:
    plan = plan_or_conflict(current, desired)
    if plan is not None:
        assert plan_key(make(current, plan), desired).changes == ()


@given(currents, desires)
def test_what_is_read_after_a_plan_is_what_it_predicted(current: Current, desired: DesiredKey) -> None:
    plan = plan_or_conflict(current, desired)
    if plan is not None:
        after = make(current, plan)
        unchanged = plan_key(after, desired)
        assert (unchanged.before, unchanged.after) == (plan.after, plan.after)


@given(currents, desires)
def test_no_change_without_need(current: Current, desired: DesiredKey) -> None:
    plan = plan_or_conflict(current, desired)
    if plan is not None and plan.changes:
        assert plan.before != plan.after or isinstance(plan.changes[0], Put)
        assert plan_or_conflict(make(current, plan), replace(desired, create_only=False)) is not None
        assert make(current, plan) != current


@given(currents, desires)
def test_every_change_says_what_it_expects(current: Current, desired: DesiredKey) -> None:
    plan = plan_or_conflict(current, desired)
    for change in plan.changes if plan else ():
        assert isinstance(change, (Put, Delete))
        assert change.expected == (current.kv.mod_revision if current.kv else 0)
