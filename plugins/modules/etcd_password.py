#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_password
version_added: 0.2.0
short_description: Keep the password of a user of etcd in a file
description:
  - Makes a random password in a file that only its owner may read, and returns it.
  - A password that is there is never changed. A run that is killed leaves no part of one behind.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes
options:
  path:
    description: Absolute path of the file. Its folder is made if it is missing, with mode 0700.
    type: path
    required: true
  create:
    description: Whether a password is made where there is none. Without that none is an empty one.
    type: bool
    default: true
seealso:
  - module: alicloud.flannel.etcd_auth
notes:
  - Set C(no_log) for the task, since the result has the password.
"""

EXAMPLES = r"""
- name: Keep the password of the user backup
  alicloud.flannel.etcd_password:
    path: /etc/etcd-backup/password
  become: true
  no_log: true
  register: backup_password
"""

RETURN = r"""
password:
  description: The password; empty when there is none, and for one that check mode would make.
  returned: success
  type: str
  sample: 3f1c0e3a...
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run
from ..module_utils._etcd.cluster.password_resource import make_kept_password


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {"path": {"type": "path", "required": True}, "create": {"type": "bool", "default": True}}


def main() -> None:
    """Run the module."""
    run(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), make_kept_password)


if __name__ == "__main__":
    main()
