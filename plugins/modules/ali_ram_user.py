#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_ram_user
short_description: Make a user of RAM, with policies and an access key
version_added: 0.2.0
description:
  - Makes a user for machines, gives it policies and its first access key, or deletes it. A user is found by its name, which is unique
    in an account.
  - The cloud returns the secret of an access key only once, when the key is made. An existing key is never replaced and never shown.
  - If the answer with the secret is lost, the new key is deleted again, and another one is made.
options:
  name:
    description: Name of the user, 1 to 64 letters, digits, dots, hyphens and underscores.
    type: str
    required: true
  display_name:
    description: Display name of the user, 1 to 128 characters. When it is left out, the user keeps the one it has.
    type: str
  comments:
    description: Comments on the user, 1 to 128 characters. When it is left out, the user keeps those it has.
    type: str
  policies:
    description: Policies that are attached to the user. When it is left out, they are not changed.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the policy.
        type: str
        required: true
      type:
        description: Whether it is a policy of this account or one of the cloud itself.
        type: str
        choices: [custom, system]
        default: custom
  purge_policies:
    description: Whether to detach all policies that O(policies) does not name.
    type: bool
    default: false
  user_access_key:
    description:
      - With V(present), make an access key for the user who has none. Its secret goes to O(access_key_file), or is returned with
        O(return_secret).
      - With V(none), access keys are not changed.
    type: str
    choices: [none, present]
    default: none
  access_key_file:
    description:
      - Path of the file on the controller that a new access key is written to, with mode 0600, whole or not at all. Its folder must exist.
      - It holds the lines C(ALIBABA_CLOUD_ACCESS_KEY_ID=...) and C(ALIBABA_CLOUD_ACCESS_KEY_SECRET=...).
      - The task fails when the user has a key but the file is not there, and when the file holds none of the user's keys. It is never
        overwritten or deleted.
    type: path
  return_secret:
    description:
      - Whether to return a new access key with its secret as RV(access_key). Set C(no_log) on the task then.
      - It is returned by the run that makes the key, and never again.
    type: bool
    default: false
  state:
    description:
      - V(present) makes the user, or changes it until it is as desired.
      - V(absent) deletes it. While it has access keys or policies, the task fails and nothing is deleted, unless O(force) is given.
        A user who is in a group is never deleted.
    type: str
    choices: [present, absent]
    default: present
  force:
    description: With O(state=absent), delete the user's access keys and detach its policies first.
    type: bool
    default: false
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.alicloud
notes:
  - Users belong to the account and to no region. O(region) is only needed because every cloud module has one.
  - The permissions that this needs are in C(docs/ram-policy-users.json). Whoever has them can get every permission in the account. Use an
    administrator's identity for this task alone, and the user that it makes for all others.
seealso:
  - module: alicloud.flannel.ali_ram_policy
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Make the user that routes are converged as
  alicloud.flannel.ali_ram_user:
    region: cn-hangzhou
    name: flannel-routes
    comments: Converges the routes of alicloud.flannel
    policies:
      - name: flannel-routes
    purge_policies: true
    user_access_key: present
    access_key_file: ~/.flannel-routes.env

- name: Delete the user with its keys
  alicloud.flannel.ali_ram_user:
    region: cn-hangzhou
    name: flannel-routes
    state: absent
    force: true
"""

RETURN = r"""
user:
  description: The user after the task, V(null) when there is none. In check mode, as it would be.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the user.
      returned: success
      type: str
      sample: flannel-routes
    display_name:
      description: Display name of the user.
      returned: success
      type: str
      sample: Routes
    comments:
      description: Comments on the user.
      returned: success
      type: str
      sample: Converges the routes of alicloud.flannel
    policies:
      description: Policies that are attached to the user.
      returned: success
      type: list
      elements: dict
      sample: [{name: flannel-routes, type: custom}]
    access_keys:
      description: How many access keys the user has.
      returned: success
      type: int
      sample: 1
access_key:
  description: The new access key and its secret, C(access_key_id) and C(access_key_secret).
  returned: when a key was made and O(return_secret=true)
  type: dict
  sample: {access_key_id: LTAIexample, access_key_secret: example}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.ram.user_resource import UserResource
from ..module_utils._core.argspec import alicloud_argument_spec
from ..module_utils._core.runner import run

POLICY_OPTIONS = {
    "name": {"type": "str", "required": True},
    "type": {"type": "str", "choices": ["custom", "system"], "default": "custom"},
}


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "name": {"type": "str", "required": True},
        "display_name": {"type": "str"},
        "comments": {"type": "str"},
        "policies": {"type": "list", "elements": "dict", "options": POLICY_OPTIONS},
        "purge_policies": {"type": "bool", "default": False},
        "user_access_key": {"type": "str", "choices": ["none", "present"], "default": "none", "no_log": False},
        "access_key_file": {"type": "path", "no_log": False},
        "return_secret": {"type": "bool", "default": False, "no_log": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "force": {"type": "bool", "default": False},
        **alicloud_argument_spec(),
    }


def make_resource(module: AnsibleModule) -> UserResource:
    """Return the resource that the module's options describe."""
    return UserResource(AlicloudClient.from_module(module), module.params)


def main() -> None:
    """Run the module."""
    run(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), make_resource)


if __name__ == "__main__":
    main()
