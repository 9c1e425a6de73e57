# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that reads leases back from route entries."""

from __future__ import annotations

DOCUMENTATION = r"""
name: leases_from_routes
version_added: 0.2.0
short_description: The leases that a VPC's route entries stand for
description:
  - Says which node has which subnet when etcd has lost its leases, from the route entries that were made from them.
  - An entry of the owner counts when it leads to a single instance. That instance decides whose subnet it is,
    and the name of the entry may not name another node.
  - An entry that leads to an instance which is no node of the inventory makes a lease for that instance's primary address,
    so that nobody else gets the subnet.
  - Whatever is in doubt is a problem. A node's C(subnet), from C(flannel_subnet) in the inventory, settles which of
    several subnets is its own.
positional: _input
options:
  _input:
    description: The route tables, as RV(alicloud.flannel.ali_vpc_route_info#module:tables) has them.
    type: list
    elements: dict
    required: true
  nodes:
    description: The nodes, as the filter P(alicloud.flannel.nodes#filter) makes them.
    type: list
    elements: dict
    required: true
  instances:
    description: All instances of the VPC, as RV(alicloud.flannel.ali_instance_info#module:instances) has them.
    type: list
    elements: dict
    required: true
  vpc_id:
    description: ID of the VPC.
    type: str
    required: true
  owner:
    description: The name that marks the cluster's route entries.
    type: str
    required: true
  config:
    description: The network config, as a dictionary or as JSON text. Its backend is one that has routes in the VPC.
    type: raw
    required: true
  leases:
    description: The leases that etcd does hold. None may differ from the entries.
    type: list
    elements: dict
    default: []
seealso:
  - module: alicloud.flannel.flannel_lease
  - plugin: alicloud.flannel.routes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the leases that the route tables remember
  ansible.builtin.debug:
    msg: >-
      {{ cloud.tables | alicloud.flannel.leases_from_routes(
           nodes=groups['flannel_nodes'] | alicloud.flannel.nodes(hostvars), instances=all.instances,
           vpc_id='vpc-bp1example', owner='example', config=config) }}
  vars:
    config:
      Network: 10.24.0.0/16
      Backend:
        Type: alloc
"""

RETURN = r"""
_value:
  description:
    - C(leases) has the leases, for O(alicloud.flannel.flannel_lease#module:leases).
    - C(problems) has what speaks against writing them, in sentences. With any, nothing should be written.
    - C(reported) has what else an operator should know, in sentences.
  type: dict
  sample:
    leases:
      - public_ip: 192.0.2.11
        subnet: 10.24.1.0/24
    problems: []
    reported:
      - node-2 has no route entry; site.yml gives it a free subnet.
"""

import typing as t

from ..module_utils._cluster.recovery import plan_recovery


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"leases_from_routes": plan_recovery}
