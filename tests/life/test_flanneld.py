# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""flanneld over the years: installed from a mirror, changed to other versions and back, and what is said when it does not start."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.contract.flanneld_daemon import REAL, identify, stand_in
from ansible_collections.alicloud.flannel.tests.contract.flanneld_fixtures import VERSIONS
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import PREFIX, Cluster, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.life.traffic import traffic
from ansible_collections.alicloud.flannel.tests.sandbox.hosts import world as w
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cache import locked
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.mirror import Release, pack_flannel

pytestmark = needs_sandbox

NODES = ("n1", "n2")
SUBNETS = {"10.24.1.0/24": "172.16.0.11", "10.24.2.0/24": "172.16.0.12"}
WAIT_FOR_RESTART = """
for _ in $(seq 60); do
    systemctl show -p NRestarts flanneld | grep -q '=[1-9]' && systemctl is-active -q flanneld && exit
    sleep 1
done
exit 1
"""
QUICK = {"flanneld_start_timeout_seconds": 8}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[list[Release]]:
    """Put an archive of each flanneld, oldest first, where the sandbox's mirror serves it."""
    folder = tmp_path_factory.mktemp("flannelds")
    binaries = [identify(path) for path in REAL] or [stand_in(version, folder) for version in VERSIONS]
    with locked("mirror") as cache:
        made = [pack_flannel(cache / "mirror", binary.path) for binary in sorted(binaries, key=lambda one: one.version)]
    yield made


def variables(release: Release) -> dict[str, t.Any]:
    """Return what makes the role install this release."""
    return {
        "flannel_mode": "daemon",
        "flanneld_install_method": "release",
        "flanneld_release_url": f"http://{w.MIRROR_ADDRESS}/flannel",
        "flanneld_version": release.version,
        "flanneld_checksum": release.checksum,
    }


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, releases: list[Release]) -> t.Iterator[Cluster]:
    """Two nodes with the oldest flanneld."""
    for cluster in bring_up("flanneld", tmp_path_factory.mktemp("flanneld"), nodes=len(NODES), etcd=1):
        cluster.variables = variables(releases[0])
        run = cluster.site()
        assert run.rc == 0, run.messages()
        yield cluster


def subnets(cluster: Cluster) -> dict[str, str]:
    return {subnet: lease.public_ip for subnet, lease in cluster.leases().items()}


def on_n2(cluster: Cluster, command: str) -> str:
    done = cluster.sandbox.host_exec("n2", ["sh", "-c", command])
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def installed(cluster: Cluster) -> str:
    return on_n2(cluster, "/usr/local/bin/flanneld --version 2>&1").strip().lstrip("v")


def test_a_release_comes_from_the_mirror(cluster: Cluster, releases: list[Release]) -> None:
    assert installed(cluster) == releases[0].version
    assert subnets(cluster) == SUBNETS


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"flanneld_version": "0.17.0"}, "It must be a version with three numbers, 0.19.0 or newer"),
        ({"flanneld_version": "0.99.9", "flanneld_checksum": ""}, "flannel/v0.99.9/flannel-v0.99.9-linux-"),
        ({"flanneld_checksum": f"sha256:{'0' * 64}", "flanneld_version": "0.28.9-standin"}, "checksum"),
    ],
    ids=["too old", "sum not known", "wrong sum"],
)
def test_what_cannot_be_trusted_is_not_installed(cluster: Cluster, releases: list[Release], changes: dict[str, str], said: str) -> None:
    run = cluster.site("--tags", "flanneld", variables=changes)
    assert run.rc != 0
    assert said in run.messages()
    assert installed(cluster) == releases[0].version
    assert on_n2(cluster, "systemctl is-active flanneld").strip() == "active"


def test_going_to_other_versions_and_back_loses_no_packet(
    cluster: Cluster, releases: list[Release], record_property: t.Callable[[str, object], None]
) -> None:
    """Each stop of an old version is a panic with exit code 2."""
    with traffic(cluster, NODES) as losses:
        for release in [*releases[1:], releases[0]]:
            cluster.variables = variables(release)
            run = cluster.site("--tags", "flanneld")
            assert run.rc == 0, run.messages()
            assert installed(cluster) == release.version
            assert subnets(cluster) == SUBNETS
    record_property("figure", f"flanneld to {len(releases) - 1} newer version(s) and back: {losses[0]}")
    assert losses[0].total == 0


def test_a_deleted_lease_comes_back_with_the_same_subnet(cluster: Cluster) -> None:
    cluster.etcdctl("del", f"{PREFIX}/subnets/10.24.2.0-24")
    on_n2(cluster, WAIT_FOR_RESTART)
    assert subnets(cluster) == SUBNETS


CAUSES = [
    (
        "iptables -I OUTPUT -p tcp --dport 2379 -j REJECT --reject-with tcp-reset",
        "iptables -D OUTPUT -p tcp --dport 2379 -j REJECT --reject-with tcp-reset",
        "https://172.16.0.11:2379: nothing listens there",
    ),
    (
        "iptables -I OUTPUT -p tcp --dport 2379 -j DROP",
        "iptables -D OUTPUT -p tcp --dport 2379 -j DROP",
        "https://172.16.0.11:2379: the endpoint cannot be reached from this node",
    ),
]


@pytest.mark.parametrize(("strike", "repair", "cause"), CAUSES, ids=["refused", "cut off"])
def test_without_etcd_the_start_ends_with_the_cause(cluster: Cluster, strike: str, repair: str, cause: str) -> None:
    on_n2(cluster, f"systemctl stop flanneld; {strike}")
    run = cluster.site("--tags", "flanneld", variables=QUICK)
    on_n2(cluster, repair)
    assert run.rc != 0
    assert "flanneld.service did not get ready" in run.messages()
    assert cause in run.messages()


def test_without_a_config_the_start_ends_with_the_cause(cluster: Cluster) -> None:
    on_n2(cluster, "systemctl stop flanneld")
    config = cluster.etcdctl("get", "--print-value-only", f"{PREFIX}/config").strip()
    cluster.etcdctl("del", f"{PREFIX}/config")
    run = cluster.site("--tags", "flanneld", variables=QUICK)
    cluster.etcdctl("put", f"{PREFIX}/config", config)
    assert run.rc != 0
    assert "There is no network config under the prefix that flanneld was given" in run.messages()


def test_the_next_run_repairs_it(cluster: Cluster) -> None:
    run = cluster.site("--tags", "flanneld")
    assert run.rc == 0, run.messages()
    assert subnets(cluster) == SUBNETS
    assert on_n2(cluster, "systemctl is-active flanneld").strip() == "active"


def test_a_daemon_that_a_stopped_run_left_as_it_was_is_restarted(cluster: Cluster) -> None:
    """Systemd has read the changed unit, but no process runs with it."""
    show = "systemctl show --property MainPID --value flanneld"
    before = on_n2(cluster, show)
    on_n2(cluster, "touch /etc/systemd/system/flanneld.service && systemctl daemon-reload")
    run = cluster.site("--tags", "flanneld")
    assert run.rc == 0, run.messages()
    assert on_n2(cluster, show) != before
    again = cluster.site("--tags", "flanneld")
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()
