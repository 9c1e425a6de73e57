# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What documents refer to exists."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT, list_files

DOCUMENTS = sorted(name for name in list_files() if name.endswith(".md") and name != "CHANGELOG.md")
PACKAGES = PROJECT / "plugins/module_utils"
FOLDERS = "changelogs|docs|extensions|inventories|playbooks|plugins|roles|tests"
# From the project's root, or as _package/file from module_utils; either may be a pattern.
REFERENCE = re.compile(rf"(?<![\w./~>-])(?:(?:{FOLDERS})|_[a-z]+)/[\w./*-]*[\w*]")
LINK = re.compile(r"\]\((?P<file>[^)#\s:]*)(?:#(?P<heading>[^)\s]+))?\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def read(name: str) -> str:
    return (PROJECT / name).read_text()


def missing_paths(text: str) -> t.Iterator[str]:
    """Yield the paths in the text that name nothing."""
    for path in REFERENCE.findall(text):
        if not any((PACKAGES if path.startswith("_") else PROJECT).glob(path)):
            yield path


def headings(text: str) -> set[str]:
    """Return the headings as they are linked to."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def dead_links(name: str, text: str) -> t.Iterator[str]:
    """Yield the relative links in the text that lead nowhere."""
    for link in LINK.finditer(text):
        target = (PROJECT / name).parent / link["file"] if link["file"] else PROJECT / name
        if not target.exists() or (link["heading"] and link["heading"] not in headings(target.read_text())):
            yield link.group()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_that_a_document_names_exist(name: str) -> None:
    assert list(missing_paths(read(name))) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_of_a_document_lead_somewhere(name: str) -> None:
    assert list(dead_links(name, read(name))) == []


def test_a_missing_path_and_a_dead_link_are_found() -> None:
    text = "`_core/errors.py`, `_core/none.py`, roles/none, `tests/*/conftest.py`, [a](no.md), [b](README.md#install), [c](README.md#no)"
    assert list(missing_paths(text)) == ["_core/none.py", "roles/none"]
    assert list(dead_links("README.md", text)) == ["](no.md)", "](README.md#no)"]


def test_every_decision_is_in_the_list() -> None:
    index = "docs/decisions/README.md"
    pages = {path.name for path in (PROJECT / index).parent.glob("[0-9]*.md")}
    assert pages == set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", read(index)))
