# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests to etcd leases take."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case, timed

RESERVED = 1_000
LISTED = 10_000


def lease_cases(etcd: EtcdServer) -> t.Iterator[Case]:
    """Reserve leases and list them."""
    prefix = {"etcd_prefix": "/bench/leases", **etcd.module_args()}
    config = {"Network": "10.128.0.0/9", "Backend": {"Type": "alloc"}}
    run_module("etcd_key", {**etcd.module_args(), "key": "/bench/leases/config", "value": config})
    reserved, seconds = timed(run_module, "flannel_lease", {**prefix, "leases": nodes(RESERVED)})
    run_module("flannel_lease", {**prefix, "leases": nodes(LISTED)})
    listed, list_seconds = timed(run_module, "flannel_lease_info", prefix)
    if len(reserved["leases"]) != RESERVED or len(listed["leases"]) != LISTED:
        raise RuntimeError(f"{len(reserved['leases'])} leases were reserved and {len(listed['leases'])} listed")
    yield Case(f"leases-{RESERVED}-reserve", {"http_requests": reserved["http_requests"], "seconds": seconds}, {"http_requests": 10})
    yield Case(f"leases-{LISTED}-list", {"http_requests": listed["http_requests"], "seconds": list_seconds}, {"http_requests": 1})


def nodes(count: int) -> list[dict[str, str]]:
    """Return what to reserve for so many nodes."""
    return [{"public_ip": f"172.16.{number // 250}.{number % 250 + 1}"} for number in range(count)]
