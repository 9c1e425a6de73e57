# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says whether a running etcd may be taken to another version."""

from __future__ import annotations

DOCUMENTATION = r"""
name: etcd_version_step
short_description: Whether the members of an etcd cluster may be taken to a version
version_added: 0.2.0
description:
  - One minor version at a time, never back to an earlier one; to 3.6 from 3.5.26 on, to 3.7 from 3.6.11 on.
  - A cluster whose members have different versions, as an upgrade that was stopped leaves it, goes on.
positional: _input
options:
  _input:
    description: The members, as P(alicloud.flannel.etcd_members#filter) returns them.
    type: list
    elements: dict
    required: true
  wanted:
    description: The version to go to.
    type: str
    required: true
  config_keys:
    description: The names of the settings that users added to the configuration.
    type: list
    elements: str
    default: []
seealso:
  - plugin: alicloud.flannel.etcd_members
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check the step
  ansible.builtin.assert:
    that: step.problems | length == 0
    fail_msg: "{{ step.problems | join(' ') }}"
  vars:
    step: "{{ plan.members | alicloud.flannel.etcd_version_step('3.6.14') }}"
"""

RETURN = r"""
_value:
  description:
    - C(changes), the names of the members that run another version; C(check_v2_store), whether the members' v2 stores must be looked at
      first; C(problems) and C(warnings), sentences.
  type: dict
  sample:
    changes: [n1, n2]
    check_v2_store: false
    problems: []
    warnings: []
"""

import json
import typing as t
from dataclasses import asdict

from ..module_utils._etcd.cluster.versions import plan_versions


def etcd_version_step(members: t.Sequence[t.Mapping[str, t.Any]], wanted: str, config_keys: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """Return the step."""
    running = {member["name"]: member["version"] for member in members if member["name"]}
    return t.cast("dict[str, t.Any]", json.loads(json.dumps(asdict(plan_versions(running, wanted, config_keys)))))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"etcd_version_step": etcd_version_step}
