# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task that runs once leaves for all hosts is what it registers, never a fact.

ansible-core 2.21 stores the facts of such a task as one and the same dictionary for every host that has none yet, so that hosts get each
other's (ansible issue 87148). Facts come from set_fact, but also, be they empty, from debug and include_vars, and from a module that
runs on the host itself: which Python it found there. A module that is delegated leaves none.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

PLAYBOOKS = sorted((PROJECT / "playbooks").glob("*.yml"))
ROLE_PREFIX = "alicloud.flannel."
BUILTIN = "ansible.builtin."
FACTS_MODULES = "gather_facts getent hostname mount_facts package_facts service_facts setup"
SETS_FACTS = frozenset(f"{BUILTIN}{name}" for name in f"debug include_vars set_fact {FACTS_MODULES}".split())
RUNS_NO_MODULE = frozenset(f"{BUILTIN}{name}" for name in ("add_host", "assert", "fail", "meta", "pause"))

Entry = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Keywords:
    """What a task inherits, as far as it matters here."""

    run_once: bool = False
    delegated: bool = False

    def with_those_of(self, entry: Entry) -> Keywords:
        """Return the keywords inside this block, play or import."""
        own = {name: bool(entry[keyword]) for keyword, name in (("run_once", "run_once"), ("delegate_to", "delegated")) if keyword in entry}
        return replace(self, **own)


@dataclass(frozen=True)
class Task:
    """A task with its file and the keywords that are in force for it."""

    file: Path
    entry: Entry
    keywords: Keywords

    @property
    def action(self) -> str:
        """Return the full name of the action."""
        (action,) = (key for key in self.entry if key.count(".") >= 2)
        return action

    def __str__(self) -> str:
        """Say where the task is."""
        return f"{self.file.relative_to(PROJECT)}: {self.entry.get('name')}"


def load(file: Path) -> list[Entry]:
    return yaml.safe_load(file.read_text()) or []


def role_file(name: str, tasks_from: str = "main") -> Path:
    return PROJECT / "roles" / name.removeprefix(ROLE_PREFIX) / "tasks" / f"{tasks_from.removesuffix('.yml')}.yml"


def tasks_file(origin: Path, name: str) -> Path:
    """Return the file that is named in another one: by its path below the role's folder of tasks, or else from there."""
    folders = [folder for folder in origin.parents if folder.name == "tasks"]
    return next((folder / name for folder in folders if (folder / name).exists()), origin.parent / name)


def tasks_of_playbook(file: Path) -> t.Iterator[Task]:
    for play in load(file):
        inherited = Keywords().with_those_of(play)
        for role in play.get("roles", []):
            yield from tasks_of_file(role_file(role["role"]), inherited.with_those_of(role))
        for section in ("pre_tasks", "tasks", "post_tasks"):
            yield from tasks_of(file, play.get(section, []), inherited)


def tasks_of_file(file: Path, inherited: Keywords) -> t.Iterator[Task]:
    yield from tasks_of(file, load(file), inherited)


def tasks_of(file: Path, entries: t.Iterable[Entry], inherited: Keywords) -> t.Iterator[Task]:
    for entry in entries:
        inside = inherited.with_those_of(entry)
        if "block" in entry:
            for section in ("block", "rescue", "always"):
                yield from tasks_of(file, entry.get(section, []), inside)
        else:
            yield from tasks_behind(Task(file, entry, inside), inherited)


def tasks_behind(task: Task, inherited: Keywords) -> t.Iterator[Task]:
    """Return the task, or those that it brings in. An include hands on what it applies, not its own keywords."""
    arguments = task.entry[task.action]
    verb, _separator, what = task.action.removeprefix(BUILTIN).partition("_")
    if what not in ("tasks", "role"):
        yield task
        return
    options: Entry = {"file": arguments} if isinstance(arguments, str) else arguments
    file = tasks_file(task.file, options["file"]) if what == "tasks" else role_file(options["name"], options.get("tasks_from", "main"))
    keywords = task.keywords if verb == "import" else inherited.with_those_of(options.get("apply", {}))
    yield from tasks_of_file(file, keywords)


def shares_facts(task: Task) -> bool:
    """Return whether the task leaves one dictionary of facts to all hosts."""
    if not task.keywords.run_once or task.action in RUNS_NO_MODULE:
        return False
    return task.action in SETS_FACTS or not task.keywords.delegated or "delegate_facts" in task.entry


def complaints(tasks: t.Iterable[Task]) -> list[str]:
    return sorted({str(task) for task in tasks if shares_facts(task)})


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.name)
def test_no_task_of_a_playbook_that_runs_once_sets_facts(playbook: Path) -> None:
    assert complaints(tasks_of_playbook(playbook)) == []


@pytest.mark.parametrize("role", sorted((PROJECT / "roles").iterdir()), ids=lambda path: path.name)
def test_no_task_of_a_role_that_runs_once_sets_facts(role: Path) -> None:
    files = sorted((role / "tasks").rglob("*.yml"))
    assert complaints(task for file in files for task in tasks_of_file(file, Keywords())) == []
