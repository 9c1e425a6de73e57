# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that finds the route entries of nodes that are removed."""

from __future__ import annotations

DOCUMENTATION = r"""
name: node_routes
short_description: The route entries that go with nodes that are removed
version_added: 0.2.0
description:
  - Finds the owner's entries that lead to a subnet that such a node holds, or to its instance, or that have its name.
  - Entries to a subnet that another node holds are not among them.
positional: _input
options:
  _input:
    description: Leases, as RV(alicloud.flannel.flannel_lease_info#module:leases) has them.
    type: list
    elements: dict
    required: true
  removed:
    description: The nodes that are removed, each with C(name), C(public_ip) and C(instance_id).
    type: list
    elements: dict
    required: true
  instances:
    description: The instances that have their addresses, as RV(alicloud.flannel.ali_instance_info#module:instances) has them.
    type: list
    elements: dict
    required: true
  tables:
    description: The route tables, as RV(alicloud.flannel.ali_vpc_route_info#module:tables) has them.
    type: list
    elements: dict
    required: true
  owner:
    description: Name that marks the cluster's entries.
    type: str
    required: true
seealso:
  - plugin: alicloud.flannel.removal
    plugin_type: filter
  - module: alicloud.flannel.ali_vpc_route
"""

EXAMPLES = r"""
- name: Delete the entries of the nodes
  alicloud.flannel.ali_vpc_route:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    owner: example
    scope: [198.51.100.0/24]
    state: absent
    routes: >-
      {{
        leases.leases | alicloud.flannel.node_routes(
          removed=nodes, instances=instances.instances, tables=vpc_routes.tables, owner='example')
      }}
"""

RETURN = r"""
_value:
  description: What O(alicloud.flannel.ali_vpc_route#module:routes) takes with O(alicloud.flannel.ali_vpc_route#module:state=absent).
  type: list
  elements: dict
  sample:
    - destination: 198.51.100.64/26
      next_hop_id: i-bp2example
"""

import typing as t

from ..module_utils._cluster.removal import plan_node_routes

Items = t.Sequence[t.Mapping[str, t.Any]]


def node_routes(leases: Items, removed: Items, instances: Items, tables: Items, owner: str) -> list[dict[str, str]]:
    """Return the entries that go with the removed nodes."""
    return plan_node_routes(leases, removed, instances, tables, owner)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"node_routes": node_routes}
