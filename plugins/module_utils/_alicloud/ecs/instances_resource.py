# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads, makes, starts and releases sets of instances."""

from __future__ import annotations

import ipaddress
import typing as t
import uuid
from dataclasses import dataclass, field

from ..._core.errors import CollectionError, InvalidInput, LostRace
from ..client import items_of
from ..errors import ApiError, NotFound, UnknownOutcome
from ..object import wait_for, wire_tags
from .instance import Instance, chunks, describe_instances, read_instances
from .instances_advice import advised
from .instances_input import DesiredInstances, Launch, parse_desired_instances, parse_launch
from .instances_plan import (
    MAX_AMOUNT,
    RUNNING,
    STOPPED,
    Batch,
    InstancePlan,
    NewInstance,
    batches,
    plan_instances,
)
from .source_dest_check import CheckPlan, InterfaceCheck, SourceDestCheck

if t.TYPE_CHECKING:
    from ..._core.plan import Outcome
    from ..client import AlicloudClient

_SETTLED = (RUNNING, STOPPED)
Statuses = t.Dict[str, str]


@dataclass
class Progress:
    """What was done so far."""

    created: list[str] = field(default_factory=list)
    removed: list[Instance] = field(default_factory=list)


class InstanceSet:
    """All instances of the region that carry the tags."""

    def __init__(self, client: AlicloudClient, desired: DesiredInstances, launch: Launch, wait_timeout: float) -> None:
        self._client = client
        self._desired = desired
        self._launch = launch
        self._wait_timeout = wait_timeout

    def plan(self) -> InstancePlan:
        """Read the set once none of it is in transition, and plan; have the cloud check what is to be made."""
        desired = self._desired
        members = self._members()
        is_short = desired.instance_ids is None and len(members) < desired.exact_count
        networks, vpc_id = self._place(members) if is_short else ({}, "")
        plan = plan_instances(desired, members, networks, self._client.region)
        self._check_ids(members)
        self._check_addresses(vpc_id, plan.create)
        self._rehearse(plan.create)
        return plan

    def apply(self, plan: InstancePlan) -> Outcome:
        """Make the changes; when one fails, report what was done before."""
        progress = Progress()
        problem = None
        try:
            self._release(plan.remove, progress)
            self._make(plan.create, progress)
            self._start(plan.start)
            self._finish(plan, progress)
        except LostRace:
            raise
        except CollectionError as exc:
            problem = (
                f"{exc} Before that, {len(progress.created)} of {len(plan.create)} instances were made and {len(progress.removed)} of "
            )
            problem += f"{len(plan.remove)} released. Run again: existing instances are counted."
        return self._report(plan, progress, problem)

    def _report(self, plan: InstancePlan, progress: Progress, problem: str | None) -> Outcome:
        """Return what then holds; where it cannot be read, the first problem is still reported."""
        gone = {one["instance_id"] for one in progress.removed}
        ids = [one["instance_id"] for one in plan.current if one["instance_id"] not in gone] + progress.created
        try:
            after = read_instances(self._client, None, instance_ids=ids)
        except CollectionError as exc:
            raise CollectionError(f"{problem} {exc}" if problem else str(exc), **exc.details) from None
        created = [one for one in after if one["instance_id"] in progress.created]
        return plan.outcome(after, created, progress.removed, problem)

    def _members(self) -> list[Instance]:
        """Return the set; wait for instances that an earlier run left in transition."""
        members = read_instances(self._client, None, tags=self._desired.tags)
        moving = [one["instance_id"] for one in members if one["status"] not in _SETTLED]
        if not moving:
            return members
        self._wait(moving, lambda found: all(status in _SETTLED for status in found.values()), "The end of an earlier change")
        return read_instances(self._client, None, tags=self._desired.tags)

    def _wait(self, ids: t.Sequence[str], is_ready: t.Callable[[Statuses], bool], what: str) -> None:
        wait_for(self._client, lambda: self._statuses(ids), is_ready, self._wait_timeout, f"{what} of {', '.join(sorted(ids))}")

    def _statuses(self, ids: t.Sequence[str]) -> Statuses:
        return {raw["InstanceId"]: raw.get("Status", "") for raw in describe_instances(self._client, ids)}

    def _place(self, members: t.Sequence[Instance]) -> tuple[dict[str, ipaddress.IPv4Network], str]:
        """Return the networks of the vSwitches and their VPC; refuse when one is missing or not all are in the VPC of the set."""
        found = {}
        homes = {one["vpc_id"]: one["instance_id"] for one in members}
        for vswitch_id in self._desired.vswitch_ids:
            answer = self._client.call("vpc", "DescribeVSwitches", {"VSwitchId": vswitch_id})
            raw = next(iter(items_of(answer, ("VSwitches", "VSwitch"))), None)
            if raw is None:
                raise InvalidInput(f"There is no vSwitch {vswitch_id} in {self._client.region}; nothing was changed. Check vswitch_ids.")
            found[vswitch_id] = ipaddress.IPv4Network(raw["CidrBlock"])
            homes[raw["VpcId"]] = vswitch_id
        if len(homes) > 1:
            places = ", ".join(f"{one} in {vpc_id}" for vpc_id, one in sorted(homes.items()))
            raise InvalidInput(
                f"The instances with these tags and the vSwitches are in {len(homes)} VPCs: {places}. Nothing was changed. A set of "
                "instances is in one VPC: check vswitch_ids, or choose tags that no other set has."
            )
        return found, next(iter(homes))

    def _check_ids(self, members: t.Sequence[Instance]) -> None:
        """Refuse to release an instance that exists and lacks the tags."""
        known = {one["instance_id"] for one in members}
        others = self._statuses([one for one in self._desired.instance_ids or () if one not in known])
        if others:
            raise InvalidInput(
                f"{', '.join(sorted(others))} in {self._client.region} lacks one of the tags: it is not part of this set, and nothing was "
                "changed. Check instance_ids and tags."
            )

    def _check_addresses(self, vpc_id: str, new: t.Iterable[NewInstance]) -> None:
        """Refuse addresses that other instances of the VPC have."""
        desired = {one.private_ip for one in new if one.private_ip}
        for one in read_instances(self._client, vpc_id, private_ips=sorted(desired)):
            taken = ", ".join(sorted(desired & set(one["private_ips"])))
            raise InvalidInput(f"{taken} of private_ips belongs to {one['instance_id']} ({one['name']}) already; nothing was changed.")

    def _rehearse(self, new: t.Sequence[NewInstance]) -> None:
        """Have the cloud check image, type, stock, quota and all names, vSwitch by vSwitch, without making anything."""
        for vswitch_id in dict.fromkeys(one.vswitch_id for one in new):
            amount = min(MAX_AMOUNT, sum(one.vswitch_id == vswitch_id for one in new))
            try:
                self._run(Batch(new[0].number, amount, vswitch_id), DryRun=True)
            except ApiError as exc:
                if exc.code != "DryRunOperation":
                    raise

    def _make(self, new: t.Sequence[NewInstance], progress: Progress) -> None:
        for batch in batches(new):
            answer = self._run(batch)
            progress.created += items_of(answer, ("InstanceIdSets", "InstanceIdSet"))

    def _run(self, batch: Batch, **params: t.Any) -> dict[str, t.Any]:
        """Call RunInstances; the ClientToken keeps a repeated call from making the instances again."""
        interface = {
            "InstanceType": "Primary",
            "VSwitchId": batch.vswitch_id,
            "SecurityGroupIds": list(self._launch.security_group_ids),
            "PrimaryIpAddress": batch.private_ip,
            "SourceDestCheck": False,
        }
        name = batch.pattern(self._desired.name)
        named = {"Amount": batch.amount, "InstanceName": name, "HostName": name, "Tag": wire_tags(self._desired.tags)}
        token = {"ClientToken": str(uuid.uuid4())}
        try:
            return self._client.call(
                "ecs", "RunInstances", {**self._launch.params, **named, "NetworkInterface": [interface], **token, **params}
            )
        except ApiError as exc:
            raise advised(exc) from None

    def _start(self, stopped: t.Sequence[Instance]) -> None:
        """Start what is stopped. One that is already running is fine, so each is started by itself."""
        for part in chunks([one["instance_id"] for one in stopped]):
            try:
                answer = self._client.call("ecs", "StartInstances", {"InstanceId": list(part), "BatchOptimization": "SuccessFirst"})
            except UnknownOutcome:
                if STOPPED in self._statuses(part).values():
                    raise
                continue
            for one in items_of(answer, ("InstanceResponses", "InstanceResponse")):
                if str(one.get("Code", "200")) not in ("200", "IncorrectInstanceStatus"):
                    text = f"ecs:StartInstances for {one['InstanceId']} was refused: {one['Code']}: {one.get('Message', '')}"
                    raise advised(ApiError(text, action="StartInstances", code=str(one["Code"])))

    def _finish(self, plan: InstancePlan, progress: Progress) -> None:
        """Wait until all run, and only then turn off every source/destination check that is on."""
        ids = [*progress.created, *(one["instance_id"] for one in plan.start)]
        if ids:
            self._wait(ids, lambda found: [found.get(one) for one in ids] == [RUNNING] * len(ids), "The start")
        checked = [one for one in read_instances(self._client, None, instance_ids=progress.created) if one["source_dest_check"]]
        checks = [InterfaceCheck(one["instance_id"], one["network_interface_id"], True) for one in (*plan.checked, *checked)]
        outcome = SourceDestCheck(self._client, [], None, False).apply(CheckPlan(tuple(checks), False))
        if outcome.problem:
            raise CollectionError(outcome.problem)

    def _release(self, going: t.Sequence[Instance], progress: Progress) -> None:
        by_id = {one["instance_id"]: one for one in going}
        for part in chunks(list(by_id)):
            params = {"InstanceId": list(part), "Force": True, "ClientToken": str(uuid.uuid4())}
            try:
                self._client.call("ecs", "DeleteInstances", params)
            except NotFound as exc:
                # One of them is gone already, and the call released none.
                raise exc if progress.removed else LostRace(str(exc)) from None
            except ApiError as exc:
                raise advised(exc) from None
            self._wait(part, lambda found: not found, "The release")
            progress.removed += [by_id[instance_id] for instance_id in part]


def instance_set_resource(client: AlicloudClient, options: t.Mapping[str, t.Any]) -> InstanceSet:
    """Return the resource that the module's options describe."""
    return InstanceSet(client, parse_desired_instances(options), parse_launch(options), options["wait_timeout"])
