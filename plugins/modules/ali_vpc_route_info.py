#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_vpc_route_info
short_description: Read the route tables of a VPC
description:
  - Reads a VPC with its vSwitches, and its route tables with their entries of every type, owners and quota.
  - With O(routes) it also says how each table differs from them.
options:
  vpc_id:
    description: ID of the VPC.
    type: str
    required: true
  tables:
    description:
      - Which route tables to read; tables of gateways are never included.
      - V(nodes) is the tables that the vSwitches of the next hops of O(routes) use; without O(routes) it is V(all).
    type: str
    choices: [nodes, system, all]
    default: all
  route_table_ids:
    description: IDs of the route tables to read.
    type: list
    elements: str
  route_quota:
    description:
      - How many custom entries each table may have.
      - When left out, the Quota Center is asked; when it does not answer, 200 is assumed.
    type: int
  routes:
    description: The desired routes; how the tables differ from them is returned as RV(tables[].drift).
    type: list
    elements: dict
    version_added: 0.2.0
    suboptions:
      destination:
        description: IPv4 CIDR of the destination.
        type: str
        required: true
      next_hop_id:
        description: ID of the instance that the route points to.
        type: str
        required: true
      name:
        description: Name of the route, the part of the entry's name after the owner. When left out, any name will do.
        type: str
      description:
        description: Description of the entry. When left out or empty, any description will do.
        type: str
  owner:
    description: Name that marks entries as this cluster's. Required with O(routes).
    type: str
    version_added: 0.2.0
  scope:
    description: CIDRs in which destinations must lie. Required with O(routes).
    type: list
    elements: str
    version_added: 0.2.0
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._attributes.info
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_vpc_route
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Read every route table of a VPC
  alicloud.flannel.ali_vpc_route_info:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
  register: vpc_routes

- name: Show the destinations that a cluster owns
  ansible.builtin.debug:
    msg: "{{ item.entries | selectattr('owner', 'equalto', 'example') | map(attribute='destination') }}"
  loop: "{{ vpc_routes.tables }}"
  loop_control:
    label: "{{ item.route_table_id }}"

- name: Compare the tables with the desired routes
  alicloud.flannel.ali_vpc_route_info:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    owner: example
    scope: [198.51.100.0/24]
    routes:
      - destination: 198.51.100.0/26
        next_hop_id: i-bp1example
        name: node-1
  register: vpc_routes

- name: Fail when something differs
  ansible.builtin.assert:
    that: vpc_routes.tables | map(attribute='drift') | flatten | length == 0
    fail_msg: "{{ vpc_routes.tables | map(attribute='drift') | flatten }}"
"""

RETURN = r"""
vpc:
  description: The VPC.
  returned: success
  type: dict
  contains:
    vpc_id:
      description: ID of the VPC.
      returned: success
      type: str
      sample: vpc-bp1example
    cidr_block:
      description: CIDR of the VPC.
      returned: success
      type: str
      sample: 192.0.2.0/24
    secondary_cidr_blocks:
      description: Further CIDRs of the VPC.
      returned: success
      type: list
      elements: str
      sample: []
    vswitches:
      description: The vSwitches, each with the route table that it uses.
      returned: success
      type: list
      elements: dict
      sample: [{vswitch_id: vsw-bp1example, cidr_block: 192.0.2.0/25, route_table_id: vtb-bp1example}]
tables:
  description: The route tables.
  returned: success
  type: list
  elements: dict
  contains:
    route_table_id:
      description: ID of the route table.
      returned: success
      type: str
      sample: vtb-bp1example
    route_table_type:
      description: Type of the table, V(System) or V(Custom).
      returned: success
      type: str
      sample: System
    vswitch_ids:
      description: IDs of the vSwitches that use the table.
      returned: success
      type: list
      elements: str
      sample: [vsw-bp1example]
    quota:
      description: Custom entries in the table, how many it may have, and who says so (V(option), V(quota_center) or V(default)).
      returned: success
      type: dict
      sample: {used: 3, limit: 200, source: quota_center}
    entries:
      description:
        - The entries, sorted by destination.
        - The owner is the part of the name before the first slash, V(null) without one.
        - The field C(next_hop_id) is V(null) for an entry that does not have exactly one next hop.
      returned: success
      type: list
      elements: dict
      sample:
        - route_entry_id: rte-bp1example
          destination: 198.51.100.0/26
          next_hop_id: i-bp1example
          next_hops: [{next_hop_type: Instance, next_hop_id: i-bp1example}]
          type: Custom
          status: Available
          name: example/node-1
          description: ''
          owner: example
    drift:
      description: What differs from O(routes), sorted by destination.
      returned: when O(routes) is given
      type: list
      elements: dict
      contains:
        kind:
          description:
            - V(missing) has no entry.
            - V(wrong_next_hop) is an entry of the owner that points elsewhere.
            - V(renamed) is an entry of the owner whose name or description differs.
            - V(unsettled) is an entry that is not V(Available) yet.
            - V(unowned) is an entry that points where it should but lacks the owner's mark.
            - V(taken) is an entry of somebody else that points elsewhere.
            - V(unwanted) is an entry of the owner that is not in O(routes).
          returned: always
          type: str
          sample: wrong_next_hop
        destination:
          description: CIDR of the destination.
          returned: always
          type: str
          sample: 198.51.100.0/26
        next_hop_id:
          description: ID of the desired instance; V(null) for an unwanted entry.
          returned: always
          type: str
          sample: i-bp1example
        actual_next_hop_id:
          description: ID of the next hop that the entry has; V(null) without an entry.
          returned: always
          type: str
          sample: i-bp2example
        route_entry_id:
          description: ID of the entry; V(null) without one.
          returned: always
          type: str
          sample: rte-bp1example
        reason:
          description: Further details, if there are any.
          returned: always
          type: str
          sample: the entry is Pending
api_calls:
  description: Number of requests that were made to the API.
  returned: success
  type: int
  sample: 5
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.argspec import alicloud_argument_spec
from ..module_utils._core.runner import run_info
from ..module_utils._routes.resource import read_routes

ROUTE = {
    "destination": {"type": "str", "required": True},
    "next_hop_id": {"type": "str", "required": True},
    "name": {"type": "str"},
    "description": {"type": "str"},
}


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "vpc_id": {"type": "str", "required": True},
        "tables": {"type": "str", "choices": ["nodes", "system", "all"], "default": "all"},
        "route_table_ids": {"type": "list", "elements": "str"},
        "route_quota": {"type": "int"},
        "routes": {"type": "list", "elements": "dict", "options": ROUTE},
        "owner": {"type": "str"},
        "scope": {"type": "list", "elements": "str"},
        **alicloud_argument_spec(),
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        mutually_exclusive=[("tables", "route_table_ids")],
        required_together=[("routes", "owner", "scope")],
        supports_check_mode=True,
    )
    run_info(module, read_routes)


if __name__ == "__main__":
    main()
