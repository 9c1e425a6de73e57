# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every playbook that users run begins with the check of the inventory, and says which variables it can't do without."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.catalogue import SETTINGS
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.setting import CONTROLLER, MEMBERS, NODES

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
DOCS = Path(__file__).parents[3] / "docs"
# Only parts of others, which check the inventory first.
PARTS = {
    "backend",
    "etcd",
    "etcd_ca_rollover_step",
    "flannel",
    "identity",
    "leases",
    "network",
    "preflight",
    "records",
    "renew",
    "vpc_routes",
    "whole",
}
USERS = sorted({path.stem for path in PLAYBOOKS.glob("*.yml")} - PARTS)


def plays_of(name: str) -> list[dict[str, t.Any]]:
    """Return a playbook's plays, with those of a playbook that it begins with in their place."""
    plays = yaml.safe_load((PLAYBOOKS / f"{name}.yml").read_text())
    first = plays[0].get("ansible.builtin.import_playbook")
    return plays if first in (None, "preflight.yml", "whole.yml") else [*plays_of(first.partition(".")[0]), *plays[1:]]


@pytest.mark.parametrize("name", USERS)
def test_a_playbook_checks_the_inventory_first(name: str) -> None:
    plays = plays_of(name)
    # What may only run as a whole says so first; that is quick, and reads no variable.
    first = plays[1] if plays[0].get("ansible.builtin.import_playbook") == "whole.yml" else plays[0]
    assert first.get("ansible.builtin.import_playbook") == "preflight.yml"
    assert first["vars"]["_flannel_runs_on"] in (NODES, MEMBERS, CONTROLLER)
    assert sorted(set(first["vars"].get("_flannel_required", [])) - set(SETTINGS)) == []


def test_parts_are_not_for_users() -> None:
    documented = {name for page in DOCS.rglob("*.md") for name in re.findall(r"alicloud\.flannel\.([a-z_]+)", page.read_text())}
    assert sorted(documented & PARTS) == []
    assert {"site", "routes", "verify", "teardown", "provision"} <= set(USERS)


def test_the_check_contacts_nobody_and_is_always_there() -> None:
    (play,) = yaml.safe_load((PLAYBOOKS / "preflight.yml").read_text())
    assert (play["hosts"], play["gather_facts"], play["tags"]) == ("all:localhost", False, "always")
    # Actions of the controller: no module is sent to a host.
    actions = {"ansible.builtin.assert", "ansible.builtin.fail"}
    assert [task["name"] for task in play["tasks"] if not (actions & set(task) and task["run_once"])] == []


def test_roles_do_not_check_again_what_the_inventory_check_has() -> None:
    imports = [
        (path.stem, task["ansible.builtin.import_role"])
        for path in PLAYBOOKS.glob("*.yml")
        for play in yaml.safe_load(path.read_text())
        for task in play.get("tasks", [])
        if "ansible.builtin.import_role" in task
    ]
    assert len(imports) > 20
    assert [name for name, role in imports if role.get("rolespec_validate") is not False] == []
