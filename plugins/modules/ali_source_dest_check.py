#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_source_dest_check
short_description: Set the source/destination check of ECS instances
description:
  - Sets the source/destination check of the primary network interfaces of instances.
  - With the check on, an instance drops every packet that is not from or to an address of its own, including what containers send
    and receive over correct routes. It is on by default in newer accounts.
  - Only interfaces that are not as desired yet are written, with one call each. In a region without this check there is nothing to do.
options:
  instance_ids:
    description: IDs of the instances. An unknown one fails the task before anything is written.
    type: list
    elements: str
    required: true
  vpc_id:
    description: ID of the VPC in which the instances must be.
    type: str
  enabled:
    description: Whether the check is to be on.
    type: bool
    default: false
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_instance_info
  - module: alicloud.flannel.ali_vpc_route
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Let two instances carry containers
  alicloud.flannel.ali_source_dest_check:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    instance_ids:
      - i-bp1example
      - i-bp2example
    enabled: false
"""

RETURN = r"""
instances:
  description: The instances after the task, sorted by ID. In check mode, as they would be.
  returned: when all instances were found
  type: list
  elements: dict
  contains:
    instance_id:
      description: ID of the instance.
      returned: when all instances were found
      type: str
      sample: i-bp1example
    network_interface_id:
      description: ID of the primary network interface.
      returned: when all instances were found
      type: str
      sample: eni-bp1example
    source_dest_check:
      description: Whether the check is on; V(null) where the region has no such check.
      returned: when all instances were found
      type: bool
      sample: false
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.ecs.source_dest_check import SourceDestCheck
from ..module_utils._core.argspec import alicloud_argument_spec
from ..module_utils._core.runner import run


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "instance_ids": {"type": "list", "elements": "str", "required": True},
        "vpc_id": {"type": "str"},
        "enabled": {"type": "bool", "default": False},
        **alicloud_argument_spec(),
    }


def make_resource(module: AnsibleModule) -> SourceDestCheck:
    """Return the resource that the module's options describe."""
    options = module.params
    return SourceDestCheck(AlicloudClient.from_module(module), options["instance_ids"], options["vpc_id"], options["enabled"])


def main() -> None:
    """Run the module."""
    run(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), make_resource)


if __name__ == "__main__":
    main()
