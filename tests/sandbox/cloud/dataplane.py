# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What carries packets below the emulated API: the cloud calls it, it never calls the cloud."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Rule


@dataclass(frozen=True)
class Place:
    """Where an instance is in the network."""

    address: str
    vswitch_cidr: str
    vpc_id: str
    route_table_id: str


class Dataplane(t.Protocol):
    """Effects of the cloud's state on packets.

    Calls come one at a time and in order, with no lock of the state held; a call may read the state
    but must not call the API. Every method sets a state, so the same call may come again. On start the
    cloud tells everything that already holds: place, check and rules of every instance, then every route.
    An instance that is new (also a replacement under an old address) is made known by ``instance_placed``,
    ``source_dest_check`` and ``security_group_rules``, which come before any route to it.
    """

    def instance_placed(self, instance_id: str, place: Place) -> None:
        """Connect the instance; what it sends goes to its VPC's instances, else where the route table says, which may change."""

    def instance_released(self, instance_id: str) -> None:
        """Forget the instance; every route to it is removed already."""

    def route_added(self, table_id: str, destination: str, instance_id: str) -> None:
        """Send the destination to the instance in this table, instead of wherever it went before."""

    def route_removed(self, table_id: str, destination: str, instance_id: str) -> None:
        """Stop sending the destination to the instance; also called for a released instance whose entry stays."""

    def source_dest_check(self, instance_id: str, address: str, on: bool) -> None:
        """With the check on, drop what the instance sends from, or is sent to, an address that is not its own."""

    def security_group_rules(self, instance_id: str, address: str, rules: t.Sequence[Rule]) -> None:
        """Let only these rules decide, lowest priority first; groups and inner access are resolved to CIDRs.

        Nothing matching means: drop what comes in, accept what goes out.
        """
