# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a filter is given, it answers, or says in one sentence what is wrong."""

from __future__ import annotations

import importlib
import inspect
import itertools
import typing as t
from datetime import date

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

PACKAGE = "ansible_collections.alicloud.flannel.plugins.filter"
NAMES = sorted(path.stem for path in (PROJECT / "plugins/filter").glob("*.py"))
NONSENSE: list[t.Any] = [
    *(None, True, 0, -1, 1.5, 10**30, float("nan"), "", "ten", "10.24.0.1/16", "{", "\x00", "é" * 3000, b"\xff", date(2026, 1, 1)),
    *([], [None], [[]], ["x"], [{}], [{"x": 1}], {}, {"x": None}, {"x": {}}, {"x": ["y"]}, {1: 2}),
]


def filter_of(name: str) -> t.Callable[..., t.Any]:
    """Return the filter, as Ansible finds it."""
    found = importlib.import_module(f"{PACKAGE}.{name}").FilterModule().filters()
    assert list(found) == [name]
    return t.cast("t.Callable[..., t.Any]", found[name])


def arguments_of(function: t.Callable[..., t.Any]) -> t.Iterator[dict[str, t.Any]]:
    """Yield nonsense for every parameter; beyond the second they repeat, so that there are not too many."""
    names = [name for name, parameter in inspect.signature(function).parameters.items() if parameter.kind != parameter.VAR_KEYWORD]
    for one, other in itertools.product(NONSENSE, repeat=2):
        yield dict(zip(names, itertools.chain([one], itertools.repeat(other))))


@pytest.mark.parametrize("name", NAMES)
def test_nonsense_is_refused_in_a_sentence(name: str) -> None:
    refusals = set()
    function = filter_of(name)
    for arguments in arguments_of(function):
        try:
            function(*arguments.values())
        except AnsibleFilterError as exc:
            refusals.add(str(exc))
    assert refusals
    assert [text for text in refusals if not (len(text) > 20 and text.rstrip().endswith(".") and "Traceback" not in text)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_argument_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"alicloud\.flannel\.{name} can't use its input \(none\)"):
        filter_of(name)()
