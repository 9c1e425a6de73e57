# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The network's record, the VPC's routes, and what verify.yml checks."""

from __future__ import annotations

import functools

from .. import addresses, forms, words
from ..setting import CONTROLLER, NODES, Setting

_whole = functools.partial(Setting, shared=True)

_TABLES = forms.list_of(words.cloud_id("vtb"), "IDs, such as [vtb-bp1example]")
_OWNERS = forms.list_of(words.owner("example"), "owners, such as [example]")
_QUOTA = "the number of entries that a route table may hold"

SETTINGS = (
    _whole("network_config_subnet_len", "the prefix length of a node's subnet", forms.whole(0, 30)),
    _whole("network_config_subnet_min", "the first subnet to give out", forms.or_empty(addresses.ipv4_address("10.24.1.0"))),
    _whole("network_config_subnet_max", "the last subnet to give out", forms.or_empty(addresses.ipv4_address("10.24.250.0"))),
    _whole("network_config_backend_options", "further settings of the backend", forms.mapping("a dictionary, such as {VNI: 2}")),
    _whole("network_config_max_disruption", "how many leases one run may delete or move", words.share()),
    _whole("network_config_keep_ttl_below", "the seconds left below which a lease is reserved again", forms.whole(1)),
    _whole("network_config_schedule_seconds", "the longest time between two scheduled runs", forms.whole(1)),
    _whole("network_config_renew_margin_seconds", "how long before its end flanneld renews a lease", forms.whole(1)),
    _whole("network_config_route_quota", _QUOTA, forms.whole(0)),
    _whole("vpc_routes_tables", "which route tables get the routes", forms.choice("nodes", "system", "all")),
    _whole(
        "vpc_routes_route_table_ids",
        "the route tables that get the routes",
        _TABLES,
    ),
    _whole("vpc_routes_max_disruption", "how many route entries one run may delete or move", words.share()),
    _whole("vpc_routes_allow_empty", "whether a purge may leave no entry", forms.flag()),
    _whole("vpc_routes_adopt", "which entries without the owner's mark are taken over", forms.choice("none", "matching", "all")),
    _whole(
        "vpc_routes_adopt_from",
        "former owners whose entries are taken over",
        _OWNERS,
    ),
    _whole(
        "vpc_routes_allow_overlap",
        "foreign entries that the network may overlap",
        forms.list_of(addresses.ipv4_network(example="10.0.0.0/8"), "IPv4 networks, such as [10.0.0.0/8]"),
    ),
    _whole("vpc_routes_route_quota", _QUOTA, forms.whole(0)),
    _whole("vpc_routes_wait_timeout", "the seconds to wait for the cloud", forms.whole(1), readers=(NODES, CONTROLLER)),
    _whole("verify_peers", "how many other nodes each node pings", forms.whole(0)),
    _whole("verify_report_file", "the file for the report", forms.or_empty(words.local_path("report.json"))),
    _whole("verify_certificate_days", "the days left below which a certificate is reported", forms.whole(0)),
)
