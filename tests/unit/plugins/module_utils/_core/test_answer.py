# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host answers is checked before it is used."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.answer import Answer, BadAnswer

ROWS: list[tuple[t.Callable[[Answer], t.Any], t.Any, t.Any]] = [
    (lambda answer: answer["a"].text(), {"a": "x"}, "x"),
    (lambda answer: answer["a"].or_none(lambda item: item.text()), {}, None),
    (lambda answer: answer["a"].or_none(lambda item: item.text()), {"a": "x"}, "x"),
    (lambda answer: answer.number(), 2**63, 2**63),
    (lambda answer: answer.flag(), False, False),
    (lambda answer: answer.texts(), ["a", "b"], ("a", "b")),
    (lambda answer: {name: item.number() for name, item in answer.entries().items()}, {"a": 1}, {"a": 1}),
]


@pytest.mark.parametrize(("read", "value", "expected"), ROWS)
def test_it_is_read(read: t.Callable[[Answer], t.Any], value: t.Any, expected: t.Any) -> None:
    assert read(Answer(value, "it")) == expected


REFUSED: list[tuple[t.Callable[[Answer], t.Any], t.Any, str]] = [
    (lambda answer: answer["a"], [], "it is not a dictionary."),
    (lambda answer: answer["a"]["b"].text(), {"a": {"b": 1}}, "it.a.b is not text."),
    (lambda answer: answer["a"].text(), {}, "it.a is not text."),
    (lambda answer: answer.texts(), ["x", None], "it[1] is not text."),
    (lambda answer: answer.number(), True, "it is not a number."),
    (lambda answer: answer.number(), 1.5, "it is not a number."),
    (lambda answer: answer.flag(), 1, "it is not true or false."),
    (lambda answer: answer.entries(), {1: 2}, "it is not a dictionary whose keys are text."),
    (lambda answer: answer.text(), "x" * 100_001, "it is not text of at most 100000 characters."),
    (lambda answer: answer.items(), [0] * 10_001, "it is not of at most 10000 items."),
]


@pytest.mark.parametrize(("read", "value", "words"), REFUSED)
def test_it_is_refused(read: t.Callable[[Answer], t.Any], value: t.Any, words: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(Answer(value, "it"))
    assert str(caught.value) == words
