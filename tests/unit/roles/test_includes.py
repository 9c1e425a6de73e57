# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role includes its files by their path below its tasks folder.

Ansible looks there first, then beside the playbook, and only then beside the file that includes: a playbook of anybody's that is named
like a file in a subfolder would be taken for it.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.unit.roles.task_files import list_tasks


def included() -> t.Iterator[tuple[str, Path]]:
    """Yield each include of a role, and the file that is found first if it is there."""
    for task in list_tasks():
        options = task.options("include_tasks")
        if options is not None and task.place.startswith("roles/"):
            name = options["file"] if isinstance(options, dict) else options
            yield task.place, PROJECT / "roles" / task.place.split("/")[1] / "tasks" / name


def test_there_are_includes() -> None:
    assert len(list(included())) > 20


@pytest.mark.parametrize(("place", "file"), list(included()), ids=lambda value: value if isinstance(value, str) else value.name)
def test_an_include_names_the_path_below_the_tasks_folder(place: str, file: Path) -> None:
    assert file.is_file(), place
