#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_key_pair
short_description: Make private keys with their requests, and store certificates
description:
  - Make private keys on the host that uses them, and return a request for a certificate of each; or store certificates, with their keys
    where these are given.
  - Runs on the host that has the files. A private key is never a part of the result.
  - A file is replaced with one rename, and a key and its certificate right after each other, so that hardly any handshake meets a pair that
    does not match.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes
options:
  state:
    description:
      - V(requested) - each key exists, and RV(csrs) has a request for its certificate. A key that exists is kept.
      - V(stored) - each certificate of O(certificates) is in its file, and each key of O(private_keys).
    type: str
    choices: [requested, stored]
    required: true
  pairs:
    description: The keys and their certificates.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the pair in O(certificates), O(private_keys) and RV(csrs).
        type: str
        required: true
      key:
        description: The path of the private key.
        type: path
        required: true
      cert:
        description: The path of the certificate.
        type: path
        required: true
      owner:
        description: The owner of the key. By default, whoever runs the module.
        type: str
        default: ""
      group:
        description: The group of the key. By default, that of whoever runs the module.
        type: str
        default: ""
      mode:
        description: The mode of the key, in quotes.
        type: str
        default: "0600"
      organization:
        description: The organization to request a certificate for.
        type: str
      common_name:
        description: The common name to request a certificate for.
        type: str
  certificates:
    description:
      - The text of each certificate by the name of the pair.
      - In check mode some may be missing, which are to be signed in the real run.
    type: dict
    default: {}
  private_keys:
    description: The text of private keys by the name of the pair.
    type: dict
    default: {}
requirements:
  - openssl, for O(state=requested)
seealso:
  - module: alicloud.flannel.etcd_ca
  - module: alicloud.flannel.etcd_pki_info
"""

EXAMPLES = r"""
- name: Make a key and request a certificate
  alicloud.flannel.etcd_key_pair:
    state: requested
    pairs:
      - name: server
        key: /etc/etcd/pki/server.key
        cert: /etc/etcd/pki/server.crt
        owner: etcd
        group: etcd
        organization: alicloud-flannel
        common_name: n1
  become: true
  register: requested

- name: Store what the CA has signed
  alicloud.flannel.etcd_key_pair:
    state: stored
    pairs:
      - name: server
        key: /etc/etcd/pki/server.key
        cert: /etc/etcd/pki/server.crt
    certificates: "{{ signed.certificates }}"
  become: true
"""

RETURN = r"""
csrs:
  description: The requests by the name of the pair. None in check mode.
  returned: success
  type: dict
  sample:
    server: "-----BEGIN CERTIFICATE REQUEST-----\n...\n-----END CERTIFICATE REQUEST-----\n"
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run
from ..module_utils._etcd.pki.pairs_resource import make_pairs


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    pair = {
        "name": {"type": "str", "required": True},
        "key": {"type": "path", "required": True, "no_log": False},
        "cert": {"type": "path", "required": True},
        "owner": {"type": "str", "default": ""},
        "group": {"type": "str", "default": ""},
        "mode": {"type": "str", "default": "0600"},
        "organization": {"type": "str"},
        "common_name": {"type": "str"},
    }
    return {
        "state": {"type": "str", "choices": ["requested", "stored"], "required": True},
        "pairs": {"type": "list", "elements": "dict", "required": True, "options": pair},
        "certificates": {"type": "dict", "default": {}},
        "private_keys": {"type": "dict", "default": {}, "no_log": True},
    }


def main() -> None:
    """Run the module."""
    run(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), make_pairs)


if __name__ == "__main__":
    main()
