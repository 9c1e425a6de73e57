# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An operator that reaches nothing but SSH and the cloud's API, on controllers that share nothing."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.site_fixtures import Cluster, bring_up, copy_project, needs_sandbox, pings

pytestmark = needs_sandbox


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Two bare hosts, one of them etcd's only member."""
    yield from bring_up("ssh", tmp_path_factory.mktemp("ssh"), nodes=2, etcd=1, operator="ssh-only")


def test_two_controllers_that_share_nothing(cluster: Cluster, tmp_path: Path) -> None:
    first = cluster.site(project=copy_project(tmp_path / "first"))
    assert first.rc == 0, first.messages()
    assert cluster.next_hops() == {"10.24.1.0/24": "i-sandbox-n1", "10.24.2.0/24": "i-sandbox-n2"}

    # What the first controller had is gone, its home folder included.
    before = cluster.revision()
    cluster.sandbox.reset_calls()
    second = cluster.site(project=copy_project(tmp_path / "second"))
    assert second.rc == 0, second.messages()
    assert second.stats["changed"] == {}
    assert (cluster.sandbox.calls()["writes"], cluster.revision()) == (0, before)


def test_verify_from_there(cluster: Cluster) -> None:
    run, report = cluster.verify()
    assert run.rc == 0, run.messages()
    assert pings(report) == [("n1", "n2", True), ("n2", "n1", True)]
