# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns nodes into reservations."""

from __future__ import annotations

DOCUMENTATION = r"""
name: reservations
short_description: The leases to reserve for the nodes of a cluster
description:
  - Turns nodes into the O(alicloud.flannel.flannel_lease#module:leases) of M(alicloud.flannel.flannel_lease).
positional: _input
options:
  _input:
    description: Nodes, as P(alicloud.flannel.nodes#filter) returns them.
    type: list
    elements: dict
    required: true
seealso:
  - plugin: alicloud.flannel.nodes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Reserve a subnet for every node
  alicloud.flannel.flannel_lease:
    endpoints: ["https://192.0.2.11:2379"]
    leases: "{{ groups['flannel_nodes'] | alicloud.flannel.nodes(hostvars) | alicloud.flannel.reservations }}"
"""

RETURN = r"""
_value:
  description: One dictionary a node with C(public_ip), and C(subnet) where the inventory sets one.
  type: list
  elements: dict
  sample:
    - public_ip: 192.0.2.11
      subnet: 10.24.7.0/24
"""

from ..module_utils._flannel.nodes import reservations
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(reservations=reservations)
