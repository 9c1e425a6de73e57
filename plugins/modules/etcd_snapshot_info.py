#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_snapshot_info
version_added: 0.2.0
short_description: Check the file of an etcd snapshot
description:
  - Verifies the checksum at the end of a snapshot's file, which needs nothing of etcd on the host, and reads what is in it.
  - A file that can't be restored is no failure, but said in RV(snapshot.problem).
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes.info
options:
  path:
    description: Path of the file.
    type: path
    required: true
  etcdctl:
    description:
      - Path of C(etcdctl), to read what is in the file. C(etcdutl) is used where it is beside that, through links.
      - Without it only the checksum is verified.
    type: path
seealso:
  - module: alicloud.flannel.etcd_snapshot
"""

EXAMPLES = r"""
- name: Check a snapshot
  alicloud.flannel.etcd_snapshot_info:
    path: /var/backups/etcd/etcd-20260601T120000Z-r42.db
  become: true
  register: checked
"""

RETURN = r"""
snapshot:
  description: What was found.
  returned: success
  type: dict
  contains:
    path:
      description: Path of the file.
      returned: always
      type: str
      sample: /var/backups/etcd/etcd-20260601T120000Z-r42.db
    problem:
      description: Why it can't be restored; empty if nothing is wrong with it.
      returned: always
      type: str
      sample: ""
    sha256:
      description: The checksum; empty if it is wrong.
      returned: always
      type: str
      sample: 5f1d7a84db00d2fce00b31a7fc73224f0b1d4b6b6f8f4c0b3e0f2f4e1b9a7c55
    revision:
      description: Revision of the store; V(null) without O(etcdctl).
      returned: always
      type: int
      sample: 42
    records:
      description: Number of records; V(null) without O(etcdctl).
      returned: always
      type: int
      sample: 57
    size:
      description: Size of the database in bytes; V(null) without O(etcdctl).
      returned: always
      type: int
      sample: 49152
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run_info
from ..module_utils._etcd.snapshot.check import read_snapshot


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {"path": {"type": "path", "required": True}, "etcdctl": {"type": "path"}}


def main() -> None:
    """Run the module."""
    run_info(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), read_snapshot)


if __name__ == "__main__":
    main()
