# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that tells which files of a node are about another node's addresses."""

from __future__ import annotations

DOCUMENTATION = r"""
name: foreign_addresses
short_description: Files that are named after an address outside a subnet
version_added: 0.2.0
description:
  - Finds the paths whose last part is an IPv4 address that is not in the subnet.
  - CNI's plugin host-local has such a file for each address that it gave out, and a machine image brings them along.
positional: _input, subnet
options:
  _input:
    description: Paths of files.
    type: list
    elements: str
    required: true
  subnet:
    description: The node's subnet.
    type: str
    required: true
seealso:
  - plugin: alicloud.flannel.nodes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what host-local keeps of another subnet
  ansible.builtin.debug:
    msg: "{{ ['/var/lib/cni/networks/flannel/198.51.100.2'] | alicloud.flannel.foreign_addresses('198.51.100.64/26') }}"
"""

RETURN = r"""
_value:
  description: The paths, in their order.
  type: list
  elements: str
  sample: [/var/lib/cni/networks/flannel/198.51.100.2]
"""

import typing as t

from ..module_utils._flannel.nodes import foreign_addresses


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"foreign_addresses": foreign_addresses}
