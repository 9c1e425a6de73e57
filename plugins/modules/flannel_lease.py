#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flannel_lease
short_description: Reserve and delete flannel's subnet leases in etcd
description:
  - Gives each listed node a subnet of flannel's network, by writing the lease that its flanneld then finds and uses.
  - A reservation is a lease without TTL. It stays in place when flanneld takes it and gives it its own TTL of 24 hours.
  - One task takes all nodes of a cluster. Subnets are assigned in the order of the list, always the lowest free one,
    so that check mode predicts what the real run makes.
  - Concurrent runs, and daemons that allocate in the meantime, never end with two subnets for a node or two nodes for a subnet.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._etcd
  - alicloud.flannel._etcd.bootstrap
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.etcd
options:
  etcd_prefix:
    description: Prefix of flannel's keys, as in flanneld's option C(--etcd-prefix).
    type: str
    default: /coreos.com/network
  leases:
    description:
      - The leases to reserve or to delete.
      - With O(purge=true), all leases that are to exist.
    type: list
    elements: dict
    required: true
    suboptions:
      public_ip:
        description:
          - The node's private IPv4 address in the VPC, which flanneld compares with its own.
          - Required for O(state=present).
        type: str
      subnet:
        description:
          - The subnet to reserve for this node. It must be one that flannel would assign.
          - Without it the node keeps the subnet that it has, or else gets the lowest free one.
          - With O(state=absent) only a lease of this subnet is deleted.
        type: str
  state:
    description:
      - V(present) for exactly one lease for each listed node.
      - V(absent) for no such leases.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - Delete the leases of all nodes that are not listed.
      - A lease with time left is kept unless O(force=true); it expires once its daemon is gone.
    type: bool
    default: false
  max_disruption:
    description:
      - How many leases O(purge) and moves to another O(leases[].subnet) may take away in one run.
      - A number, or a percentage of the existing leases, up to V(100%). A percentage always allows one.
      - If more would be lost, the task fails and nothing is written.
    type: str
    default: 10%
  allow_empty:
    description: Allow O(purge) with an empty list, which deletes every lease.
    type: bool
    default: false
  force:
    description:
      - Also delete or move leases with time left.
      - The flanneld that holds such a lease exits, and the other nodes drop their routes to it.
    type: bool
    default: false
  keep_ttl_below:
    description:
      - Seconds. A listed node's lease with less time left than this becomes a reservation again, so that a node whose
        flanneld is down keeps its subnet.
      - It must be less than the time at which flanneld renews, its option C(--subnet-lease-renew-margin), and more
        than the time between two runs.
      - Over API v3 this reads the TTL of each listed lease that has one, by one request each.
      - V(0) leaves leases alone.
    type: int
    default: 0
  planned_config:
    description:
      - The network config that the same run is about to write, for check mode only. There it is used when etcd holds none yet.
      - Outside check mode a missing config is an error, unless O(config_follows=true).
    type: dict
  config_follows:
    description:
      - Use O(planned_config) outside check mode, too, when etcd holds no config.
      - No daemon takes a subnet before there is a config. Reservations made before it can't collide with what a daemon takes.
    type: bool
    default: false
    version_added: 0.2.0
seealso:
  - module: alicloud.flannel.flannel_lease_info
  - module: alicloud.flannel.etcd_key
  - plugin: alicloud.flannel.reservations
    plugin_type: filter
notes:
  - Over API v3 the etcd user needs permission to read the range from C(config) up to C(subnett) below O(etcd_prefix), and to write the
    range from C(subnets/) up to C(subnets0) below it, the ends left out. Nothing else is read or written.
    Config and leases are one request, so two separate permissions for C(config) and for C(subnets), as flanneld has them, are not enough.
  - Over API v2 it needs permission to read O(etcd_prefix) followed by C(*), and to write C(subnets/*) below it.
  - Only the value C({"PublicIP":"..."}) is written. What a daemon added to a lease that is kept stays in it.
"""

EXAMPLES = r"""
- name: Reserve a subnet for every node
  alicloud.flannel.flannel_lease:
    endpoints:
      - https://192.0.2.11:2379
      - https://192.0.2.12:2379
    ca_cert: /etc/etcd/ca.crt
    client_cert: /etc/etcd/control.crt
    client_key: /etc/etcd/control.key
    leases: "{{ groups['flannel_nodes'] | alicloud.flannel.nodes(hostvars) | alicloud.flannel.reservations }}"
    keep_ttl_below: 39600

- name: Reserve certain subnets
  alicloud.flannel.flannel_lease:
    leases:
      - public_ip: 192.0.2.11
        subnet: 10.24.1.0/24
      - public_ip: 192.0.2.12
        subnet: 10.24.2.0/24

- name: Delete the lease of a node that is gone
  alicloud.flannel.flannel_lease:
    leases:
      - public_ip: 192.0.2.13
    state: absent
    force: true

- name: Keep these leases, delete the others
  alicloud.flannel.flannel_lease:
    leases:
      - public_ip: 192.0.2.11
      - public_ip: 192.0.2.12
    purge: true
    max_disruption: "2"
"""

RETURN = r"""
leases:
  description: All leases after the task that can be right, also those of nodes that were not listed, ordered by subnet.
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
      description: Seconds left, V(null) for a reservation and for a lease whose TTL was not read.
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
    - V(null) when there is none, or with O(state=absent) none that flannel accepts.
  returned: success
  type: dict
  sample:
    Network: 10.24.0.0/16
    SubnetLen: 24
    SubnetMin: 10.24.1.0
    SubnetMax: 10.24.255.0
    Backend:
      Type: alloc
results:
  description: What became of each listed lease, in the order of the list, and then of each lease that O(purge) is about.
  returned: success
  type: list
  elements: dict
  contains:
    public_ip:
      description: The address of the node.
      returned: always
      type: str
      sample: 192.0.2.11
    subnet:
      description: The subnet that the node has now, or had when it was deleted; V(null) when no subnet was named and none found.
      returned: always
      type: str
      sample: 10.24.1.0/24
    result:
      description:
        - V(created), V(unchanged) or V(deleted).
        - V(refreshed) when the lease was about to expire and is a reservation again; see O(keep_ttl_below).
        - V(moved) when the node has another subnet than before.
        - V(replaced) when the node has the subnet of a lease that was purged.
        - V(kept) when O(purge) left a lease alone because it has time left.
        - V(refused) when this node could not get what was asked for. The others have got it, and the task has failed.
      returned: always
      type: str
      sample: created
    reason:
      description: Why the lease was kept, or the node refused.
      returned: when RV(results[].result) is V(kept) or V(refused)
      type: str
      sample: 10.24.9.0/24 of 192.0.2.19 cannot be purged because the lease has time left.
  sample:
    - public_ip: 192.0.2.11
      subnet: 10.24.1.0/24
      result: unchanged
    - public_ip: 192.0.2.12
      subnet: 10.24.2.0/24
      result: created
http_requests:
  description: The number of requests that were made to etcd, logins included.
  returned: success
  type: int
  sample: 2
problems:
  description: Everything that is wrong with the request. The message contains all of it.
  returned: when the request was refused
  type: list
  elements: str
  sample:
    - public_ip 192.0.2.11 is listed more than once.
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.argspec import (
    ETCD_REQUIRED_TOGETHER,
    bootstrap_argument_spec,
    etcd_argument_spec,
)
from ..module_utils._core.runner import run
from ..module_utils._flannel.lease_resource import make_lease_resource


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        **etcd_argument_spec(),
        **bootstrap_argument_spec(),
        "etcd_prefix": {"type": "str", "default": "/coreos.com/network"},
        "leases": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {"public_ip": {"type": "str"}, "subnet": {"type": "str"}},
        },
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "purge": {"type": "bool", "default": False},
        "max_disruption": {"type": "str", "default": "10%"},
        "allow_empty": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "keep_ttl_below": {"type": "int", "default": 0},
        "planned_config": {"type": "dict"},
        "config_follows": {"type": "bool", "default": False},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_together=ETCD_REQUIRED_TOGETHER,
        supports_check_mode=True,
    )
    run(module, make_lease_resource)


if __name__ == "__main__":
    main()
