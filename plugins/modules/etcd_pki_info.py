#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_pki_info
short_description: Read what a host has of etcd's certificates
description:
  - Read certificates, the public halves of their keys, who may use them, and on the CA's host the state of the CA.
  - Runs on the host that has the files, as root. A private key is never a part of the result, even if it is in the file of a certificate.
  - Says nothing about whether a certificate is good. The role P(alicloud.flannel.etcd_pki#role) judges that on the controller.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes.info
options:
  certificates:
    description: The files to read.
    type: list
    elements: dict
    default: []
    suboptions:
      cert:
        description: The path of the file with the certificate, which may hold several.
        type: path
        required: true
      key:
        description: The path of the file with its private key.
        type: path
  ca_dir:
    description: The folder of the CA.
    type: path
requirements:
  - openssl, without which nothing is known of keys
seealso:
  - module: alicloud.flannel.etcd_ca
  - module: alicloud.flannel.etcd_key_pair
"""

EXAMPLES = r"""
- name: Read the certificates of a member
  alicloud.flannel.etcd_pki_info:
    certificates:
      - cert: /etc/etcd/pki/ca.crt
      - cert: /etc/etcd/pki/server.crt
        key: /etc/etcd/pki/server.key
  become: true
  register: found

- name: Read the state of the CA
  alicloud.flannel.etcd_pki_info:
    ca_dir: /etc/etcd-ca
  become: true
  register: found
"""

RETURN = r"""
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
certificates:
  description: The files of O(certificates), in the same order.
  returned: success
  type: list
  elements: dict
  contains:
    cert:
      description: The file with the certificate.
      returned: success
      type: dict
      contains:
        path:
          description: Its path.
          returned: success
          type: str
          sample: /etc/etcd/pki/server.crt
        exists:
          description: Whether there is one.
          returned: success
          type: bool
          sample: true
        owner:
          description: Its owner, empty if there is none.
          returned: success
          type: str
          sample: root
        group:
          description: Its group, empty if there is none.
          returned: success
          type: str
          sample: root
        mode:
          description: Its mode, empty if there is none.
          returned: success
          type: str
          sample: "0644"
        pem:
          description: The certificates in it. Empty if it has none, is no regular file, or is larger than 64 KiB.
          returned: success
          type: str
          sample: "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n"
    key:
      description: The file with the private key. C(path), C(exists), C(owner), C(group) and C(mode) are as in RV(certificates[].cert).
      returned: when a key was asked for
      type: dict
      contains:
        locked:
          description: Whether the key has a passphrase. Nobody is asked for it.
          returned: success
          type: bool
          sample: false
        public:
          description: The public half of the key. Empty if it cannot be told.
          returned: success
          type: str
          sample: "-----BEGIN PUBLIC KEY-----\n...\n-----END PUBLIC KEY-----\n"
  sample:
    - cert: {path: /etc/etcd/pki/server.crt, exists: true, owner: root, group: root, mode: "0644", pem: "..."}
      key: {path: /etc/etcd/pki/server.key, exists: true, owner: etcd, group: etcd, mode: "0600", locked: false, public: "..."}
folders:
  description: The folders of the certificates, with C(path), C(exists), C(owner), C(group) and C(mode).
  returned: success
  type: list
  elements: dict
  sample:
    - {path: /etc/etcd/pki, exists: true, owner: root, group: etcd, mode: "0750"}
ca:
  description: The CA in O(ca_dir).
  returned: when O(ca_dir) is set
  type: dict
  contains:
    folder:
      description: Its folder.
      returned: success
      type: str
      sample: /etc/etcd-ca
    phase:
      description: >-
        V(absent), V(stable), V(next) while a next CA is trusted but does not sign yet, V(interrupted) if the switch to it was not
        completed, or V(previous) while the one before is still trusted.
      returned: success
      type: str
      sample: stable
    current:
      description: The certificate of the CA that signs; if the switch was interrupted, of the one that signed before.
      returned: success
      type: str
      sample: "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n"
    next:
      description: The certificate of the next CA, or empty.
      returned: success
      type: str
      sample: ""
    previous:
      description: The certificate of the previous CA, or empty.
      returned: success
      type: str
      sample: ""
    replaced:
      description: The fingerprints of earlier CAs.
      returned: success
      type: list
      elements: str
      sample: ["5F:0C:11:9A:27:D3:B8:44"]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run_info
from ..module_utils._etcd.pki.observe import read_pki


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "certificates": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "cert": {"type": "path", "required": True},
                "key": {"type": "path", "no_log": False},
            },
        },
        "ca_dir": {"type": "path"},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_info(module, read_pki)


if __name__ == "__main__":
    main()
