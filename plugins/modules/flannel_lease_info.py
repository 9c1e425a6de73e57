#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flannel_lease_info
short_description: Read flannel's network config and subnet leases from etcd
description:
  - Reads the network config and all leases in one request.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._etcd
  - alicloud.flannel._etcd.bootstrap
  - alicloud.flannel._attributes.info
  - alicloud.flannel._attributes.etcd
options:
  etcd_prefix:
    description: Prefix of flannel's keys, as in flanneld's option C(--etcd-prefix).
    type: str
    default: /coreos.com/network
  ttl:
    description:
      - Also read how long each lease has left.
      - Over API v3 this takes one more request for each lease with a TTL.
    type: bool
    default: false
seealso:
  - module: alicloud.flannel.flannel_lease
  - module: alicloud.flannel.etcd_key_info
notes:
  - Over API v3 the etcd user needs permission to read the range from C(config) up to C(subnett) below O(etcd_prefix), the end left out.
  - Over API v2 it needs permission to read O(etcd_prefix) followed by C(*).
"""

EXAMPLES = r"""
- name: Read all leases
  alicloud.flannel.flannel_lease_info:
    endpoints: ["https://192.0.2.11:2379"]
    ca_cert: /etc/etcd/ca.crt
    client_cert: /etc/etcd/control.crt
    client_key: /etc/etcd/control.key
  register: flannel

- name: Show which node has which subnet
  ansible.builtin.debug:
    msg: "{{ flannel.leases | items2dict(key_name='subnet', value_name='public_ip') }}"
"""

RETURN = r"""
leases:
  description: All leases that can be right, ordered by subnet; at most one of each address.
  returned: success
  type: list
  elements: dict
  contains:
    subnet:
      description: The subnet.
      returned: always
      type: str
      sample: 10.24.1.0/24
    public_ip:
      description: The address of the node that holds it.
      returned: always
      type: str
      sample: 192.0.2.11
    leased:
      description: Whether the lease has a TTL, so that it expires when its daemon stops renewing it.
      returned: always
      type: bool
      sample: true
    ttl:
      description: Seconds left, V(null) for a reservation and without O(ttl=true).
      returned: always
      type: int
      sample: 82800
  sample:
    - subnet: 10.24.1.0/24
      public_ip: 192.0.2.11
      leased: true
      ttl: 82800
    - subnet: 10.24.2.0/24
      public_ip: 192.0.2.12
      leased: false
      ttl: null
unusable:
  description:
    - The records among the leases that can't be right, whoever wrote them. They were left alone, and count for nothing.
    - Such are keys that name no subnet, values without an address, leases that do not fit the config, and several of one node.
  returned: success
  type: list
  elements: dict
  contains:
    key:
      description: The key, escaped where it is more than printable text, and at most 500 characters of it.
      returned: always
      type: str
      sample: /coreos.com/network/subnets/10.24.9.0-28
    subnet:
      description: The subnet that it names; V(null) when it names none.
      returned: always
      type: str
      sample: 10.24.9.0/28
    public_ip:
      description: The address that its value names; V(null) when it names none.
      returned: always
      type: str
      sample: 192.0.2.19
    problem:
      description: What is wrong with it.
      returned: always
      type: str
      sample: its length is /28, but this network's SubnetLen is 24
  sample: []
network:
  description:
    - The network config with flannel's defaults filled in and cloud credentials left out.
    - V(null) when there is none, or none that flannel accepts.
  returned: success
  type: dict
  sample:
    Network: 10.24.0.0/16
    SubnetLen: 24
    SubnetMin: 10.24.1.0
    SubnetMax: 10.24.255.0
    Backend:
      Type: alloc
advice:
  description: What is wrong with the config or the keys, in sentences. They are also shown as warnings.
  returned: success
  type: list
  elements: str
  sample: []
http_requests:
  description: The number of requests that were made to etcd, logins included.
  returned: success
  type: int
  sample: 1
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.argspec import (
    ETCD_REQUIRED_TOGETHER,
    bootstrap_argument_spec,
    etcd_argument_spec,
)
from ..module_utils._core.runner import run_info
from ..module_utils._flannel.lease_resource import read_lease_info


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        **etcd_argument_spec(),
        **bootstrap_argument_spec(),
        "etcd_prefix": {"type": "str", "default": "/coreos.com/network"},
        "ttl": {"type": "bool", "default": False},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_together=ETCD_REQUIRED_TOGETHER,
        supports_check_mode=True,
    )
    run_info(module, read_lease_info)


if __name__ == "__main__":
    main()
