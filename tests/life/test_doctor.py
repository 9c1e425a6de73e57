# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that the sandbox can break, one thing at a time: verify.yml names it, and what it advises repairs it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import DAEMON, Cluster, bring_up, needs_sandbox, pings
from ansible_collections.alicloud.flannel.tests.life.doctor_fault import Fault
from ansible_collections.alicloud.flannel.tests.life.doctor_faults import FAULTS

pytestmark = needs_sandbox

# The last node has the daemon.
VARIABLES = {**DAEMON, "flannel_mode": "{{ 'daemon' if inventory_hostname == 'n3' else 'static' }}"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three nodes in both modes, which are etcd's members, too."""
    for cluster in bring_up("doctor", tmp_path_factory.mktemp("doctor"), nodes=3):
        cluster.variables = dict(VARIABLES)
        run = cluster.site()
        assert run.rc == 0, run.messages()
        yield cluster


def test_a_cluster_as_it_should_be_has_no_findings(cluster: Cluster) -> None:
    run, report = cluster.verify()
    assert run.rc == 0, run.messages()
    assert report["findings"] == []


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        pytest.param(["--limit", "n1,n2"], {}, id="the others are left out"),
        pytest.param([], {"flanneld_cni": "{{ inventory_hostname != 'n3' }}"}, id="the others have no containers"),
    ],
)
def test_only_nodes_that_can_be_pinged_are(cluster: Cluster, arguments: list[str], variables: dict[str, str]) -> None:
    run, report = cluster.verify(*arguments, variables=variables)
    assert run.rc == 0, run.messages()
    assert report["findings"] == []
    assert pings(report) == [("n1", "n2", True), ("n2", "n1", True)]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_what_is_broken_is_named_and_repaired(cluster: Cluster, fault: Fault) -> None:
    """Nothing of the fault before is left: this run would find it, too."""
    fault.strike(cluster)
    run, report = cluster.verify()
    found = [(finding["node"], finding["link"]) for finding in report["findings"]]
    try:
        assert found == fault.found, report["findings"]
        assert all(text in finding["problem"] for text, finding in zip(fault.problems, report["findings"])), report["findings"]
        assert fault.advice in report["findings"][0]["repair"]
        assert (run.rc == 0) == fault.is_warning
        lost = {(source, target) for source, target, ok in pings(report) if not ok}
        assert lost == fault.lost
        assert {tuple(pair) for finding in report["findings"] for pair in finding["pairs"]} == lost
    finally:
        fault.repair(cluster)


def test_the_last_fault_is_repaired_as_well(cluster: Cluster) -> None:
    run, report = cluster.verify()
    assert run.rc == 0, run.messages()
    assert report["findings"] == []
    assert {ok for _source, _target, ok in pings(report)} == {True}
