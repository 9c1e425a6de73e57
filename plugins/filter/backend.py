# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says which backend a cluster has."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backend
short_description: Which backend a flannel network has, and what speaks against it
version_added: 0.2.0
description:
  - Decides between routes in the VPC and VXLAN. V(auto) keeps what the cluster has; while it has none, it takes V(vpc) if the nodes fit the
    route quota of every route table that their vSwitches use, else V(vxlan).
  - A backend that is in use is replaced only with O(change=true), and never by V(auto).
positional: _input
options:
  _input:
    description: The wanted backend, V(auto), V(vpc) or V(vxlan).
    type: str
    required: true
  published:
    description:
      - The config that is in etcd, as M(alicloud.flannel.flannel_lease_info) returns it in
        RV(alicloud.flannel.flannel_lease_info#module:network).
    type: dict
  leases:
    description: The leases in etcd. While there are any, the backend is in use.
    type: list
    elements: dict
    default: []
  options:
    description: The wanted options of the backend beside its type.
    type: dict
    default: {}
  nodes:
    description: The nodes, as P(alicloud.flannel.nodes#filter) returns them.
    type: list
    elements: dict
    default: []
  vpc:
    description: The VPC, as M(alicloud.flannel.ali_vpc_route_info) returns it.
    type: dict
  tables:
    description: The VPC's route tables, as M(alicloud.flannel.ali_vpc_route_info) returns them.
    type: list
    elements: dict
    default: []
  network:
    description: The containers' network. The owner's route entries inside it are those of the nodes.
    type: str
    default: 0.0.0.0/0
  owner:
    description: Who owns the nodes' route entries.
    type: str
    default: ""
  daemon:
    description: Whether flanneld runs on the nodes, which V(vxlan) needs.
    type: bool
    default: true
  change:
    description: Whether a backend that is in use may be replaced.
    type: bool
    default: false
seealso:
  - plugin: alicloud.flannel.network_problems
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Say how many routes are left
  ansible.builtin.debug:
    msg: "{{ ('auto' | alicloud.flannel.backend(nodes=nodes, vpc=cloud.vpc, tables=cloud.tables)).message }}"
  vars:
    nodes: "{{ groups['flannel_nodes'] | alicloud.flannel.nodes(hostvars) }}"
"""

RETURN = r"""
_value:
  description:
    - C(backend) is the backend to have, C(type) flannel's name for it, and C(live) the one in etcd, empty without one.
    - C(routes_left) is how many nodes more the fullest route table has room for, C(message) says all of it, and C(problems) are sentences
      about what speaks against it.
  type: dict
  sample:
    backend: vpc
    type: alloc
    live: ""
    routes_left: 197
    message: >-
      The backend is vpc: every node's route fits the quota. With an entry for every node: 197 route(s) left in route table
      vtb-bp1example: quota 200 (default), 0 entries of others.
    problems: []
"""

import typing as t

from ..module_utils._flannel.backend import choose_backend, find_room, parse_live

Data = t.Mapping[str, t.Any]


def backend(
    wanted: str,
    published: Data | None = None,
    leases: t.Sequence[Data] = (),
    options: Data | None = None,
    nodes: t.Sequence[Data] = (),
    vpc: Data | None = None,
    tables: t.Sequence[Data] = (),
    network: str = "0.0.0.0/0",
    owner: str = "",
    *,
    daemon: bool = True,
    change: bool = False,
) -> dict[str, t.Any]:
    """Return the backend to have and what speaks against it."""
    live = parse_live(published, leases)
    room = find_room(nodes, vpc or {}, tables, network, owner)
    return choose_backend(wanted, live, room, daemon=daemon, change=change, options=options).public(live)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"backend": backend}
