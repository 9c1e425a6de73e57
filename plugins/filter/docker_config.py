# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what Docker's daemon.json is to hold."""

from __future__ import annotations

DOCUMENTATION = r"""
name: docker_config
short_description: What Docker's daemon.json is to hold for a node's subnet
version_added: 0.2.0
description:
  - Puts C(bip), C(mtu) and C(ip-masq) into the settings that are there, or gives those back that were there before.
positional: _input
options:
  _input:
    description: The text of daemon.json, empty when there is none.
    type: str
    required: true
  before:
    description: The text of what an earlier run has returned as C(before); empty when there was none.
    type: str
    default: ""
  subnet:
    description: Values for C(bip), C(mtu) and C(ip-masq); leave it out to give back what was there before.
    type: dict
  command:
    description: Docker's start command. Docker refuses to start with an option that is there, too.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Say what daemon.json is to hold
  ansible.builtin.debug:
    msg: "{{ ('{}' | alicloud.flannel.docker_config(subnet={'bip': '10.24.1.1/24', 'mtu': 1500, 'ip-masq': false})).config }}"
"""

RETURN = r"""
_value:
  description:
    - C(config) is what daemon.json is to hold, C(before) what to remember of it, C(changed) whether it differs, and C(problems) are
      sentences about what speaks against it.
  type: dict
  sample:
    config:
      bip: 10.24.1.1/24
      mtu: 1500
      ip-masq: false
    before: {}
    changed: true
    problems: []
"""

import typing as t

from ..module_utils._flannel.docker import plan_docker


def docker_config(current: str, before: str = "", subnet: t.Mapping[str, t.Any] | None = None, command: str = "") -> dict[str, t.Any]:
    """Return what daemon.json is to hold."""
    return plan_docker(current, before, subnet, command).public()


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"docker_config": docker_config}
