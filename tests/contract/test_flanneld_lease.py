# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How flanneld takes, keeps and loses its subnet. The same tests run on the stand-in and on every real one in FLANNELD_BINARY."""

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.alicloud.flannel.tests.contract.flanneld_daemon import QUIET_SECONDS, REAL, Binary
from ansible_collections.alicloud.flannel.tests.contract.flanneld_fixtures import LEASE_SECONDS, Network, eventually

OWN = "172.16.0.11"
OTHER = "172.16.0.12"
VALUE = '{"PublicIP":"172.16.0.11","PublicIPv6":null}'


def test_a_real_flanneld_is_held_to_the_contract() -> None:
    if not REAL:
        pytest.skip("no real flanneld: FLANNELD_BINARY names none, so the contract was held by the stand-in alone")
    assert all(path.is_file() for path in REAL)


def test_a_fresh_start_takes_a_free_subnet_for_a_day(any_version: Binary, network: Network) -> None:
    network.configure()
    daemon = network.run(any_version)
    ((name, value),) = network.keys().items()
    assert re.fullmatch(r"10\.24\.([1-9]|[1-9][0-9]|100)\.0-24", name)
    assert value == VALUE
    assert network.ttl(name) == LEASE_SECONDS
    assert list(daemon.values) == ["FLANNEL_NETWORK", "FLANNEL_SUBNET", "FLANNEL_MTU", "FLANNEL_IPMASQ"]
    assert daemon.values["FLANNEL_NETWORK"] == "10.24.0.0/16"
    assert daemon.values["FLANNEL_SUBNET"] == name.replace(".0-24", ".1/24")
    assert daemon.values["FLANNEL_IPMASQ"] == "false"


def test_the_subnet_length_follows_from_a_small_network(newest: Binary, network: Network) -> None:
    network.configure(Network="10.24.0.0/24")
    network.run(newest)
    assert set(network.keys()) <= {"10.24.0.64-26", "10.24.0.128-26", "10.24.0.192-26"}


def test_a_reservation_is_taken_and_gets_a_day_to_live(any_version: Binary, network: Network) -> None:
    network.configure()
    network.reserve("10.24.7.0-24", OWN)
    daemon = network.run(any_version)
    assert daemon.values["FLANNEL_SUBNET"] == "10.24.7.1/24"
    assert network.keys() == {"10.24.7.0-24": VALUE}
    assert network.ttl("10.24.7.0-24") == LEASE_SECONDS


def test_a_reservation_may_be_spelled_differently(newest: Binary, network: Network) -> None:
    network.configure()
    network.put("subnets/10.24.7.0-24", '{ "publicip" : "172.16.0.11" }\n')
    assert network.run(newest).values["FLANNEL_SUBNET"] == "10.24.7.1/24"


def test_of_two_reservations_the_lowest_key_is_taken(newest: Binary, network: Network) -> None:
    network.configure()
    for subnet in ("10.24.9.0-24", "10.24.10.0-24"):
        network.reserve(subnet, OWN)
    assert network.run(newest).values["FLANNEL_SUBNET"] == "10.24.10.1/24"
    assert set(network.keys()) == {"10.24.9.0-24", "10.24.10.0-24"}
    assert network.ttl("10.24.9.0-24") == 0


@pytest.mark.parametrize("subnet", ["10.99.7.0-24", "10.24.7.0-25", "10.24.0.0-24"], ids=["outside", "other length", "the first one"])
def test_a_reservation_that_does_not_fit_is_deleted(newest: Binary, network: Network, subnet: str) -> None:
    network.configure()
    network.reserve(subnet, OWN)
    network.run(newest)
    (name,) = network.keys()
    assert name != subnet
    assert network.ttl(name) == LEASE_SECONDS


def test_keys_that_are_no_leases_are_left_alone(newest: Binary, network: Network) -> None:
    network.configure()
    # Not one of the first subnets: among these it picks by chance, and ends when the key is there already.
    network.put("subnets/10.24.200.0-24", "not JSON")
    network.put("subnets/notes", "x")
    network.run(newest)
    assert network.keys()["10.24.200.0-24"] == "not JSON"
    assert network.keys()["notes"] == "x"


def test_keys_of_a_sibling_folder_count_as_leases(newest: Binary, network: Network) -> None:
    network.configure()
    network.put("subnets-old/10.24.9.0-24", json.dumps({"PublicIP": OWN}))
    assert network.run(newest).values["FLANNEL_SUBNET"] == "10.24.9.1/24"
    assert set(network.keys()) == {"10.24.9.0-24"}


def test_two_daemons_have_two_subnets(newest: Binary, network: Network) -> None:
    network.configure()
    one, other = network.run(newest, OWN), network.run(newest, OTHER)
    assert one.values["FLANNEL_SUBNET"] != other.values["FLANNEL_SUBNET"]
    assert set(network.holders().values()) == {OWN, OTHER}


def test_who_loses_a_race_for_a_subnet_gives_up(newest: Binary, network: Network) -> None:
    network.configure(Network="10.24.0.0/22", SubnetLen=24)
    daemons = [network.start(newest, f"172.16.0.{number}") for number in (11, 12, 13)]
    assert eventually(lambda: all(daemon.subnet_file.exists() or not daemon.is_running() for daemon in daemons))
    running = {daemon.public_ip: daemon for daemon in daemons if daemon.is_running()}
    assert {address: network.holders()[daemon.values["FLANNEL_SUBNET"].replace(".1/", ".0-")] for address, daemon in running.items()} == {
        address: address for address in running
    }
    for daemon in daemons:
        if not daemon.is_running():
            assert daemon.wait_end() == 1
            assert "subnet already exists" in daemon.log


def test_the_last_subnet_is_taken_again_when_it_is_free(newest: Binary, network: Network) -> None:
    network.configure()
    daemon = network.run(newest)
    before = daemon.values["FLANNEL_SUBNET"]
    daemon.stop()
    network.delete_leases()
    assert network.run(newest).values["FLANNEL_SUBNET"] == before


def test_a_reservation_comes_before_the_last_subnet(newest: Binary, network: Network) -> None:
    network.configure()
    network.run(newest).stop()
    network.delete_leases()
    network.reserve("10.24.200.0-24", OWN)
    assert network.run(newest).values["FLANNEL_SUBNET"] == "10.24.200.1/24"


def test_a_cloned_subnet_env_takes_nobody_s_subnet(newest: Binary, network: Network) -> None:
    network.configure()
    network.reserve("10.24.7.0-24", OWN)
    first = network.run(newest, OWN)
    (network.folder / OTHER).mkdir()
    (network.folder / OTHER / "subnet.env").write_text(first.subnet_file.read_text())
    clone = network.run(newest, OTHER)
    assert clone.values["FLANNEL_SUBNET"] != "10.24.7.1/24"
    assert network.holders()["10.24.7.0-24"] == OWN


def test_stopping_leaves_everything_and_starting_finds_it(any_version: Binary, network: Network) -> None:
    network.configure()
    daemon = network.run(any_version)
    text, keys = daemon.subnet_file.read_text(), network.keys()
    assert daemon.stop() == any_version.stop_code
    assert daemon.subnet_file.read_text() == text
    assert network.keys() == keys
    again = network.run(any_version)
    assert again.subnet_file.read_text() == text
    assert network.keys() == keys
    assert "reusing" in again.log


def test_a_deleted_lease_ends_the_daemon(any_version: Binary, network: Network) -> None:
    network.configure()
    daemon = network.run(any_version)
    (name,) = network.keys()
    network.delete(f"subnets/{name}")
    assert daemon.wait_end() == any_version.stop_code
    assert "Lease has been revoked. Shutting down daemon." in daemon.log
    assert network.keys() == {}
    assert daemon.subnet_file.exists()


@pytest.mark.parametrize("seconds", [0, 8], ids=["without TTL", "with a short one"])
def test_a_lease_that_is_written_anew_gets_a_day_again(newest: Binary, network: Network, seconds: int) -> None:
    network.configure()
    network.reserve("10.24.7.0-24", OWN)
    network.run(newest)
    lease = network.etcd.etcdctl("lease", "grant", str(seconds)).split()[1] if seconds else "0"
    network.put("subnets/10.24.7.0-24", VALUE, f"--lease={lease}")
    assert eventually(lambda: network.ttl("10.24.7.0-24") == LEASE_SECONDS)


def test_a_lease_that_another_address_takes_is_taken_back(newest: Binary, network: Network) -> None:
    network.configure()
    network.reserve("10.24.7.0-24", OWN)
    network.run(newest)
    network.reserve("10.24.7.0-24", OTHER)
    assert eventually(lambda: network.keys() == {"10.24.7.0-24": VALUE})
    assert eventually(lambda: network.ttl("10.24.7.0-24") == LEASE_SECONDS)


def test_settings_may_come_from_the_environment(newest: Binary, network: Network) -> None:
    network.configure()
    daemon = network.start(newest, etcd_prefix="", env={"FLANNELD_ETCD_PREFIX": network.prefix})
    daemon.wait_ready()
    assert set(network.holders().values()) == {OWN}


def test_a_slash_at_the_end_of_the_prefix_changes_nothing(newest: Binary, network: Network) -> None:
    network.configure()
    network.run(newest, etcd_prefix=f"{network.prefix}/")
    assert set(network.holders().values()) == {OWN}


def test_an_interface_that_is_not_there_ends_it(newest: Binary, network: Network) -> None:
    network.configure()
    daemon = network.start(newest, iface="192.0.2.1")
    assert daemon.wait_end() == 1
    assert not daemon.is_ready(QUIET_SECONDS)
    assert "interface" in daemon.log
