# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bad record in etcd while routes.yml runs: all other nodes get their leases and routes, nobody loses one, and the run ends failed."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.connection import Connection
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import Put
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_client import EtcdV3
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_store import V3Store
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import TABLE_ID
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import (
    ControlPlane,
    control_plane,
    plain_etcd,
    running,
)
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import node_routes

__all__ = ["control_plane", "plain_etcd", "running"]

ROUTES = {route["destination"]: route["next_hop_id"] for route in node_routes(3)}
# What is written, and what of it the run must say.
RECORDS = [
    (f"subnets/10.24.9.0-{'1' * 5000}", b'{"PublicIP":"172.16.0.11"}', "10.24.9.0-1111"),
    (f"subnets/{'1' * 100_000}", b"", "subnets/1111"),
    ("subnets/\x1b[2J\n\u202e\x9b10.24.9.0-24", b'{"PublicIP":"172.16.0.11"}', r"\x1b[2J\n\u202e\x9b10.24.9.0-24"),
    ("subnets/10.24.1.128-25", b'{"PublicIP":"172.16.0.66"}', "10.24.1.128-25"),
    ("subnets/10.24.0.0-16", b'{"PublicIP":"172.16.0.66"}', "10.24.0.0-16"),
    # A second lease costs n2 its place in this run, and what was written over that of n3 costs n3 its own.
    ("subnets/10.24.8.0-24", b'{"PublicIP":"172.16.0.12"}', "n2: no route"),
    ("subnets/10.24.3.0-24", b"\x1b{", "n3: no route"),
]


def write(plane: ControlPlane, name: str, value: bytes) -> None:
    """Write as a node would that may write to etcd, over what is there."""
    store = V3Store(EtcdV3(Connection((plane.etcd.url,))))
    key = f"{plane.prefix}/{name}".encode()
    found = store.read(key)
    store.write([Put(key, value, found.mod_revision if found else 0)])


def test_bad_records_stop_no_run(running: ControlPlane) -> None:
    running.region.state.remove_route_entry(TABLE_ID, "10.24.1.0/24")
    for name, value, _told in RECORDS:
        write(running, name, value)
    run = running.run("routes.yml")
    told = run.messages()
    assert run.rc != 0
    assert [words for _name, _value, words in RECORDS if words not in told] == []
    assert [sign for sign in "\x1b\x9b\u202e" if sign in told] == []
    # The entry of n1 was missing; those of n2 and n3 stay where they were.
    assert running.region.routes() == ROUTES
    for name, _value, _told in RECORDS:
        running.etcd.etcdctl("del", f"{running.prefix}/{name}")
    write(running, "subnets/10.24.3.0-24", b'{"PublicIP":"172.16.0.13"}')
    after = running.run("routes.yml")
    assert (after.rc, after.changed, running.region.routes()) == (0, 0, ROUTES), after.messages()
