# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host answers is data: whatever it is, it costs that host alone."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    converged,
    plan,
)


def places(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    yield path
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def put(value: t.Any, path: tuple[t.Any, ...], new: t.Any) -> t.Any:
    if not path:
        return new
    changed_value = copy.copy(value)
    changed_value[path[0]] = put(value[path[0]], path[1:], new)
    return changed_value


NONSENSE: tuple[t.Any, ...] = (
    12.5,
    -1,
    "{{ 1 / 0 }}" * 10_000,
    "{% x %}$(id)\x1b[0m",
    ["x"] * 10_001,
    [[[{}]]],
    {"x": [float("nan")]},
    {3: None},
)


@pytest.mark.parametrize("path", list(places(converged()["n1"])), ids=lambda path: ".".join(map(str, path)))
def test_nonsense_costs_the_host_that_says_it(path: tuple[t.Any, ...]) -> None:
    for nonsense in NONSENSE:
        answers = {**converged(), "n3": put(converged()["n3"], path, nonsense)}
        planned = plan(answers)
        assert [planned.hosts[name].problems for name in ("n1", "n2")] == [(), ()]
        told = str(planned.public())
        assert len(told) < 30_000
        assert "{{" not in told and "{%" not in told and "\x1b" not in told


# What is otherwise about users, and whether the module for them has something to do.
