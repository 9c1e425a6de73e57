# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated region with a VPC in two zones and no instance yet, whose time passes only while a client waits."""

from __future__ import annotations

import collections
import importlib
import json
import typing as t
from dataclasses import dataclass, field

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.instances_resource import instance_set_resource
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.key_pair import key_pair_resource
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.security_group_resource import security_group_resource
from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, VPC_ID
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import KeyPair

POLICY: dict[str, t.Any] = json.loads((PROJECT / "docs" / "ram-policy-provision.json").read_text())
VSWITCH_A, VSWITCH_B = "vsw-a", "vsw-b"
GROUP_ID = "sg-one"
TAGS = {"cluster": "one"}
NEW_INSTANCES: dict[str, t.Any] = {
    "tags": TAGS,
    "name": "n",
    "vswitch_ids": [VSWITCH_A, VSWITCH_B],
    "image_id": "debian_12_x64_sandbox",
    "instance_type": "ecs.sandbox.small",
    "security_group_ids": [GROUP_ID],
    "key_pair": "one",
}
RESOURCES: dict[str, t.Callable[..., t.Any]] = {
    "ali_instance": instance_set_resource,
    "ali_key_pair": key_pair_resource,
    "ali_security_group": security_group_resource,
}


@dataclass
class Ecs:
    """A running region and the ways in which the tests look at it."""

    now: float = 0.0
    state: CloudState = field(init=False)
    server: CloudServer = field(init=False)

    def __post_init__(self) -> None:
        self.state = CloudState(settle_seconds=3.0, clock=self.clock)
        self.state.add_account(ACCESS_KEY, SECRET_KEY, POLICY)
        self.state.add_vpc("172.16.0.0/16", VPC_ID)
        self.state.add_vswitch(VPC_ID, "172.16.0.0/24", "cn-hangzhou-a", VSWITCH_A)
        self.state.add_vswitch(VPC_ID, "172.16.1.0/24", "cn-hangzhou-b", VSWITCH_B)
        self.state.add_security_group(VPC_ID, [], GROUP_ID, name="one")
        self.state.key_pairs["one"] = KeyPair("one", "ssh-rsa AAAA", "0" * 32)
        self.server = CloudServer(self.state)
        self.server.start()

    def clock(self) -> float:
        """Return the region's time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.now += seconds

    def settle(self, seconds: float = 60.0) -> None:
        """Let time pass while nobody calls."""
        self.sleep(seconds)
        self.state.settling.settle()

    def client(self) -> AlicloudClient:
        """Return a client that waits in virtual time."""
        credentials = Credentials(ACCESS_KEY, SECRET_KEY, None, source="test")
        return AlicloudClient(self.state.region, credentials, endpoint=self.server.url, clock=self.clock, sleep=self.sleep)

    def run(self, module: str, *, check: bool = False, **options: t.Any) -> Outcome:
        """Do a module's work once, as the module would."""
        spec = importlib.import_module(f"ansible_collections.alicloud.flannel.plugins.modules.{module}").argument_spec()
        checked = ArgumentSpecValidator(spec).validate(options)
        assert not checked.error_messages, checked.error_messages
        return converge(RESOURCES[module](self.client(), checked.validated_parameters), check_mode=check)

    def run_process(self, module: str, *, check: bool = False, **options: t.Any) -> ModuleResult:
        """Run the module as a process of its own, with diff; its time is that of the wall."""
        reach = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": self.state.region, "endpoint": self.server.url}
        return run_module(module, {**reach, **options}, check=check, diff=True)

    def writes(self) -> dict[str, int]:
        """Return the writes since the last reset by action."""
        return dict(collections.Counter(call.action for call in self.server.calls if call.is_write))


def have(ecs: Ecs, count: int, **options: t.Any) -> Outcome:
    """Converge to so many instances."""
    return ecs.run("ali_instance", **{**NEW_INSTANCES, "exact_count": count, **options})


@pytest.fixture
def ecs() -> t.Iterator[Ecs]:
    """Serve a fresh region to an account that has the shipped RAM policy; each step of an instance takes three seconds."""
    region = Ecs()
    yield region
    region.server.stop()
