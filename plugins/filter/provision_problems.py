# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what speaks against making or changing a cluster."""

from __future__ import annotations

import typing as t

from ..module_utils._cluster.provisioning import provision_problems

DOCUMENTATION = r"""
name: provision_problems
short_description: What speaks against making or changing a cluster
version_added: 0.2.0
author:
  - alicloud.flannel contributors (!UNKNOWN)
description:
  - Checks the VPC, vSwitches, networks and counts that the role P(alicloud.flannel.provision#role) is asked for against each other, and
    against what there is of the cluster.
  - Returns sentences to show to a person; an empty list means that nothing is known that speaks against it.
positional: _input
options:
  _input:
    description:
      - What is wanted. The keys are C(cluster), C(vpc_cidr), C(vswitches), C(network), C(public_key), C(key_pair), C(ssh_sources),
        C(nodes), C(etcd_members) and C(allow_removal), which mean what the role's variables of these names do.
    type: dict
    required: true
  vpcs:
    description: The VPCs with the cluster's tag, as M(alicloud.flannel.ali_vpc_info) returns them.
    type: list
    elements: dict
    required: true
  zones:
    description: The zones of the region, as M(alicloud.flannel.ali_vpc_info) returns them.
    type: list
    elements: str
    required: true
  instances:
    description: The instances of the VPC, as M(alicloud.flannel.ali_instance_info) returns them.
    type: list
    elements: dict
    required: true
seealso:
  - module: alicloud.flannel.ali_vpc_info
  - module: alicloud.flannel.ali_instance_info
"""

EXAMPLES = r"""
- name: Check what is wanted before anything is made
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems | join(' ') }}"
  vars:
    problems: "{{ wanted | alicloud.flannel.provision_problems(vpcs=found.vpcs, zones=found.zones, instances=[]) }}"
"""

RETURN = r"""
_value:
  description: One sentence or two for each problem.
  type: list
  elements: str
  sample:
    - "vSwitches k1-a and k1-b overlap: 172.16.0.0/24 and 172.16.0.128/25."
"""


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"provision_problems": provision_problems}
