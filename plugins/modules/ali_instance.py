#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_instance
short_description: Maintain a number of ECS instances
version_added: 0.2.0
description:
  - Makes or releases pay-as-you-go instances until the desired number carries the given tags, and waits until all of them run.
  - Instances that an interrupted run left behind are counted, waited for, and started if they are stopped. A lost reply never results in
    duplicate instances.
  - New instances are spread evenly over the vSwitches. They are named O(name) and a number, the lowest that is free.
  - The source/destination check of their primary network interface is off from the start, so that they can carry routed packets.
  - Before anything is made, the cloud checks the request in a dry run, also in check mode. A wrong image or type, or too little stock,
    quota or balance, fails the task before anything was changed.
  - Options for new instances do not change existing ones.
options:
  state:
    description:
      - V(present) converges the number of instances.
      - V(absent) releases those of O(instance_ids), or all that carry O(tags).
    type: str
    choices: [present, absent]
    default: present
  tags:
    description: Tags that tell the instances of this set from all others of the region. New instances get them.
    type: dict
    required: true
  name:
    description:
      - First part of the names of instances and hosts; the instances are V(NAME-1), V(NAME-2) and so on.
      - A letter, then letters, digits and single hyphens, at most 57 characters.
    type: str
  exact_count:
    description: Desired number of instances. Stopped ones count.
    type: int
  allow_removal:
    description:
      - Whether instances may be released, which deletes their disks.
      - Without it, a task that would release any fails and names them.
      - If there are too many, those with the highest numbers are released.
    type: bool
    default: false
  instance_ids:
    description: IDs of the instances to release with O(state=absent). One without O(tags) fails the task; a missing one is fine.
    type: list
    elements: str
  vswitch_ids:
    description: IDs of the vSwitches for new instances, all in one VPC. Each instance goes to the one with the fewest of the set.
    type: list
    elements: str
  private_ips:
    description:
      - Primary private addresses of the instances, O(exact_count) of them. Each is in one of O(vswitch_ids), which it also chooses.
      - New instances get those that no instance of the set has. Left out, the cloud chooses.
    type: list
    elements: str
  image_id:
    description: ID of the image for new instances.
    type: str
  instance_type:
    description: Type of new instances, such as V(ecs.g7.large).
    type: str
  security_group_ids:
    description: IDs of the security groups of new instances.
    type: list
    elements: str
  key_pair:
    description: Name of the SSH key pair for new instances; M(alicloud.flannel.ali_key_pair) imports one.
    type: str
  ram_role:
    description: Name of a RAM role for new instances. The identity then needs the permission C(ram:PassRole).
    type: str
  user_data:
    description:
      - What new instances run at their first boot, as text of at most 32 KB.
      - It is never shown, but every process on the instances can read it.
    type: str
  password:
    description:
      - Password of the administrator of new instances, 8 to 30 characters of at least three kinds. It is never shown.
      - A key pair is safer.
    type: str
  system_disk_category:
    description: Category of the system disk of new instances, such as V(cloud_essd).
    type: str
  system_disk_size_gb:
    description: Size of the system disk of new instances in GiB.
    type: int
  internet_bandwidth_mbps:
    description:
      - Bandwidth from new instances to the internet in Mbit/s, 1 to 100, billed by traffic. With it, each gets a public address.
    type: int
  wait_timeout:
    description:
      - Seconds to wait until the instances run or are gone.
      - On a timeout the task fails; run again to continue.
    type: int
    default: 300
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_instance_info
  - module: alicloud.flannel.ali_key_pair
  - module: alicloud.flannel.ali_security_group
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Three nodes in two zones
  alicloud.flannel.ali_instance:
    region: cn-hangzhou
    tags:
      cluster: one
      role: node
    name: one-node
    exact_count: 3
    vswitch_ids:
      - vsw-bp1example
      - vsw-bp2example
    image_id: debian_12_x64_example.vhd
    instance_type: ecs.g7.large
    security_group_ids:
      - sg-bp1example
    key_pair: flannel-one
    system_disk_category: cloud_essd
    system_disk_size_gb: 40
  register: nodes

- name: Release one of them
  alicloud.flannel.ali_instance:
    region: cn-hangzhou
    tags:
      cluster: one
      role: node
    instance_ids:
      - i-bp1example
    allow_removal: true
    state: absent

- name: Release all of them
  alicloud.flannel.ali_instance:
    region: cn-hangzhou
    tags:
      cluster: one
      role: node
    allow_removal: true
    state: absent
"""

RETURN = r"""
instances:
  description:
    - The instances of the set after the task, sorted by name. In check mode, as they would be.
    - Each item is like one of M(alicloud.flannel.ali_instance_info).
    - What is not yet known of a new instance is empty or V(null).
  returned: success
  type: list
  elements: dict
  sample:
    - instance_id: i-bp1example
      name: one-node-1
      primary_ip: 192.0.2.11
      status: Running
created:
  description: The instances that were made. In check mode their IDs are V(null).
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
      sample: one-node-1
removed:
  description: The instances that were released.
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
      sample: one-node-1
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.ecs.instances_resource import InstanceSet, instance_set_resource
from ..module_utils._core.argspec import alicloud_argument_spec
from ..module_utils._core.runner import run

FOR_NEW = ["exact_count", "name", "vswitch_ids", "image_id", "instance_type", "security_group_ids"]


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "tags": {"type": "dict", "required": True},
        "name": {"type": "str"},
        "exact_count": {"type": "int"},
        "allow_removal": {"type": "bool", "default": False},
        "instance_ids": {"type": "list", "elements": "str"},
        "vswitch_ids": {"type": "list", "elements": "str"},
        "private_ips": {"type": "list", "elements": "str"},
        "image_id": {"type": "str"},
        "instance_type": {"type": "str"},
        "security_group_ids": {"type": "list", "elements": "str"},
        "key_pair": {"type": "str", "no_log": False},
        "ram_role": {"type": "str"},
        "user_data": {"type": "str", "no_log": True},
        "password": {"type": "str", "no_log": True},
        "system_disk_category": {"type": "str"},
        "system_disk_size_gb": {"type": "int"},
        "internet_bandwidth_mbps": {"type": "int"},
        "wait_timeout": {"type": "int", "default": 300},
        **alicloud_argument_spec(),
    }


def make_resource(module: AnsibleModule) -> InstanceSet:
    """Return the resource that the module's options describe."""
    return instance_set_resource(AlicloudClient.from_module(module), module.params)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=argument_spec(), required_if=[("state", "present", FOR_NEW)], supports_check_mode=True)
    run(module, make_resource)


if __name__ == "__main__":
    main()
