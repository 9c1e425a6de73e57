# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every file of the repository."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.integration.project.installed_fixtures import CORE
from ansible_collections.alicloud.flannel.tests.repository import PROJECT, list_files

LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
# These have it in REUSE.toml; LICENSE is the licence itself.
POLICIES = {f"docs/ram-policy{name}.json" for name in ("", "-provision", "-users")}
WITHOUT_HEADER = {"LICENSE", "CHANGELOG.md", "changelogs/changelog.yaml", *POLICIES}
MODULES = sorted(path.stem for path in (PROJECT / "plugins/modules").glob("*.py"))


def read_groups() -> dict[str, t.Any]:
    runtime = yaml.safe_load((PROJECT / "meta/runtime.yml").read_text())
    return t.cast("dict[str, t.Any]", runtime["action_groups"])


def read_documentation(module: str) -> dict[str, t.Any]:
    text = (PROJECT / "plugins/modules" / f"{module}.py").read_text()
    block = text.split('DOCUMENTATION = r"""', 1)[1].split('"""', 1)[0]
    return t.cast("dict[str, t.Any]", yaml.safe_load(block))


def test_every_file_names_its_licence() -> None:
    heads = {name: (PROJECT / name).read_text().splitlines()[:6] for name in list_files() - WITHOUT_HEADER}
    assert [name for name, head in sorted(heads.items()) if head and not any(LICENCE in line for line in head)] == []


def test_files_without_a_header_are_named_once() -> None:
    text = (PROJECT / "REUSE.toml").read_text()
    assert {name for name in WITHOUT_HEADER if json.dumps(name) in text} == WITHOUT_HEADER - {"LICENSE"}
    assert list_files() >= WITHOUT_HEADER


def test_the_supported_versions_of_ansible_core_are_those_that_are_tested() -> None:
    pinned = (PROJECT / "tests/requirements-core-oldest.txt").read_text().rpartition("==")[2]
    oldest, newest = (version.rpartition(".")[0] for version in (pinned, CORE))
    assert f"| controller | ansible-core {oldest} to {newest} " in (PROJECT / "README.md").read_text()
    runtime = yaml.safe_load((PROJECT / "meta/runtime.yml").read_text())
    assert runtime["requires_ansible"] == f">={oldest}.0"


def options_group(module: str) -> str | None:
    """Return the group whose connection a module has; what works on the files of a host has none."""
    fragments = set(read_documentation(module)["extends_documentation_fragment"])
    return next((group for group in read_groups() if f"alicloud.flannel._{group}" in fragments), None)


def test_every_module_with_a_connection_is_in_one_action_group() -> None:
    connected = [module for module in MODULES if options_group(module)]
    assert {"etcd_key", "ali_vpc_route"} <= set(connected)
    assert sorted(module for group in read_groups().values() for module in group) == connected


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_in_the_group_whose_options_it_has(module: str) -> None:
    group = options_group(module)
    assert [name for name, members in read_groups().items() if module in members] == ([group] if group else [])
    documented = {
        name
        for name in read_groups()
        if f"alicloud.flannel._attributes.{name}" in read_documentation(module)["extends_documentation_fragment"]
    }
    assert documented == ({group} if group else set())
