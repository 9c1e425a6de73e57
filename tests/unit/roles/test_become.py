# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nobody becomes another user on the controller, whose environment has the cloud's credentials.

The keyword C(become) doesn't do: an inventory with C(ansible_become) beats it, and so only a variable of the task can beat that.
"""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.tests.unit.roles.task_files import Task, list_tasks

TASKS = list_tasks()
# They contact no host.
OF_THE_CONTROLLER = {
    f"ansible.builtin.{name}" for name in ("add_host", "assert", "debug", "import_role", "include_tasks", "meta", "set_fact")
}


def runs_on_the_controller(task: Task) -> bool:
    host = task.keywords.get("delegate_to", task.keywords.get("hosts"))
    return host == "localhost" and not OF_THE_CONTROLLER & set(task.keywords)


def test_there_are_tasks_on_the_controller() -> None:
    assert len([task for task in TASKS if runs_on_the_controller(task)]) > 25


def test_no_task_trusts_the_keyword_alone() -> None:
    assert [task.place for task in TASKS if task.keywords.get("become") is False] == []


def test_nobody_becomes_another_user_on_the_controller() -> None:
    assert [task.place for task in TASKS if runs_on_the_controller(task) and task.variables.get("ansible_become") is not False] == []


def test_the_python_of_the_controller_is_never_run_as_another_user() -> None:
    with_its_python = [task for task in TASKS if "ansible_playbook_python" in str(task.variables.get("ansible_python_interpreter"))]
    assert [task.place for task in with_its_python if task.variables.get("ansible_become") is not False] == []


@pytest.mark.parametrize("role", ["flanneld", "network_config", "verify", "vpc_routes"])
def test_the_control_host_may_be_the_controller(role: str) -> None:
    there = [task for task in TASKS if task.keywords.get("delegate_to") == f"{{{{ {role}_control_host }}}}"]
    assert there
    assert {task.variables.get("ansible_become") for task in there} == {f"{{{{ _{role}_control_become }}}}"}
