# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The VPC and the instances of provision.yml, and the user of ram_user.yml."""

from __future__ import annotations

import functools

from ..._alicloud.ecs.instances_input import MAX_BANDWIDTH
from ..._alicloud.vpc.vpc import MASK_BITS as VPC_MASK_BITS
from ..._alicloud.vpc.vswitch import MASK_BITS as VSWITCH_MASK_BITS
from .. import addresses, forms, words
from ..setting import CONTROLLER, NODES, Setting

_account = functools.partial(Setting, readers=(CONTROLLER,), shared=True)

VSWITCH = {
    "zone_id": words.text("the ID of a zone"),
    "cidr_block": addresses.ipv4_network(*VSWITCH_MASK_BITS, example="172.16.1.0/24"),
    "name": words.text("a name"),
    "own_route_table": forms.flag(),
}

SETTINGS = (
    _account("provision_vpc_cidr", "the VPC's CIDR block", addresses.ipv4_network(*VPC_MASK_BITS, example="172.16.0.0/16")),
    _account(
        "provision_vswitches",
        "the vSwitches",
        forms.list_of(
            forms.fields(VSWITCH, required=("zone_id", "cidr_block")),
            "dictionaries, such as [{zone_id: cn-hangzhou-h, cidr_block: 172.16.1.0/24}]",
            least=1,
        ),
    ),
    _account("provision_nodes", "how many instances there are", forms.whole(1)),
    _account("provision_etcd_members", "how many of the instances are members of etcd", forms.one_of(0, 1, 3, 5)),
    _account("provision_image_id", "the image of new instances", words.text("the ID of an image")),
    _account("provision_instance_type", "the type of new instances", words.text("a type, such as ecs.g7.large")),
    _account(
        "provision_public_key",
        "the SSH key that logs in to new instances",
        forms.or_empty(forms.matching(r"\S+ [A-Za-z0-9+/=]+( [^\x00-\x1f\x7f]*)?\n?", "one line, as in a file id_rsa.pub")),
    ),
    _account("provision_key_pair", "a key pair of the account", forms.or_empty(words.text("the name of a key pair"))),
    _account(
        "provision_ssh_sources",
        "where SSH is let in from",
        forms.list_of(addresses.ipv4_network(example="192.0.2.0/24"), "IPv4 networks, such as [192.0.2.0/24]", least=1),
    ),
    _account(
        "provision_security_rules",
        "further rules of the security group",
        forms.list_of(
            forms.mapping("a rule, as the module ali_security_group has them"),
            "rules, such as [{cidr: 192.0.2.0/24, protocol: tcp, port_range: '443'}]",
        ),
    ),
    _account("provision_ram_role", "the RAM role of new instances", forms.or_empty(words.text("the name of a role"))),
    _account("provision_user_data", "what new instances run at their first boot", words.lines("text"), secret=True),
    _account("provision_system_disk_category", "the category of the disks", forms.or_empty(words.text("a category, such as cloud_essd"))),
    _account("provision_system_disk_size_gb", "the size of system disks in GiB", forms.whole(0)),
    _account("provision_internet_bandwidth_mbps", "the bandwidth to the internet in Mbit/s", forms.whole(0, MAX_BANDWIDTH)),
    _account("provision_address", "the address by which hosts are reached", forms.choice("private", "public")),
    _account("provision_allow_removal", "whether instances may be released", forms.flag()),
    _account("provision_confirm", "the cluster's name again, as a guard", forms.or_empty(words.text("the value of flannel_owner"))),
    _account("provision_wait_timeout", "the seconds to wait for the cloud and for new hosts", forms.whole(1), readers=(CONTROLLER, NODES)),
    _account("flannel_ram_key_file", "the file for the new user's key", words.local_path("~/flannel-key.json")),
    _account("flannel_ram_user", "the name of the user to make", words.name(64, "flannel")),
    _account(
        "flannel_ram_policies",
        "the permissions of the user to make",
        forms.list_of(forms.choice("ram-policy", "ram-policy-provision"), "ram-policy and ram-policy-provision", least=1),
    ),
)
