# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""etcd: its members, its certificates and its backups."""

from __future__ import annotations

import functools

from .. import addresses, forms, words
from ..setting import MEMBERS, NODES, Setting

OLDEST = "3.4.0"
# Versions whose checksums the role knows (roles/etcd/vars).
VERSIONS = ("3.6.14", "3.6.13", "3.5.33", "3.5.32", "3.5.26")

_member = functools.partial(Setting, readers=(MEMBERS,))
_members = functools.partial(Setting, readers=(MEMBERS,), shared=True)
_client = functools.partial(Setting, readers=(NODES,))
# What gives nodes and modules their certificates.
_all = functools.partial(Setting, readers=(MEMBERS, NODES), shared=True)

_HOST = "the name of a host in the inventory"
_FOLDERS = forms.list_of(words.etcd_folder(), "paths in etcd, such as [/coreos.com/network]", least=1)
_CERTIFICATE = forms.or_empty(words.pem("a certificate"))
_KEY = forms.or_empty(words.pem("a key"))

_MEMBER_SETTINGS = (
    _all("etcd_group", "the group of the members", words.text("the name of a group")),
    _member("etcd_version", "the version of etcd", words.version(OLDEST, "3.5.33")),
    _member("etcd_install_method", "how etcd is installed", forms.choice("release", "package", "file")),
    _member("etcd_release_url", "where etcd's releases are", addresses.url("https://mirror.example.com/etcd")),
    _member("etcd_checksum", "the checksum of etcd's release", forms.or_empty(words.checksum())),
    _member(
        "etcd_install_file",
        "etcd's release on the controller",
        forms.or_empty(words.local_path("/srv/etcd.tar.gz")),
        is_file=True,
    ),
    _member(
        "etcd_packages",
        "the packages to install",
        forms.list_of(words.package(), "names of packages, such as [etcd-server, etcd-client]", least=1),
    ),
    _member("etcd_member_address", "the member's address", addresses.address()),
    _all("etcd_client_port", "the port for clients", forms.whole(1, 65535)),
    _members("etcd_peer_port", "the port for the other members", forms.whole(1, 65535)),
    _member("etcd_metrics_port", "the port for health and metrics", forms.whole(1, 65535)),
    _members("etcd_cluster_token", "what tells this cluster from others", words.text("text")),
    _member("etcd_data_dir", "the folder for etcd's data", words.path("/var/lib/etcd")),
    _member("etcd_quota_backend_bytes", "the size at which etcd stops taking writes", forms.whole(1)),
    _member("etcd_auto_compaction_retention", "for how long old revisions are kept", words.duration()),
    _member("etcd_extra_config", "further entries for etcd's file", forms.mapping("a dictionary, such as {heartbeat-interval: 200}")),
    _member("etcd_health_timeout_seconds", "how long to wait for healthy members", forms.whole(1)),
    _member("etcd_restart", "whether to restart every member", forms.flag()),
    _members("etcd_auth", "whether etcd asks who somebody is", forms.flag()),
    _members(
        "etcd_auth_prefixes",
        "flannel's folders in etcd",
        _FOLDERS,
    ),
)

_KEEPING_SETTINGS = (
    _members("etcd_backup_host", "the host that keeps the backups", words.text(_HOST)),
    _member("etcd_backup_dir", "the folder for backups", words.path("/var/backups/etcd")),
    _member("etcd_backup_keep", "how many backups are kept", forms.whole(1)),
    _member("etcd_backup_quorum", "whether a backup needs a member with a quorum", forms.flag()),
    _members("etcd_restore_snapshot", "the backup to restore from", forms.or_empty(words.file_name("etcd-20260101T000000Z-r1.db"))),
    _members("etcd_restore", "the guard of etcd_restore.yml", forms.flag()),
    _members("etcd_member", "the member to remove", words.text("the name of a member, or its ID in hexadecimal digits")),
    _member("etcd_defrag_min_free_percent", "how much of a file must be unused for a defragmentation", forms.percentage()),
)

_CERTIFICATE_SETTINGS = (
    _all("etcd_pki_ca_host", "the host that keeps the CA", words.text(_HOST)),
    _all("etcd_pki_ca_dir", "the CA's folder", words.path("/etc/etcd-ca")),
    _members("etcd_pki_ca_name", "the CN of a new CA", words.text("text")),
    _members("etcd_pki_ca_days", "for how many days the CA is valid", forms.whole(1)),
    _members(
        "etcd_pki_rollover",
        "the fingerprint of the CA to replace",
        forms.or_empty(forms.matching(r"(?i)(sha256 fingerprint=)?[0-9a-f:]+", "a fingerprint in hexadecimal digits")),
    ),
    _all("etcd_pki_cert_days", "for how many days a certificate is valid", forms.whole(1)),
    _all("etcd_pki_renew_days", "the days left below which a certificate is replaced", forms.whole(0)),
    _member(
        "etcd_pki_extra_names",
        "further names of the members",
        forms.list_of(addresses.host_name_or_address(), "DNS names and IP addresses, such as [etcd.example.com]"),
    ),
    _all("etcd_pki_ca_cert", "the CA of your own certificates", forms.or_empty(words.pem("one certificate or several")), is_file=True),
    _members("etcd_pki_dir", "the folder for a member's certificates", words.path("/etc/etcd/pki")),
    _member("etcd_pki_server_cert", "the member's own certificate for clients", _CERTIFICATE, is_file=True),
    _member("etcd_pki_server_key", "the key of etcd_pki_server_cert", _KEY, secret=True, is_file=True),
    _member("etcd_pki_peer_cert", "the member's own certificate for the other members", _CERTIFICATE, is_file=True),
    _member("etcd_pki_peer_key", "the key of etcd_pki_peer_cert", _KEY, secret=True, is_file=True),
    _member("etcd_pki_root_cert", "your own certificate of etcd's user root", _CERTIFICATE, is_file=True),
    _member("etcd_pki_root_key", "the key of etcd_pki_root_cert", _KEY, secret=True, is_file=True),
    _all("etcd_pki_identity_cert", "your own certificate for the modules", _CERTIFICATE, is_file=True),
    _all("etcd_pki_identity_key", "the key of etcd_pki_identity_cert", _KEY, secret=True, is_file=True),
    _all("etcd_pki_client_cn", "the CN of the nodes' certificates", words.name(64, "flannel")),
    _client("etcd_pki_client_owner", "the owner of the node's key", words.account("root")),
    _client("etcd_pki_client_group", "the group of the node's key", words.account("root")),
    _client("etcd_pki_client_key_mode", "the mode of the node's key", words.file_mode()),
    _client("etcd_pki_client_cert", "the node's own certificate", _CERTIFICATE, is_file=True),
    _client("etcd_pki_client_key", "the key of etcd_pki_client_cert", _KEY, secret=True, is_file=True),
)

SETTINGS = (*_MEMBER_SETTINGS, *_KEEPING_SETTINGS, *_CERTIFICATE_SETTINGS)
