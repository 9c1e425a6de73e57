# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every default of a role is documented, with the same value, and carries the role's name; and so do its tasks, as their tag."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

# One that only has variables has no entry points.
ROLES = sorted(path for path in (PROJECT / "roles").iterdir() if (path / "tasks").is_dir())


def load(path: Path) -> dict[str, t.Any]:
    return yaml.safe_load(path.read_text()) or {}


def documented_options(role: Path) -> dict[str, dict[str, t.Any]]:
    entry_points = load(role / "meta/argument_specs.yml")["argument_specs"].values()
    return {name: spec for entry_point in entry_points for name, spec in (entry_point.get("options") or {}).items()}


def test_there_are_roles() -> None:
    assert {"etcd", "flanneld", "network_config", "vpc_routes"} <= {role.name for role in ROLES}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_and_argument_specs_agree(role: Path) -> None:
    options = documented_options(role)
    defaults = load(role / "defaults/main.yml")
    documented = {name: spec["default"] for name, spec in options.items() if "default" in spec}
    templated = {name for name, value in defaults.items() if isinstance(value, str) and "{{" in value}
    assert set(defaults) <= set(options)
    assert {name: value for name, value in documented.items() if name not in templated} == {
        name: value for name, value in defaults.items() if name not in templated
    }


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_public_variables_carry_the_role_name(role: Path) -> None:
    assert [name for name in documented_options(role) if not name.startswith(f"{role.name}_")] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_required_options_have_no_default(role: Path) -> None:
    required = {name for name, spec in documented_options(role).items() if spec.get("required")}
    assert required & set(load(role / "defaults/main.yml")) == set()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_runs_as_a_whole_under_its_tag(role: Path) -> None:
    """Half of a role would find neither what it needs checked nor what it needs read."""
    tasks = yaml.safe_load((role / "tasks/main.yml").read_text())
    assert {str(task.get("tags")) for task in tasks} == {role.name}
