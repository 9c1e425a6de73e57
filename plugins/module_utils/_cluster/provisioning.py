# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a cluster's VPC, vSwitches and instances must satisfy together, and which objects of a VPC are not the cluster's. Pure."""

from __future__ import annotations

import ipaddress
import itertools
import re
import typing as t

from .._alicloud.ecs.inventory import is_host_name
from .._alicloud.vpc.vpc import MASK_BITS as VPC_MASK_BITS
from .._alicloud.vpc.vswitch import MASK_BITS as VSWITCH_MASK_BITS
from .._core import cidr as cidrs
from .._core.errors import InvalidInput
from .._core.text import show
from .._flannel.network import overlap_problems, parse_config

if t.TYPE_CHECKING:
    from .._core.item import Item

CLUSTER_TAG = "alicloud-flannel-cluster"
# On the VPC, how many members etcd has: a run that completes an interrupted one must not choose another number.
MEMBERS_TAG = "alicloud-flannel-etcd-members"
# On an instance, whether it is a member.
MEMBER_TAG = "alicloud-flannel-etcd"
MEMBER_COUNTS = (1, 3, 5)
# Instances are named CLUSTER-etcd-1, and 57 characters may stand before the last hyphen.
_CLUSTER = re.compile(r"[A-Za-z](-?[A-Za-z0-9])+")
_LONGEST_CLUSTER = 52
_COUNT = re.compile(r"[0-9]{1,3}")
_LONGEST = 1000


def provision_problems(desired: Item, vpcs: t.Sequence[Item], zones: t.Sequence[str], instances: t.Sequence[Item]) -> list[str]:
    """Return everything that prevents making or changing the cluster; ``vpcs`` and ``instances`` are what exists of it."""
    return [
        *_cluster_problems(desired, vpcs),
        *_network_problems(desired),
        *_vswitch_problems(desired),
        *(f"{zone} is not a zone of this region, which has {', '.join(zones)}." for zone in _unknown_zones(desired, zones)),
        *_access_problems(desired),
        *_count_problems(desired, vpcs, instances),
        *_name_problems(one for one in instances if belongs_to(one, desired["cluster"])),
    ]


def _cluster_problems(desired: Item, vpcs: t.Sequence[Item]) -> t.Iterator[str]:
    name = desired["cluster"]
    if not _CLUSTER.fullmatch(name) or len(name) > _LONGEST_CLUSTER:
        yield (
            f"The cluster's name {name!r} becomes part of host names: a letter, then letters, digits and single hyphens, "
            f"2 to {_LONGEST_CLUSTER} characters, not ending in a hyphen."
        )
    if len(vpcs) > 1:
        yield f"These VPCs all have the tag {CLUSTER_TAG}: {name}, remove it from the wrong ones: {_ids(vpcs, 'vpc_id')}."
    for vpc in vpcs:
        if vpc["cidr_block"] != desired["vpc_cidr"]:
            yield f"VPC {vpc['vpc_id']} of the cluster has {vpc['cidr_block']}, which can't be changed to {desired['vpc_cidr']}."


def _network_problems(desired: Item) -> t.Iterator[str]:
    yield from _cidr_problem("provision_vpc_cidr", desired["vpc_cidr"], VPC_MASK_BITS)
    try:
        network = parse_config({"Network": desired["network"], "Backend": {"Type": "alloc"}}).network
    except InvalidInput as exc:
        yield f"provision_network: {exc}"
        return
    if _is_network(desired["vpc_cidr"]):
        yield from overlap_problems(network, [{"cidr": desired["vpc_cidr"], "label": "the VPC"}])


def _vswitch_problems(desired: Item) -> t.Iterator[str]:
    vswitches = desired["vswitches"]
    if not vswitches:
        yield "provision_vswitches is empty: give at least one, with zone_id and cidr_block."
    for vswitch in vswitches:
        yield from _cidr_problem("cidr_block", vswitch["cidr_block"], VSWITCH_MASK_BITS)
    names = [vswitch.get("name") or f"{desired['cluster']}-{vswitch['zone_id']}" for vswitch in vswitches]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{names.count(name)} vSwitches would be named {name}: give each a name of its own."
    yield from _place_problems(desired["vpc_cidr"], [(name, one["cidr_block"]) for name, one in zip(names, vswitches)])


def _unknown_zones(desired: Item, zones: t.Sequence[str]) -> list[str]:
    return sorted({vswitch["zone_id"] for vswitch in desired["vswitches"]} - set(zones))


def _place_problems(vpc_cidr: str, named: t.Sequence[tuple[str, str]]) -> t.Iterator[str]:
    sound = [(name, cidr) for name, cidr in named if _is_network(cidr)]
    for name, cidr in sound:
        if _is_network(vpc_cidr) and not cidrs.is_inside(cidr, vpc_cidr):
            yield f"vSwitch {name} with {cidr} is not inside the VPC, which has {vpc_cidr}."
    for (one, cidr), (other, other_cidr) in itertools.combinations(sound, 2):
        if cidrs.cidrs_overlap(cidr, other_cidr):
            yield f"vSwitches {one} and {other} overlap: {cidr} and {other_cidr}."


def _cidr_problem(option: str, text: str, mask_bits: tuple[int, int]) -> t.Iterator[str]:
    try:
        cidrs.check_cidr(option, text, *mask_bits)
    except InvalidInput as exc:
        yield str(exc)


def _is_network(text: str) -> bool:
    try:
        ipaddress.IPv4Network(text)
    except ValueError:
        return False
    return True


def _access_problems(desired: Item) -> t.Iterator[str]:
    if bool(desired["public_key"]) == bool(desired["key_pair"]):
        yield "Give either provision_public_key, which is imported, or provision_key_pair, which exists already."
    if not desired["ssh_sources"]:
        yield "provision_ssh_sources is empty, so nobody could log in: give the controller's network."
    for source in desired["ssh_sources"]:
        if not _is_network(source):
            yield f"provision_ssh_sources has {source!r}, which is not an IPv4 CIDR block, such as 192.0.2.0/24."


def _count_problems(desired: Item, vpcs: t.Sequence[Item], instances: t.Sequence[Item]) -> t.Iterator[str]:
    nodes, members, made_with = desired["nodes"], desired["etcd_members"], _recorded_members(vpcs)
    if members not in MEMBER_COUNTS:
        yield f"provision_etcd_members is {members}; possible are {', '.join(map(str, MEMBER_COUNTS))}."
    if made_with and members != made_with:
        yield f"The cluster was made with {made_with} etcd member(s). Members are neither added nor removed here: keep that number."
    if nodes < members:
        yield f"{nodes} node(s) are too few for {members} etcd member(s), which are nodes as well and are never removed by scaling."
    others = [one for one in instances if belongs_to(one, desired["cluster"]) and one["tags"].get(MEMBER_TAG) == "false"]
    surplus = len(others) - max(0, nodes - members)
    if surplus > 0 and not desired["allow_removal"]:
        yield (
            f"{surplus} instance(s) of {_ids(others, 'name')} would be released with all their data. If that is what "
            "you want, set provision_allow_removal: true."
        )


def _name_problems(instances: t.Iterable[Item]) -> t.Iterator[str]:
    for instance in instances:
        if not is_host_name(instance["name"]):
            yield (
                f"The instance {instance['instance_id']} is named {show(repr(instance['name']))}, which no host can be: "
                "rename it, with letters, digits, dots, hyphens and underscores."
            )


def _recorded_members(vpcs: t.Sequence[Item]) -> int:
    text = vpcs[0]["tags"].get(MEMBERS_TAG, "") if len(vpcs) == 1 else ""
    # A tag may be anything: ² is a digit, too.
    return int(text) if _COUNT.fullmatch(text) else 0


def belongs_to(thing: Item, cluster: str) -> bool:
    """Say whether an object of the cloud carries the cluster's tag."""
    return bool(thing["tags"].get(CLUSTER_TAG) == cluster)


def foreign_objects(vpc: Item, cluster: str, instances: t.Sequence[Item], tables: t.Sequence[Item]) -> list[str]:
    """Return what is in the cluster's VPC but not the cluster's, in words; ``tables`` are those of ali_vpc_route_info."""
    kinds = (
        ("instance", instances),
        ("vswitch", vpc["vswitches"]),
        ("route_table", vpc["route_tables"]),
        ("security_group", vpc["security_groups"]),
    )
    found = [
        f"{kind.replace('_', ' ').replace('vswitch', 'vSwitch')} {one[f'{kind}_id']} ({one['name'] or 'no name'})"
        for kind, things in kinds
        for one in things
        if one.get("route_table_type") != "System" and not belongs_to(one, cluster)
    ]
    entries = [
        f"route entry {entry['destination']} ({entry['name'] or 'no name'}) in {table['route_table_id']}"
        for table in tables
        for entry in table["entries"]
        if entry["type"] == "Custom" and entry["owner"] != cluster
    ]
    return [show(one, _LONGEST) for one in (*found, *entries)]


def _ids(things: t.Iterable[Item], field: str) -> str:
    return ", ".join(sorted(show(one[field]) for one in things))
