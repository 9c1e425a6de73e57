# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the cloud tells whatever carries its packets."""

from __future__ import annotations

import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import Client, OldSdk, Refused
from ansible_collections.alicloud.flannel.tests.contract.cloud_clock import Clock
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import (
    ACCESS_KEY,
    SECRET_KEY,
    TABLE_ID,
    VPC_ID,
    VSWITCH_ID,
    Cloud,
    build_state,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud import CloudServer, operations
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.dataplane import Place
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Rule

REGION = {"RegionId": "cn-hangzhou"}
N1, N2 = "i-sandbox-n1", "i-sandbox-n2"


@dataclass
class Packets:
    """A dataplane that remembers what it was told."""

    told: list[tuple[t.Any, ...]] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    routes: dict[tuple[str, str], str] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)
    rules: dict[str, list[Rule]] = field(default_factory=dict)
    slow: float = 0.0

    def instance_placed(self, instance_id: str, place: Place) -> None:
        self.places[instance_id] = place

    def instance_released(self, instance_id: str) -> None:
        assert instance_id not in self.routes.values(), "routes to an instance go before it"
        del self.places[instance_id]

    def route_added(self, table_id: str, destination: str, instance_id: str) -> None:
        assert instance_id in self.checks, "an instance must be known before a route to it"
        time.sleep(self.slow)
        self.told.append(("added", destination, instance_id))
        self.routes[table_id, destination] = instance_id

    def route_removed(self, table_id: str, destination: str, instance_id: str) -> None:
        self.told.append(("removed", destination, instance_id))
        if self.routes.get((table_id, destination)) == instance_id:
            del self.routes[table_id, destination]

    def source_dest_check(self, instance_id: str, address: str, on: bool) -> None:
        self.checks[instance_id] = on

    def security_group_rules(self, instance_id: str, address: str, rules: t.Sequence[Rule]) -> None:
        assert instance_id in self.places, "an instance must be known before its rules, also when those of another one change"
        self.rules[instance_id] = list(rules)


@pytest.fixture
def packets() -> Packets:
    return Packets()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def carried(packets: Packets, clock: Clock) -> t.Iterator[Cloud]:
    """Serve a region whose packets are carried; one entry is there from the start."""
    state = build_state(policy=None, clock=clock)
    state.add_route_entry(TABLE_ID, "10.24.9.0/24", N2)
    server = CloudServer(state, dataplane=packets)
    server.start()
    yield Cloud(state, server)
    server.stop()


@pytest.fixture
def writer(carried: Cloud) -> Client:
    return OldSdk(carried.server.url, ACCESS_KEY, SECRET_KEY)


def until(condition: t.Callable[[], bool]) -> None:
    """Wait without calling the API."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "nothing happened within 10 s"
        time.sleep(0.005)


def create(client: Client, destination: str, instance_id: str) -> None:
    client.call("vpc", "CreateRouteEntry", {"RouteTableId": TABLE_ID, "DestinationCidrBlock": destination, "NextHopId": instance_id})


def test_what_holds_at_the_start_is_told(carried: Cloud, packets: Packets) -> None:
    assert packets.routes == {(TABLE_ID, "10.24.9.0/24"): N2}
    assert packets.checks == {N1: True, N2: True, "i-sandbox-n3": True}
    assert packets.rules.keys() == packets.checks.keys() == packets.places.keys()
    assert packets.places[N2] == Place("172.16.0.12", "172.16.0.0/24", VPC_ID, TABLE_ID)


def test_instances_follow_their_vswitch_to_another_table(carried: Cloud, packets: Packets, writer: Client, clock: Clock) -> None:
    table = carried.state.add_route_table(VPC_ID).route_table_id
    pair = {**REGION, "RouteTableId": table, "VSwitchId": VSWITCH_ID}
    writer.call("vpc", "AssociateRouteTable", pair)
    assert {place.route_table_id for place in packets.places.values()} == {table}
    clock.settle()
    writer.call("vpc", "UnassociateRouteTable", pair)
    assert {place.route_table_id for place in packets.places.values()} == {TABLE_ID}


def test_a_route_carries_packets_when_it_settles_and_nobody_asks(packets: Packets, writer: Client, clock: Clock) -> None:
    create(writer, "10.24.1.0/24", N1)
    assert (TABLE_ID, "10.24.1.0/24") not in packets.routes
    clock.settle()
    until(lambda: packets.routes.get((TABLE_ID, "10.24.1.0/24")) == N1)
    writer.call("vpc", "DeleteRouteEntry", {"RouteTableId": TABLE_ID, "DestinationCidrBlock": "10.24.1.0/24", "NextHopId": N1})
    assert (TABLE_ID, "10.24.1.0/24") in packets.routes
    clock.settle()
    until(lambda: (TABLE_ID, "10.24.1.0/24") not in packets.routes)


def test_an_entry_is_available_only_after_it_carries_packets(carried: Cloud, packets: Packets, writer: Client, clock: Clock) -> None:
    packets.slow = 0.1
    create(writer, "10.24.1.0/24", N1)
    entry = carried.state.entries_of(TABLE_ID, "10.24.1.0/24")[0]
    clock.settle()
    until(lambda: entry.status == "Available")
    assert packets.routes[TABLE_ID, "10.24.1.0/24"] == N1


def test_a_move_has_no_gap(packets: Packets, writer: Client, clock: Clock) -> None:
    packets.told.clear()
    moved = {"RouteTableId": TABLE_ID, "DestinationCidrBlock": "10.24.9.0/24", "NewNextHopId": N1, "NewNextHopType": "Instance"}
    writer.call("vpc", "ModifyRouteEntry", {**REGION, **moved})
    assert packets.routes[TABLE_ID, "10.24.9.0/24"] == N2
    clock.settle()
    until(lambda: bool(packets.told))
    assert packets.told == [("added", "10.24.9.0/24", N1)]


def test_an_entry_taken_away_during_its_move_carries_nothing(carried: Cloud, packets: Packets, writer: Client) -> None:
    moved = {"RouteTableId": TABLE_ID, "DestinationCidrBlock": "10.24.9.0/24", "NewNextHopId": N1, "NewNextHopType": "Instance"}
    writer.call("vpc", "ModifyRouteEntry", {**REGION, **moved})
    carried.state.remove_route_entry(TABLE_ID, "10.24.9.0/24")
    assert packets.routes == {}


def test_the_check_is_switched_before_the_reply(carried: Cloud, packets: Packets, writer: Client) -> None:
    interface = {"NetworkInterfaceId": "eni-sandbox-n1", "SourceDestCheck": "false"}
    writer.call("ecs", "ModifyNetworkInterfaceAttribute", {**REGION, **interface})
    assert packets.checks == {N1: False, N2: True, "i-sandbox-n3": True}
    operations.set_source_dest_check(carried.state, N1, True)
    assert packets.checks[N1] is True


def test_rules_name_only_addresses(carried: Cloud, packets: Packets) -> None:
    rules = [Rule(cidr="0.0.0.0/0", protocol="TCP", port_range="22/22"), Rule(cidr="10.24.0.0/16", policy="Drop")]
    operations.set_security_group(carried.state, "sg-sandbox", rules)
    members = [Rule(cidr=f"172.16.0.1{n}/32", priority=100) for n in (1, 2, 3)]
    assert packets.rules[N1] == [rules[1], rules[0], *members]
    operations.set_security_group(carried.state, "sg-sandbox", inner_access=False)
    assert packets.rules[N1] == [rules[1], rules[0]]


def test_a_new_member_is_let_in_by_groups_that_name_its_group(carried: Cloud, packets: Packets) -> None:
    carried.state.add_security_group(VPC_ID, [], "sg-guests")
    operations.set_security_group(carried.state, "sg-sandbox", [Rule(group_id="sg-guests")], inner_access=False)
    assert packets.rules[N1] == []
    carried.state.add_instance(VSWITCH_ID, "172.16.0.50", "i-guest", security_group_ids=["sg-guests"])
    assert packets.rules[N1] == [Rule(cidr="172.16.0.50/32")]


@pytest.mark.parametrize("keeps", [True, False])
def test_a_replaced_instance(carried: Cloud, packets: Packets, keeps: bool) -> None:
    carried.state.release_keeps_entries = keeps
    new = operations.replace_instance(carried.state, N2, "i-new")
    assert (new.private_ip, new.network_interface_id) == ("172.16.0.12", "eni-new")
    assert packets.routes == {}  # the entry, if it stays, leads to an instance that is no more
    assert carried.custom_entries() == ({"10.24.9.0/24": N2} if keeps else {})
    assert packets.checks["i-new"] is True
    assert packets.places.keys() == carried.state.instances.keys() == {N1, "i-new", "i-sandbox-n3"}


def test_a_broken_dataplane_does_not_stop_the_cloud(carried: Cloud, packets: Packets, writer: Client, clock: Clock) -> None:
    packets.checks.clear()  # makes it refuse routes
    create(writer, "10.24.1.0/24", N1)
    clock.settle()
    until(lambda: carried.state.entries_of(TABLE_ID, "10.24.1.0/24")[0].status == "Available")


def test_many_writers_and_the_timer_do_not_lock_up(carried: Cloud, packets: Packets) -> None:
    carried.state.settle_seconds = 0.0
    packets.slow = 0.001

    choice = {"ImageId": "debian_12_x64_sandbox", "InstanceType": "ecs.sandbox.small"}
    choice.update(VSwitchId=VSWITCH_ID, SecurityGroupId="sg-sandbox")

    def work(number: int) -> None:
        client = OldSdk(carried.server.url, ACCESS_KEY, SECRET_KEY)
        for turn in range(5):
            operations.set_source_dest_check(carried.state, N1, turn % 2 == 0)
            carried.state.add_route_entry(TABLE_ID, f"10.{number}.{turn}.0/24", N1)
            client.call("ecs", "RunInstances", {**REGION, **choice})
            try:
                create(client, f"10.25.{number * 5 + turn}.0/24", N1)
            except Refused as exc:
                assert exc.code == "TaskConflict"

    with ThreadPoolExecutor(4) as pool:
        for outcome in [pool.submit(work, number) for number in range(4)]:
            outcome.result(timeout=30)
    assert {destination for _table, destination in packets.routes} == set(carried.custom_entries())
    assert packets.places.keys() == carried.state.instances.keys()
