# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is removed from a node that leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.answer import BadAnswer
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node import paths
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.observed import Interface
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.removal import plan_removal
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._flannel.node.example_node import (
    NETWORK,
    WISHES,
    answer,
    bare,
    converged,
    desired,
)


@pytest.mark.parametrize("wish", WISHES)
def test_all_that_the_role_made_is_removed(wish: str) -> None:
    node = converged(desired(**WISHES[wish]))
    steps = plan_removal(answer(node), "n1", NETWORK).public()["steps"]
    made = set(node.files) - set(bare().files) - {"/etc/flannel", "/etc/cni/net.d", "/etc/docker"}
    left = {path for path in made if not any(path == gone or path.startswith(f"{gone}/") for gone in steps["files"]["found"])}
    assert left == set()
    assert ("docker" in steps) == (wish == "docker")


def test_rules_go_before_their_script_and_units_first() -> None:
    links = {"flannel.1": Interface(1450, ("10.24.1.0/32",)), paths.CNI_BRIDGE: Interface(1500, ())}
    node = converged(desired())
    steps = plan_removal(answer(replace(node, interfaces={**node.interfaces, **links})), "n1", NETWORK).public()["steps"]
    assert list(steps) == ["units", "firewall", "overlay", "bridge", "files"]
    assert steps["overlay"]["found"] == ["flannel.1"]


def test_there_is_nothing_to_remove_from_a_bare_node() -> None:
    assert plan_removal(answer(bare()), "n1", NETWORK).public()["steps"] == {}


def test_nonsense_removes_nothing() -> None:
    with pytest.raises(BadAnswer, match="What n1 says of itself can't be used"):
        plan_removal({"files": 3}, "n1", NETWORK)
