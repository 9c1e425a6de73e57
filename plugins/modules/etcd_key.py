#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_key
short_description: Manage keys in etcd
description:
  - Write, change and delete keys in etcd, over its API v3 or v2.
  - Nothing is written blindly. A write is made only if the key is still as it was read; otherwise it is read and planned again.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._etcd
  - alicloud.flannel._etcd.bootstrap
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.etcd
attributes:
  idempotent:
    support: partial
    details:
      - With O(refresh=true) every run restarts the TTL, which is a change.
options:
  key:
    description:
      - The key.
      - API v2 takes only paths, such as V(/service/config).
    type: str
    required: true
  state:
    description:
      - V(present) for a key with this value.
      - V(absent) for no such key.
    type: str
    choices: [present, absent]
    default: present
  value:
    description:
      - The desired value of the key.
      - Text is stored and compared as it is.
      - Anything else, such as a dictionary or a list, is stored as JSON.
      - A key that holds the same data in another JSON formatting is left alone.
      - For O(state=present) give this or O(value_b64).
    type: raw
  value_b64:
    description:
      - The desired value of the key, in base64, for values that are not text.
      - API v2 can't hold such values.
    type: str
  prefix:
    description:
      - With O(state=absent), delete every key that begins with O(key).
      - End O(key) with a slash to mean the keys in a directory. V(/service) also matches V(/services/x).
      - Over API v2, empty directories are left behind.
    type: bool
    default: false
  ttl:
    description:
      - Seconds after which etcd deletes the key, counted from when it is written.
      - V(0) means never.
      - Without this option a key keeps the TTL that it has.
      - A key whose TTL was granted with this number is left alone, however much of it is left; see O(refresh).
        API v2 does not report what was granted; there a key is left alone if it has no more than this number left.
      - etcd raises small numbers to its minimum, 1.5 times its election timeout. Numbers below V(2) count as V(2).
    type: int
  refresh:
    description: Restart the TTL even if nothing else changes. Needs O(ttl).
    type: bool
    default: false
  create_only:
    description: Fail instead of changing a key that exists. A key that already is as desired is not an error.
    type: bool
    default: false
  prev_value:
    description:
      - Change or delete the key only if it has this value, else fail. It is compared as O(value) is.
      - A key that already is as desired is not an error.
    type: raw
  prev_revision:
    description:
      - Change or delete the key only if it was last changed at this revision, else fail. RV(revision) returns it.
      - A key that already is as desired is not an error.
    type: int
seealso:
  - module: alicloud.flannel.etcd_key_info
  - module: alicloud.flannel.flannel_lease
notes:
  - The etcd user needs permission to read and write O(key), with O(prefix=true) to the whole range of keys that begin with it.
  - The keys C(AccessKeyID) and C(AccessKeySecret), which an old flannel configuration may hold, are masked wherever a value is shown.
"""

EXAMPLES = r"""
- name: Publish flannel's configuration
  alicloud.flannel.etcd_key:
    endpoints:
      - https://192.0.2.11:2379
      - https://192.0.2.12:2379
    ca_cert: /etc/etcd/ca.crt
    client_cert: /etc/etcd/control.crt
    client_key: /etc/etcd/control.key
    key: /coreos.com/network/config
    value:
      Network: 10.24.0.0/16
      SubnetLen: 24
      Backend:
        Type: alloc

- name: Announce a worker for ten minutes, and again with every run
  alicloud.flannel.etcd_key:
    key: /workers/n1
    value: ready
    ttl: 600
    refresh: true

- name: Take a lock, or fail if somebody else has it
  alicloud.flannel.etcd_key:
    key: /locks/upgrade
    value: "{{ inventory_hostname }}"
    create_only: true
    ttl: 3600

- name: Delete everything below a directory
  alicloud.flannel.etcd_key:
    key: /workers/
    prefix: true
    state: absent
"""

RETURN = r"""
key:
  description: The key.
  returned: success
  type: str
  sample: /coreos.com/network/config
exists:
  description: Whether the key exists after the task.
  returned: success, without O(prefix)
  type: bool
  sample: true
value:
  description: The value after the task.
  returned: when the key exists and its value is UTF-8 text
  type: str
  sample: '{"Network":"10.24.0.0/16","SubnetLen":24,"Backend":{"Type":"alloc"}}'
value_b64:
  description: The value after the task, in base64.
  returned: when the key exists and its value is not UTF-8 text
  type: str
  sample: /w==
ttl:
  description:
    - The TTL that the key was granted, in seconds, V(null) if none.
    - Over API v2, the seconds left of one that the task did not change.
  returned: when the key exists
  type: int
  sample: 600
revision:
  description: The revision at which the key was last changed. Over API v2, its modified index.
  returned: when the key exists, but neither when check mode would change it nor when only its TTL was restarted
  type: int
  sample: 1042
previous:
  description: The key as it was before the task, V(null) if it did not exist. It has RV(value) or RV(value_b64), RV(ttl) and RV(revision).
  returned: success, without O(prefix)
  type: dict
  sample:
    value: ready
    ttl: 600
    revision: 1041
deleted_keys:
  description: The keys that were deleted.
  returned: success, with O(prefix)
  type: list
  elements: str
  sample:
    - /workers/n1
    - /workers/n2
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.argspec import (
    ETCD_REQUIRED_TOGETHER,
    bootstrap_argument_spec,
    etcd_argument_spec,
)
from ..module_utils._core.runner import run
from ..module_utils._etcd.key_resource import make_key


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        **etcd_argument_spec(),
        **bootstrap_argument_spec(),
        "key": {"type": "str", "required": True, "no_log": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "value": {"type": "raw"},
        "value_b64": {"type": "str"},
        "prefix": {"type": "bool", "default": False},
        "ttl": {"type": "int"},
        "refresh": {"type": "bool", "default": False},
        "create_only": {"type": "bool", "default": False},
        "prev_value": {"type": "raw"},
        "prev_revision": {"type": "int"},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_together=ETCD_REQUIRED_TOGETHER,
        mutually_exclusive=[("value", "value_b64")],
        required_if=[("state", "present", ("value", "value_b64"), True)],
        supports_check_mode=True,
    )
    run(module, make_key)


if __name__ == "__main__":
    main()
