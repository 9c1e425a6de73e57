# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.alicloud.flannel.plugins.filter.routes import FilterModule


def test_the_filter_joins_leases_nodes_and_instances() -> None:
    result = FilterModule().filters()["routes"](
        [{"subnet": "10.24.1.0/24", "public_ip": "172.16.0.11"}],
        nodes=[{"name": "n1", "address": "172.16.0.11", "instance_id": None}],
        instances=[{"instance_id": "i-1", "vpc_id": "vpc-1", "primary_ip": "172.16.0.11", "private_ips": ["172.16.0.11"]}],
        vpc_id="vpc-1",
    )
    assert result["routes"] == [{"destination": "10.24.1.0/24", "next_hop_id": "i-1", "name": "n1"}]
