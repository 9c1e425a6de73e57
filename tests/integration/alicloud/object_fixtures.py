# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated region without nodes, whose time passes only while a client waits."""

from __future__ import annotations

import collections
import importlib
import json
import typing as t
from dataclasses import dataclass

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.vpc.resource import (
    route_table_resource,
    vpc_resource,
    vswitch_resource,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteTable, Vpc, VSwitch

RESOURCES: dict[str, t.Callable[..., t.Any]] = {
    "ali_vpc": vpc_resource,
    "ali_vswitch": vswitch_resource,
    "ali_route_table": route_table_resource,
}
TAGS = {"cluster": "k1"}
POLICY: dict[str, t.Any] = json.loads((PROJECT / "docs" / "ram-policy-provision.json").read_text())


class VirtualTime:
    """A clock for the region and its clients."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.now += seconds


@dataclass
class EmptyRegion:
    """A running region and the ways in which the tests look at it."""

    state: CloudState
    server: CloudServer
    time: VirtualTime

    def client(self) -> AlicloudClient:
        """Return a client that waits in virtual time."""
        credentials = Credentials(ACCESS_KEY, SECRET_KEY, None, source="test")
        return AlicloudClient(self.state.region, credentials, endpoint=self.server.url, clock=self.time, sleep=self.time.sleep)

    def run(self, module: str, *, check: bool = False, **options: t.Any) -> Outcome:
        """Run a module's work once, as the module would."""
        spec = importlib.import_module(f"ansible_collections.alicloud.flannel.plugins.modules.{module}").argument_spec()
        defaults = {name: option.get("default") for name, option in spec.items()}
        return converge(RESOURCES[module](self.client(), {**defaults, **options}), check_mode=check)

    def furnish(self) -> None:
        """Put things there: two VPCs of ours, one of them empty; vSwitches and tables, a pair of them associated; a foreign VPC."""
        state = self.state
        objects: list[Vpc | VSwitch | RouteTable] = [
            state.add_vpc("172.16.0.0/16", "vpc-1", ["172.18.0.0/16"]),
            state.add_vpc("10.0.0.0/8", "vpc-empty"),
            state.add_route_table("vpc-1", "vtb-free"),
            state.add_route_table("vpc-1", "vtb-used"),
            state.add_vswitch("vpc-1", "172.16.0.0/24", "cn-hangzhou-a", "vsw-plain"),
            state.add_vswitch("vpc-1", "172.16.1.0/24", "cn-hangzhou-b", "vsw-custom", "vtb-used"),
        ]
        for one in objects:
            one.about.name = one.about.name or next(iter(vars(one).values()))
            one.about.tags = dict(TAGS)
        state.add_vpc("172.16.0.0/16", "vpc-foreign")

    def writes(self) -> dict[str, int]:
        """Return the writes since the last reset by action."""
        return dict(collections.Counter(call.action for call in self.server.calls if call.is_write))


@pytest.fixture
def furnished_region(empty_region: EmptyRegion) -> EmptyRegion:
    """Serve a region with a few things in it."""
    empty_region.furnish()
    return empty_region


@pytest.fixture
def empty_region() -> t.Iterator[EmptyRegion]:
    """Serve a fresh region to an account that has the RAM policy for provisioning; each change takes three seconds."""
    time = VirtualTime()
    state = CloudState(settle_seconds=3.0, clock=time)
    state.add_account(ACCESS_KEY, SECRET_KEY, POLICY)
    server = CloudServer(state)
    server.start()
    yield EmptyRegion(state, server, time)
    server.stop()
