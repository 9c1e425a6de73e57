# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node answers is data: whatever it is, the plan says so of this node."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.plan import plan_node
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._flannel.node.example_node import (
    answer,
    bare,
    converged,
    desired,
    given,
)

ANSWER = answer(bare())


def test_a_node_that_is_as_it_should_be() -> None:
    assert plan_node(answer(converged(desired())), given()).public() == {"problems": [], "steps": {}, "summary": []}


def test_a_bare_node() -> None:
    plan = plan_node(ANSWER, given()).public()
    assert plan["problems"] == []
    assert list(plan["steps"]) == ["install", "files", "forwarding", "firewall", "start", "cni"]
    assert plan["steps"]["start"]["reasons"][0] == "flanneld.service is new"
    assert plan["summary"][2] == "forwarding: net.ipv4.ip_forward is off"


def test_wrong_variables_are_told_alone() -> None:
    assert plan_node(None, {}, ["flanneld_network is no CIDR."]).public()["problems"] == ["flanneld_network is no CIDR."]


def places(value: t.Any, path: tuple[str, ...] = ()) -> t.Iterator[tuple[str, ...]]:
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))


def put(value: t.Any, path: tuple[str, ...], new: t.Any) -> t.Any:
    return {**value, path[0]: put(value[path[0]], path[1:], new)} if path else new


NONSENSE: tuple[t.Any, ...] = (12.5, "{{ 1 / 0 }}" * 10_000, ["x"] * 10_001, [[[{}]]], {"x": [float("nan")]}, {3: None})
# The values of Docker's settings are compared, whatever they are.
PLACES = [path for path in places(answer(converged(desired(mode="static", cni=False, docker=True)))) if "values" not in path[:-1]]


@pytest.mark.parametrize("path", PLACES, ids=".".join)
def test_nonsense_is_a_problem_of_the_node(path: tuple[str, ...]) -> None:
    whole = answer(converged(desired(mode="static", cni=False, docker=True)))
    for nonsense in NONSENSE:
        plan = plan_node(put(whole, path, nonsense), given(mode="static", cni=False, docker=True)).public()
        told = " ".join(plan["problems"])
        assert len(told) < 2000
        assert "{{" not in told
        if plan["problems"]:
            assert "n1" in told or "Docker" in told
    assert plan_node(put(whole, path, 12.5), given()).problems[0].startswith("What n1 says of itself can't be used: its answer")
