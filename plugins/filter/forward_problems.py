# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what nftables would drop between containers."""

from __future__ import annotations

DOCUMENTATION = r"""
name: forward_problems
short_description: What nftables would drop between containers
version_added: 0.2.0
description:
  - Names the chains that drop what is forwarded unless they accept it themselves, and that do not accept the containers' network.
positional: _input
options:
  _input:
    description: What C(nft --json list ruleset) prints, or an empty text.
    type: str
    required: true
  network:
    description: The containers' network.
    type: str
    required: true
  trusted:
    description: Tables not to look at, each as its family and its name.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Check that containers' packets are forwarded
  ansible.builtin.assert:
    that: ruleset.stdout | alicloud.flannel.forward_problems(network='10.24.0.0/16') | length == 0
"""

RETURN = r"""
_value:
  description: A few sentences for each chain, with what to do.
  type: list
  elements: str
"""

import typing as t

from ..module_utils._flannel.nftables import forward_problems


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"forward_problems": forward_problems}
