#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_snapshot
version_added: 0.2.0
short_description: Save a snapshot of an etcd cluster on a member
description:
  - Saves all keys as a member has them to a file, checks that, and only then gives it the name C(PREFIX<time in UTC>-r<revision>.db).
  - Or stores a snapshot that was copied to this host, in the same way.
  - Then removes the oldest snapshots with the same prefix.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes
attributes:
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run reports that nothing changed.
    support: none
    details:
      - Each run saves one more snapshot.
options:
  folder:
    description: Folder of the snapshots. It is made for its owner alone.
    type: path
    required: true
  prefix:
    description: What the names of these snapshots begin with. Only files with this prefix are ever removed.
    type: str
    required: true
  keep:
    description: How many snapshots to keep, at least the new one; V(0) keeps all.
    type: int
    default: 0
  source:
    description: Path of a copied snapshot that is moved to O(folder), instead of a new one. Must be on the same file system.
    type: path
  name:
    description: Name of the snapshot in O(source).
    type: str
  etcdctl:
    description: Path of C(etcdctl). C(etcdutl) is used, too, where it is beside that, through links.
    type: path
    default: /usr/local/bin/etcdctl
  endpoint:
    description: Client URL of the member.
    type: str
    default: https://127.0.0.1:2379
  ca_cert:
    description: Path of the CA certificates that the member's certificate is verified with.
    type: path
  client_cert:
    description: Path of the client certificate.
    type: path
  client_key:
    description: Path of its private key.
    type: path
  fallback_cert:
    description: Path of the client certificate that is used where O(client_cert) does not exist or is empty.
    type: path
  fallback_key:
    description: Path of its private key.
    type: path
seealso:
  - module: alicloud.flannel.etcd_snapshot_info
  - module: alicloud.flannel.etcd_restore
notes:
  - A snapshot has everything that is in etcd, users and passwords included. Needs the rights of root.
"""

EXAMPLES = r"""
- name: Save a snapshot, and keep the last week's
  alicloud.flannel.etcd_snapshot:
    folder: /var/backups/etcd
    prefix: etcd-
    keep: 7
    ca_cert: /etc/etcd/pki/ca.crt
    client_cert: /etc/etcd/pki/root.crt
    client_key: /etc/etcd/pki/root.key
  become: true
  register: saved

- name: Show where it is
  ansible.builtin.debug:
    msg: "{{ saved.snapshot.path }}"
"""

RETURN = r"""
snapshot:
  description:
    - The new snapshot; V(null) in check mode.
    - C(revision), C(records) and C(size), in bytes, are V(null) for O(source).
  returned: success
  type: dict
  sample:
    path: /var/backups/etcd/etcd-20260601T120000Z-r42.db
    name: etcd-20260601T120000Z-r42.db
    sha256: 5f1d7a84db00d2fce00b31a7fc73224f0b1d4b6b6f8f4c0b3e0f2f4e1b9a7c55
    revision: 42
    records: 57
    size: 49152
removed:
  description: Names of the snapshots that were removed.
  returned: success
  type: list
  elements: str
  sample: [etcd-20260524T120000Z-r11.db]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run
from ..module_utils._etcd.snapshot.save import make_save


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "folder": {"type": "path", "required": True},
        "prefix": {"type": "str", "required": True},
        "keep": {"type": "int", "default": 0},
        "source": {"type": "path"},
        "name": {"type": "str"},
        "etcdctl": {"type": "path", "default": "/usr/local/bin/etcdctl"},
        "endpoint": {"type": "str", "default": "https://127.0.0.1:2379"},
        "ca_cert": {"type": "path"},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path", "no_log": False},
        "fallback_cert": {"type": "path"},
        "fallback_key": {"type": "path", "no_log": False},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_together=[("client_cert", "client_key"), ("fallback_cert", "fallback_key"), ("source", "name")],
        supports_check_mode=True,
    )
    run(module, make_save)


if __name__ == "__main__":
    main()
