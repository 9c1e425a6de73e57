# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role knows about a host is a result of this run: a cache of facts may be of another time, or of another host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

FILES = sorted(
    path
    for folder in (*(PROJECT / "roles").iterdir(), PROJECT / "playbooks/vars", *(PROJECT / "playbooks").glob("*.yml"))
    for path in ([folder] if folder.is_file() else folder.rglob("*"))
    if path.suffix in (".yml", ".j2")
)
# Variables that are no facts. What is read of a result has its name in quotes.
PLAY_VARIABLES = ("check_mode", "failed_result", "managed", "play_batch", "play_hosts", "play_hosts_all", "run_tags", "skip_tags")
OF_THE_INVENTORY = ("become", "host", "playbook_python", "python_interpreter")
KNOWN = frozenset(f"ansible_{name}" for name in (*PLAY_VARIABLES, *OF_THE_INVENTORY))
OF_A_RESULT = re.compile(r"(?<!\w)_\w+(\.|\[')ansible_facts\b|\(_\w+ \| default\(\{\}\)\)\.ansible_facts\b|'ansible_(?!facts\b)\w+'")
COMMENT = re.compile(r"(?m)^\s*#.*$")


def variables(file: Path) -> set[str]:
    return set(re.findall(r"\bansible_\w+", OF_A_RESULT.sub("", COMMENT.sub("", file.read_text()))))


def test_there_are_files() -> None:
    assert {"main.yml", "site.yml", "reserve.yml"} <= {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_nothing_is_read_from_a_cache_of_facts(file: Path) -> None:
    assert variables(file) - KNOWN == set()
    assert "cacheable" not in file.read_text()
