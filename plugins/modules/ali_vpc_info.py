#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_vpc_info
version_added: 0.2.0
short_description: Read VPCs with their vSwitches, route tables and security groups
description:
  - Returns the VPCs that have all of the tags and the name given, with their vSwitches, route tables and security groups, and the zones of
    the region.
  - For the routes in the tables there is M(alicloud.flannel.ali_vpc_route_info).
options:
  vpc_ids:
    description: Only VPCs with these IDs.
    type: list
    elements: str
  name:
    description: Only VPCs of this name.
    type: str
  tags:
    description: Only VPCs with these tags.
    type: dict
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._attributes.info
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_vpc
  - module: alicloud.flannel.ali_vpc_route_info
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: What belongs to cluster k1
  alicloud.flannel.ali_vpc_info:
    region: cn-hangzhou
    tags:
      cluster: k1
  register: found
"""

RETURN = r"""
zones:
  description: IDs of the zones of the region, sorted.
  returned: success
  type: list
  elements: str
  sample: [cn-hangzhou-h, cn-hangzhou-i]
vpcs:
  description: The VPCs, sorted by ID.
  returned: success
  type: list
  elements: dict
  contains:
    vpc_id:
      description: ID of the VPC.
      returned: success
      type: str
      sample: vpc-bp1example
    name:
      description: Name of the VPC.
      returned: success
      type: str
      sample: k1
    description:
      description: Description of the VPC, empty when it has none.
      returned: success
      type: str
      sample: containers of k1
    status:
      description: Status of the VPC.
      returned: success
      type: str
      sample: Available
    cidr_block:
      description: Primary CIDR block.
      returned: success
      type: str
      sample: 172.16.0.0/16
    secondary_cidr_blocks:
      description: Secondary CIDR blocks, in the order of their addresses.
      returned: success
      type: list
      elements: str
      sample: [172.18.0.0/16]
    vrouter_id:
      description: ID of the vRouter of the VPC.
      returned: success
      type: str
      sample: vrt-bp1example
    route_table_id:
      description: ID of the system route table of the VPC.
      returned: success
      type: str
      sample: vtb-bp1example
    tags:
      description: Tags, without the cloud's own.
      returned: success
      type: dict
      sample: {cluster: k1}
    vswitches:
      description: The vSwitches of the VPC, sorted by ID.
      returned: success
      type: list
      elements: dict
      contains:
        vswitch_id:
          description: ID of the vSwitch.
          returned: success
          type: str
          sample: vsw-bp1example
        name:
          description: Name of the vSwitch.
          returned: success
          type: str
          sample: k1-a
        status:
          description: Status of the vSwitch.
          returned: success
          type: str
          sample: Available
        vpc_id:
          description: ID of its VPC.
          returned: success
          type: str
          sample: vpc-bp1example
        zone_id:
          description: Zone of the vSwitch.
          returned: success
          type: str
          sample: cn-hangzhou-h
        cidr_block:
          description: CIDR block of the vSwitch.
          returned: success
          type: str
          sample: 172.16.0.0/24
        route_table_id:
          description: ID of the route table that it uses.
          returned: success
          type: str
          sample: vtb-bp1example
        tags:
          description: Tags, without the cloud's own.
          returned: success
          type: dict
          sample: {cluster: k1}
    route_tables:
      description: The route tables of the VPC, sorted by ID.
      returned: success
      type: list
      elements: dict
      contains:
        route_table_id:
          description: ID of the route table.
          returned: success
          type: str
          sample: vtb-bp2example
        name:
          description: Name of the route table.
          returned: success
          type: str
          sample: k1-b
        status:
          description: Status of the route table.
          returned: success
          type: str
          sample: Available
        vpc_id:
          description: ID of its VPC.
          returned: success
          type: str
          sample: vpc-bp1example
        route_table_type:
          description: V(Custom), or V(System) for the table that every VPC has.
          returned: success
          type: str
          sample: Custom
        vswitch_ids:
          description: IDs of the vSwitches that use it, sorted.
          returned: success
          type: list
          elements: str
          sample: [vsw-bp1example]
        tags:
          description: Tags, without the cloud's own.
          returned: success
          type: dict
          sample: {cluster: k1}
    security_groups:
      description: The security groups of the VPC, sorted by ID.
      returned: success
      type: list
      elements: dict
      contains:
        security_group_id:
          description: ID of the security group.
          returned: success
          type: str
          sample: sg-bp1example
        name:
          description: Name of the security group.
          returned: success
          type: str
          sample: k1
        tags:
          description: Tags, without the cloud's own.
          returned: success
          type: dict
          sample: {cluster: k1}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.vpc.read import read_vpcs_with_parts, read_zones
from ..module_utils._core.argspec import alicloud_argument_spec
from ..module_utils._core.runner import run_info


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "vpc_ids": {"type": "list", "elements": "str"},
        "name": {"type": "str"},
        "tags": {"type": "dict"},
        **alicloud_argument_spec(),
    }


def read(module: AnsibleModule) -> dict[str, t.Any]:
    """Return what the module returns."""
    client = AlicloudClient.from_module(module)
    return {"vpcs": read_vpcs_with_parts(client, module.params), "zones": list(read_zones(client))}


def main() -> None:
    """Run the module."""
    run_info(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), read)


if __name__ == "__main__":
    main()
