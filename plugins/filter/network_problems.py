# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what speaks against a network config."""

from __future__ import annotations

DOCUMENTATION = r"""
name: network_problems
short_description: What speaks against a flannel network config
description:
  - Checks a network config as flannel does when it starts, and against the VPC and the nodes that it is for.
  - Returns sentences to show to a person; an empty list means that the config can be used.
  - The range 100.64.0.0/10, which Alibaba Cloud uses for its own services, is always checked.
positional: _input
options:
  _input:
    description: The network config, as a dictionary or as JSON text.
    type: raw
    required: true
  nodes:
    description:
      - The nodes that need a subnet each, as P(alicloud.flannel.nodes#filter) returns them.
      - A node's own C(subnet) must be one that flannel gives out in this network, and no other node's.
    type: list
    elements: dict
    default: []
  vpc:
    description:
      - The VPC, as M(alicloud.flannel.ali_vpc_route_info) returns it.
      - The network may not touch its CIDRs, nor those of its vSwitches.
    type: dict
  published:
    description:
      - The config that is in use, as M(alicloud.flannel.flannel_lease_info) returns it in
        RV(alicloud.flannel.flannel_lease_info#module:network).
    type: dict
  leases:
    description: The leases that are in use. While there are any, the network cannot change.
    type: list
    elements: dict
    default: []
seealso:
  - module: alicloud.flannel.flannel_lease
  - plugin: alicloud.flannel.nodes
    plugin_type: filter
  - plugin: alicloud.flannel.backend
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check the network before it is used
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems | join(' ') }}"
  vars:
    config:
      Network: 10.24.0.0/16
      SubnetLen: 24
      Backend:
        Type: alloc
    problems: >-
      {{ config | alicloud.flannel.network_problems(
           nodes=groups['flannel_nodes'] | alicloud.flannel.nodes(hostvars),
           vpc=cloud.vpc) }}
"""

RETURN = r"""
_value:
  description: One sentence or two for each problem.
  type: list
  elements: str
  sample:
    - Network 10.24.0.0/16 overlaps 10.24.3.0/24 (vSwitch vsw-bp1example). Choose a network that shares no address with it.
"""

import typing as t

from ..module_utils._flannel import network as networks
from ..module_utils._flannel.network_fit import (
    change_problems,
    reservation_problems,
    reserved_ranges,
)


def network_problems(
    config: str | bytes | t.Mapping[str, t.Any],
    nodes: t.Sequence[t.Any] = (),
    vpc: t.Mapping[str, t.Any] | None = None,
    published: t.Mapping[str, t.Any] | None = None,
    leases: t.Sequence[t.Mapping[str, t.Any]] = (),
) -> list[str]:
    """Return what speaks against the config."""
    reserved = reserved_ranges(vpc) if vpc else []
    problems = networks.network_problems(config, nodes, reserved)
    return problems or reservation_problems(config, nodes) or change_problems(config, published, leases)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"network_problems": network_problems}
