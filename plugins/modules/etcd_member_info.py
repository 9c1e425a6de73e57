#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_member_info
version_added: 0.2.0
short_description: Observe a member of an etcd cluster
description:
  - Reads on a member's host, in one call, everything that the role P(alicloud.flannel.etcd#role) decides by.
  - Asks etcd over its own gRPC API with a client certificate, also with authentication on. Needs neither C(etcdctl) nor the JSON gateway.
  - Changes nothing, and takes bounded time whatever does not answer.
author:
  - alicloud.flannel contributors (!UNKNOWN)
extends_documentation_fragment:
  - alicloud.flannel._attributes.info
options:
  gather:
    description:
      - What to read.
      - V(host) is what is on the host, V(cluster) what the member says of its cluster, V(auth) what it says of users and roles.
      - What is not read is V(null) in the result.
    type: list
    elements: str
    choices: [host, cluster, auth]
    default: [host, cluster, auth]
  unit:
    description: Name of etcd's unit.
    type: str
    default: etcd.service
  program:
    description: Path of etcd, which may be a link.
    type: path
    default: /usr/local/bin/etcd
  config:
    description: Path of etcd's configuration file.
    type: path
    default: /etc/etcd/etcd.yml
  data_dir:
    description: Folder of the member's data. Without data etcd is asked nothing, unless O(endpoints) is given.
    type: path
    default: /var/lib/etcd
  files:
    description: Paths whose state is returned.
    type: list
    elements: path
    default: []
  endpoint:
    description: The member's own client URL.
    type: str
    default: https://127.0.0.1:2379
  endpoints:
    description: Client URLs that are asked for their status. By default those of all members that the member lists.
    type: list
    elements: str
    default: []
  ca_cert:
    description: Path of the CA certificates that the members' certificates are verified with. Needed where O(endpoint) is an https URL.
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
  timeout:
    description: Seconds after which what etcd has not answered counts as no answer, all questions together.
    type: float
    default: 5
seealso:
  - module: alicloud.flannel.etcd_pki_info
  - module: alicloud.flannel.etcd_auth
notes:
  - Needs the rights of root to read certificates, data and journal.
  - The host's addresses are read with C(ip -json).
  - At most 32 members are supported.
"""

EXAMPLES = r"""
- name: Observe the member
  alicloud.flannel.etcd_member_info:
    ca_cert: /etc/etcd/pki/ca.crt
    client_cert: /etc/etcd/pki/root.crt
    client_key: /etc/etcd/pki/root.key
    fallback_cert: /etc/etcd/pki/server.crt
    fallback_key: /etc/etcd/pki/server.key
  become: true
  register: observed

- name: Wait until every member serves
  alicloud.flannel.etcd_member_info:
    gather: [cluster]
    ca_cert: /etc/etcd/pki/ca.crt
    client_cert: /etc/etcd/pki/server.crt
    client_key: /etc/etcd/pki/server.key
  become: true
  register: observed
  until: observed.etcd_member.cluster.endpoints | rejectattr('serves') | length == 0
  retries: 10
  delay: 2
"""

RETURN = r"""
etcd_member:
  description: What was observed.
  returned: success
  type: dict
  contains:
    host:
      description: The host's short name, addresses, architecture, service manager and family of systems.
      returned: always
      type: dict
      sample: {hostname: n1, addresses: [192.0.2.11], architecture: x86_64, service_manager: systemd, os_family: debian}
    program:
      description: Where O(program) leads, and which version that is; both are empty when there is none.
      returned: always
      type: dict
      sample: {path: /opt/etcd-3.5.33/etcd, version: 3.5.33}
    unit:
      description:
        - State of O(unit).
        - C(started_at) is when its process was started, in seconds since 1970; V(null) when there is none.
        - C(running_program) is the file that the process runs, followed by C((deleted)) if it was replaced since.
      returned: always
      type: dict
      sample:
        is_loaded: true
        is_active: true
        state: active (running)
        is_enabled: true
        needs_reload: false
        pid: 714
        started_at: 1764370000.25
        running_program: /opt/etcd-3.5.33/etcd
    has_data:
      description: Whether there is data of a member in O(data_dir).
      returned: always
      type: bool
      sample: true
    files:
      description:
        - State of each of O(files); V(null) for one that does not exist. Only a regular file has a sum.
        - C(changed_at) is in seconds since 1970, for a link that of what it leads to.
        - C(is_newer_than_start) says whether that was after the start of the process; V(null) when there is no process.
      returned: always
      type: dict
      sample:
        /etc/etcd/etcd.yml:
          kind: file
          sha256: 5f1d7a84db00d2fce00b31a7fc73224f0b1d4b6b6f8f4c0b3e0f2f4e1b9a7c55
          target: null
          mode: "0640"
          owner: root
          group: etcd
          changed_at: 1764360000.5
          is_newer_than_start: false
        /etc/systemd/system/etcd.service: null
    config:
      description: Content of O(config), at most 64 KiB; empty when there is none.
      returned: always
      type: str
      sample: "name: n1\n"
    last_error:
      description: The last entry of the journal above the level of information, as one line; empty when there is none.
      returned: always
      type: str
      sample: "warn: prober detected unhealthy status (error: dial tcp 192.0.2.12:2380: connect: connection refused)"
    restore:
      description:
        - Which restore the member's data is from, and which one was finished with it; both are empty when there was none.
        - C(finished_at) is in seconds since 1970, and 0 when none was finished.
      returned: always
      type: dict
      sample: {restored_from: 3f9a0c1de2b45768, finished: 3f9a0c1de2b45768, finished_at: 1764370000}
    cluster:
      description: What the member says of its cluster; V(null) when it was not asked.
      returned: always
      type: dict
      contains:
        error:
          description: Why the member did not list its cluster's members; empty when it did.
          returned: always
          type: str
          sample: ""
        cluster_id:
          description: Id of the cluster in hexadecimal.
          returned: always
          type: str
          sample: cdf818194e3a8c32
        member_id:
          description: Id of the member in hexadecimal.
          returned: always
          type: str
          sample: 8e9e05c52164694d
        members:
          description: The members as this one knows them. One that was never started has no name and no client URLs.
          returned: always
          type: list
          elements: dict
          sample:
            - id: 8e9e05c52164694d
              name: n1
              peer_urls: ["https://192.0.2.11:2380"]
              client_urls: ["https://192.0.2.11:2379"]
              is_learner: false
        endpoints:
          description:
            - What each member says of itself. C(error) is why it has no status, and empty when it has.
            - C(serves) is whether it serves linearizable reads, which takes a majority; C(read_error) is why not.
            - Sizes are in bytes. C(quota) is V(null) before etcd 3.6, C(leader_id) empty without a leader.
          returned: always
          type: list
          elements: dict
          sample:
            - url: https://192.0.2.11:2379
              error: ""
              serves: true
              read_error: ""
              member_id: 8e9e05c52164694d
              leader_id: 8e9e05c52164694d
              is_leader: true
              is_learner: false
              version: 3.5.33
              revision: 42
              db_size: 49152
              db_size_in_use: 32768
              quota: null
              raft_index: 57
              raft_applied_index: 57
              raft_term: 2
              errors: []
        alarms:
          description: The alarms that members have raised.
          returned: always
          type: list
          elements: dict
          sample: [{member_id: 8e9e05c52164694d, alarm: NOSPACE}]
        alarms_error:
          description: Why the alarms could not be read, which takes a majority; empty when they could.
          returned: always
          type: str
          sample: ""
    auth:
      description:
        - Whether authentication is on, and one sum of all users and roles without their passwords.
        - The sum is empty where the certificate may not read them, or when there are more than 64.
        - V(null) when the member did not tell.
      returned: always
      type: dict
      sample: {is_enabled: true, digest: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.runner import run_info
from ..module_utils._etcd.member.observe import GATHER, read_member_info


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "gather": {"type": "list", "elements": "str", "choices": list(GATHER), "default": list(GATHER)},
        "unit": {"type": "str", "default": "etcd.service"},
        "program": {"type": "path", "default": "/usr/local/bin/etcd"},
        "config": {"type": "path", "default": "/etc/etcd/etcd.yml"},
        "data_dir": {"type": "path", "default": "/var/lib/etcd"},
        "files": {"type": "list", "elements": "path", "default": []},
        "endpoint": {"type": "str", "default": "https://127.0.0.1:2379"},
        "endpoints": {"type": "list", "elements": "str", "default": []},
        "ca_cert": {"type": "path"},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path", "no_log": False},
        "fallback_cert": {"type": "path"},
        "fallback_key": {"type": "path", "no_log": False},
        "timeout": {"type": "float", "default": 5},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_together=[("client_cert", "client_key"), ("fallback_cert", "fallback_key")],
        supports_check_mode=True,
    )
    run_info(module, read_member_info)


if __name__ == "__main__":
    main()
