# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What settings must be like together, and which must be there: nothing is said of a sound inventory, and all of an unsound one."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.catalogue import ROLE_OPTIONS, SETTINGS
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.inventory import Inventory
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.problems import RULES, find_problems, find_role_problems
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.reading import Unreadable

Values = t.Mapping[str, t.Any]
REQUIRED = ("alicloud_region", "alicloud_vpc_id", "flannel_network", "flannel_owner")
ALL = {"alicloud_region": "cn-hangzhou", "alicloud_vpc_id": "vpc-1", "flannel_network": "10.24.0.0/16", "flannel_owner": "example"}
HOSTS = {f"n{number}": {"ansible_host": f"192.0.2.1{number}"} for number in (1, 2, 3)}
PEM = "-----BEGIN CERTIFICATE-----"
SUM = f"sha256:{'0a' * 32}"
BROUGHT = {f"etcd_{name}": PEM for name in ("ca_cert", "server_cert", "server_key", "peer_cert", "peer_key")}
OWN_ETCD = {"flannel_etcd": {"endpoints": ["https://192.0.2.1:2379"], "ca_cert": PEM}}


def problems(
    common: Values | None = None,
    members: t.Sequence[str] = ("n1", "n2", "n3"),
    files: t.Sequence[str] = (),
    environment: t.Mapping[str, str] | None = None,
    runs_on: str = "flannel_nodes",
    **hosts: Values,
) -> list[str]:
    """Return what is wrong with three nodes that have these values in common, and of their own."""
    values = {name: {**HOSTS.get(name, {}), **ALL, **(common or {}), **hosts.get(name, {})} for name in {**HOSTS, **dict.fromkeys(members)}}
    kept = {host: {name: value for name, value in own.items() if value is not ...} for host, own in values.items()}
    groups = {"all": list(kept), "flannel_nodes": list(HOSTS), "etcd": list(members)}
    return find_problems(Inventory(kept, groups, environment or {}, files.__contains__), runs_on, REQUIRED)


@pytest.mark.parametrize(
    ("common", "more"),
    [
        pytest.param({}, {}, id="what is required"),
        pytest.param(OWN_ETCD, {"members": ()}, id="an etcd of one's own"),
        pytest.param({"alicloud_region": ...}, {"environment": {"ALICLOUD_REGION": "cn-hangzhou"}}, id="region of the environment"),
        pytest.param({"flannel_backend": "vxlan"}, {}, id="VXLAN"),
        pytest.param({"flanneld_docker": "yes", "flanneld_cni": "no"}, {}, id="Docker alone"),
        pytest.param({"flanneld_masquerade_except": ["192.0.2.0/24"]}, {"n1": {"flannel_mode": "static"}}, id="both modes"),
        pytest.param({"flannel_control_host": "localhost", "etcd_pki_ca_host": "n2"}, {}, id="hosts of the inventory"),
        pytest.param({}, {"n1": BROUGHT, "n2": BROUGHT, "n3": BROUGHT}, id="own certificates of all members"),
        pytest.param({"etcd_pki_ca_cert": PEM}, {}, id="another CA that is trusted"),
        pytest.param({"etcd_pki_root_cert": "/r.crt", "etcd_pki_root_key": "/r.key"}, {"files": ("/r.crt", "/r.key")}, id="files"),
        pytest.param({"alicloud_access_key": "a", "alicloud_secret_key": "b", "alicloud_security_token": "c"}, {}, id="a temporary key"),
        pytest.param({"alicloud_access_key": "", "alicloud_profile": "p"}, {}, id="a profile"),
        pytest.param({"etcd_install_method": "file", "etcd_install_file": "etcd.tar.gz"}, {}, id="relative file"),
        pytest.param({"network_config_subnet_len": "26", "network_config_subnet_min": "10.24.1.0"}, {}, id="subnets in quotes"),
        pytest.param({"flannel_mode": "static", "flanneld_install_method": "file"}, {}, id="no daemon"),
        pytest.param({"etcd_version": "3.5.33"}, {}, id="known checksum"),
        pytest.param({"etcd_version": "3.5.1", "etcd_checksum": SUM}, {}, id="given checksum"),
        pytest.param({"etcd_version": "3.5.1", "etcd_install_method": "package"}, {}, id="package"),
        pytest.param({"etcd_extra_config": {"heartbeat-interval": 200}}, {}, id="extra configuration"),
        pytest.param({"flannel_network": "172.16.0.0/16"}, {"n1": {"flannel_subnet": "172.16.9.0/24"}}, id="a fixed subnet"),
        pytest.param({"ansible_host": ..., "flannel_address": ""}, {f"n{i}": HOSTS[f"n{i}"] for i in (1, 2, 3)}, id="no other address"),
    ],
)
def test_nothing_is_said_of_a_sound_inventory(common: Values, more: dict[str, t.Any]) -> None:
    assert problems(common, **more) == []


@pytest.mark.parametrize(
    ("common", "more", "words"),
    [
        pytest.param(
            {"flannel_network": ...},
            {},
            ["flannel_network (the containers' network) is not set.", "10.24.0.0/16", "group_vars/all.yml"],
            id="missing",
        ),
        pytest.param(
            {}, {"n2": {"flannel_owner": ...}}, ["flannel_owner (", "is not set on n2.", "docs/variables.md"], id="missing on one"
        ),
        pytest.param(
            {"alicloud_region": ...}, {}, ["alicloud_region (", "or ALIBABA_CLOUD_REGION in the controller's environment"], id="no region"
        ),
        pytest.param({}, {"members": ()}, ["There is no etcd", "flannel_etcd"], id="no etcd"),
        pytest.param({}, {"n3": {"flannel_owner": "other"}}, ['"example" on n1, n2; "other" on n3', "same on all hosts"], id="two owners"),
        pytest.param({}, {"n3": {"flannel_purge": True}}, ["not set on n1, n2; true on n3"], id="a purge of one node"),
        pytest.param({}, {"n2": {"ansible_host": ...}}, ["The node n2 has no address", "flannel_address"], id="no address"),
        pytest.param(
            {},
            {"n2": {"ansible_host": "n2.example.com"}},
            ["The node n2", "n2.example.com", "not an IPv4 address"],
            id="a name for an address",
        ),
        pytest.param({}, {"n2": {"flannel_address": "192.0.2.11"}}, ["192.0.2.11 (n1, n2)"], id="two nodes with one address"),
        pytest.param(
            {"etcd_pki_ca_host": "n9"},
            {},
            ['etcd_pki_ca_host (the host that keeps the CA) is "n9"', "not in the inventory"],
            id="CA elsewhere",
        ),
        pytest.param({"flannel_control_host": "n9"}, {}, ["flannel_control_host", "not in the inventory"], id="control host elsewhere"),
        pytest.param(
            {"network_config_subnet_len": 12}, {}, ["10.24.0.0/16", "cannot be used", "SubnetLen 12 does not fit"], id="large subnets"
        ),
        pytest.param({"network_config_subnet_min": "10.24.255.0"}, {}, ["cannot be used", "3 nodes"], id="few subnets"),
        pytest.param({"flannel_network": "100.64.0.0/16"}, {}, ["cannot be used", "100.64.0.0/10"], id="the cloud's network"),
        pytest.param({}, {"n1": {"flannel_subnet": "10.99.1.0/24"}}, ["n1", "10.99.1.0/24", "outside the network"], id="subnet outside"),
        pytest.param({"flannel_subnet": "10.24.1.0/24"}, {}, ["n1, n2, n3", "10.24.1.0/24"], id="one subnet for all"),
        pytest.param(
            {"network_config_keep_ttl_below": "50000"}, {}, ["Leases would expire", "keep_ttl_below (50000)"], id="times out of order"
        ),
        pytest.param(
            {"flannel_backend": "vxlan"}, {"n1": {"flannel_mode": "static"}}, ["flanneld on every node", "static on n1"], id="VXLAN without"
        ),
        pytest.param(
            {"flannel_backend": "vxlan"},
            {"n3": {"flanneld_masquerade_except": ["192.0.2.0/24"]}},
            ["Empty flanneld_masquerade_except", "n3"],
            id="VXLAN",
        ),
        pytest.param({}, {"n2": {"flanneld_docker": "true"}}, ["flanneld_cni and flanneld_docker are both on for n2"], id="two runtimes"),
        pytest.param({"etcd_group": "masters"}, {}, ["etcd_group is masters", "group etcd"], id="another group"),
        pytest.param({}, {"members": ("n1", "root", "a b")}, ["these don't: a b", "root can't be the name"], id="odd names"),
        pytest.param({}, {"members": ("n1", "n2", "m3")}, ["no IP address: m3", "etcd_member_address"], id="member without address"),
        pytest.param(
            {}, {"n2": {"etcd_member_address": "192.0.2.11"}}, ["one address: n1 192.0.2.11, n2 192.0.2.11"], id="two members at one"
        ),
        pytest.param({}, {"n2": {"etcd_member_address": "2001:db8::2"}}, ["both families", "n2 2001:db8::2"], id="both families"),
        pytest.param({"etcd_extra_config": {"name": "x", "a": 1}}, {}, ["must not set", "has name."], id="the role's own configuration"),
        pytest.param({}, {"n1": {"etcd_pki_server_cert": PEM}}, ["Either all of etcd_pki_ca_cert", "on n1"], id="half of the certificates"),
        pytest.param(
            {"etcd_pki_identity_key": PEM}, {}, ["etcd_pki_identity_cert and etcd_pki_identity_key", "together"], id="a key alone"
        ),
        pytest.param({"alicloud_access_key": "a"}, {}, ["alicloud_access_key and alicloud_secret_key", "together"], id="half a key"),
        pytest.param({"alicloud_security_token": "a"}, {}, ["alicloud_security_token needs both"], id="a token alone"),
        pytest.param(
            {"alicloud_access_key": "a", "alicloud_secret_key": "b", "alicloud_profile": "p"}, {}, ["Leave one out"], id="two identities"
        ),
        pytest.param(
            {"etcd_install_method": "file"}, {}, ["etcd_install_method is file on n1, n2, n3", "etcd_install_file"], id="no archive"
        ),
        pytest.param(
            {"flanneld_install_method": "file", "flanneld_binary": "/no"},
            {},
            ['"/no" on n1, n2, n3', "no file on the controller"],
            id="no file",
        ),
        pytest.param(
            {"flannel_etcd": {"endpoints": ["https://192.0.2.1:2379"]}}, {}, ["flannel_etcd can't be used", "ca_cert"], id="no CA"
        ),
        pytest.param(
            {"flanneld_version": "0.99.0"},
            {},
            ["flanneld_version (the version of flanneld) is 0.99.0 on n1, n2, n3", "knows 0.27.4, ", "Set flanneld_checksum"],
            id="unknown checksum",
        ),
        pytest.param({"flannel_etcd": {"user": "u"}}, {}, ["flannel_etcd has only one of username and password"], id="no password"),
    ],
)
def test_what_does_not_go_together_is_said(common: Values, more: dict[str, t.Any], words: list[str]) -> None:
    found = " ".join(problems(common, **more))
    assert [word for word in words if word not in found] == [], found
    assert found.count("  ") == 0


@pytest.mark.parametrize(("runs_on", "words"), [("flannel_nodes", "Put every instance"), ("etcd", "Put etcd's members there")])
def test_a_group_without_hosts_is_the_only_problem(runs_on: str, words: str) -> None:
    (problem,) = find_problems(Inventory({}, {"all": []}), runs_on, REQUIRED)
    assert (f"no host in the group {runs_on}" in problem, words in problem) == (True, True)


def test_all_problems_are_told_at_once() -> None:
    found = problems(
        {"flannel_owner": ..., "flannel_mode": "Static", "etcd_version": "v3", "flannel_control_host": "n9"},
        members=("n1", "n3"),
        n2={"ansible_host": ...},
    )
    names = ["flannel_owner", "flannel_mode", "etcd_version", "The node n2 has no address", "flannel_control_host"]
    assert [name for name in names if name not in " ".join(found)] == []
    assert len(found) == len(names)


def test_nothing_follows_from_what_is_wrong_already() -> None:
    found = problems({"flannel_network": "10.24.0.1/16", "network_config_subnet_len": 12, "etcd_pki_ca_host": Unreadable("no such host")})
    assert [one.partition(" ")[0] for one in found] == ["flannel_network", "etcd_pki_ca_host"]


def test_every_rule_is_about_settings_that_there_are() -> None:
    assert [rule for rule in RULES if not rule.settings] == []


def role_problems(role: str, members: t.Collection[str] = (), **own: t.Any) -> list[str]:
    """Return what a role says on n1."""
    values = {**{member: HOSTS[member] for member in members}, "n1": {**HOSTS["n1"], **own}}
    groups = {"all": list(HOSTS), "flannel_nodes": ["n1"], "etcd": list(members)}
    return find_role_problems(Inventory(values, groups), role, "n1")


@pytest.mark.parametrize("role", ["etcd", "etcd_pki", "flanneld", "network_config", "vpc_routes"])
def test_a_role_says_nothing_of_sound_variables(role: str) -> None:
    assert role_problems(role, HOSTS) == []


@pytest.mark.parametrize(
    ("role", "own", "words"),
    [
        pytest.param("etcd", {"etcd_version": "v3.5.33"}, ['etcd_version (the version of etcd) is "v3.5.33" on n1'], id="form"),
        pytest.param("etcd", {"etcd_member_address": "192.0.2.12"}, ["one address: n1 192.0.2.12, n2 192.0.2.12"], id="address"),
        pytest.param("etcd_pki", {"etcd_pki_ca_host": "n9"}, ["etcd_pki_ca_host", "not in the inventory"], id="CA elsewhere"),
        pytest.param("etcd_pki", {"etcd_pki_peer_key": PEM}, ["Either all of"], id="half of the certificates"),
        pytest.param("etcd", {"etcd_install_method": "file"}, ["etcd_install_file", "on n1"], id="no archive"),
        pytest.param("flanneld", {"flanneld_mode": "Static"}, ['flanneld_mode (how a node keeps its subnet) is "Static"'], id="other name"),
        pytest.param("flanneld", {"flanneld_docker": True}, ["flanneld_cni and flanneld_docker"], id="two runtimes"),
        pytest.param("network_config", {"network_config_keep_ttl_below": 10}, ["Leases would expire"], id="times out of order"),
        pytest.param("network_config", {"network_config_network": "ten"}, ["network_config_network"], id="no network"),
        pytest.param("vpc_routes", {"vpc_routes_owner": "my cluster"}, ["vpc_routes_owner", '"my cluster"'], id="owner"),
    ],
)
def test_a_role_says_what_is_wrong_with_its_own(role: str, own: Values, words: list[str]) -> None:
    (problem,) = role_problems(role, HOSTS if role.startswith("etcd") else (), **own)
    assert [word for word in words if word not in problem] == [], problem


def test_options_of_roles_stand_for_settings_of_the_same_kind() -> None:
    assert sorted(set(ROLE_OPTIONS.values()) - set(SETTINGS)) == []
    assert sorted(set(ROLE_OPTIONS) & set(SETTINGS)) == []
