# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role flanneld, not for playbooks: what is to be removed from a node, from what was observed there."""

from __future__ import annotations

import typing as t

from ..module_utils._flannel.node.removal import plan_removal
from ..plugin_utils._filters import filter_module


def node_removal(observation: t.Any, name: str, network: str) -> dict[str, t.Any]:
    """Return the steps that clear a node that leaves the network."""
    return plan_removal(observation, name, network).public()


FilterModule = filter_module(node_removal=node_removal)
