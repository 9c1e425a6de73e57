#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_ca
short_description: Make, use and replace the certificate authority of an etcd cluster
description:
  - Make a certificate authority (CA), let it sign requests, and replace it step by step while everything runs.
  - Runs on the CA's host, as root. The private key never leaves its folder. openssl makes keys and signs.
  - Each step is complete with one rename, and one that was interrupted is completed by the next run.
  - Certificates are valid from an hour ago, for hosts whose clocks are behind.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes
options:
  ca_dir:
    description: The folder of the CA. It is made, for its owner alone.
    type: path
    required: true
  state:
    description:
      - V(present) - there is a CA. It is made if there is none and O(common_name) is set.
      - V(next) - as well as the CA that signs there is a next one, which O(common_name) and O(days) describe.
      - V(switched) - the next CA signs, if there is one. The one before is still trusted.
      - V(dropped) - the one before is no longer trusted. Reissue all certificates first.
    type: str
    choices: [present, next, switched, dropped]
    default: present
  organization:
    description: The organization in the subject of a new CA.
    type: str
    default: alicloud-flannel
  common_name:
    description: The common name of a new CA. Without it, none is made.
    type: str
  days:
    description: For how many days a new CA is valid.
    type: int
    default: 3650
  requests:
    description: The certificates to sign. The CA decides what they say; it uses nothing but the public key of a request.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name of the request in O(csrs).
        type: str
        required: true
      organization:
        description: The organization that the request must have.
        type: str
        default: alicloud-flannel
      common_name:
        description: The common name that the request must have. It must have none if this is not set.
        type: str
      days:
        description: For how many days the certificate is valid.
        type: int
        required: true
      usages:
        description: What the certificate may be used for.
        type: list
        elements: str
        choices: [serverAuth, clientAuth]
        required: true
      names:
        description: The DNS names and IP addresses that the certificate is for.
        type: list
        elements: str
        default: []
  csrs:
    description: The text of each request by its name, as M(alicloud.flannel.etcd_key_pair) returns them.
    type: dict
    default: {}
requirements:
  - openssl
seealso:
  - module: alicloud.flannel.etcd_key_pair
  - module: alicloud.flannel.etcd_pki_info
"""

EXAMPLES = r"""
- name: Make a CA
  alicloud.flannel.etcd_ca:
    ca_dir: /etc/etcd-ca
    common_name: etcd CA
  become: true

- name: Sign a certificate
  alicloud.flannel.etcd_ca:
    ca_dir: /etc/etcd-ca
    requests:
      - name: server
        common_name: n1
        days: 1095
        usages: [serverAuth, clientAuth]
        names: [n1, 192.0.2.11]
    csrs: "{{ requested.csrs }}"
  become: true
  delegate_to: n1
  register: signed

- name: Begin to replace the CA
  alicloud.flannel.etcd_ca:
    ca_dir: /etc/etcd-ca
    state: next
    common_name: etcd CA, the next
  become: true
"""

RETURN = r"""
ca:
  description: The CA, as RV(alicloud.flannel.etcd_pki_info#module:ca). In check mode the certificate of a new one is empty.
  returned: success
  type: dict
  sample:
    folder: /etc/etcd-ca
    phase: stable
    current: "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n"
    next: ""
    previous: ""
    replaced: []
certificates:
  description: The certificates that were signed, by the name of the request. Nothing is signed in check mode.
  returned: success
  type: dict
  sample:
    server: "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n"
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run
from ..module_utils._etcd.pki.ca_input import ORGANIZATION, USAGES
from ..module_utils._etcd.pki.ca_plan import STATES
from ..module_utils._etcd.pki.ca_resource import make_ca


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    organization = {"type": "str", "default": ORGANIZATION}
    request = {
        "name": {"type": "str", "required": True},
        "organization": organization,
        "common_name": {"type": "str"},
        "days": {"type": "int", "required": True},
        "usages": {"type": "list", "elements": "str", "choices": list(USAGES), "required": True},
        "names": {"type": "list", "elements": "str", "default": []},
    }
    return {
        "ca_dir": {"type": "path", "required": True},
        "state": {"type": "str", "choices": list(STATES), "default": "present"},
        "organization": organization,
        "common_name": {"type": "str"},
        "days": {"type": "int", "default": 3650},
        "requests": {"type": "list", "elements": "dict", "default": [], "options": request},
        "csrs": {"type": "dict", "default": {}},
    }


def main() -> None:
    """Run the module."""
    run(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), make_ca)


if __name__ == "__main__":
    main()
