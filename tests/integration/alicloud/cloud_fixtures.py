# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated region for one test: a VPC, one vSwitch and three instances."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, CloudState
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Rule

ACCESS_KEY = "LTAIsandbox"
SECRET_KEY = "sandbox-secret-key"  # the emulator's own
VPC_ID = "vpc-sandbox"
TABLE_ID = "vtb-sandbox-system"
VSWITCH_ID = "vsw-sandbox-a"
SECURITY_GROUP_ID = "sg-sandbox"
NETWORK = "10.24.0.0/16"
RAM_POLICY: dict[str, t.Any] = json.loads((PROJECT / "docs" / "ram-policy.json").read_text())


@dataclass(frozen=True)
class Cloud:
    """A running region."""

    state: CloudState
    server: CloudServer

    def custom_entries(self, table_id: str = TABLE_ID) -> dict[str, str]:
        """Return next hop by destination of a table's custom entries."""
        self.state.settling.settle()
        return {entry.destination: entry.next_hop_id for entry in self.state.entries_of(table_id) if entry.type == "Custom"}


def build_state(policy: t.Mapping[str, t.Any] | None = RAM_POLICY, **settings: t.Any) -> CloudState:
    """Return the region without a server; settings are those of CloudState. The account has the shipped RAM policy, or what is given."""
    state = CloudState(**{"settle_seconds": 0.05, **settings})
    state.add_account(ACCESS_KEY, SECRET_KEY, policy)
    state.add_vpc("172.16.0.0/16", VPC_ID)
    state.add_vswitch(VPC_ID, "172.16.0.0/24", "cn-hangzhou-a", VSWITCH_ID)
    state.add_security_group(VPC_ID, [Rule(cidr="172.16.0.0/16"), Rule(cidr=NETWORK)], SECURITY_GROUP_ID)
    for number in (1, 2, 3):
        state.add_instance(
            VSWITCH_ID,
            f"172.16.0.1{number}",
            f"i-sandbox-n{number}",
            name=f"n{number}",
            security_group_ids=[SECURITY_GROUP_ID],
        )
    return state


@pytest.fixture
def cloud() -> t.Iterator[Cloud]:
    """Serve a fresh region to an account that may do everything."""
    state = build_state(policy=None)
    server = CloudServer(state, metadata_instance="i-sandbox-n1")
    server.start()
    yield Cloud(state, server)
    server.stop()


@pytest.fixture
def cloud_args(cloud: Cloud) -> dict[str, str]:
    """Return the module options that reach the region."""
    return {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": cloud.state.region, "endpoint": cloud.server.url}
