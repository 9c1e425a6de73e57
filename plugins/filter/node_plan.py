# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role flanneld, not for playbooks: what is to be done on a node, from what was observed there and what it is to be."""

from __future__ import annotations

import typing as t

from ..module_utils._flannel.node.plan import plan_node
from ..plugin_utils._filters import filter_module


def node_plan(observation: t.Any, desired: t.Mapping[str, t.Any], problems: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """Return the problems and steps of a node; ``problems`` of its variables are told alone."""
    return plan_node(observation, desired, problems).public()


FilterModule = filter_module(node_plan=node_plan)
