# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What is to be removed from a node that leaves the network, in order. Pure."""

from __future__ import annotations

import typing as t

from . import paths
from .docker_step import plan_docker_back
from .observed import parse_node
from .plan import NodePlan
from .step import Step
from .steps import overlays

if t.TYPE_CHECKING:
    from .observed import ObservedNode


def plan_removal(answer: t.Any, name: str, network: str) -> NodePlan:
    """Plan to remove all that the role has put on a node, from what the node answered; raise BadAnswer for an answer without form."""
    return NodePlan(steps=tuple(_steps(parse_node(answer, name), network)))


def _steps(node: ObservedNode, network: str) -> t.Iterator[Step]:
    """Yield what stops and removes the role's parts; the script goes after it has removed its rules."""
    files = [path for path in (*paths.OWN_FILES, paths.OPT_DIR, paths.CNI_STATE) if path in node.files]
    parts = {
        "units": [unit for unit in paths.OWN_UNITS if paths.unit_file(unit) in node.files],
        "firewall": [path for path in files if path == paths.FIREWALL],
        "overlay": overlays(node, network),
        "bridge": [name for name in node.interfaces if name == paths.CNI_BRIDGE],
        "files": files,
    }
    yield from (Step(name, (f"there is {', '.join(found)}",), {"found": found}) for name, found in parts.items() if found)
    docker = plan_docker_back(node)
    if docker:
        yield docker
