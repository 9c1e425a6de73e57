# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Where the cloud is, and the cluster as a whole."""

from __future__ import annotations

import functools

from ..._core.argspec import REGION_VARIABLES
from .. import addresses, forms, words
from ..setting import CONTROLLER, MEMBERS, NODES, Setting

_cloud = functools.partial(Setting, readers=(NODES, CONTROLLER), shared=True)
_whole = functools.partial(Setting, shared=True)

FLANNEL_ETCD = {
    "endpoints": forms.list_of(words.etcd_endpoint(), "URLs, such as [https://192.0.2.11:2379]", least=1),
    "api": forms.choice("v3", "v2"),
    "ca_cert": forms.or_empty(words.pem("a CA's certificate")),
    "client_cert": forms.or_empty(words.pem("a certificate")),
    "client_key": forms.or_empty(words.pem("a key")),
    "username": forms.or_empty(words.text("the name of a user")),
    "user": forms.or_empty(words.text("the name of a user")),
    "password": forms.or_empty(words.text("a password")),
    "timeout": words.etcd_timeout(),
}

SETTINGS = (
    _cloud(
        "alicloud_region",
        "the VPC's region",
        forms.or_empty(forms.matching("[a-z][a-z0-9-]*", "the ID of a region, such as cn-hangzhou")),
        environment=tuple(REGION_VARIABLES),
    ),
    _cloud("alicloud_vpc_id", "the VPC that the nodes are in", words.cloud_id("vpc"), readers=(NODES,)),
    _cloud("alicloud_access_key", "the ID of an access key", forms.or_empty(words.text("text")), secret=True),
    _cloud("alicloud_secret_key", "the secret of the access key", forms.or_empty(words.text("text")), secret=True),
    _cloud("alicloud_security_token", "a token of the STS", forms.or_empty(words.text("text")), secret=True),
    _cloud("alicloud_profile", "a profile of the Alibaba Cloud CLI", forms.or_empty(words.text("the name of a profile"))),
    _cloud(
        "alicloud_ram_role_arn",
        "a RAM role to assume",
        forms.or_empty(
            forms.matching(r"acs:ram:[^:\s]*:[^:\s]+:role/\S+", "the ARN of a role, such as acs:ram::1234567890123456:role/flannel")
        ),
    ),
    _cloud("alicloud_endpoint", "the URL of the cloud's API", forms.or_empty(addresses.url("https://{product}.example.com"))),
    _cloud("flannel_network", "the containers' network", addresses.ipv4_network()),
    _cloud("flannel_owner", "the name that marks this cluster's route entries", words.owner("example")),
    Setting("flannel_mode", "how a node keeps its subnet", forms.choice("daemon", "static")),
    _whole("flannel_backend", "how packets get from node to node", forms.choice("vpc", "vxlan", "auto")),
    _whole("flannel_backend_change", "the guard of change_backend.yml", forms.flag()),
    _whole("flannel_teardown", "the guard of teardown.yml", forms.flag()),
    _whole("flannel_purge", "whether reservations of nodes that left the inventory are deleted", forms.flag()),
    _whole("flannel_purge_force", "whether a purge deletes leases with time left, too", forms.flag()),
    _whole("flannel_recover", "what to do when etcd has lost leases", forms.choice("", "from_routes", "fresh")),
    _whole("flannel_control_host", "the host on which the etcd modules run", words.text("the name of a host, or localhost")),
    _whole(
        "flannel_etcd",
        "the connection to an etcd of your own",
        forms.fields(FLANNEL_ETCD, secret=("client_key", "password")),
    ),
    _whole("flannel_etcd_prefix", "flannel's folder in etcd", words.etcd_folder()),
    _whole(
        "flannel_node",
        "the nodes to remove",
        forms.or_empty(
            forms.either(
                words.text("the names of nodes, separated by commas"), forms.list_of(words.text("the name of a node"), "names of nodes")
            )
        ),
    ),
    _whole("flannel_node_count", "how many nodes may go in one run", forms.whole(1)),
    _whole("flannel_node_is_gone", "whether the node will never carry containers again", forms.flag()),
    _whole("flannel_node_address", "the address of a node that has left the inventory", forms.or_empty(addresses.ipv4_address())),
    Setting("ansible_host", "where Ansible reaches the host", words.text("a host name or an address"), readers=(NODES, MEMBERS)),
    Setting("flannel_address", "the node's private address in the VPC", forms.or_empty(addresses.ipv4_address(), null=True)),
    Setting("flannel_subnet", "the node's fixed subnet", forms.or_empty(addresses.ipv4_network(example="10.24.1.0/24"), null=True)),
    Setting("alicloud_instance_id", "the node's instance", forms.or_empty(words.cloud_id("i"), null=True)),
)
