#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_vswitch
version_added: 0.2.0
short_description: Make, change or remove a vSwitch
description:
  - Makes a vSwitch in a zone of a VPC and waits until it is available. Its CIDR block must be inside the VPC and must not overlap
    those of other vSwitches; this is checked before anything is written.
  - Changes its name and tags. Its zone and CIDR block can't be changed.
  - A vSwitch is removed only when no network interface is in it and no custom route table is associated with it; otherwise these are named.
options:
  vswitch_id:
    description: ID of the vSwitch. It must exist, unless it is to be removed.
    type: str
  vpc_id:
    description: ID of the VPC that the vSwitch is in.
    type: str
    required: true
  zone_id:
    description: Zone of the vSwitch. Required for a new one.
    type: str
  cidr_block:
    description: CIDR block of the vSwitch, with a mask of 16 to 29 bits. Required for a new one.
    type: str
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._alicloud_object
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_vpc
  - module: alicloud.flannel.ali_route_table
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: A vSwitch in zone h
  alicloud.flannel.ali_vswitch:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    zone_id: cn-hangzhou-h
    name: k1-h
    cidr_block: 172.16.0.0/24
    tags:
      cluster: k1
"""

RETURN = r"""
vswitch:
  description: The vSwitch after the task, empty when there is none. In check mode, as it would be.
  returned: success
  type: dict
  contains:
    vswitch_id:
      description: ID of the vSwitch; V(null) in check mode if it would be made.
      returned: when there is one
      type: str
      sample: vsw-bp1example
    name:
      description: Name of the vSwitch.
      returned: when there is one
      type: str
      sample: k1-a
    status:
      description: Status of the vSwitch.
      returned: when there is one
      type: str
      sample: Available
    vpc_id:
      description: ID of its VPC.
      returned: when there is one
      type: str
      sample: vpc-bp1example
    zone_id:
      description: Zone of the vSwitch.
      returned: when there is one
      type: str
      sample: cn-hangzhou-h
    cidr_block:
      description: CIDR block of the vSwitch.
      returned: when there is one
      type: str
      sample: 172.16.0.0/24
    route_table_id:
      description: ID of the route table that it uses.
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
from ..module_utils._alicloud.vpc.resource import vswitch_resource
from ..module_utils._core.argspec import alicloud_argument_spec, object_argument_spec
from ..module_utils._core.runner import run

if t.TYPE_CHECKING:
    from ..module_utils._alicloud.object_plan import ObjectResource


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "vswitch_id": {"type": "str"},
        "vpc_id": {"type": "str", "required": True},
        "zone_id": {"type": "str"},
        "cidr_block": {"type": "str"},
        **object_argument_spec(),
        **alicloud_argument_spec(),
    }


def make_resource(module: AnsibleModule) -> ObjectResource:
    """Return the resource that the module's options describe."""
    return vswitch_resource(AlicloudClient.from_module(module, module.params["wait_timeout"]), module.params)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=argument_spec(), required_one_of=[("vswitch_id", "name")], supports_check_mode=True)
    run(module, make_resource)


if __name__ == "__main__":
    main()
