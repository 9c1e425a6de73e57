# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role is used by its documented entry points and variables; its private variables, _<role>_…, and its other task files are its own."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.unit.roles.task_files import list_tasks

ROLES = sorted(path.name for path in (PROJECT / "roles").iterdir() if (path / "tasks").is_dir())
LONGEST_FIRST = "|".join(sorted(ROLES, key=len, reverse=True))
PRIVATE = re.compile(rf"\b_({LONGEST_FIRST})_\w+")
PLAYBOOK_FILES = [*(PROJECT / "playbooks").glob("*.yml"), *(PROJECT / "playbooks/vars").glob("*.yml")]


def files_of(role: str) -> list[Path]:
    return [path for path in sorted((PROJECT / "roles" / role).rglob("*")) if path.suffix in (".yml", ".j2")]


def private_names_of_others(file: Path, role: str | None) -> list[str]:
    return sorted({found.group() for found in PRIVATE.finditer(file.read_text()) if found.group(1) != role})


def entry_points(role: str) -> t.AbstractSet[str]:
    specs = yaml.safe_load((PROJECT / "roles" / role / "meta/argument_specs.yml").read_text())
    return t.cast("dict[str, t.Any]", specs["argument_specs"]).keys()


def is_entry_point(name: str, tasks_from: str = "main") -> bool:
    return tasks_from in entry_points(name.rpartition(".")[2])


def test_a_private_name_belongs_to_the_role_with_the_longest_name() -> None:
    assert PRIVATE.findall("_etcd_config _etcd_pki_phase verify_etcd_problem _vpc_routes_x") == ["etcd", "etcd_pki", "vpc_routes"]


@pytest.mark.parametrize("role", ROLES)
def test_no_role_names_a_private_variable_of_another(role: str) -> None:
    assert {file.name: names for file in files_of(role) if (names := private_names_of_others(file, role))} == {}


@pytest.mark.parametrize("file", PLAYBOOK_FILES, ids=lambda file: file.name)
def test_no_playbook_names_a_private_variable_of_a_role(file: Path) -> None:
    assert private_names_of_others(file, None) == []


def test_roles_are_used_by_documented_entry_points() -> None:
    used = [(task.place, options) for task in list_tasks() if (options := task.options("import_role", "include_role"))]
    assert used
    assert [place for place, options in used if not is_entry_point(options["name"], options.get("tasks_from", "main"))] == []


@pytest.mark.parametrize("role", ROLES)
def test_an_entry_point_is_a_file_of_its_name(role: str) -> None:
    assert [name for name in entry_points(role) if not (PROJECT / f"roles/{role}/tasks/{name}.yml").exists()] == []
