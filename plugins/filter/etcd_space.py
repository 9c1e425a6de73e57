# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says which members of an etcd cluster to defragment."""

from __future__ import annotations

DOCUMENTATION = r"""
name: etcd_space
short_description: Which members of an etcd cluster to defragment
version_added: 0.2.0
description:
  - Reads what C(etcdctl endpoint status) and C(etcdctl alarm list) printed as JSON.
  - Says which members have enough free space in their file to be worth a defragmentation, and whether the cluster has run out of space.
positional: _input
options:
  _input:
    description: For each member its C(name), the C(status) that it printed (empty if it did not answer), and its C(quota) in bytes.
    type: list
    elements: dict
    required: true
  alarms:
    description: What C(etcdctl alarm list) printed.
    type: str
    default: ""
  min_free_percent:
    description: How much of a member's file must hold nothing to be worth it. Less than 10 MiB never are.
    type: float
    default: 40
"""

EXAMPLES = r"""
- name: Name the members that are worth it
  ansible.builtin.debug:
    msg: "{{ (members | alicloud.flannel.etcd_space)['worth'] }}"
  vars:
    members:
      - name: n1
        status: '[{"Status": {"header": {"member_id": 1}, "leader": 1, "dbSize": 83886080, "dbSizeInUse": 8388608}}]'
        quota: 2147483648
"""

RETURN = r"""
_value:
  description: What was found.
  type: dict
  contains:
    full:
      description: Whether the alarm NOSPACE is set, so that writes are refused.
      type: bool
      sample: false
    corrupt:
      description: Members for which the alarm CORRUPT is set.
      type: list
      elements: str
      sample: []
    silent:
      description: Members that did not answer.
      type: list
      elements: str
      sample: []
    revision:
      description: The cluster's revision.
      type: int
      sample: 4711
    all:
      description: All members that answered, the leader last.
      type: list
      elements: str
      sample: [n2, n3, n1]
    worth:
      description: Those that are worth it, in the same order.
      type: list
      elements: str
      sample: [n1]
    without_room:
      description: Members that have less than a tenth of their quota left.
      type: list
      elements: str
      sample: []
    sizes:
      description: Each member's sizes, as text.
      type: dict
      sample: {"n1": "80.0 MiB, 8.0 MiB of it in use, quota 2048.0 MiB"}
"""

import typing as t

from ..module_utils._etcd.cluster.space import judge_space


def etcd_space(members: t.Sequence[t.Mapping[str, t.Any]], alarms: str = "", min_free_percent: float = 40) -> dict[str, t.Any]:
    """Return which members to defragment, and what stands in the way."""
    return judge_space(members, alarms, float(min_free_percent))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"etcd_space": etcd_space}
