# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A slip in the name of a variable is told; other variables of an inventory are nobody's business."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.advice import find_advice
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.catalogue import ROLE_OPTIONS, SETTINGS


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("flannel_netwrok", "flannel_network"),
        ("flannel_netork", "flannel_network"),
        ("flannel_networkk", "flannel_network"),
        ("flannel_netwark", "flannel_network"),
        ("flannel_masquerade_except", "flanneld_masquerade_except"),
        ("alicloud_vpcid", "alicloud_vpc_id"),
        # What the roles have another name for.
        ("flanneld_mode", "flannel_mode"),
        ("network_config_etcd_prefix", "flannel_etcd_prefix"),
    ],
)
def test_what_is_nearly_ours_is_told(name: str, meant: str) -> None:
    assert find_advice({"n1": [name, "other"], "n2": [name]}) == [
        f"{name} is set on n1, n2, but the playbooks do not read it. Is {meant} meant? See docs/variables.md."
    ]


def test_what_is_ours_and_what_is_not_is_left_alone() -> None:
    others = ["etcd_cert_dir", "etcd_deployment_type", "flannel_interface", "verify", "ansible_facts", "inventory_hostname", ""]
    assert find_advice({"n1": [*SETTINGS, *others]}) == []


def test_no_setting_is_told_for_another() -> None:
    assert sorted(set(SETTINGS) & set(ROLE_OPTIONS)) == []
    assert find_advice({}) == []
