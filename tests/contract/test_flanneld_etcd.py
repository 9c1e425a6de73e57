# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What flanneld does when etcd, the config in it, or the way to it is not as it should be."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.daemon_log import explain_log
from ansible_collections.alicloud.flannel.tests.contract.flanneld_daemon import QUIET_SECONDS, Binary, Daemon, Wire
from ansible_collections.alicloud.flannel.tests.contract.flanneld_fixtures import ETCD, LEASE_SECONDS, Network, eventually
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_auth import RIGHTS_PREFIX

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import Certificates, Park


@pytest.fixture
def wire(network: Network) -> t.Iterator[Wire]:
    """Return a way to etcd that can be cut."""
    made = Wire(network.etcd.url)
    yield made
    made.close()


def hangs(daemon: Daemon) -> bool:
    """Say whether it neither gets ready nor ends."""
    return not daemon.is_ready(QUIET_SECONDS) and daemon.is_running()


def test_without_a_config_it_waits_and_says_so(newest: Binary, network: Network) -> None:
    later = dataclasses.replace(network, prefix=f"{network.prefix}z")
    later.configure()  # the next key in etcd, and none of its business
    daemon = network.start(newest)
    assert hangs(daemon), daemon.log
    assert eventually(lambda: "flannel config not found in etcd store. Did you create your config using etcdv3 API?" in daemon.log)
    assert "no network config under the prefix" in explain_log(daemon.log).lower()
    network.configure()
    daemon.wait_ready()


@pytest.mark.parametrize(
    ("config", "said"),
    [({"Network": "10.24.0.0/24", "SubnetLen": 25}, "at least four subnets"), ({"Network": "x"}, "")],
    ids=["too few subnets", "no network"],
)
def test_a_bad_config_is_read_again_until_it_is_good(newest: Binary, network: Network, config: dict[str, t.Any], said: str) -> None:
    network.configure(**config)
    daemon = network.start(newest)
    assert hangs(daemon), daemon.log
    assert eventually(lambda: said in daemon.log)
    network.configure()
    daemon.wait_ready()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"Backend": {"Type": "nonsense"}}, "unknown backend type"),
        ({"SubnetMin": "10.24.9.0", "SubnetMax": "10.24.8.0"}, "out of subnets"),
    ],
    ids=["unknown backend", "no subnet to give"],
)
def test_some_configs_end_it(newest: Binary, network: Network, config: dict[str, t.Any], said: str) -> None:
    network.configure(**config)
    daemon = network.start(newest)
    assert daemon.wait_end() == 1
    assert said in daemon.log
    assert explain_log(daemon.log)


def test_while_etcd_is_down_it_starts_without_a_word_and_goes_on_later(newest: Binary, network: Network, wire: Wire) -> None:
    network.configure()
    wire.cut()
    daemon = network.start(newest, etcd_endpoints=wire.url)
    assert hangs(daemon), daemon.log
    assert explain_log(daemon.log) == ""
    wire.repair()
    daemon.wait_ready()


def test_etcd_may_be_away_for_a_while(newest: Binary, network: Network, wire: Wire) -> None:
    network.configure()
    daemon = network.run(newest, etcd_endpoints=wire.url)
    (name,) = network.keys()
    wire.cut()
    assert not daemon.is_ready(QUIET_SECONDS)
    assert daemon.is_running()
    wire.repair()
    network.delete(f"subnets/{name}")
    assert daemon.wait_end() == newest.stop_code
    assert "Lease has been revoked" in daemon.log


def test_without_a_client_certificate_it_ends_or_hangs(any_version: Binary, network: Network) -> None:
    network.configure()
    daemon = network.start(any_version, etcd_certfile="", etcd_keyfile="")
    if any_version.version <= (0, 20, 0):
        assert daemon.wait_end() == 1
        assert "no cert file found" in daemon.log
    else:
        assert hangs(daemon)
        assert eventually(lambda: "no certificate provided: connecting to etcd with http" in daemon.log)


def test_plain_http_needs_the_files_in_old_versions(any_version: Binary, network: Network, park: Park) -> None:
    plain = dataclasses.replace(network, etcd=park.get(ETCD, "http"), daemons=network.daemons)
    plain.configure()
    daemon = plain.start(any_version)
    if any_version.version <= (0, 20, 0):
        assert daemon.wait_end() == 1
        assert "no cert file found" in daemon.log
    else:
        daemon.wait_ready()


def test_a_wrong_ca_lets_it_hang(any_version: Binary, network: Network, certificates: Certificates) -> None:
    network.configure()
    assert hangs(network.start(any_version, etcd_cafile=certificates.path("rogue-ca.crt")))


def test_a_certificate_that_etcd_refuses_lets_it_hang(newest: Binary, network: Network, certificates: Certificates) -> None:
    network.configure()
    rogue: dict[str, t.Any] = {
        "etcd_certfile": certificates.path("rogue-client.crt"),
        "etcd_keyfile": certificates.path("rogue-client.key"),
    }
    assert hangs(network.start(newest, **rogue))


def test_a_certificate_file_that_is_not_there_ends_it(any_version: Binary, network: Network) -> None:
    network.configure()
    assert network.start(any_version, etcd_certfile="/nowhere/client.crt").wait_end() == 1


def test_the_rights_that_the_role_gives_are_enough(newest: Binary, park: Park, certificates: Certificates, network: Network) -> None:
    """READ on config and READWRITE on the range of the leases, for the user that the certificate's CN names."""
    etcd = park.get(ETCD, "both")
    narrow = dataclasses.replace(network, etcd=etcd, prefix=RIGHTS_PREFIX, daemons=network.daemons)
    narrow.configure()
    try:
        own: dict[str, t.Any] = {
            "etcd_certfile": certificates.path("flanneld-client.crt"),
            "etcd_keyfile": certificates.path("flanneld-client.key"),
        }
        daemon = narrow.run(newest, subnet_lease_renew_margin="720", **own)
        (name,) = narrow.keys()
        assert narrow.ttl(name) == LEASE_SECONDS
        narrow.delete(f"subnets/{name}")
        assert daemon.wait_end() == newest.stop_code
    finally:
        etcd.etcdctl("del", "--prefix", RIGHTS_PREFIX)
