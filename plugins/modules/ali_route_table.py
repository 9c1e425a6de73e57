#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_route_table
version_added: 0.2.0
short_description: Make, change or remove a custom route table
description:
  - Makes a custom route table of a VPC and associates vSwitches with it. The table's entries are not changed.
  - A vSwitch always uses one table, which is the system table of the VPC unless it is associated with another. A vSwitch that uses another
    custom table is not moved; the task fails.
  - A route table is removed only when it has no custom entries and, without O(purge_vswitches), no vSwitch uses it; otherwise they
    are named.
options:
  route_table_id:
    description: ID of the route table. It must exist, unless it is to be removed.
    type: str
  vpc_id:
    description: ID of the VPC that the route table belongs to.
    type: str
    required: true
  vswitch_ids:
    description: IDs of vSwitches that must use the route table.
    type: list
    elements: str
  purge_vswitches:
    description:
      - Whether all other vSwitches that use the route table return to the VPC's system table.
      - With O(state=absent) all of them do, before the route table is removed.
    type: bool
    default: false
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._alicloud_object
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_vswitch
  - module: alicloud.flannel.ali_vpc_route
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: A route table for the vSwitch in zone i
  alicloud.flannel.ali_route_table:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    name: k1-i
    vswitch_ids:
      - vsw-bp1example
    tags:
      cluster: k1

- name: Remove it; its vSwitches use the system table again
  alicloud.flannel.ali_route_table:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    name: k1-i
    tags:
      cluster: k1
    purge_vswitches: true
    state: absent
"""

RETURN = r"""
route_table:
  description: The route table after the task, empty when there is none. In check mode, as it would be.
  returned: success
  type: dict
  contains:
    route_table_id:
      description: ID of the route table; V(null) in check mode if it would be made.
      returned: when there is one
      type: str
      sample: vtb-bp2example
    name:
      description: Name of the route table.
      returned: when there is one
      type: str
      sample: k1-b
    status:
      description: Status of the route table.
      returned: when there is one
      type: str
      sample: Available
    vpc_id:
      description: ID of its VPC.
      returned: when there is one
      type: str
      sample: vpc-bp1example
    route_table_type:
      description: V(Custom), or V(System) for the table that every VPC has.
      returned: when there is one
      type: str
      sample: Custom
    vswitch_ids:
      description: IDs of the vSwitches that use it, sorted.
      returned: when there is one
      type: list
      elements: str
      sample: [vsw-bp1example]
    tags:
      description: Tags, without the cloud's own.
      returned: when there is one
      type: dict
      sample: {cluster: k1}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.vpc.resource import route_table_resource
from ..module_utils._core.argspec import alicloud_argument_spec, object_argument_spec
from ..module_utils._core.runner import run

if t.TYPE_CHECKING:
    from ..module_utils._alicloud.object_plan import ObjectResource


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "route_table_id": {"type": "str"},
        "vpc_id": {"type": "str", "required": True},
        "vswitch_ids": {"type": "list", "elements": "str"},
        "purge_vswitches": {"type": "bool", "default": False},
        **object_argument_spec(),
        **alicloud_argument_spec(),
    }


def make_resource(module: AnsibleModule) -> ObjectResource:
    """Return the resource that the module's options describe."""
    return route_table_resource(AlicloudClient.from_module(module, module.params["wait_timeout"]), module.params)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=argument_spec(), required_one_of=[("route_table_id", "name")], supports_check_mode=True)
    run(module, make_resource)


if __name__ == "__main__":
    main()
