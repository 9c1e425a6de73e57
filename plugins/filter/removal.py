# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says which nodes a removal is about."""

from __future__ import annotations

DOCUMENTATION = r"""
name: removal
short_description: Which nodes to take out of a cluster, and what speaks against it
version_added: 0.2.0
description:
  - Finds the nodes that an operator wants to remove, by their names in the inventory or by the address of one that has left it.
  - Refuses what would remove more than was said, such as several nodes at once or the last one.
positional: _input
options:
  _input:
    description: The nodes, as the filter P(alicloud.flannel.nodes#filter) makes them.
    type: list
    elements: dict
    required: true
  names:
    description: Names of the nodes to remove, as a list or separated by commas.
    type: raw
    default: ""
  address:
    description: Private address of a node that is not in the inventory any more.
    type: str
    default: ""
  count:
    description: How many nodes may be removed at once.
    type: int
    default: 1
  is_gone:
    description: Whether the operator says that the nodes will not carry containers any more, though they can't be reached.
    type: bool
    default: false
  play_hosts:
    description: The hosts that the run may contact, such as RV(ignore:ansible_play_hosts_all).
    type: list
    elements: str
    default: []
  members:
    description: Hosts that are members of etcd.
    type: list
    elements: str
    default: []
seealso:
  - plugin: alicloud.flannel.nodes
    plugin_type: filter
  - plugin: alicloud.flannel.node_routes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Refuse what was not meant
  ansible.builtin.assert:
    that: removal.problems | length == 0
  vars:
    nodes: "{{ groups['flannel_nodes'] | alicloud.flannel.nodes(hostvars) }}"
    removal: "{{ nodes | alicloud.flannel.removal(names='node-3', play_hosts=ansible_play_hosts_all) }}"
"""

RETURN = r"""
_value:
  description:
    - C(nodes) are the nodes to remove, each with C(name), C(public_ip) and C(instance_id).
    - C(problems) has a sentence or two for each thing that speaks against it.
    - C(advice) is what to do afterwards.
  type: dict
  sample:
    nodes:
      - name: node-3
        public_ip: 192.0.2.13
        instance_id: i-bp3example
    problems: []
    advice:
      - Take node-3 out of the group flannel_nodes now. The next site.yml or routes.yml adds every node that is in it.
"""

import typing as t

from ..module_utils._cluster.removal import Removal, plan_removal


def removal(nodes: t.Sequence[t.Mapping[str, t.Any]], **wish: t.Any) -> dict[str, t.Any]:
    """Return the nodes to remove, what speaks against it, and what to do afterwards."""
    return plan_removal(nodes, Removal(**wish))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"removal": removal}
