# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that plans an etcd cluster's membership."""

from __future__ import annotations

DOCUMENTATION = r"""
name: etcd_members
short_description: Which hosts join an etcd cluster, and which must not
version_added: 0.2.0
description:
  - Compares the members that the inventory wants with those that a running cluster has.
  - Says who joins in which order, whose way is barred by what, and what a person should know. Removes nobody.
positional: _input
options:
  _input:
    description: The wanted members, as C(name=peer URL) each.
    type: list
    elements: str
    required: true
  seen:
    description:
      - What was found on the hosts that were reached, one dictionary each.
      - C(name); C(has_data); C(was_started_new), whether it takes part in a cluster's first start; C(installed), its version of etcd;
        C(answer), two lines of JSON that C(etcdctl member list) and C(etcdctl endpoint status --cluster) printed on it, or nothing.
    type: list
    elements: dict
    required: true
seealso:
  - plugin: alicloud.flannel.etcd_removal
    plugin_type: filter
  - plugin: alicloud.flannel.etcd_version_step
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show who would join
  ansible.builtin.debug:
    msg: "{{ ['n1=https://192.0.2.1:2380', 'n2=https://192.0.2.2:2380'] | alicloud.flannel.etcd_members(seen=found) }}"
"""

RETURN = r"""
_value:
  description:
    - C(is_live), whether the cluster takes writes; C(voices), hosts on which it can be asked; C(members) with C(member_id), C(name),
      C(peer_urls), C(client_urls), C(is_learner), C(is_up), C(leads) and C(version); C(joins) with C(name), C(peer_url) and
      C(initial_cluster); C(problems), sentences by host; C(warnings).
  type: dict
  sample:
    is_live: true
    voices: [n1]
    members: []
    joins: []
    problems: {}
    warnings: []
"""

import json
import typing as t
from dataclasses import asdict

from ..module_utils._etcd.cluster.members import parse_hosts
from ..module_utils._etcd.cluster.membership import plan_members


def etcd_members(wanted: t.Sequence[str], seen: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """Return the plan."""
    return t.cast("dict[str, t.Any]", json.loads(json.dumps(asdict(plan_members(parse_hosts(wanted, seen))))))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"etcd_members": etcd_members}
