# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter findings."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.plugins.module_utils._flannel_verify import Observed, find_problems

DOCUMENTATION = r"""
name: findings
short_description: Compares what a cluster should look like with what was read
author:
  - alicloud.flannel contributors (!UNKNOWN)
description:
  - Follows the chain from the lease to the packet and returns each broken link, with how to mend it.
  - Empty means that the cluster is as it should be.
positional: _input
options:
  _input:
    description:
      - The join of leases and instances, as P(alicloud.flannel.routes#filter) returns it.
    type: dict
    required: true
  nodes:
    description:
      - The nodes of the inventory, as P(alicloud.flannel.nodes#filter) returns them.
    type: list
    elements: dict
    required: true
  leases:
    description:
      - The leases, as M(alicloud.flannel.flannel_lease_info) returns them.
    type: list
    elements: dict
    required: true
  tables:
    description:
      - The route tables concerned, as M(alicloud.flannel.ali_vpc_route_info) returns them.
    type: list
    elements: dict
    required: true
  subnet_env:
    description:
      - The text of each node's C(subnet.env), by node name.
    type: dict
    required: true
  pings:
    description:
      - By node name, a list of answers with the keys C(node), the pinged node, and C(ok).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Fail on the first broken link
  ansible.builtin.assert:
    that: findings | length == 0
    fail_msg: "{{ findings }}"
  vars:
    findings: "{{ wanted | alicloud.flannel.findings(nodes=nodes, leases=leases, tables=tables, subnet_env={}, pings={}) }}"
"""

RETURN = r"""
_value:
  description:
    - One dictionary for each finding, with the keys C(node), C(problem) and C(mend).
  type: list
  elements: dict
"""


def findings(
    wanted: t.Mapping[str, t.Any],
    nodes: t.Sequence[t.Mapping[str, t.Any]],
    leases: t.Sequence[t.Mapping[str, t.Any]],
    tables: t.Sequence[t.Mapping[str, t.Any]],
    subnet_env: t.Mapping[str, str],
    pings: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]],
) -> list[dict[str, str]]:
    """Return what is broken between the leases and the packets."""
    seen = Observed(routes=wanted["routes"], tables=tables, leases=leases, subnet_env=subnet_env, pings=pings)
    return find_problems(nodes, wanted["refused"], seen)


class FilterModule:
    """Filters for verifying a cluster."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"findings": findings}
