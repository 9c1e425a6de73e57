# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For remove_node.yml and teardown.yml: which nodes a removal is about."""

from __future__ import annotations

import typing as t

from ..module_utils._cluster.removal import NodeRemoval, plan_node_removal
from ..plugin_utils._filters import filter_module


def removal(nodes: t.Sequence[t.Mapping[str, t.Any]], **request: t.Any) -> dict[str, t.Any]:
    """Return the nodes to remove, what speaks against it, and what to do afterwards."""
    return plan_node_removal(nodes, NodeRemoval(**request))


FilterModule = filter_module(removal=removal)
