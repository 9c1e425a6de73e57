# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Docker's daemon.json: how it gets a node's subnet, and how it is restored. Pure."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from .._core.item import Item

KEYS = ("bip", "mtu", "ip-masq")


@dataclass(frozen=True)
class DockerPlan:
    """The desired daemon.json, and which values to remember of the keys that are ours."""

    config: Item
    before: Item
    changed: bool
    problems: tuple[str, ...] = ()

    def public(self) -> dict[str, t.Any]:
        """Return the plan as the filter returns it."""
        return {"config": dict(self.config), "before": dict(self.before), "changed": self.changed, "problems": list(self.problems)}


def plan_docker(current: str, before: str, subnet: Item | None, command: str = "") -> DockerPlan:
    """Plan daemon.json: from its text, what was remembered of it (empty: nothing), and the desired values (None: restore it)."""
    try:
        config = _parse(current)
        remembered = _parse(before)
    except ValueError as exc:
        return DockerPlan({}, {}, False, (f"Docker's daemon.json, or what was remembered of it, {exc}. Correct it.",))
    problems = _flag_problems(command) if subnet else []
    # What is remembered dates from before the first run: values that are ours by now say nothing about it.
    kept = remembered if before else {key: config[key] for key in KEYS if key in config}
    restored = {**{key: value for key, value in config.items() if key not in KEYS}, **kept} if before else config
    desired = {**config, **subnet} if subnet else restored
    return DockerPlan(desired, kept, desired != config, tuple(problems))


def _parse(text: str) -> Item:
    try:
        config = json.loads(text) if text.strip() else {}
    except ValueError:
        raise ValueError("is not valid JSON") from None
    if not isinstance(config, dict):
        raise ValueError("is not a JSON object")
    return t.cast("Item", config)


def _flag_problems(command: str) -> list[str]:
    """Docker does not start with an option that is both in its command and in daemon.json."""
    flags = [f"--{key}" for key in KEYS if re.search(rf"(?<!\S)--{key}(?![\w-])", command)]
    if not flags:
        return []
    return [f"Docker's start command has {', '.join(flags)}, which the node's subnet determines. Remove it from docker.service."]
