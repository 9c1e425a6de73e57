#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_auth
short_description: Manage users, roles and authentication of etcd
version_added: 0.2.0
description:
  - Creates users and roles of etcd's API v3, corrects the roles of users and the permissions of roles, and turns authentication on or off.
  - Users and roles that are not listed are left alone, and nothing is ever deleted but permissions and memberships of those that are.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._etcd
  - alicloud.flannel._etcd.bootstrap
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.etcd
attributes:
  idempotent:
    support: partial
    details:
      - While authentication is off, etcd doesn't tell whether a password is the right one. Then every run sets it, which is a change.
requirements:
  - etcdctl on the host where the module runs
options:
  users:
    description: Users that are to exist.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name, which for a user without a password is the CN of its certificate.
        type: str
        required: true
      roles:
        description:
          - The roles that the user has; it loses all others.
          - The user V(root) may have others in addition.
        type: list
        elements: str
        default: []
      password:
        description:
          - The password.
          - Without this and O(users[].password_file) a new user gets none, and an existing one keeps what it has.
          - It may be empty in check mode alone, for one that is not known yet.
        type: str
      password_file:
        description:
          - Absolute path on the host where the module runs of a file that holds the password.
          - If there is no such file, a password is made and written to it, with mode 0600.
        type: path
  roles:
    description: Roles that are to exist.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name.
        type: str
        required: true
      permissions:
        description:
          - The permissions of the role; it loses all others.
          - Without this option it keeps those that it has. The role V(root) needs none.
        type: list
        elements: dict
        suboptions:
          kind:
            description: What the permission allows.
            type: str
            choices: [read, write, readwrite]
            required: true
          key:
            description: The key, or the first one of a range.
            type: str
            required: true
          range_end:
            description: The end of the range, which is not part of it.
            type: str
          prefix:
            description: Whether the permission is for every key that begins with O(roles[].permissions[].key), which may then be empty.
            type: bool
            default: false
  enabled:
    description:
      - V(true) turns authentication on once users and roles are as desired; V(false) turns it off.
      - Without this option it stays as it is.
      - After it was turned on, the module asks etcd as root and logs in as each user with a password.
    type: bool
  key_prefixes:
    description:
      - Folders of the keys that the users are for, such as V(/coreos.com/network).
      - If authentication is off, etcd has no other users and there are keys outside these folders, the module fails before it changes
        anything, because their clients would be locked out. With O(enabled=false) it doesn't.
      - Without this option keys are not looked at.
    type: list
    elements: str
    default: []
  etcdctl:
    description: Path of C(etcdctl), or its name if it is in the search path.
    type: str
    default: etcdctl
seealso:
  - module: alicloud.flannel.etcd_key
notes:
  - Only etcd's user root may read and change users. Give root's certificate, with the CN C(root), in O(client_cert), or root's name and
    password in O(username) and O(password). Before you turn authentication on, make sure that they are right, since nobody else can turn
    it off again.
  - O(ca_cert), O(client_cert) and O(client_key) must be paths here. C(etcdctl) reads them, because with authentication on the JSON gateway
    accepts no certificate with a CN.
  - A password never appears on a command line, in the result or in a log.
  - If C(etcdctl) can't name a permission that a role is to lose, the role is deleted and made anew. Users that are not listed no longer
    have it then.
"""

EXAMPLES = r"""
- name: Let nodes read one folder, and require authentication
  alicloud.flannel.etcd_auth:
    endpoints:
      - https://127.0.0.1:2379
    ca_cert: /etc/etcd/pki/ca.crt
    client_cert: /etc/etcd/pki/root.crt
    client_key: /etc/etcd/pki/root.key
    roles:
      - name: root
      - name: nodes
        permissions:
          - kind: read
            key: /coreos.com/network/
            prefix: true
    users:
      - name: root
        roles: [root]
      - name: nodes
        roles: [nodes]
    key_prefixes:
      - /coreos.com/network
    enabled: true

- name: Give a user a password that is kept on this host
  alicloud.flannel.etcd_auth:
    endpoints:
      - https://127.0.0.1:2379
    ca_cert: /etc/etcd/pki/ca.crt
    client_cert: /etc/etcd/pki/root.crt
    client_key: /etc/etcd/pki/root.key
    users:
      - name: backup
        roles: [root]
        password_file: /etc/etcd-backup/password

- name: Turn authentication off
  alicloud.flannel.etcd_auth:
    endpoints:
      - https://127.0.0.1:2379
    ca_cert: /etc/etcd/pki/ca.crt
    client_cert: /etc/etcd/pki/root.crt
    client_key: /etc/etcd/pki/root.key
    enabled: false
"""

RETURN = r"""
enabled:
  description: Whether authentication is on after the task.
  returned: success
  type: bool
  sample: true
users:
  description: The names of all users after the task, also of those that are not listed.
  returned: success
  type: list
  elements: str
  sample:
    - nodes
    - root
commands:
  description: What etcd was told, as arguments of C(etcdctl) and without passwords. In check mode, what it would be told.
  returned: success
  type: list
  elements: str
  sample:
    - role add nodes
    - role grant-permission nodes read /coreos.com/network/ /coreos.com/network0
    - auth enable
foreign_keys:
  description: Some of the keys outside O(key_prefixes).
  returned: when their clients would be locked out
  type: list
  elements: str
  sample:
    - /registry/pods/default/a
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.argspec import (
    ETCD_REQUIRED_TOGETHER,
    bootstrap_argument_spec,
    etcd_argument_spec,
)
from ..module_utils._core.runner import run
from ..module_utils._etcd.cluster.auth_resource import make_auth


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    user = {
        "name": {"type": "str", "required": True},
        "roles": {"type": "list", "elements": "str", "default": []},
        "password": {"type": "str", "no_log": True},
        "password_file": {"type": "path", "no_log": False},
    }
    permission = {
        "kind": {"type": "str", "choices": ["read", "write", "readwrite"], "required": True},
        "key": {"type": "str", "required": True, "no_log": False},
        "range_end": {"type": "str"},
        "prefix": {"type": "bool", "default": False},
    }
    role = {
        "name": {"type": "str", "required": True},
        "permissions": {"type": "list", "elements": "dict", "options": permission},
    }
    return {
        **etcd_argument_spec(),
        **bootstrap_argument_spec(),
        "users": {"type": "list", "elements": "dict", "options": user, "default": []},
        "roles": {"type": "list", "elements": "dict", "options": role, "default": []},
        "enabled": {"type": "bool"},
        "key_prefixes": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "etcdctl": {"type": "str", "default": "etcdctl"},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_together=ETCD_REQUIRED_TOGETHER,
        supports_check_mode=True,
    )
    run(module, make_auth)


if __name__ == "__main__":
    main()
