#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_ram_policy
short_description: Make a custom policy of RAM
version_added: 0.2.0
description:
  - Makes a custom policy, sets what it allows, or deletes it. A policy is found by its name, which is unique in an account.
  - When the document differs, a new version is made and becomes the default one. A policy has at most five versions; the oldest one that
    is not the default one is deleted.
options:
  name:
    description: Name of the policy, 1 to 128 letters, digits and hyphens.
    type: str
    required: true
  document:
    description:
      - What the policy allows and denies, as a dictionary or as JSON text. It is compared as data, not as text.
      - Required with O(state=present).
    type: dict
  description:
    description: Description of the policy, 1 to 1024 characters. When it is left out, the policy keeps the one it has.
    type: str
  state:
    description:
      - V(present) makes the policy, or changes it until it is as desired.
      - V(absent) deletes it with all its versions. While it is attached to somebody, the task fails and nothing is deleted.
    type: str
    choices: [present, absent]
    default: present
  detach:
    description: With O(state=absent), detach the policy from the users, groups and roles that it is attached to.
    type: bool
    default: false
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.alicloud
notes:
  - Policies belong to the account and to no region. O(region) is only needed because every cloud module has one.
  - The permissions that this needs are in C(docs/ram-policy-users.json). Whoever has them can get every permission in the account. Use an
    administrator's identity for this task alone, and the user that it makes for all others.
seealso:
  - module: alicloud.flannel.ali_ram_user
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Make the policy that a scheduled converge needs
  alicloud.flannel.ali_ram_policy:
    region: cn-hangzhou
    name: flannel-routes
    description: What alicloud.flannel needs to converge routes
    document: "{{ lookup('ansible.builtin.file', 'ram-policy.json') }}"

- name: Delete it, even if it is attached
  alicloud.flannel.ali_ram_policy:
    region: cn-hangzhou
    name: flannel-routes
    state: absent
    detach: true
"""

RETURN = r"""
policy:
  description: The policy after the task, V(null) when there is none. In check mode, as it would be.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the policy.
      returned: success
      type: str
      sample: flannel-routes
    description:
      description: Description of the policy.
      returned: success
      type: str
      sample: What alicloud.flannel needs to converge routes
    document:
      description: What its default version allows and denies.
      returned: success
      type: dict
      sample: {Version: "1", Statement: [{Effect: Allow, Action: "vpc:Describe*", Resource: "*"}]}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.ram.policy import PolicyResource
from ..module_utils._core.argspec import alicloud_argument_spec
from ..module_utils._core.runner import run


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "name": {"type": "str", "required": True},
        "document": {"type": "dict"},
        "description": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "detach": {"type": "bool", "default": False},
        **alicloud_argument_spec(),
    }


def make_resource(module: AnsibleModule) -> PolicyResource:
    """Return the resource that the module's options describe."""
    return PolicyResource(AlicloudClient.from_module(module), module.params)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_if=[("state", "present", ["document"])],
        supports_check_mode=True,
    )
    run(module, make_resource)


if __name__ == "__main__":
    main()
