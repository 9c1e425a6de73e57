# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""All variables that a user can set, and what the roles call them."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .known import cluster, etcd, network, node, provision

if t.TYPE_CHECKING:
    from .setting import Setting

_ALL = (*cluster.SETTINGS, *etcd.SETTINGS, *network.SETTINGS, *node.SETTINGS, *provision.SETTINGS)
SETTINGS = {setting.name: setting for setting in _ALL}

# etcd_pki stands before etcd, whose name its own begins with.
_ROLES = ("etcd_pki", "etcd", "flanneld", "network_config", "provision", "verify", "vpc_routes")

# Options of roles that have another name in an inventory: the playbooks pass them on.
ROLE_OPTIONS = {
    "flanneld_control_host": "flannel_control_host",
    "flanneld_etcd": "flannel_etcd",
    "flanneld_etcd_prefix": "flannel_etcd_prefix",
    "flanneld_mode": "flannel_mode",
    "flanneld_network": "flannel_network",
    "flanneld_node_is_gone": "flannel_node_is_gone",
    "flanneld_address": "flannel_address",
    "network_config_backend": "flannel_backend",
    "network_config_backend_change": "flannel_backend_change",
    "network_config_control_host": "flannel_control_host",
    "network_config_etcd": "flannel_etcd",
    "network_config_etcd_prefix": "flannel_etcd_prefix",
    "network_config_network": "flannel_network",
    "network_config_owner": "flannel_owner",
    "network_config_purge": "flannel_purge",
    "network_config_purge_force": "flannel_purge_force",
    "network_config_recover": "flannel_recover",
    "network_config_vpc_id": "alicloud_vpc_id",
    "vpc_routes_control_host": "flannel_control_host",
    "vpc_routes_etcd": "flannel_etcd",
    "vpc_routes_etcd_prefix": "flannel_etcd_prefix",
    "vpc_routes_network": "flannel_network",
    "vpc_routes_owner": "flannel_owner",
    "vpc_routes_purge": "flannel_purge",
    "vpc_routes_vpc_id": "alicloud_vpc_id",
}


def role_settings(role: str) -> dict[str, Setting]:
    """Return the settings of a role under its own names, for its use without the playbooks."""
    own = {name: setting for name, setting in SETTINGS.items() if _role_of(name) == role}
    others = {name: replace(SETTINGS[known], name=name) for name, known in ROLE_OPTIONS.items() if _role_of(name) == role}
    return {**own, **others}


def _role_of(name: str) -> str:
    return next((role for role in _ROLES if name.startswith(f"{role}_")), "")
