# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floors of plugins/module_utils (docs/architecture.md): what may import what."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from graphlib import CycleError, TopologicalSorter

PLUGINS = PROJECT / "plugins"
HOUSE = PLUGINS / "module_utils"
MIRROR = PROJECT / "tests/unit/plugins/module_utils"

# What a package may import beside itself. A package that is not here fails the test.
FLOORS: dict[str, set[str]] = {
    "_core": set(),
    "_alicloud": {"_core"},
    "_etcd": {"_core"},
    "_flannel": {"_core", "_etcd"},
    "_routes": {"_core", "_alicloud"},
    "_cluster": {"_core", "_alicloud", "_etcd", "_flannel", "_routes"},
    "_settings": {"_core", "_alicloud", "_etcd", "_flannel", "_routes"},
    "_verify": {"_core", "_alicloud", "_etcd", "_flannel", "_routes", "_cluster"},
}

Module = t.Tuple[str, ...]


class Import(t.NamedTuple):
    """A name that a file takes from a file of plugins/; the path is that of the other file, without its ending."""

    target: Module
    name: str


def imports_of(file: Path) -> list[Import]:
    """Return what a file of plugins/ imports from plugins/, also for type checking only."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("ansible_collections."), f"{file}: import relatively, as {node.module} is ours"
            if node.level:
                base = file.relative_to(PLUGINS).parts[: -node.level]
                found += [resolve((*base, *(node.module or "").split(".")), alias.name) for alias in node.names]
    return found


def resolve(module: Module, name: str) -> Import:
    """Return the file that is meant: a name of a package is a file."""
    parts = tuple(part for part in module if part)
    if PLUGINS.joinpath(*parts).with_suffix(".py").exists():
        return Import(parts, name)
    assert PLUGINS.joinpath(*parts, f"{name}.py").exists(), f"there is no {'/'.join((*parts, name))}"
    return Import((*parts, name), "")


FILES = sorted(HOUSE.rglob("*.py"))


def name_of(file: Path) -> str:
    """Return a file's path below plugins/module_utils, for messages."""
    return str(file.relative_to(HOUSE))


def package_of(file: Path) -> str:
    """Return the package on whose floor a file stands."""
    return file.relative_to(HOUSE).parts[0]


def test_every_file_stands_in_a_package() -> None:
    assert [name_of(file) for file in FILES if package_of(file) not in FLOORS] == []


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_no_import_goes_up(file: Path) -> None:
    package = package_of(file)
    allowed = {package, *FLOORS[package]}
    assert [found for found in imports_of(file) if found.target[1] not in allowed] == []


def test_no_import_goes_round() -> None:
    graph = {file.relative_to(PLUGINS).with_suffix("").parts: {found.target for found in imports_of(file)} for file in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as exc:
        pytest.fail(f"these files import each other in a circle: {' -> '.join('/'.join(part) for part in exc.args[1])}")


def test_nobody_imports_what_is_private_to_a_file() -> None:
    # A leading underscore of a package says that other collections must not use it; of a name, that other files must not.
    files = sorted(PLUGINS.rglob("*.py"))
    taken = [(str(file.relative_to(PLUGINS)), found) for file in files for found in imports_of(file)]
    assert [(file, found) for file, found in taken if found.name.startswith("_")] == []


def is_about(test: Path, names: t.Collection[Module]) -> bool:
    """Say whether a test stands where its file does: test_wire.py and test_wire_faults.py are about wire.py."""
    place, words = test.relative_to(MIRROR).parent.parts, test.stem.split("_")[1:]
    return any((*place, "_".join(words[:end])) in names for end in range(1, len(words) + 1))


def test_unit_tests_mirror_the_packages() -> None:
    names = {file.relative_to(HOUSE).with_suffix("").parts for file in FILES}
    tests = [test for test in MIRROR.rglob("test_*.py") if test.parent != MIRROR]
    assert [str(test.relative_to(MIRROR)) for test in tests if not is_about(test, names)] == []
