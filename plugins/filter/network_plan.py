# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role network_config, not for playbooks: which config and reservations to write, and what speaks against them."""

from __future__ import annotations

import typing as t

from ..module_utils._cluster.network_plan import Cloud, parse_desired_network, plan_network
from ..plugin_utils._filters import filter_module

if t.TYPE_CHECKING:
    from ..module_utils._core.item import Item


def network_plan(desired: Item, published: Item | None = None, cloud: Item | None = None, present: Item | None = None) -> dict[str, t.Any]:
    """Return the plan; ``cloud`` and ``present`` are what ali_vpc_route_info and ali_instance_info returned, where they ran."""
    read = cloud or {}
    seen = Cloud(read.get("vpc"), read.get("tables") or (), (present or {}).get("instances"))
    return plan_network(parse_desired_network(desired), published, seen).public()


FilterModule = filter_module(network_plan=network_plan)
