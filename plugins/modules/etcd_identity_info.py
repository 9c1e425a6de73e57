#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_identity_info
version_added: 0.2.0
short_description: Read the identity with which the modules of this collection reach etcd
description:
  - Reads on the CA's host, in one call, the certificate, the key and the password that the modules log in with, and the state of the CA.
  - Says nothing about whether the certificate is good. The role P(alicloud.flannel.etcd_pki#role) judges that on the controller.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes.info
options:
  ca_dir:
    description: The folder of the CA, in which the identity is called C(automation).
    type: path
    required: true
  password_file:
    description: The file with the password, as M(alicloud.flannel.etcd_password) keeps it.
    type: path
requirements:
  - openssl, without which nothing is known of keys
seealso:
  - module: alicloud.flannel.etcd_password
  - module: alicloud.flannel.etcd_pki_info
notes:
  - Set C(no_log) for the task, since the result has the key and the password.
"""

EXAMPLES = r"""
- name: Read the identity of the modules
  alicloud.flannel.etcd_identity_info:
    ca_dir: /etc/etcd-ca
    password_file: /etc/etcd-ca/flannel-control.password
  become: true
  no_log: true
  register: identity
"""

RETURN = r"""
identity:
  description: The certificate and the private key; what is missing is empty.
  returned: success
  type: dict
  sample: {cert: "-----BEGIN CERTIFICATE-----\n...", key: "-----BEGIN ...\n..."}
password:
  description: The password; empty when there is none.
  returned: success
  type: str
  sample: 3f1c0e3a...
certificates:
  description: The certificate's file as M(alicloud.flannel.etcd_pki_info) returns it.
  returned: success
  type: list
  elements: dict
  sample:
    - cert: {path: /etc/etcd-ca/automation.crt, exists: true, owner: root, group: root, mode: "0644", pem: "..."}
      key: {path: /etc/etcd-ca/automation.key, exists: true, owner: root, group: root, mode: "0600", locked: false, public: "..."}
folders:
  description: The folder, likewise.
  returned: success
  type: list
  elements: dict
  sample:
    - {path: /etc/etcd-ca, exists: true, owner: root, group: root, mode: "0700"}
ca:
  description: The CA, likewise.
  returned: success
  type: dict
  sample: {folder: /etc/etcd-ca, phase: stable, current: "...", next: "", previous: "", replaced: []}
time:
  description: What the clock of the host says.
  returned: success
  type: str
  sample: "2026-06-01T12:00:00Z"
openssl:
  description: Whether openssl is installed.
  returned: success
  type: bool
  sample: true
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run_info
from ..module_utils._etcd.pki.identity import read_identity


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {"ca_dir": {"type": "path", "required": True}, "password_file": {"type": "path", "no_log": False}}


def main() -> None:
    """Run the module."""
    run_info(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), read_identity)


if __name__ == "__main__":
    main()
