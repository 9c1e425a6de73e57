# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For every variable, values that it may have and values that it may not; what is wrong for a whole type is in WRONG_TYPES."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
SUM = f"sha256:{'0a' * 32}"

# A list for text, text for a list, a dictionary for both, native types and nothing at all.
WRONG_TYPES: dict[str, list[t.Any]] = {
    "str": [["a", "list"], {"a": "dictionary"}, True, 1.5],
    "path": [["/a/list"], {"a": "dictionary"}, True, 7, None],
    "int": ["ten", "", None, [1], {"a": 1}, True, 1.5, "1.0", "0x10", " 1"],
    "float": ["ten", "", None, [1], {"a": 1}, True, "-1"],
    "bool": ["maybe", "", None, ["true"], {"a": True}, 2, "y"],
    "list": ["text", "", None, 7, True, {"a": "dictionary"}],
    "dict": ["text", "", None, 7, True, ["a", "list"]],
}


@dataclass(frozen=True)
class Row:
    """Values that fit, values of the right type that don't, and whether nothing (null) fits."""

    good: t.Sequence[t.Any]
    bad: t.Sequence[t.Any]
    null: bool = False


def _flag() -> Row:
    # INI inventories and --extra-vars quote everything.
    return Row([True, False, "true", "False", "yes", "no", "on", "off", "1", "0", 1, 0], ["ture", "j", "yes please"])


def _seconds() -> Row:
    return Row([1, "1", 86400, "600"], [0, "0", -1, "-1", "600s", "1h"])


def _count(least: int = 0) -> Row:
    return Row([least, str(least), 1000], [least - 1, str(least - 1), "many"])


def _text(*good: str) -> Row:
    return Row([*good, ""], ["two\nlines", 7, None, "{{ undefined }}"])


def _words(*good: str) -> Row:
    return Row(good, ["", "two\nlines", 7, None, "{{ undefined }}"])


def _network(*bad: str, empty: bool = False) -> Row:
    wrong = ["10.24.0.1/16", "10.24.0.0/33", "10.24.0.0", "10.24.0/16", "ten", "10.24.0.0/255.255.0.0", "fd00::/64", 10, *bad]
    return Row(["10.24.1.0/24", *([""] if empty else [])], wrong + ([] if empty else [""]), null=empty)


def _address(empty: bool = True) -> Row:
    wrong = ["192.0.2.256", "192.0.2.11/24", "node1", "2001:db8::1", 3221225995]
    return Row(["192.0.2.11", *([""] if empty else [])], wrong)


def _path(*good: str) -> Row:
    return Row(["/srv/some where", *good], ["relative/path", "", "{{ dir }}/x"])


def _file() -> Row:
    return Row(["/srv/file", "~/file", "files/file", ""], ["{{ dir }}/file", "two\nlines"])


def _certificate() -> Row:
    return Row([PEM, "/srv/n1.crt", "files/n1.crt", ""], [7, None, "{{ crt }}", "two\nlines"])


def _checksum() -> Row:
    return Row([SUM, ""], ["0a" * 32, SUM[:-1], SUM.upper(), "md5:0a"])


def _choice(*choices: str) -> Row:
    return Row(choices, [choices[-1].title(), f" {choices[-1]}", "other", None, *([] if "" in choices else [""])])


def _networks() -> Row:
    return Row([[], ["192.0.2.0/24", "198.51.100.0/24"]], ["192.168.0.0/16", ["192.0.2.1/24"], [["192.0.2.0/24"]], ["192.0.2.0/24", None]])


def _name(*good: str) -> Row:
    return Row(["a", "a.b-c_d", *good], ["", "-a", "a b", "a/b", "ä", "a" * 65, 123, None])


def _port() -> Row:
    return Row([1, 2379, "2379", 65535], [0, 65536, "-1", "http"])


def _share() -> Row:
    return Row([0, 3, "3", "10%", "100%"], ["150%", "10 %", "-1", "", "ten", "%", None, -1])


def _version(*bad: str) -> Row:
    return Row(["99.9.9"], ["", "v99.9.9", "99.9", "99.9.9-rc.1", "latest", 99, None, *bad])


_CLOUD = {
    "alicloud_region": Row(["cn-hangzhou", "us-east-1", ""], ["Hangzhou", "cn hangzhou", "cn_hangzhou", 7, None]),
    "alicloud_vpc_id": Row(["vpc-bp1example"], ["", "bp1example", "vsw-bp1example", "vpc-", "vpc bp1", None]),
    "alicloud_access_key": _text("LTAIexample"),
    "alicloud_secret_key": _text("secret"),
    "alicloud_security_token": _text("token"),
    "alicloud_profile": _text("default"),
    "alicloud_ram_role_arn": Row(["acs:ram::1234567890123456:role/flannel", ""], ["flannel", "acs:ram::123:user/x", None]),
    "alicloud_endpoint": Row(["https://{product}.example.com", "http://192.0.2.1:8080", ""], ["example.com", "ftp://x", "https://", None]),
    "alicloud_instance_id": Row(["i-bp1example", ""], ["bp1example", "vpc-bp1example", 7], null=True),
}
_CLUSTER = {
    "flannel_network": _network(),
    "flannel_owner": Row(["example", "k8s.prod-1"], ["my cluster", "-x", "a/b", "", "a" * 64, 123, None]),
    "flannel_mode": _choice("daemon", "static"),
    "flannel_backend": _choice("vpc", "vxlan", "auto"),
    "flannel_backend_change": _flag(),
    "flannel_teardown": _flag(),
    "flannel_purge": _flag(),
    "flannel_purge_force": _flag(),
    "flannel_recover": _choice("", "from_routes", "fresh"),
    "flannel_control_host": _words("localhost", "n1"),
    "flannel_etcd": Row(
        [
            {"endpoints": ["https://192.0.2.11:2379"], "ca_cert": PEM, "timeout": "30"},
            {"endpoints": ["http://127.0.0.1:2379"], "username": "u", "password": "p", "api": "v3"},
        ],
        [
            {"endpoint": ["https://192.0.2.11:2379"]},
            {"endpoints": "https://192.0.2.11:2379"},
            {"endpoints": []},
            {"endpoints": ["192.0.2.11:2379"]},
            {"endpoints": ["https://u:p@192.0.2.11:2379"]},
            {"api": "3"},
            {"timeout": 1},
            {"password": 12345},
        ],
    ),
    "flannel_etcd_prefix": Row(["/coreos.com/network", "/a"], ["/coreos.com/network/", "coreos.com", "/", "", "/a b", "//a", None]),
    "flannel_node": Row(["n1", "n1,n2", ["n1", "n2"], ["a", "list"], [], ""], [7, None, [7], {"n1": None}]),
    "flannel_node_count": _count(1),
    "flannel_node_is_gone": _flag(),
    "flannel_node_address": _address(),
    "ansible_host": _words("192.0.2.11", "node1.example.com"),
    "flannel_address": Row(_address().good, _address().bad, null=True),
    "flannel_subnet": _network(empty=True),
}
_NETWORK = {
    "network_config_subnet_len": Row([0, 24, "24", 30], [31, -1, "/24", "24 bits"]),
    "network_config_subnet_min": _address(),
    "network_config_subnet_max": _address(),
    "network_config_backend_options": Row([{}, {"VNI": 2, "Port": "8472"}], [{1: 2}, "VNI=2"]),
    "network_config_max_disruption": _share(),
    "network_config_keep_ttl_below": _seconds(),
    "network_config_schedule_seconds": _seconds(),
    "network_config_renew_margin_seconds": _seconds(),
    "network_config_route_quota": _count(),
    "vpc_routes_tables": _choice("nodes", "system", "all"),
    "vpc_routes_route_table_ids": Row([[], ["vtb-bp1example"]], ["vtb-bp1example", ["bp1example"], [7]]),
    "vpc_routes_max_disruption": _share(),
    "vpc_routes_allow_empty": _flag(),
    "vpc_routes_adopt": _choice("none", "matching", "all"),
    "vpc_routes_adopt_from": Row([[], ["former"]], ["former", ["former owner"], [7]]),
    "vpc_routes_allow_overlap": _networks(),
    "vpc_routes_route_quota": _count(),
    "vpc_routes_wait_timeout": _seconds(),
    "verify_peers": _count(),
    "verify_report_file": _file(),
    "verify_certificate_days": _count(),
}
_NODE = {
    "flanneld_install_method": _choice("release", "file"),
    "flanneld_version": _version("0.18.1", "0.27"),
    "flanneld_checksum": _checksum(),
    "flanneld_release_url": Row(["https://mirror.example.com/flannel", "http://192.0.2.1"], ["mirror", "", "https:///x", None]),
    "flanneld_binary": _file(),
    "flanneld_start_timeout_seconds": _seconds(),
    "flanneld_etcd_cert_dir": _path(),
    "flanneld_ip_masq": _flag(),
    "flanneld_masquerade_except": _networks(),
    "flanneld_trusted_tables": Row([[], ["inet filter", "ip nat"]], ["inet filter", ["filter"], ["inet"], ["x filter"]]),
    "flanneld_cni": _flag(),
    "flanneld_cni_bin_dir": Row(["/opt/cni/bin", ""], ["bin", "{{ dir }}"]),
    "flanneld_docker": _flag(),
}
_ETCD = {
    "etcd_group": _words("etcd"),
    "etcd_version": _version("3.3.27", "3.5"),
    "etcd_install_method": _choice("release", "package", "file"),
    "etcd_release_url": Row(["https://mirror.example.com/etcd"], ["mirror", "", None]),
    "etcd_checksum": _checksum(),
    "etcd_install_file": _file(),
    "etcd_packages": Row([["etcd-server", "etcd-client=3.4.23"]], ["etcd-server,etcd-client", [], ["etcd server"], [7]]),
    "etcd_member_address": Row(["192.0.2.11", "2001:db8::1"], ["", "node1", "192.0.2.256", 7, None]),
    "etcd_client_port": _port(),
    "etcd_peer_port": _port(),
    "etcd_metrics_port": _port(),
    "etcd_cluster_token": _words("prod"),
    "etcd_data_dir": _path(),
    "etcd_quota_backend_bytes": _count(1),
    "etcd_auto_compaction_retention": Row(["8h", "30m", "1h30m", 8, "8"], ["", "8 hours", "8d", "-1h", 0, None]),
    "etcd_extra_config": Row([{}, {"heartbeat-interval": 200}], ["heartbeat-interval: 200", {1: 2}]),
    "etcd_health_timeout_seconds": _seconds(),
    "etcd_restart": _flag(),
    "etcd_auth": _flag(),
    "etcd_auth_prefixes": Row([["/coreos.com/network"]], ["/coreos.com/network", [], ["/a/"], [7]]),
    "etcd_backup_host": _words("n1"),
    "etcd_backup_dir": _path(),
    "etcd_backup_keep": _count(1),
    "etcd_backup_quorum": _flag(),
    "etcd_restore_snapshot": Row(["etcd-20260101T000000Z-r1.db", ""], ["/var/backups/x.db", "../x.db", ".x", 7, None]),
    "etcd_restore": _flag(),
    "etcd_member": _words("n1", "8e9e05c52164694d"),
    "etcd_defrag_min_free_percent": Row([0, 40, "40", 12.5, "12.5", 100], [101, "101", -1, "40%"]),
    "etcd_pki_ca_host": _words("n1"),
    "etcd_pki_ca_dir": _path(),
    "etcd_pki_ca_name": _words("prod CA"),
    "etcd_pki_dir": _path(),
    "etcd_pki_ca_days": _count(1),
    "etcd_pki_rollover": Row(["AB:CD:01", "abcd01", ""], ["the old one", 7, None]),
    "etcd_pki_cert_days": _count(1),
    "etcd_pki_renew_days": _count(),
    "etcd_pki_extra_names": Row([[], ["etcd.example.com", "192.0.2.1", "2001:db8::1"]], ["etcd.example.com", ["a b"], [7], ["http://x"]]),
    "etcd_pki_ca_cert": _certificate(),
    "etcd_pki_server_cert": _certificate(),
    "etcd_pki_server_key": _certificate(),
    "etcd_pki_peer_cert": _certificate(),
    "etcd_pki_peer_key": _certificate(),
    "etcd_pki_root_cert": _certificate(),
    "etcd_pki_root_key": _certificate(),
    "etcd_pki_identity_cert": _certificate(),
    "etcd_pki_identity_key": _certificate(),
    "etcd_pki_client_cn": _name(),
    "etcd_pki_client_owner": Row(["root", "_apt", "svc$"], ["", "a b", "0root", 0, None]),
    "etcd_pki_client_group": Row(["root"], ["", "a b", 0, None]),
    "etcd_pki_client_key_mode": Row(["0600", "0640"], ["600", "u=rw", "0888", "", 0o600, None]),
    "etcd_pki_client_cert": _certificate(),
    "etcd_pki_client_key": _certificate(),
}
_PROVISION = {
    "provision_vpc_cidr": _network("10.0.0.0/7", "10.0.0.0/29"),
    "provision_vswitches": Row(
        [[{"zone_id": "cn-hangzhou-h", "cidr_block": "172.16.0.0/24", "name": "a", "own_route_table": "yes"}]],
        [
            [],
            ["cn-hangzhou-h"],
            [{"zone_id": "cn-hangzhou-h"}],
            [{"zone_id": "cn-hangzhou-h", "cidr_block": "172.16.0.1/24"}],
            [{"zone_id": "cn-hangzhou-h", "cidr_block": "172.16.0.0/30"}],
            [{"zone_id": "cn-hangzhou-h", "cidr_block": "172.16.0.0/24", "zone": "h"}],
        ],
    ),
    "provision_nodes": _count(1),
    "provision_etcd_members": Row([0, 1, "3", 5], [2, 4, 7, "-1"]),
    "provision_image_id": _words("debian_12_x64_example.vhd"),
    "provision_instance_type": _words("ecs.g7.large"),
    "provision_public_key": Row(["ssh-ed25519 AAAA me@example", "ssh-rsa AAAA==\n", ""], ["~/.ssh/id_rsa.pub", "AAAA", 7, None]),
    "provision_key_pair": _text("mine"),
    "provision_ssh_sources": Row([["192.0.2.0/24"]], ["192.0.2.0/24", [], ["192.0.2.1/24"]]),
    "provision_security_rules": Row([[], [{"cidr": "192.0.2.0/24"}]], ["all", ["all"], [7]]),
    "provision_ram_role": _text("role"),
    "provision_user_data": Row(["#cloud-config\npackages: []\n", "{{ cloud-init's own }}", ""], [7, None]),
    "provision_system_disk_category": _text("cloud_essd"),
    "provision_system_disk_size_gb": _count(),
    "provision_internet_bandwidth_mbps": Row([0, 5, "100"], [101, -1]),
    "provision_address": _choice("private", "public"),
    "provision_allow_removal": _flag(),
    "provision_confirm": _text("example"),
    "provision_wait_timeout": _seconds(),
    "flannel_ram_key_file": Row(["~/key.json", "key.json"], ["", "{{ home }}/key.json"]),
    "flannel_ram_user": _name("flannel"),
    "flannel_ram_policies": Row([["ram-policy"], ["ram-policy", "ram-policy-provision"]], ["ram-policy", [], ["ram-policy-users"]]),
}

ROWS: dict[str, Row] = {**_CLOUD, **_CLUSTER, **_NETWORK, **_NODE, **_ETCD, **_PROVISION}
