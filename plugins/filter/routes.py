# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that joins leases with instances."""

from __future__ import annotations

DOCUMENTATION = r"""
name: routes
short_description: The route entries that leases call for
description:
  - Joins leases with the nodes of the inventory and with the instances of a VPC.
  - A lease makes a route only when its address belongs to a node, that address is the primary address of the primary network interface
    of exactly one instance in the VPC, and the instance is the one that the inventory names, if it names one.
  - Anything else is reported, and protected from a purge.
positional: _input
options:
  _input:
    description: Leases, as in RV(alicloud.flannel.flannel_lease_info#module:leases).
    type: list
    elements: dict
    required: true
  nodes:
    description: The nodes, as the filter P(alicloud.flannel.nodes#filter) returns them.
    type: list
    elements: dict
    required: true
  instances:
    description: The instances, as in RV(alicloud.flannel.ali_instance_info#module:instances).
    type: list
    elements: dict
    required: true
  vpc_id:
    description: ID of the VPC in which the routes are made.
    type: str
    required: true
  unusable:
    description:
      - Records in etcd that can't be right, as in RV(alicloud.flannel.flannel_lease_info#module:unusable).
      - They make no routes. A node that only such records name is refused, with their keys.
    type: list
    elements: dict
    default: []
seealso:
  - plugin: alicloud.flannel.nodes
    plugin_type: filter
  - module: alicloud.flannel.ali_vpc_route
"""

EXAMPLES = r"""
- name: Show the routes that the leases result in
  ansible.builtin.debug:
    msg: "{{ leases.leases | alicloud.flannel.routes(nodes=nodes, instances=instances.instances, vpc_id='vpc-bp1example') }}"
"""

RETURN = r"""
_value:
  description:
    - C(routes) has the entries to make, for O(alicloud.flannel.ali_vpc_route#module:routes).
    - C(refused) has the nodes that get no route, each with the reason.
    - C(checked) has the instances of routes whose source/destination check is on, and drops what containers send.
    - C(ignored) has the leases that belong to no node.
    - C(keep_destinations) and C(keep_next_hops) are what a purge must leave alone, namely the destinations of all leases without a route,
      and the instances of all nodes without a route. Once a node has its route, its other entries may go.
  type: dict
  sample:
    routes:
      - destination: 198.51.100.0/26
        next_hop_id: i-bp1example
        name: node-1
    refused:
      - node: node-2
        address: 192.0.2.12
        reason: there is no lease for 192.0.2.12; the role network_config reserves one
    checked: []
    ignored:
      - subnet: 198.51.100.64/26
        public_ip: 192.0.2.99
        reason: 192.0.2.99 is the address of no node in the inventory
    keep_destinations:
      - 198.51.100.64/26
    keep_next_hops:
      - i-bp2example
"""


from ..module_utils._cluster.join import plan_routes
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(routes=plan_routes)
