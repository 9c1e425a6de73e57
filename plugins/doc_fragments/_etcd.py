# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How to reach etcd, and whom to log in as."""

    DOCUMENTATION = r"""
options:
  endpoints:
    description:
      - Addresses of the etcd servers, each V(http://HOST:PORT) or V(https://HOST:PORT).
      - They are tried in this order; the next one is used if one fails.
      - Proxy variables of the environment are ignored.
    type: list
    elements: str
    default: ["http://127.0.0.1:2379"]
  api:
    description:
      - The API to use.
      - They are two separate stores in one server; what is written through one is invisible through the other.
      - Each also has users and roles of its own, so authentication for V(v3) does not protect V(v2), nor vice versa.
      - V(v3) goes through etcd's JSON gateway. When etcd 3.4 reads a configuration file, the file must say C(enable-grpc-gateway=true).
      - V(v2) needs a server that was started with C(--enable-v2), which etcd 3.6 no longer has.
        It also needs the Python library C(python-etcd) on the host where the module runs.
    type: str
    choices: [v3, v2]
    default: v3
  ca_cert:
    description:
      - The certificate authority that signed the servers' certificates, as path on the host where the module runs or as PEM text.
      - Required for V(https) endpoints. The system's certificate authorities are not trusted.
    type: str
  client_cert:
    description:
      - Client certificate to present, as path on the host where the module runs or as PEM text.
      - Where etcd has authentication on, its gateway accepts no certificate whose subject has a common name.
        Use one without, together with O(username) and O(password).
    type: str
  client_key:
    description:
      - Private key of O(client_cert), not encrypted, as path on the host where the module runs or as PEM text.
      - PEM text is written to a private file that is deleted again at once.
    type: str
  username:
    description: User to log in as.
    type: str
    aliases: [user]
  password:
    description: Password of O(username).
    type: str
  timeout:
    description:
      - How long a request may take in seconds before no further endpoint is tried; at least 10.
      - An endpoint is given up on when a connection takes longer than 3 seconds or an answer longer than 15.
    type: int
    default: 30
requirements:
  - Python 3.8 or newer on the host where the module runs
  - python-etcd 0.4.5 on the same host, only for O(api=v2)
"""

    BOOTSTRAP = r"""
options:
  bootstrap:
    description:
      - Set this to V(true) when the same run is going to install etcd.
      - In check mode the module then plans for an empty etcd, without connecting to one.
      - Outside check mode it has no effect.
    type: bool
    default: false
"""
