#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_security_group
short_description: Make a security group with its rules
version_added: 0.2.0
description:
  - Makes a security group in a VPC and writes those of its rules that differ.
  - A network that the VPC routes needs a rule that lets the whole network in with all protocols; the examples show it. Without it, packets
    between containers are dropped although every route is correct.
options:
  security_group_id:
    description: ID of the security group, in place of O(name) and O(vpc_id).
    type: str
  vpc_id:
    description: ID of the VPC. Required without O(security_group_id). A security group cannot be moved to another VPC.
    type: str
  name:
    description:
      - Name of the security group, 2 to 128 characters that begin with a letter. Required without O(security_group_id).
      - The security group is found by this name and O(tags) within its VPC. If one of this name lacks one of the
        tags, the task fails, so that there are never two of the same name.
      - With O(security_group_id), the security group gets this name.
    type: str
  description:
    description: Description of the security group, at most 256 characters.
    type: str
  rules:
    description:
      - Rules that the security group must have. Two that differ in more than their description are different rules.
      - When it is left out, the rules stay as they are.
      - At equal priority V(drop) wins over V(accept).
    type: list
    elements: dict
    suboptions:
      direction:
        description: Whether the rule is for incoming or for outgoing packets.
        type: str
        choices: [ingress, egress]
        default: ingress
      protocol:
        description: Protocol of the packets.
        type: str
        choices: [all, tcp, udp, icmp, gre]
        default: all
      port_range:
        description: Port such as V(22), or first and last port such as V(8000/8099). Required with V(tcp) and V(udp), and only there.
        type: str
      cidr:
        description: Addresses of the other end. Either this or O(rules[].group_id) is required.
        type: str
      group_id:
        description: ID of the security group that the other end is in.
        type: str
      policy:
        description: Whether the packets are let through.
        type: str
        choices: [accept, drop]
        default: accept
      priority:
        description: Rules with a lower number take precedence; V(1) to V(100).
        type: int
        default: 1
      description:
        description: Description of the rule, at most 512 characters. When it is left out, an existing rule keeps its own.
        type: str
  purge_rules:
    description: Whether to remove all other rules, after the missing ones were added, so that nothing is cut off in between.
    type: bool
    default: false
extends_documentation_fragment:
  - alicloud.flannel._alicloud_object
  - alicloud.flannel._alicloud
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_instance
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: A security group that lets the containers' network and SSH in
  alicloud.flannel.ali_security_group:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    name: flannel-one
    tags:
      cluster: one
    rules:
      - cidr: 10.24.0.0/16 # the whole network of flannel, all protocols
        description: containers
      - cidr: 172.16.0.0/16 # the VPC: etcd and the nodes themselves
        description: nodes
      - protocol: tcp
        port_range: "22"
        cidr: 192.0.2.0/24
        description: SSH for administrators

- name: Keep exactly these rules
  alicloud.flannel.ali_security_group:
    region: cn-hangzhou
    security_group_id: sg-bp1example
    rules:
      - cidr: 10.24.0.0/16
    purge_rules: true

- name: Remove the security group, unless instances use it
  alicloud.flannel.ali_security_group:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    name: flannel-one
    tags:
      cluster: one
    state: absent
"""

RETURN = r"""
security_group:
  description: The security group after the task, empty when there is none. In check mode, as it would be.
  returned: success
  type: dict
  contains:
    security_group_id:
      description: ID of the security group; V(null) in check mode if it would be made.
      returned: success
      type: str
      sample: sg-bp1example
    vpc_id:
      description: ID of the VPC.
      returned: success
      type: str
      sample: vpc-bp1example
    name:
      description: Name of the security group.
      returned: success
      type: str
      sample: flannel-one
    description:
      description: Description of the security group.
      returned: success
      type: str
      sample: ""
    tags:
      description: Tags of the security group.
      returned: success
      type: dict
      sample: {cluster: one}
    rules:
      description: All rules, those for what comes in first.
      returned: success
      type: list
      elements: dict
      contains:
        rule_id:
          description: ID of the rule; V(null) in check mode if it would be made.
          returned: success
          type: str
          sample: sgr-bp1example
        direction:
          description: V(ingress) or V(egress).
          returned: success
          type: str
          sample: ingress
        protocol:
          description: Protocol of the packets.
          returned: success
          type: str
          sample: all
        port_range:
          description: First and last port; V(-1/-1) for all.
          returned: success
          type: str
          sample: -1/-1
        cidr:
          description: Addresses of the other end; V(null) when it is given in another way.
          returned: success
          type: str
          sample: 10.24.0.0/16
        group_id:
          description: ID of the security group that the other end is in; V(null) when it is given in another way.
          returned: success
          type: str
          sample: sg-bp2example
        policy:
          description: V(accept) or V(drop).
          returned: success
          type: str
          sample: accept
        priority:
          description: Rules with a lower number are decided on first.
          returned: success
          type: int
          sample: 1
        description:
          description: Description of the rule.
          returned: success
          type: str
          sample: containers
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.ecs.security_group_resource import security_group_resource
from ..module_utils._core.argspec import alicloud_argument_spec, object_argument_spec
from ..module_utils._core.runner import run

if t.TYPE_CHECKING:
    from ..module_utils._alicloud.object_plan import ObjectResource


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        **object_argument_spec(),
        "security_group_id": {"type": "str"},
        "vpc_id": {"type": "str"},
        "description": {"type": "str"},
        "rules": {"type": "list", "elements": "dict", "options": rule_spec()},
        "purge_rules": {"type": "bool", "default": False},
        **alicloud_argument_spec(),
    }


def rule_spec() -> dict[str, t.Any]:
    """Return the options of a rule."""
    return {
        "direction": {"type": "str", "choices": ["ingress", "egress"], "default": "ingress"},
        "protocol": {"type": "str", "choices": ["all", "tcp", "udp", "icmp", "gre"], "default": "all"},
        "port_range": {"type": "str"},
        "cidr": {"type": "str"},
        "group_id": {"type": "str"},
        "policy": {"type": "str", "choices": ["accept", "drop"], "default": "accept"},
        "priority": {"type": "int", "default": 1},
        "description": {"type": "str"},
    }


def make_resource(module: AnsibleModule) -> ObjectResource:
    """Return the resource that the module's options describe."""
    return security_group_resource(AlicloudClient.from_module(module), module.params)


def main() -> None:
    """Run the module."""
    run(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), make_resource)


if __name__ == "__main__":
    main()
