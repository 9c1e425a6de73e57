# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every task of the roles and playbooks, with the keywords of the plays and blocks around it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

import yaml
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

COMMANDS = ("command", "shell")
_SECTIONS = ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always")

Keywords = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Task:
    """One task. ``keywords`` are its own and what it inherits; variables of all levels are merged."""

    place: str
    keywords: Keywords

    @property
    def variables(self) -> Keywords:
        """Return the variables that are set for the task."""
        return t.cast("Keywords", self.keywords.get("vars") or {})

    def options(self, *modules: str) -> t.Any:
        """Return the options of the first of these modules of ansible.builtin that the task calls; None when it calls none of them."""
        return next((self.keywords[name] for name in (f"ansible.builtin.{module}" for module in modules) if name in self.keywords), None)


def list_tasks() -> list[Task]:
    """Return all tasks, those of plays in the playbooks as well."""
    files = [*PROJECT.glob("roles/*/tasks/**/*.yml"), *PROJECT.glob("playbooks/*.yml")]
    return [task for file in sorted(files) for task in _walk(yaml.safe_load(file.read_text()), str(file.relative_to(PROJECT)), {})]


def _walk(entries: t.Iterable[dict[str, t.Any]], file: str, inherited: Keywords) -> t.Iterator[Task]:
    for entry in entries:
        own = {key: value for key, value in entry.items() if key not in _SECTIONS}
        keywords = {**inherited, **own, "vars": {**inherited.get("vars", {}), **own.get("vars", {})}}
        sections = [entry[section] for section in _SECTIONS if section in entry]
        if not sections and "roles" not in entry:
            yield Task(f"{file}: {entry.get('name')}", keywords)
        for section in sections:
            yield from _walk(section, file, keywords)
