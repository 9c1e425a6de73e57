# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Finds everything that is wrong with the variables of an inventory, and says it in sentences. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .catalogue import SETTINGS, role_settings
from .reading import Unreadable
from .rules import etcd, files, hosts, network
from .setting import CONTROLLER, MEMBERS, NODES, PAGE, Setting
from .show import name_some, shorten, show

if t.TYPE_CHECKING:
    from .inventory import Inventory

RULES = (*hosts.RULES, *network.RULES, *etcd.RULES, *files.RULES)

_EMPTY_GROUPS = {
    NODES: "The inventory has no host in the group flannel_nodes. Put every instance that carries containers there.",
    MEMBERS: "The inventory has no host in the group etcd. Put etcd's members there: 1, 3 or 5 hosts.",
}
_NO_ETCD = (
    "There is no etcd: the inventory has no host in the group etcd, and flannel_etcd is not set. Put 1, 3 or 5 hosts into the group, "
    "or describe an etcd of your own in flannel_etcd."
)


@dataclass(frozen=True)
class SettingProblem:
    """What is wrong with one value; the same on several hosts is said once."""

    path: str
    verdict: str
    reason: str
    remedy: str


def find_problems(inventory: Inventory, runs_on: str, required: t.Sequence[str] = ()) -> list[str]:
    """Return a sentence or two for each problem of a playbook that runs on a group, or on the controller, and needs some settings."""
    hosts_of_run = [CONTROLLER] if runs_on == CONTROLLER else inventory.groups.get(runs_on, ())
    if not hosts_of_run:
        return [_EMPTY_GROUPS[runs_on]]
    missing = {name: text for name in required for text in _missing(inventory, SETTINGS[name], hosts_of_run)}
    faulty = _find_faulty(inventory, {setting: inventory.readers(setting) for setting in SETTINGS.values()})
    missing = {name: text for name, text in missing.items() if name not in faulty}
    rules = [rule for rule in RULES if not {*missing, *faulty} & set(rule.settings)]
    return [
        *([_NO_ETCD] if runs_on == NODES and not inventory.members and inventory.shared("flannel_etcd") is None else []),
        *missing.values(),
        *(text for texts in faulty.values() for text in texts),
        *(text for rule in rules for text in rule.problems(inventory)),
    ]


def find_role_problems(inventory: Inventory, role: str, host: str) -> list[str]:
    """Return a sentence or two for each problem of the settings that a role has on a host."""
    faulty = _find_faulty(inventory, {setting: [host] for setting in role_settings(role).values()})
    rules = [rule for rule in RULES if role in rule.roles and not faulty.keys() & set(rule.settings)]
    return [*(text for texts in faulty.values() for text in texts), *(text for rule in rules for text in rule.problems(inventory))]


def _find_faulty(inventory: Inventory, readers: t.Mapping[Setting, t.Sequence[str]]) -> dict[str, list[str]]:
    """Return what is wrong with settings by themselves, by their names; those with which nothing is wrong are left out."""
    found = {setting.name: _faults(inventory, setting, hosts) for setting, hosts in readers.items()}
    return {name: texts for name, texts in found.items() if texts}


def _missing(inventory: Inventory, setting: Setting, hosts_of_run: t.Sequence[str]) -> t.Iterator[str]:
    lacking = [host for host in hosts_of_run if inventory.get(host, setting.name) is None]
    if not lacking or any(inventory.environment.get(name) for name in setting.environment):
        return
    environment = f", or {setting.environment[0]} in the controller's environment" if setting.environment else ""
    where = "" if len(lacking) == len(hosts_of_run) else f" on {name_some(lacking)}"
    yield (
        f"{setting.name} ({setting.what}) is not set{where}. It must be {_set_to(setting)}. "
        f"Set it {setting.place}{environment}; see {PAGE}."
    )


def _set_to(setting: Setting) -> str:
    return setting.form.expected.replace(", or empty", "")


def _faults(inventory: Inventory, setting: Setting, readers: t.Sequence[str]) -> list[str]:
    """Return what is wrong with the values that hosts have of one setting."""
    found: dict[SettingProblem, list[str]] = {}
    for host in readers:
        if setting.name in inventory.values[host]:
            for problem in _problems_of(setting, inventory.values[host][setting.name]):
                found.setdefault(problem, []).append(host)
    return [_say(setting, problem, some, readers) for problem, some in found.items()]


def _problems_of(setting: Setting, value: t.Any) -> t.Iterator[SettingProblem]:
    if isinstance(value, Unreadable):
        reason = "" if setting.secret else f": {shorten(value.reason, 200)}"
        yield SettingProblem("", "can't be worked out", reason, f"It must be {setting.form.expected}.")
        return
    for fault in setting.form.faults(value):
        verdict = f"is {show(fault.value, secret=setting.secret or fault.secret)}"
        yield SettingProblem(fault.path, verdict, "", f"It must be {fault.expected}.{fault.hint and ' ' + fault.hint}")


def _say(setting: Setting, problem: SettingProblem, some: t.Sequence[str], readers: t.Sequence[str]) -> str:
    where = "on all hosts" if len(some) == len(readers) > 1 else f"on {name_some(some)}"
    return f"{setting.name}{problem.path} ({setting.what}) {problem.verdict} {where}{problem.reason}. {problem.remedy}"
