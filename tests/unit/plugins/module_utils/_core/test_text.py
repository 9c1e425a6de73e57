# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.text import name_first, show, show_data


@pytest.mark.parametrize(("count", "text"), [(0, ""), (1, "0"), (3, "0, 1, 2"), (5, "0, 1, 2 and 2 more")])
def test_the_first_ones_are_named_and_the_others_counted(count: int, text: str) -> None:
    assert name_first((str(number) for number in range(count)), most=3) == text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("plain é", "plain é"),
        ("\x1b[2J\r\n\t", r"\x1b[2J\r\n\t"),
        ("\0\x7f\x9b", r"\0\x7f\x9b"),
        ("\u202e\u2028\ufeff\ud800", r"\u202e\u2028\ufeff\ud800"),
        (b"/\xff\x1b", r"/\xff\x1b"),
        (3, "3"),
    ],
)
def test_what_others_say_is_shown_as_text(said: t.Any, told: str) -> None:
    assert show(said) == told


def test_lines_may_be_kept() -> None:
    assert show("a\n\tb\r", lines=True) == "a\n\tb\\r"


def test_long_text_is_cut_and_says_so() -> None:
    assert show("x" * 1000, 30) == "xxxxxxxxx... (1000 characters)"
    assert len(show("\x1b" * 1000, 100)) == 100


def test_data_keeps_its_form() -> None:
    assert show_data({"a\n": ["\x1b", 1, None, True]}) == {r"a\n": [r"\x1b", 1, None, True]}
