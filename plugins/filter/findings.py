# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter findings."""

from __future__ import annotations

import typing as t

from ..module_utils._verify.diagnosis import diagnose

DOCUMENTATION = r"""
name: findings
short_description: Names the first broken links between etcd and a packet
author:
  - alicloud.flannel contributors (!UNKNOWN)
description:
  - Follows the chain from etcd to the packet and returns each cause once, with how to mend it and the pairs of nodes that it parts.
  - What only follows from another broken link is left out.
  - Empty means that the cluster is as it should be.
positional: _input
options:
  _input:
    description:
      - What was seen, as the role verify collects it.
      - Has the keys C(nodes), C(network), C(backend), C(owner), C(vpc_id), C(etcd_prefix), C(etcd_problem), C(members), C(cloud),
        C(hosts) and C(further), the last one with findings of other checks.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Fail when something is broken
  ansible.builtin.assert:
    that: findings | selectattr('level', 'equalto', 'broken') | length == 0
    fail_msg: "{{ findings | alicloud.flannel.findings_text }}"
  vars:
    findings: "{{ observations | alicloud.flannel.findings }}"
"""

RETURN = r"""
_value:
  description:
    - One dictionary for each finding, in the order of the chain.
    - C(node) is the node concerned, empty for the whole cluster; C(link) the link of the chain; C(level) is V(broken) or V(warning).
    - C(problem) says what was seen and C(mend) what to do; C(pairs) lists from where to where packets are lost by it.
  type: list
  elements: dict
"""


def findings(observations: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return what is broken between etcd and the packets."""
    return diagnose(observations)


class FilterModule:
    """Filters for verifying a cluster."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"findings": findings}
