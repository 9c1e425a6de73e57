#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_vpc
version_added: 0.2.0
short_description: Make, change or remove a VPC
description:
  - Makes a VPC, with its vRouter and its system route table, and waits until it is available.
  - Changes its name, description, tags and secondary CIDR blocks. Its primary CIDR block is never changed.
  - A VPC is removed only when it has no vSwitch, custom route table, custom entry in the system table or security group; otherwise
    these are named.
options:
  vpc_id:
    description: ID of the VPC. It must exist, unless it is to be removed.
    type: str
  cidr_block:
    description: Primary CIDR block, with a mask of 8 to 28 bits. Required for a new VPC.
    type: str
  secondary_cidr_blocks:
    description: Secondary CIDR blocks that the VPC must have, at most 5.
    type: list
    elements: str
  purge_secondary_cidr_blocks:
    description: Whether to remove all other secondary CIDR blocks. One that contains a vSwitch fails the task.
    type: bool
    default: false
  description:
    description: Description of the VPC, 1 to 256 characters that do not begin with C(http://) or C(https://).
    type: str
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._alicloud_object
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_vpc_info
  - module: alicloud.flannel.ali_vswitch
  - module: alicloud.flannel.ali_route_table
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: A VPC for cluster k1
  alicloud.flannel.ali_vpc:
    region: cn-hangzhou
    name: k1
    cidr_block: 172.16.0.0/16
    tags:
      cluster: k1
  register: k1

- name: Remove it
  alicloud.flannel.ali_vpc:
    region: cn-hangzhou
    name: k1
    tags:
      cluster: k1
    state: absent
"""

RETURN = r"""
vpc:
  description: The VPC after the task, empty when there is none. In check mode, as it would be.
  returned: success
  type: dict
  contains:
    vpc_id:
      description: ID of the VPC; V(null) in check mode if it would be made.
      returned: when there is one
      type: str
      sample: vpc-bp1example
    name:
      description: Name of the VPC.
      returned: when there is one
      type: str
      sample: k1
    description:
      description: Description of the VPC, empty when it has none.
      returned: when there is one
      type: str
      sample: containers of k1
    status:
      description: Status of the VPC.
      returned: when there is one
      type: str
      sample: Available
    cidr_block:
      description: Primary CIDR block.
      returned: when there is one
      type: str
      sample: 172.16.0.0/16
    secondary_cidr_blocks:
      description: Secondary CIDR blocks, in the order of their addresses.
      returned: when there is one
      type: list
      elements: str
      sample: [172.18.0.0/16]
    vrouter_id:
      description: ID of the vRouter of the VPC; V(null) in check mode if it would be made.
      returned: when there is one
      type: str
      sample: vrt-bp1example
    route_table_id:
      description: ID of the system route table of the VPC; V(null) in check mode if it would be made.
      returned: when there is one
      type: str
      sample: vtb-bp1example
    tags:
      description: Tags, without the cloud's own.
      returned: when there is one
      type: dict
      sample: {cluster: k1}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.vpc.resource import vpc_resource
from ..module_utils._core.argspec import alicloud_argument_spec, object_argument_spec
from ..module_utils._core.runner import run

if t.TYPE_CHECKING:
    from ..module_utils._alicloud.object_plan import ObjectResource


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "vpc_id": {"type": "str"},
        "cidr_block": {"type": "str"},
        "secondary_cidr_blocks": {"type": "list", "elements": "str"},
        "purge_secondary_cidr_blocks": {"type": "bool", "default": False},
        "description": {"type": "str"},
        **object_argument_spec(),
        **alicloud_argument_spec(),
    }


def make_resource(module: AnsibleModule) -> ObjectResource:
    """Return the resource that the module's options describe."""
    return vpc_resource(AlicloudClient.from_module(module, module.params["wait_timeout"]), module.params)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=argument_spec(), required_one_of=[("vpc_id", "name")], supports_check_mode=True)
    run(module, make_resource)


if __name__ == "__main__":
    main()
