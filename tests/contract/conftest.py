# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the contract tests."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import SDKS, Client, OldSdk
from ansible_collections.alicloud.flannel.tests.contract.cloud_clock import Clock
from ansible_collections.alicloud.flannel.tests.contract.flanneld_fixtures import any_version, network, newest
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, Cloud, cloud, cloud_args
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import certificates, park

__all__ = ["any_version", "certificates", "cloud", "cloud_args", "network", "newest", "park"]


@pytest.fixture
def clock(cloud: Cloud) -> Clock:
    """Stop the region's time."""
    stopped = Clock()
    cloud.state.clock = stopped
    return stopped


@pytest.fixture(params=SDKS, ids=lambda sdk: sdk.__name__)
def sdk(request: pytest.FixtureRequest) -> type[t.Any]:
    """Return the client class of each generation of the SDK in turn."""
    chosen: type[t.Any] = request.param
    return chosen


@pytest.fixture
def client(sdk: type[t.Any], cloud: Cloud) -> Client:
    """Return a client of the region that may do everything."""
    made: Client = sdk(cloud.server.url, ACCESS_KEY, SECRET_KEY)
    return made


@pytest.fixture
def one_client(cloud: Cloud) -> Client:
    """Return a client of one generation, for tables whose rows need no second one."""
    return OldSdk(cloud.server.url, ACCESS_KEY, SECRET_KEY)
