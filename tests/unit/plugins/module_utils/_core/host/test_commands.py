# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.host.commands import document, listing, output, run


def test_a_command_reads_what_it_is_given_or_nothing() -> None:
    assert output("cat") == ""
    done = run("cat", stdin="text")
    assert done is not None
    assert done.stdout == "text"


@pytest.mark.parametrize("stdin", [None, "x" * 1_000_000])
def test_a_command_may_end_before_it_has_read(stdin: str | None) -> None:
    done = run("true", stdin=stdin)
    assert done is not None
    assert done.returncode == 0


def test_a_command_that_hangs_or_is_missing_is_none() -> None:
    assert run("sleep", "60", seconds=0.1) is None
    assert run("/nowhere/command") is None


def test_variables_reach_the_command() -> None:
    done = run("sh", "-c", "echo $LC_ALL $OF_OURS", variables={"OF_OURS": "here"})
    assert done is not None
    assert done.stdout == "C here\n"


def test_json_is_read_and_anything_else_is_nothing() -> None:
    assert listing("echo", '[{"a": 1}, {}, 2]') == [{"a": 1}]
    assert document("echo", '{"a": 1}') == {"a": 1}
    assert (listing("echo", "x"), document("echo", "[]"), output("false")) == ([], None, "")
