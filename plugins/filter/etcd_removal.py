# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that plans the removal of a member of etcd."""

from __future__ import annotations

DOCUMENTATION = r"""
name: etcd_removal
short_description: How a member is removed from an etcd cluster
version_added: 0.2.0
description:
  - Finds the member by its name or its id, and says whether the others have a quorum without it.
positional: _input
options:
  _input:
    description: The members that the inventory wants, as C(name=peer URL) each.
    type: list
    elements: str
    required: true
  seen:
    description: What was found on the hosts that were reached, as P(alicloud.flannel.etcd_members#filter) takes it.
    type: list
    elements: dict
    required: true
  member:
    description: The name of the member to remove, or its id in hexadecimal digits.
    type: str
    required: true
seealso:
  - plugin: alicloud.flannel.etcd_members
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check whether n3 can be removed
  ansible.builtin.assert:
    that: removal.problems | length == 0
  vars:
    removal: "{{ ['n3=https://192.0.2.3:2380'] | alicloud.flannel.etcd_removal(seen=found, member='n3') }}"
"""

RETURN = r"""
_value:
  description:
    - C(name), of its host; C(member_id), empty when there is no such member; C(label), the member for a person; C(on), the host on which
      etcdctl can be run; C(endpoints) that it asks; C(new_leader), the id of the member that should lead first, or nothing;
      C(problems), sentences.
  type: dict
  sample:
    name: n3
    member_id: 7f01cc0f4b1d53a2
    label: n3 (https://192.0.2.3:2380)
    "on": n1
    endpoints: [https://192.0.2.1:2379, https://192.0.2.2:2379]
    new_leader: ""
    problems: []
"""

import json
import typing as t
from dataclasses import asdict

from ..module_utils._etcd.cluster.members import parse_hosts
from ..module_utils._etcd.cluster.membership import plan_removal


def etcd_removal(wanted: t.Sequence[str], seen: t.Sequence[t.Mapping[str, t.Any]], member: str) -> dict[str, t.Any]:
    """Return the plan."""
    return t.cast("dict[str, t.Any]", json.loads(json.dumps(asdict(plan_removal(parse_hosts(wanted, seen), member)))))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"etcd_removal": etcd_removal}
