# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""From the options of the inventory plugin to instances, and from instances to hosts. All but read_instances_of is without I/O.

Any doubt is an error: hosts that are missing without a message would look like hosts that were removed.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import asdict, dataclass

from ..._core.argspec import REGION_VARIABLES
from ..._core.errors import CollectionError, InvalidInput
from ..client import AlicloudClient
from .instance import Instance, read_instances

# Characters that are part neither of Ansible's host patterns nor of its templates.
_HOST_NAME = re.compile(r"\w[\w.-]*")
# A host of this name would take the place of the controller or of a group that is always there.
_TAKEN_NAMES = frozenset({"localhost", "all", "ungrouped"})
_NEEDED = frozenset({"instance_id", "name", "region", "primary_ip", "public_ips", "eip", "tags"})
_NAME_SOURCES = ("name", "instance_id", "private_ip")


@dataclass(frozen=True)
class Query:
    """Which instances are asked for, and of whom: what a cached answer must belong to."""

    regions: tuple[str, ...]
    vpc_id: str | None
    statuses: tuple[str, ...]
    tags: t.Mapping[str, str]
    identity: tuple[str | None, ...]

    def __str__(self) -> str:
        tags = ", ".join(f"{key}={value}" for key, value in sorted(self.tags.items())) or "any tags"
        return f"in {', '.join(self.regions)}, {self.vpc_id or 'any VPC'}, with the status {' or '.join(self.statuses)} and {tags}"

    def record(self, instances: t.Sequence[Instance]) -> dict[str, t.Any]:
        """Return what to keep in the cache."""
        return {"query": self._kept, "instances": list(instances)}

    def recall(self, record: t.Any) -> list[Instance] | None:
        """Return the instances that the cache holds for this query; None where it holds none, or something else."""
        if not isinstance(record, dict) or record.get("query") != self._kept:
            return None
        instances = record.get("instances")
        is_whole = isinstance(instances, list) and all(isinstance(one, dict) and one.keys() >= _NEEDED for one in instances)
        return instances or None if is_whole else None

    @property
    def _kept(self) -> dict[str, t.Any]:
        """Return the query as it comes back from a cache, which may know lists but no tuples."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class InventoryHost:
    """A host of the inventory."""

    name: str
    variables: t.Mapping[str, t.Any]


def parse_query(options: t.Mapping[str, t.Any], environment: t.Mapping[str, str]) -> Query:
    """Return what the options ask for."""
    regions = _regions(options, environment)
    if options["vpc_id"] and len(regions) > 1:
        raise InvalidInput(f"The option vpc_id is given with {len(regions)} regions, but a VPC is in one region: give only that one.")
    return Query(
        regions=regions,
        vpc_id=options["vpc_id"] or None,
        statuses=tuple(options["statuses"]),
        tags={str(key): "" if value is None else str(value) for key, value in (options["tags"] or {}).items()},
        identity=tuple(options[name] for name in ("profile", "ram_role_arn", "endpoint")),
    )


def _regions(options: t.Mapping[str, t.Any], environment: t.Mapping[str, str]) -> tuple[str, ...]:
    if options["regions"] and options["region"]:
        raise InvalidInput("Both regions and region are given: leave one out.")
    one = options["region"] or next((environment[name] for name in REGION_VARIABLES if environment.get(name)), None)
    regions = options["regions"] or ([one] if one else [])
    if not regions:
        raise InvalidInput("No region is given: set the option regions, or ALIBABA_CLOUD_REGION in the environment.")
    return tuple(dict.fromkeys(regions))


def read_instances_of(query: Query, options: t.Mapping[str, t.Any], environment: t.Mapping[str, str]) -> list[Instance]:
    """Return the instances that are asked for, from every region; fail when one region can't be read, or when there are none."""
    listed: list[Instance] = []
    for region in query.regions:
        client = AlicloudClient.from_options({**options, "region": region}, environment)
        listed += read_instances(client, query.vpc_id)
    return choose(query, listed, allow_empty=options["allow_empty"])


def choose(query: Query, listed: t.Sequence[Instance], *, allow_empty: bool) -> list[Instance]:
    """Return those of the instances that are asked for; fail when there are none, unless that is expected.

    Tags are compared here: the cloud's own filter shows at most 1,000 instances (DescribeInstances, parameter Tag).
    """
    chosen = [one for one in listed if one["status"] in query.statuses and query.tags.items() <= one["tags"].items()]
    if not chosen and not allow_empty:
        raise CollectionError(
            f"There is no instance {query}; {len(listed)} were listed before status and tags were compared. Check the options and which "
            "account the credentials belong to. If no instance is a valid answer, set allow_empty: true."
        )
    return chosen


def plan_hosts(instances: t.Iterable[Instance], preferences: t.Sequence[str], address: str) -> list[InventoryHost]:
    """Return a host for each instance, sorted by name; fail when one has no name, no address, or the name of another one."""
    if not preferences:
        raise InvalidInput("The option hostnames is empty: it says what a host is named after, such as name or instance_id.")
    for preference in preferences:
        if preference not in _NAME_SOURCES and not re.match(r"^tag:.", preference):
            raise InvalidInput(f"The option hostnames has {preference!r}; possible are {', '.join(_NAME_SOURCES)} and tag:KEY.")
    hosts: dict[str, InventoryHost] = {}
    for instance in instances:
        host = InventoryHost(_name(instance, preferences), _variables(instance, address))
        if host.name in hosts:
            raise _same_name(host.name, [hosts[host.name].variables["ali_ecs"], instance])
        hosts[host.name] = host
    return [hosts[name] for name in sorted(hosts)]


def is_host_name(name: str) -> bool:
    """Say whether a host of the inventory can have this name."""
    return name not in _TAKEN_NAMES and bool(_HOST_NAME.fullmatch(name))


def _name(instance: Instance, preferences: t.Sequence[str]) -> str:
    given = {"name": instance["name"], "instance_id": instance["instance_id"], "private_ip": instance["primary_ip"]}
    given.update({f"tag:{key}": value for key, value in instance["tags"].items()})
    name = str(next((given[preference] for preference in preferences if given.get(preference)), ""))
    if not name:
        raise CollectionError(f"The instance {_known_as(instance)} has none of what hostnames asks for: {', '.join(preferences)}.")
    if not is_host_name(name):
        raise CollectionError(
            f"The instance {_known_as(instance)} can't be a host named {name!r}: a name has letters, digits, dots, hyphens and "
            f"underscores, and is none of {', '.join(sorted(_TAKEN_NAMES))}. Rename it, or name hosts after something else with the option "
            "hostnames."
        )
    return name


def _variables(instance: Instance, address: str) -> dict[str, t.Any]:
    private = instance["primary_ip"]
    if not private:
        raise CollectionError(
            f"The instance {_known_as(instance)} has no primary private address. Leave it out with the options vpc_id, statuses or tags."
        )
    public = instance["eip"] or next(iter(instance["public_ips"]), None)
    if address == "public" and not public:
        raise CollectionError(
            f"The instance {_known_as(instance)} has no public address. Give it one, leave it out with the option tags, or set "
            "address: private."
        )
    return {
        "ansible_host": public if address == "public" else private,
        "flannel_address": private,
        "alicloud_instance_id": instance["instance_id"],
        "ali_ecs": instance,
    }


def _same_name(name: str, instances: t.Sequence[Instance]) -> CollectionError:
    return CollectionError(
        f"Two instances would be the host {name!r}: {' and '.join(_known_as(one) for one in instances)}. Rename one of them, leave "
        "one out, or name hosts after something else with the option hostnames."
    )


def _known_as(instance: Instance) -> str:
    return f"{instance['instance_id']} ({instance['primary_ip'] or 'without address'}, {instance['region']})"
