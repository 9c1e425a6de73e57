# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.alicloud.flannel.plugins.filter.nodes import FilterModule


def test_the_filter_makes_nodes() -> None:
    hostvars = {"n1": {"ansible_host": "172.16.0.11"}}
    assert FilterModule().filters()["nodes"](["n1"], hostvars) == [
        {"name": "n1", "address": "172.16.0.11", "instance_id": None, "subnet": None}
    ]


def test_the_filter_reports_bad_nodes_as_ansible_wants_it() -> None:
    with pytest.raises(AnsibleFilterError, match="empty"):
        FilterModule().filters()["nodes"]([], {})
