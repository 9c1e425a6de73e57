# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what etcdctl has to be told until users and roles are as flannel needs them."""

from __future__ import annotations

import typing as t
from dataclasses import asdict

from ..module_utils._etcd.cluster.auth import parse_state, plan_auth

DOCUMENTATION = r"""
name: etcd_auth_plan
short_description: What etcdctl has to be told until etcd's users and roles are as flannel needs them
version_added: 0.2.0
author:
  - alicloud.flannel contributors (!UNKNOWN)
description:
  - Compares the users and roles that etcd has with those that flannel's daemons and the modules of this collection need.
  - The daemons may read the config and read and write the leases. The modules may write both, and read nothing else.
  - Grants of these users that go further are revoked. Users and roles of other names are left alone.
positional: _input
options:
  _input:
    description: What the role C(alicloud.flannel.etcd) has read from etcd, line by line. No lines stand for an etcd that has nothing yet.
    type: list
    elements: str
    required: true
  prefixes:
    description: The folders of flannel in etcd, without the last slash.
    type: list
    elements: str
    required: true
  flannel:
    description: Name of the daemons' user, which is the CN of their certificates.
    type: str
    required: true
  control:
    description: Name of the modules' user, which has a password.
    type: str
    required: true
seealso:
  - module: alicloud.flannel.flannel_lease
"""

EXAMPLES = r"""
- name: Show what etcdctl would be told
  ansible.builtin.debug:
    msg: "{{ plan.commands | map('join', ' ') }}"
  vars:
    plan: "{{ [] | alicloud.flannel.etcd_auth_plan(prefixes=['/coreos.com/network'], flannel='flannel', control='flannel-control') }}"
"""

RETURN = r"""
_value:
  description: The plan.
  type: dict
  contains:
    enabled:
      description: Whether etcd has authentication on.
      type: bool
    login:
      description: What became of the login of the modules' user.
      type: str
      choices: ["off", good, wrong]
    password:
      description: The words for etcdctl that set the password, which it reads from its standard input. Empty when it can stay.
      type: list
      elements: str
    commands:
      description: The words for etcdctl, one list for each command. Empty when all is as it should be.
      type: list
      elements: list
    others:
      description: The users of other names.
      type: list
      elements: str
    foreign_keys:
      description: Keys outside flannel's folders, when authentication is off and etcd has no users that could be meant to use them.
      type: list
      elements: str
  sample:
    enabled: true
    login: good
    password: []
    commands:
      - [role, grant-permission, flannel, read, /coreos.com/network/config]
    others: []
    foreign_keys: []
"""


def etcd_auth_plan(lines: t.Sequence[str], prefixes: t.Sequence[str], flannel: str, control: str) -> dict[str, t.Any]:
    """Return the plan as a dictionary."""
    return asdict(plan_auth(parse_state(lines), prefixes, flannel, control))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"etcd_auth_plan": etcd_auth_plan}
