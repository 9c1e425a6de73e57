#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flannel_node_info
version_added: 0.2.0
short_description: Observe a node of a flannel network
description:
  - Reads on a node, in one call, everything that the roles P(alicloud.flannel.flanneld#role) and P(alicloud.flannel.verify#role) decide by.
  - Changes nothing, and takes bounded time whatever does not answer on the node.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes.info
options:
  network:
    description:
      - Network of the containers, as a CIDR.
      - Without it, only the default route is read, and no table of nftables accepts it.
    type: str
  program_dir:
    description: Folder whose files are read with their sums, such as that of a build of flanneld.
    type: path
  cert_dir:
    description: Folder with C(ca.crt), C(client.crt) and C(client.key), with which flanneld reaches etcd.
    type: path
    default: /etc/flannel/etcd
  cni_bin_dirs:
    description: Folders in which CNI plugins are looked for.
    type: list
    elements: path
    default: [/opt/cni/bin, /usr/lib/cni, /usr/libexec/cni]
  endpoints:
    description: URLs of etcd's members that are asked for their health with the certificates in O(cert_dir). None are asked by default.
    type: list
    elements: str
    default: []
seealso:
  - module: alicloud.flannel.flannel_lease_info
notes:
  - Needs the rights of root to read the firewall's rules and the certificates.
  - Interfaces and routes are read with C(ip -json).
"""

EXAMPLES = r"""
- name: Observe the node
  alicloud.flannel.flannel_node_info:
    network: 10.24.0.0/16
    endpoints: ["https://192.0.2.11:2379"]
  register: observed
  become: true

- name: Show what the node says of its subnet
  ansible.builtin.debug:
    msg: "{{ observed.node.subnet_env }}"
"""

RETURN = r"""
node:
  description: What was observed.
  returned: success
  type: dict
  contains:
    architecture:
      description: The machine's name of its architecture.
      returned: always
      type: str
      sample: x86_64
    interfaces:
      description: MTU and IPv4 addresses of each interface, by its name.
      returned: always
      type: dict
      sample: {eth0: {mtu: 1500, addresses: [192.0.2.11/24]}}
    routes:
      description: The default route, and routes to parts of O(network).
      returned: always
      type: list
      elements: dict
      sample: [{dst: default, dev: eth0, via: 192.0.2.1, type: unicast}]
    settings:
      description: Kernel settings, C(rp_filter) by the interface's name.
      returned: always
      type: dict
      sample: {ip_forward: "1", rp_filter: {all: "0", eth0: "1"}}
    units:
      description: State of flannel's units and of Docker's; C(started) is in seconds since 1970.
      returned: always
      type: dict
      sample:
        flanneld.service:
          loaded: true
          active: true
          state: active (running)
          enabled: true
          needs_reload: false
          started: 1764370000
    log:
      description: The end of the daemon's log, when the daemon is installed and does not run.
      returned: always
      type: list
      elements: str
      sample: []
    files:
      description: Files and folders of the role that exist, by path; with a sum where the role compares it.
      returned: always
      type: dict
      sample:
        /usr/local/bin/flanneld:
          kind: link
          uid: 0
          gid: 0
          mode: "0777"
          size: 42
          modified_ns: 1764370000000000000
          target: /opt/alicloud-flannel/flanneld-v0.27.4/flanneld
          sha256: null
    subnet_env:
      description: Content of C(/run/flannel/subnet.env); V(null) when there is none.
      returned: always
      type: str
      sample: "FLANNEL_NETWORK=10.24.0.0/16\nFLANNEL_SUBNET=10.24.1.1/24\nFLANNEL_MTU=1500\nFLANNEL_IPMASQ=false\n"
    conflist:
      description: Content of the CNI network; V(null) when there is none.
      returned: always
      type: str
      sample: null
    firewall:
      description:
        - Which packet filters there are, and what the role's script answers to C(check).
        - Also the policy of C(FORWARD), the rules ahead of the role's, and the chains of nftables that drop forwarded packets.
      returned: always
      type: dict
      sample:
        iptables: true
        nft: true
        readable: true
        check: 0
        policy: ACCEPT
        ahead: []
        drops: [{family: inet, table: guard, name: forward, accepts: false}]
    cni_plugins:
      description: Which of the plugins that the role needs are in which folder.
      returned: always
      type: dict
      sample: {/usr/lib/cni: [bridge, host-local, portmap]}
    cni_addresses:
      description: Addresses that the CNI plugin host-local has given to containers, at most 4096.
      returned: always
      type: list
      elements: str
      sample: [10.24.1.2]
    docker:
      description: What Docker's settings, and what was recorded of them, say of the subnet; nothing else of them is returned.
      returned: always
      type: dict
      sample: {config: {problem: "", values: {bip: 10.24.1.1/24}}, before: null, flags: []}
    endpoints:
      description: What is wrong with each of O(endpoints), as the daemon reaches them; empty where nothing is.
      returned: always
      type: dict
      sample: {"https://192.0.2.11:2379": ""}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run_info
from ..module_utils._flannel.node.observe import read_node_info


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "network": {"type": "str"},
        "program_dir": {"type": "path"},
        "cert_dir": {"type": "path", "default": "/etc/flannel/etcd"},
        "cni_bin_dirs": {"type": "list", "elements": "path", "default": ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"]},
        "endpoints": {"type": "list", "elements": "str", "default": []},
    }


def main() -> None:
    """Run the module."""
    run_info(AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True), read_node_info)


if __name__ == "__main__":
    main()
