# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be otherwise on members than the role leaves it."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    CA,
    CONFIG,
    DATA,
    LINK,
    OLD_PROGRAM,
    PROGRAM,
    TOOL,
    UNIT,
    Answer,
    Answers,
    converged,
    plan,
    see,
)

Change = t.Callable[[Answer], None]


def steps(answers: t.Mapping[str, t.Any], name: str = "n1", **options: t.Any) -> dict[str, str]:
    """Return the reasons of each step of a host."""
    return {step.name: "; ".join(step.reasons) for step in plan(answers, **options).hosts[name].steps}


def changed(change: Change, *names: str, wanted: t.Any = None) -> Answers:
    """Return members of which some are otherwise."""
    answers = converged(wanted=wanted)
    for name in names or ("n1",):
        change(answers[name])
    return see(answers)


def unit(**changes: t.Any) -> Change:
    return lambda answer: answer["unit"].update(changes)


def state(path: str, **changes: t.Any) -> Change:
    return lambda answer: answer["files"][path].update(changes)


def gone(path: str) -> Change:
    return lambda answer: answer["files"].update({path: None})


def program(path: str, version: str = "3.5.32") -> Change:
    return lambda answer: answer.update(program={"path": path, "version": version})


# What is otherwise on a member, and the steps that this makes, each with a word of its reasons.
TEST_STEPS: list[tuple[str, Change, dict[str, str]]] = [
    ("another program", program(OLD_PROGRAM), {"install": OLD_PROGRAM, "restart": LINK}),
    ("no program", program("", ""), {"install": "missing", "restart": LINK}),
    ("no tool", gone(TOOL), {"install": TOOL}),
    ("a tool of another kind", state(TOOL, kind="file", target=None), {"install": TOOL}),
    ("a tool of another version", state(TOOL, target="/opt/etcd-3.5.32/etcdctl"), {"install": "is /opt/etcd-3.5.32/etcdctl, not"}),
    ("a process of another program", unit(running_program=OLD_PROGRAM), {"restart": LINK}),
    ("a program that was deleted", unit(running_program=f"{PROGRAM} (deleted)"), {"restart": LINK}),
    ("another configuration", state(CONFIG, sha256="0" * 64), {"configure": CONFIG, "restart": CONFIG}),
    ("no configuration", gone(CONFIG), {"configure": CONFIG, "restart": CONFIG}),
    ("a configuration for all", state(CONFIG, mode="0644"), {"configure": CONFIG}),
    ("another owner of the configuration", state(CONFIG, owner="etcd"), {"configure": CONFIG}),
    ("a configuration that was not read", state(CONFIG, is_newer_than_start=True), {"restart": CONFIG}),
    ("another unit", state(UNIT, sha256="0" * 64), {"configure": UNIT, "restart": UNIT}),
    ("a link instead of the unit", state(UNIT, kind="link"), {"configure": UNIT, "restart": UNIT}),
    ("a unit that was not read", unit(needs_reload=True), {"start": "has not read"}),
    ("a CA that was not read", state(CA, is_newer_than_start=True), {"restart": CA}),
    ("data of nobody", state(DATA, owner="0", group="0"), {"user": DATA, "configure": DATA}),
    ("data for all", state(DATA, mode="0755"), {"configure": DATA}),
    ("etcd is down", unit(is_active=False, pid=0, running_program=""), {"start": "does not run"}),
    ("etcd waits for others", unit(is_active=False), {"start": "does not run"}),
    ("etcd does not boot", unit(is_enabled=False), {"start": "at boot"}),
]
