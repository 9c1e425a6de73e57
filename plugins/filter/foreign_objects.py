# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that names what is in a cluster's VPC and not the cluster's."""

from __future__ import annotations

import typing as t

from ..module_utils._cluster.provisioning import foreign_objects

DOCUMENTATION = r"""
name: foreign_objects
short_description: What is in a cluster's VPC and is not the cluster's
version_added: 0.2.0
author:
  - alicloud.flannel contributors (!UNKNOWN)
description:
  - Names the instances, vSwitches, custom route tables and security groups that lack the cluster's tag C(alicloud-flannel-cluster), and the
    custom route entries that lack its mark.
positional: _input
options:
  _input:
    description: The VPC, as M(alicloud.flannel.ali_vpc_info) returns it.
    type: dict
    required: true
  cluster:
    description: Name of the cluster, which is the value of the tag and the owner of the route entries.
    type: str
    required: true
  instances:
    description: The instances of the VPC, as M(alicloud.flannel.ali_instance_info) returns them.
    type: list
    elements: dict
    required: true
  tables:
    description: The route tables of the VPC, as M(alicloud.flannel.ali_vpc_route_info) returns them.
    type: list
    elements: dict
    required: true
seealso:
  - module: alicloud.flannel.ali_vpc_info
"""

EXAMPLES = r"""
- name: Refuse to remove a VPC that is used by others as well
  ansible.builtin.assert:
    that: foreign | length == 0
    fail_msg: "Not the cluster's: {{ foreign | join(', ') }}."
  vars:
    foreign: >-
      {{ found.vpcs[0] | alicloud.flannel.foreign_objects(cluster='k1', instances=nodes.instances, tables=routes.tables) }}
"""

RETURN = r"""
_value:
  description: One text for each object.
  type: list
  elements: str
  sample:
    - instance i-bp1example (database)
"""


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"foreign_objects": foreign_objects}
