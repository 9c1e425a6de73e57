#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_key_pair
short_description: Import the public key of an SSH key pair
version_added: 0.2.0
description:
  - Imports a public key under a name that new ECS instances can then use.
  - Never makes a private key, and never asks for one.
  - An existing key pair with another key is not replaced; the task fails.
options:
  name:
    description: Name of the key pair, 2 to 128 characters that begin with a letter. It is unique in a region.
    type: str
    required: true
  tags:
    description:
      - Tags that the key pair must have. Those that are missing are added.
      - With O(state=absent), a key pair that lacks one of them is not removed; the task fails.
    type: dict
  public_key:
    description:
      - The public key, one line as in a file C(id_rsa.pub). Required with O(state=present).
      - The documentation of the cloud names RSA, DSA and ECDSA keys. Others are passed on, but the cloud may refuse them.
    type: str
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
- name: Import the public key of whoever runs this
  alicloud.flannel.ali_key_pair:
    region: cn-hangzhou
    name: flannel-one
    public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_rsa.pub') }}"
    tags:
      cluster: one

- name: Remove it again
  alicloud.flannel.ali_key_pair:
    region: cn-hangzhou
    name: flannel-one
    tags:
      cluster: one
    state: absent
"""

RETURN = r"""
key_pair:
  description: The key pair after the task, empty when there is none. In check mode, as it would be.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the key pair.
      returned: success
      type: str
      sample: flannel-one
    fingerprint:
      description: MD5 fingerprint of the public key, without colons.
      returned: success
      type: str
      sample: 89f0ba62acb8aae1615efd8169866d6b
    tags:
      description: Tags of the key pair.
      returned: success
      type: dict
      sample: {cluster: one}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._alicloud.client import AlicloudClient
from ..module_utils._alicloud.ecs.key_pair import key_pair_resource
from ..module_utils._core.argspec import alicloud_argument_spec, object_argument_spec
from ..module_utils._core.runner import run

if t.TYPE_CHECKING:
    from ..module_utils._alicloud.object_plan import ObjectResource


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        **object_argument_spec(),
        "name": {"type": "str", "required": True},
        "public_key": {"type": "str", "no_log": False},
        **alicloud_argument_spec(),
    }


def make_resource(module: AnsibleModule) -> ObjectResource:
    """Return the resource that the module's options describe."""
    return key_pair_resource(AlicloudClient.from_module(module), module.params)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_if=[("state", "present", ["public_key"])],
        supports_check_mode=True,
    )
    run(module, make_resource)


if __name__ == "__main__":
    main()
