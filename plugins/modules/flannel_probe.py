#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flannel_probe
short_description: Ping other nodes' containers from a throw-away container
description:
  - Starts a network namespace on a node as a container runtime would start a container, pings from inside it, and removes it again.
  - To probe a whole network, start one on every node, ping from each the addresses that the others returned, and remove all of them.
    The entry point C(probe) of the role flanneld does this.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes.info
attributes:
  check_mode:
    details:
      - Nothing is started, pinged or removed.
  diff_mode:
    details:
      - The container is temporary and never reported as a change.
  idempotent:
    details:
      - The container is temporary and never reported as a change.
options:
  state:
    description:
      - V(present) starts the container; one with the same name is replaced.
      - V(pinged) pings O(addresses) from it.
      - V(absent) removes it and gives its address back.
    type: str
    choices: [present, pinged, absent]
    default: present
  name:
    description: Name of the namespace.
    type: str
    default: flannel-probe
  conflist:
    description: The CNI network list that connects the container.
    type: path
    default: /etc/cni/net.d/10-flannel.conflist
  cni_bin_dirs:
    description: Folders that are searched for the CNI plugins, in this order.
    type: list
    elements: path
    default: [/opt/cni/bin, /usr/lib/cni, /usr/libexec/cni]
  bridge:
    description: Connect the container to this bridge of a runtime, such as C(docker0), instead of a CNI network.
    type: str
  addresses:
    description: IPv4 addresses to ping. All are pinged at once.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Start a container namespace
  alicloud.flannel.flannel_probe:
  register: started

- name: Ping another node's container
  alicloud.flannel.flannel_probe:
    state: pinged
    addresses: [10.24.2.5]
  register: pinged

- name: Remove the container namespace
  alicloud.flannel.flannel_probe:
    state: absent
"""

RETURN = r"""
address:
  description: The container's address.
  returned: with O(state=present), not in check mode
  type: str
  sample: 10.24.1.5
answers:
  description: Round-trip times in milliseconds of the addresses that answered.
  returned: with O(state=pinged)
  type: dict
  sample:
    10.24.2.5: 0.41
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run_info
from ..module_utils._flannel.probe_resource import run_probe


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "state": {"type": "str", "choices": ["present", "pinged", "absent"], "default": "present"},
        "name": {"type": "str", "default": "flannel-probe"},
        "conflist": {"type": "path", "default": "/etc/cni/net.d/10-flannel.conflist"},
        "cni_bin_dirs": {"type": "list", "elements": "path", "default": ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"]},
        "bridge": {"type": "str"},
        "addresses": {"type": "list", "elements": "str", "default": []},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_info(module, run_probe)


if __name__ == "__main__":
    main()
