# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that makes nodes out of inventory hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nodes
short_description: The nodes of a cluster, from the inventory
description:
  - Makes a list of nodes from the hosts of an inventory group. Reads the inventory's variables only, never facts.
  - Fails when the group is empty, when a host has no IPv4 address, and when two hosts have the same one.
positional: _input, hostvars
options:
  _input:
    description: Names of the hosts, such as RV(ignore:groups['flannel_nodes']).
    type: list
    elements: str
    required: true
  hostvars:
    description:
      - The variables of all hosts, as Ansible provides them.
      - A node's address is C(flannel_address), else C(ansible_host). Its instance is C(alicloud_instance_id)
        and its subnet C(flannel_subnet); both may be left out.
    type: dict
    required: true
seealso:
  - plugin: alicloud.flannel.routes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the instances of all nodes
  alicloud.flannel.ali_instance_info:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    private_ips: "{{ groups['flannel_nodes'] | alicloud.flannel.nodes(hostvars) | map(attribute='address') }}"
"""

RETURN = r"""
_value:
  description: One dictionary a node with C(name), C(address), C(instance_id) and C(subnet), sorted by address.
  type: list
  elements: dict
  sample:
    - name: node-1
      address: 192.0.2.11
      instance_id: i-bp1example
      subnet: null
"""


from ..module_utils._flannel.nodes import parse_nodes
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(nodes=parse_nodes)
