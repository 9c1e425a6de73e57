#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_restore
version_added: 0.2.0
short_description: Replace the data of an etcd member by that of a snapshot
description:
  - Makes the data of a new cluster from a snapshot beside the data in use, and puts it in its place.
  - Every member of the new cluster takes the same steps with the same O(restore).
  - Between V(staged) and V(swapped) etcd is stopped on all of them.
  - No data that a member ever ran with is deleted. It stays in O(data_dir) as C(member.before-<time in UTC>).
  - What is in place is marked in the data itself, so that a run that was interrupted is completed by the next one.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes
attributes:
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run reports that nothing changed.
    support: partial
    details:
      - O(state=staged) makes the new data each time, and O(again=true) puts it in place each time.
options:
  state:
    description:
      - V(staged) makes new data from the file C(.restore/snapshot.db) in O(data_dir), while etcd may run.
      - V(swapped) puts the new data in the place of the data in use.
      - V(finished) remembers that the new cluster runs, and removes what is left of the work.
    type: str
    choices: [staged, swapped, finished]
    required: true
  restore:
    description: Name of this restore, letters and digits, the same on all members.
    type: str
    required: true
  again:
    description: Whether to swap even data that comes from this restore.
    type: bool
    default: false
  data_dir:
    description: Folder of the member's data. The new data is given to the owner of this folder.
    type: path
    default: /var/lib/etcd
  etcdctl:
    description: Path of C(etcdctl). C(etcdutl) is used instead where it is beside that, through links.
    type: path
    default: /usr/local/bin/etcdctl
  name:
    description: Name of the member. Needed with O(state=staged).
    type: str
  initial_cluster:
    description: All members of the new cluster, such as C(n1=https://192.0.2.11:2380). Needed with O(state=staged).
    type: str
  initial_cluster_token:
    description: Token of the new cluster. Needed with O(state=staged).
    type: str
  peer_url:
    description: URL of this member for the others. Needed with O(state=staged).
    type: str
seealso:
  - module: alicloud.flannel.etcd_snapshot_info
  - module: alicloud.flannel.etcd_member_info
"""

EXAMPLES = r"""
- name: Make new data beside the old
  alicloud.flannel.etcd_restore:
    state: staged
    restore: 3f9a0c1de2b45768
    name: n1
    initial_cluster: n1=https://192.0.2.11:2380
    initial_cluster_token: etcd-3f9a0c1de2b45768
    peer_url: https://192.0.2.11:2380
  become: true

- name: Stop etcd
  ansible.builtin.systemd_service:
    name: etcd.service
    state: stopped
  become: true

- name: Replace the data
  alicloud.flannel.etcd_restore:
    state: swapped
    restore: 3f9a0c1de2b45768
  become: true
"""

RETURN = r"""
data:
  description: Which restore the data in use is from, and which one was finished with it; empty when there is none.
  returned: success
  type: dict
  sample: {restored_from: 3f9a0c1de2b45768, finished: ""}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run
from ..module_utils._etcd.snapshot.restore import STATES, make_restore


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "state": {"type": "str", "choices": list(STATES), "required": True},
        "restore": {"type": "str", "required": True},
        "again": {"type": "bool", "default": False},
        "data_dir": {"type": "path", "default": "/var/lib/etcd"},
        "etcdctl": {"type": "path", "default": "/usr/local/bin/etcdctl"},
        "name": {"type": "str"},
        "initial_cluster": {"type": "str"},
        "initial_cluster_token": {"type": "str", "no_log": False},
        "peer_url": {"type": "str"},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_if=[("state", "staged", ("name", "initial_cluster", "initial_cluster_token", "peer_url"))],
        supports_check_mode=True,
    )
    run(module, make_restore)


if __name__ == "__main__":
    main()
