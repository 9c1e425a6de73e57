# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role network_config, not for playbooks: which nodes are no instances of the VPC."""

from __future__ import annotations

import typing as t

from ..module_utils._cluster import join
from ..plugin_utils._filters import filter_module

if t.TYPE_CHECKING:
    from ..module_utils._core.item import Item


def unknown_nodes(nodes: t.Sequence[Item], instances: t.Sequence[Item], tables: t.Sequence[Item], vpc_id: str, owner: str) -> list[str]:
    """Return a sentence for each node that is no instance of the VPC and never had a route."""
    return join.unknown_nodes(nodes, instances, tables, vpc_id, owner)


FilterModule = filter_module(unknown_nodes=unknown_nodes)
