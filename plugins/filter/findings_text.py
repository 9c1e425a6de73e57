# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter findings_text."""

from __future__ import annotations

DOCUMENTATION = r"""
name: findings_text
version_added: 0.2.0
short_description: Findings as lines for people
author:
  - alicloud.flannel contributors (!UNKNOWN)
description:
  - Makes one line of each finding, with node, link, what was observed and how to repair it.
positional: _input
options:
  _input:
    description:
      - The findings, as P(alicloud.flannel.findings#filter) returns them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what is broken
  ansible.builtin.debug:
    msg: "{{ observations | alicloud.flannel.findings | alicloud.flannel.findings_text }}"
"""

RETURN = r"""
_value:
  description:
    - The lines.
  type: list
  elements: str
"""


from ..module_utils._verify.diagnosis import describe
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(findings_text=describe)
