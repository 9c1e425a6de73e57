#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_key_info
short_description: Read keys from etcd
description:
  - Read a key, or every key with a given prefix, from etcd, over its API v3 or v2.
  - A key that does not exist is not an error.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._etcd
  - alicloud.flannel._etcd.bootstrap
  - alicloud.flannel._attributes.info
  - alicloud.flannel._attributes.etcd
options:
  key:
    description:
      - The key.
      - API v2 takes only paths, such as V(/service/config).
    type: str
    required: true
  prefix:
    description:
      - Read every key that begins with O(key).
      - End O(key) with a slash to mean the keys in a directory. V(/service) also matches V(/services/x).
    type: bool
    default: false
  ttl:
    description: Also read how much of each key's TTL is left. Over API v3 this takes a request for each lease.
    type: bool
    default: false
seealso:
  - module: alicloud.flannel.etcd_key
  - module: alicloud.flannel.flannel_lease_info
notes:
  - The etcd user needs permission to read O(key), with O(prefix=true) to the whole range of keys that begin with it.
  - The keys C(AccessKeyID) and C(AccessKeySecret), which an old flannel configuration may hold, are masked wherever a value is shown.
"""

EXAMPLES = r"""
- name: Read flannel's configuration
  alicloud.flannel.etcd_key_info:
    endpoints: ["https://192.0.2.11:2379"]
    ca_cert: /etc/etcd/ca.crt
    client_cert: /etc/etcd/control.crt
    client_key: /etc/etcd/control.key
    key: /coreos.com/network/config
  register: flannel_config

- name: Read all workers and how long they will last
  alicloud.flannel.etcd_key_info:
    key: /workers/
    prefix: true
    ttl: true
"""

RETURN = r"""
exists:
  description: Whether there is such a key.
  returned: success
  type: bool
  sample: true
entries:
  description: The keys that were found, with their values, in byte order.
  returned: success
  type: list
  elements: dict
  contains:
    key:
      description: The key. Bytes that are not UTF-8 are shown as C(\\x) and two digits.
      returned: success
      type: str
      sample: /workers/n1
    value:
      description: The value.
      returned: when the value is UTF-8 text
      type: str
      sample: ready
    value_b64:
      description: The value in base64.
      returned: when the value is not UTF-8 text
      type: str
      sample: /w==
    create_revision:
      description: The revision at which the key was created. Over API v2, its created index.
      returned: success
      type: int
      sample: 1040
    revision:
      description: The revision at which the key was last changed. Over API v2, its modified index.
      returned: success
      type: int
      sample: 1042
    leased:
      description: Whether the key has a TTL.
      returned: success
      type: bool
      sample: true
    ttl:
      description: Seconds left of the key's TTL.
      returned: when the key has a TTL and O(ttl=true)
      type: int
      sample: 587
    granted_ttl:
      description: Seconds that were granted.
      returned: when the key has a TTL, O(ttl=true) and O(api=v3)
      type: int
      sample: 600
  sample:
    - key: /workers/n1
      value: ready
      create_revision: 1040
      revision: 1042
      leased: true
      ttl: 587
      granted_ttl: 600
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.argspec import (
    ETCD_REQUIRED_TOGETHER,
    bootstrap_argument_spec,
    etcd_argument_spec,
)
from ..module_utils._core.runner import run_info
from ..module_utils._etcd.key_resource import read_keys


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        **etcd_argument_spec(),
        **bootstrap_argument_spec(),
        "key": {"type": "str", "required": True, "no_log": False},
        "prefix": {"type": "bool", "default": False},
        "ttl": {"type": "bool", "default": False},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_together=ETCD_REQUIRED_TOGETHER,
        supports_check_mode=True,
    )
    run_info(module, read_keys)


if __name__ == "__main__":
    main()
