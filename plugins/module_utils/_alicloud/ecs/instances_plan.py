# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans sets of instances: which ones are made, where and under which name, and which ones go. No I/O."""

from __future__ import annotations

import collections
import ipaddress
import re
import typing as t
from dataclasses import dataclass

from ..._core.errors import InvalidInput
from ..._core.plan import Outcome
from .instance import Instance, parse_instance

if t.TYPE_CHECKING:
    from ..object import Tags
    from .instances_input import DesiredInstances

# Instances that one call makes (API reference of RunInstances).
MAX_AMOUNT = 100
RUNNING, STOPPED = "Running", "Stopped"
_NUMBERED = re.compile(r"(.*)-([1-9][0-9]{0,5})")
_SHOWN = ("instance_id", "name", "status", "vswitch_id", "primary_ip", "source_dest_check")


@dataclass(frozen=True)
class NewInstance:
    """An instance to make."""

    number: int
    vswitch_id: str
    private_ip: str | None = None


@dataclass(frozen=True)
class Batch:
    """Instances that one call makes: neighbours by number in one vSwitch, or one with an address of its own."""

    first: int
    amount: int
    vswitch_id: str
    private_ip: str | None = None

    def pattern(self, name: str) -> str:
        """Return the name that makes the cloud count: prefix[first,digits] (user guide on sequential instance names)."""
        return f"{name}-{self.first}" if self.amount == 1 else f"{name}-[{self.first},{len(str(self.first))}]"


@dataclass(frozen=True)
class InstancePlan:
    """The set as it is, and what makes it as desired."""

    name: str
    tags: Tags
    current: tuple[Instance, ...]
    create: tuple[NewInstance, ...] = ()
    remove: tuple[Instance, ...] = ()
    start: tuple[Instance, ...] = ()
    # Their source/destination check is on.
    checked: tuple[Instance, ...] = ()

    @property
    def changes(self) -> tuple[t.Any, ...]:
        """Return the changes."""
        return (*self.remove, *self.create, *self.start, *self.checked)

    @property
    def kept(self) -> tuple[Instance, ...]:
        """Return the instances that stay."""
        going = {instance["instance_id"] for instance in self.remove}
        return tuple(instance for instance in self.current if instance["instance_id"] not in going)

    def predict(self) -> Outcome:
        """Return what will hold once every change is made; IDs and addresses of new instances are not known yet."""
        checked = {instance["instance_id"] for instance in self.checked}
        kept = [
            {**one, "status": RUNNING, "source_dest_check": False if one["instance_id"] in checked else one["source_dest_check"]}
            for one in self.kept
        ]
        new = [_unborn(f"{self.name}-{one.number}", self.tags, one) for one in self.create]
        return self.outcome([*kept, *new], new, self.remove)

    def outcome(
        self, after: t.Iterable[Instance], created: t.Iterable[Instance], removed: t.Iterable[Instance], problem: str | None = None
    ) -> Outcome:
        """Return what holds once these instances were made and those released."""
        instances = sorted(after, key=name_key)
        before = _shown(sorted(self.current, key=name_key))
        returns = {"instances": instances, "created": _named(created), "removed": _named(removed)}
        changed = before != _shown(instances)
        return Outcome(changed, {"instances": before}, {"instances": _shown(instances)}, returns, problem)


def _unborn(name: str, tags: Tags, new: NewInstance) -> Instance:
    """Return an instance as it will be listed, as far as that is known."""
    interface = {"Type": "Primary", "NetworkInterfaceId": None, "PrimaryIpAddress": new.private_ip}
    raw = {
        "InstanceId": None,
        "InstanceName": name,
        "Status": RUNNING,
        "Tags": {"Tag": [{"TagKey": k, "TagValue": v} for k, v in tags.items()]},
    }
    place = {"VpcAttributes": {"VSwitchId": new.vswitch_id}, "NetworkInterfaces": {"NetworkInterface": [interface]}}
    return {**parse_instance({**raw, **place}, {}), "source_dest_check": False}


def _shown(instances: t.Iterable[Instance]) -> list[dict[str, t.Any]]:
    return [{name: instance[name] for name in _SHOWN} for instance in instances]


def _named(instances: t.Iterable[Instance]) -> list[dict[str, t.Any]]:
    return [{"instance_id": one["instance_id"], "name": one["name"]} for one in sorted(instances, key=name_key)]


def name_key(instance: Instance) -> tuple[t.Any, ...]:
    """Order instances by name, n-2 before n-10."""
    match = _NUMBERED.fullmatch(instance["name"])
    return (match[1], int(match[2])) if match else (instance["name"], 0)


def plan_instances(
    desired: DesiredInstances, members: t.Sequence[Instance], networks: t.Mapping[str, ipaddress.IPv4Network], region: str
) -> InstancePlan:
    """Plan so that the set has the desired number of instances, all running. ``networks`` are those of the vSwitches, if needed."""
    remove = _to_remove(desired, members)
    if remove and not desired.allow_removal:
        raise InvalidInput(
            f"{len(remove)} of the {len(members)} instances with the tags {_tag_text(desired)} in {region} would be released with all "
            f"their data: {_list_text(remove)}. Nothing was changed. If that is what you want, set allow_removal: true."
        )
    going = {instance["instance_id"] for instance in remove}
    stay = [] if desired.instance_ids is not None else [one for one in members if one["instance_id"] not in going]
    return InstancePlan(
        desired.name,
        desired.tags,
        tuple(members),
        create=_to_create(desired, members, networks),
        remove=tuple(remove),
        start=tuple(one for one in stay if one["status"] == STOPPED),
        checked=tuple(one for one in stay if one["source_dest_check"]),
    )


def _to_remove(desired: DesiredInstances, members: t.Sequence[Instance]) -> list[Instance]:
    """Return those to release: the highest numbers first, instances named differently last."""
    if desired.instance_ids is not None:
        return [one for one in members if one["instance_id"] in desired.instance_ids]
    order = sorted(members, key=lambda one: (_number(desired.name, one) or 0, one["instance_id"]), reverse=True)
    return order[: max(0, len(members) - desired.exact_count)]


def _to_create(
    desired: DesiredInstances, members: t.Sequence[Instance], networks: t.Mapping[str, ipaddress.IPv4Network]
) -> tuple[NewInstance, ...]:
    missing = 0 if desired.instance_ids is not None else max(0, desired.exact_count - len(members))
    taken = {_number(desired.name, one) for one in members}
    numbers = [number for number in range(1, missing + len(members) + 1) if number not in taken][:missing]
    if desired.private_ips:
        return tuple(_addressed(numbers, desired, members, networks))
    load = collections.Counter(one["vswitch_id"] for one in members)
    new = []
    for number in numbers:
        vswitch_id = min(desired.vswitch_ids, key=lambda one: load[one])
        load[vswitch_id] += 1
        new.append(NewInstance(number, vswitch_id))
    return tuple(new)


def _addressed(
    numbers: t.Iterable[int], desired: DesiredInstances, members: t.Sequence[Instance], networks: t.Mapping[str, ipaddress.IPv4Network]
) -> t.Iterator[NewInstance]:
    """Give each new instance the next address that no instance of the set has, in the vSwitch that has it."""
    taken = {one["primary_ip"] for one in members}
    for number, address in zip(numbers, (one for one in desired.private_ips if one not in taken)):
        home = next((vswitch_id for vswitch_id, network in networks.items() if _is_usable(address, network)), None)
        if home is None:
            raise InvalidInput(
                f"The option private_ips has {address}, which no vSwitch of vswitch_ids has free: {', '.join(map(str, networks.values()))} "
                "without the first and the last three addresses. Nothing was changed."
            )
        yield NewInstance(number, home, address)


def _is_usable(address: str, network: ipaddress.IPv4Network) -> bool:
    """Say whether the vSwitch gives this address: the first and the last three are the cloud's (API reference of RunInstances)."""
    return int(network[0]) < int(ipaddress.IPv4Address(address)) < int(network[-3])


def _number(name: str, instance: Instance) -> int | None:
    match = _NUMBERED.fullmatch(instance["name"])
    return int(match[2]) if match and match[1] == name else None


def _list_text(instances: t.Iterable[Instance]) -> str:
    return ", ".join(f"{one['name']} ({one['instance_id']})" for one in instances)


def _tag_text(desired: DesiredInstances) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(desired.tags.items()))


def batches(new: t.Iterable[NewInstance]) -> list[Batch]:
    """Return the calls that make these instances: neighbours of one vSwitch whose numbers have equally many digits go together."""
    found: list[Batch] = []
    for one in new:
        last = found[-1] if found else None
        if last and _continues(last, one):
            found[-1] = Batch(last.first, last.amount + 1, last.vswitch_id)
        else:
            found.append(Batch(one.number, 1, one.vswitch_id, one.private_ip))
    return found


def _continues(batch: Batch, new: NewInstance) -> bool:
    return (
        batch.private_ip is None
        and new.private_ip is None
        and batch.vswitch_id == new.vswitch_id
        and batch.first + batch.amount == new.number
        and len(str(batch.first)) == len(str(new.number))
        and batch.amount < MAX_AMOUNT
    )
