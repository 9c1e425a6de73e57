# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""flannel on a node."""

from __future__ import annotations

from .. import addresses, forms, words
from ..setting import MEMBERS, NODES, Setting

OLDEST = "0.19.0"
# Versions whose checksums the role knows (roles/flanneld/vars).
VERSIONS = ("0.27.4", "0.27.3", "0.26.3", "0.25.7", "0.25.0", "0.22.1")

SETTINGS = (
    Setting("flanneld_install_method", "how flanneld is installed", forms.choice("release", "file")),
    Setting("flanneld_version", "the version of flanneld", words.version(OLDEST, "0.27.4")),
    Setting("flanneld_checksum", "the checksum of flannel's release", forms.or_empty(words.checksum())),
    Setting("flanneld_release_url", "where flannel's releases are", addresses.url("https://mirror.example.com/flannel")),
    Setting("flanneld_binary", "flanneld on the controller", forms.or_empty(words.local_path("/srv/flanneld")), is_file=True),
    Setting("flanneld_start_timeout_seconds", "how long flanneld may take to get its subnet", forms.whole(1)),
    Setting("flanneld_etcd_cert_dir", "the folder of the daemon's certificates", words.path("/etc/flannel/etcd"), readers=(NODES, MEMBERS)),
    Setting("flanneld_ip_masq", "whether packets that leave the network get the node's address", forms.flag()),
    Setting(
        "flanneld_masquerade_except",
        "what sees the containers' own addresses",
        forms.list_of(addresses.ipv4_network(example="192.0.2.0/24"), "IPv4 networks, such as [192.0.2.0/24]"),
    ),
    Setting(
        "flanneld_trusted_tables",
        "tables of nftables that let the network through",
        forms.list_of(
            forms.matching(r"(ip|ip6|inet|arp|bridge|netdev) \S+", "the family and the name of a table, such as inet filter"),
            "families and names of tables, such as [inet filter]",
        ),
    ),
    Setting("flanneld_cni", "whether to write a CNI network", forms.flag()),
    Setting("flanneld_cni_bin_dir", "the folder of the CNI plugins", forms.or_empty(words.path("/opt/cni/bin"))),
    Setting("flanneld_docker", "whether Docker gets the node's subnet", forms.flag()),
)
