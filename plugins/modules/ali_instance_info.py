#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_instance_info
short_description: Read the ECS instances of a VPC
description:
  - Reads the instances of a VPC, all of them or those with the given IDs or private addresses.
  - Takes two calls for each 100 instances.
options:
  vpc_id:
    description: ID of the VPC.
    type: str
    required: true
  instance_ids:
    description: IDs of the instances to read.
    type: list
    elements: str
  private_ips:
    description: Private addresses of the instances to read.
    type: list
    elements: str
  security_groups:
    description:
      - Also read the rules of the instances' security groups, with one call for each group.
    type: bool
    default: false
    version_added: 0.2.0
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._attributes.info
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_source_dest_check
  - module: alicloud.flannel.ali_vpc_route
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Read two instances by their private addresses
  alicloud.flannel.ali_instance_info:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    private_ips:
      - 192.0.2.11
      - 192.0.2.12
  register: nodes

- name: Read all instances of a VPC
  alicloud.flannel.ali_instance_info:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
"""

RETURN = r"""
instances:
  description: The instances, sorted by ID. An ID or address without an instance has no item here.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: ID of the instance.
      returned: success
      type: str
      sample: i-bp1example
    name:
      description: Name of the instance.
      returned: success
      type: str
      sample: node-1
    status:
      description: Status of the instance, such as V(Running) or V(Stopped).
      returned: success
      type: str
      sample: Running
    region:
      description: ID of the region.
      returned: success
      type: str
      sample: cn-hangzhou
    zone_id:
      description: ID of the zone.
      returned: success
      type: str
      sample: cn-hangzhou-h
    vpc_id:
      description: ID of the VPC.
      returned: success
      type: str
      sample: vpc-bp1example
    vswitch_id:
      description: ID of the vSwitch of the primary network interface.
      returned: success
      type: str
      sample: vsw-bp1example
    primary_ip:
      description: Primary private address of the primary network interface.
      returned: success
      type: str
      sample: 192.0.2.11
    private_ips:
      description: All private addresses of all network interfaces, the primary one first.
      returned: success
      type: list
      elements: str
      sample: [192.0.2.11]
    public_ips:
      description: Public addresses that the instance was given when it was made. The elastic one is RV(instances[].eip).
      returned: success
      type: list
      elements: str
      sample: []
      version_added: 0.2.0
    eip:
      description: Elastic IP address that is bound to the instance.
      returned: success
      type: str
      sample: 203.0.113.11
      version_added: 0.2.0
    network_interface_id:
      description: ID of the primary network interface.
      returned: success
      type: str
      sample: eni-bp1example
    security_group_ids:
      description: IDs of the security groups.
      returned: success
      type: list
      elements: str
      sample: [sg-bp1example]
    source_dest_check:
      description: Whether the primary network interface drops packets of other addresses; V(null) where the region has no such check.
      returned: success
      type: bool
      sample: false
    tags:
      description: Tags of the instance.
      returned: success
      type: dict
      sample: {role: node}
security_groups:
  description: The security groups of these instances.
  returned: when O(security_groups=true)
  type: list
  elements: dict
  version_added: 0.2.0
  contains:
    security_group_id:
      description: ID of the security group.
      returned: success
      type: str
      sample: sg-bp1example
    rules:
      description:
        - The rules, as M(alicloud.flannel.ali_security_group) returns them.
        - V(null) when the permission C(ecs:DescribeSecurityGroupAttribute) is missing.
      returned: success
      type: list
      elements: dict
      sample: [{direction: ingress, protocol: all, port_range: -1/-1, cidr: 198.51.100.0/24, policy: accept, priority: 1}]
api_calls:
  description: Number of requests that were made to the API.
  returned: success
  type: int
  sample: 2
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.ecs.instance import read_instances
from ..module_utils._alicloud.ecs.security_group_resource import read_readable_rules
from ..module_utils._core.argspec import alicloud_argument_spec
from ..module_utils._core.runner import run_info


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "vpc_id": {"type": "str", "required": True},
        "instance_ids": {"type": "list", "elements": "str"},
        "private_ips": {"type": "list", "elements": "str"},
        "security_groups": {"type": "bool", "default": False},
        **alicloud_argument_spec(),
    }


def read(module: AnsibleModule) -> dict[str, t.Any]:
    """Return the instances that the module's options name."""
    client = AlicloudClient.from_module(module)
    options = module.params
    instances = read_instances(client, options["vpc_id"], instance_ids=options["instance_ids"], private_ips=options["private_ips"])
    found: dict[str, t.Any] = {"instances": instances}
    if options["security_groups"]:
        found["security_groups"] = read_readable_rules(client, (one for instance in instances for one in instance["security_group_ids"]))
    return {**found, "api_calls": client.api_calls}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        mutually_exclusive=[("instance_ids", "private_ips")],
        supports_check_mode=True,
    )
    run_info(module, read)


if __name__ == "__main__":
    main()
