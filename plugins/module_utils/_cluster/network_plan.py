# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans the network's record in etcd: which config and reservations it needs, and what speaks against them. Pure.

What etcd and the cloud have comes as flannel_lease_info, ali_vpc_route_info and ali_instance_info return it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from ipaddress import IPv4Network

from .._core.errors import InvalidInput
from .._core.text import LONGEST_MESSAGE, show
from .._flannel.backend import TYPES, Choice, Live, choose_backend, find_room, parse_live
from .._flannel.network import NetworkConfig, network_problems, parse_config
from .._flannel.network_fit import change_problems, reservation_problems, reserved_ranges
from .join import unknown_nodes

if t.TYPE_CHECKING:
    from .._core.item import Item

FROM_ROUTES = "from_routes"
_CHANGE_NETWORK = (
    "To change the network, run alicloud.flannel.teardown with the published one, then set the new one and run alicloud.flannel.site."
)


@dataclass(frozen=True)
class DesiredNetwork:
    """What the inventory wants; ``recover`` is what to do about lost leases: refuse (empty), ``from_routes`` or ``fresh``."""

    network: str
    limits: t.Mapping[str, t.Any]
    backend: str
    backend_options: Item
    backend_change: bool
    daemon: bool
    nodes: t.Sequence[Item]
    owner: str
    vpc_id: str
    recover: str
    purge: bool
    keep_ttl_below: int

    def config(self, kind: str) -> dict[str, t.Any]:
        """Return the config as flannel reads it, with this type of backend."""
        return {"Network": self.network, **self.limits, "Backend": {"Type": kind, **self.backend_options}}


@dataclass(frozen=True)
class Cloud:
    """What the cloud has, as far as it was read."""

    vpc: Item | None = None
    tables: t.Sequence[Item] = ()
    instances: t.Sequence[Item] | None = None


@dataclass(frozen=True)
class NetworkPlan:
    """What to write, and why nothing may be written: ``unfit`` before etcd is known, ``refusal`` since it is."""

    config: Item
    choice: Choice
    live: Live | None
    unfit: str
    refusal: str
    publish: bool
    reserve: bool
    recover: bool
    needs_entries: bool

    def public(self) -> dict[str, t.Any]:
        """Return the plan as the filter returns it."""
        return {
            **self.choice.public(self.live),
            "config": self.config,
            "unfit": show(self.unfit, LONGEST_MESSAGE, lines=True),
            "refusal": show(self.refusal, LONGEST_MESSAGE),
            "publish": self.publish or self.recover or self.needs_entries,
            "reserve": self.reserve or self.recover or self.needs_entries,
            "recover": self.recover,
            "needs_entries": self.needs_entries,
        }


def parse_desired_network(given: Item) -> DesiredNetwork:
    """Return the desired network from the role's variables; their values were checked before (_settings)."""
    limits = {"SubnetLen": int(given["subnet_len"]), "SubnetMin": given["subnet_min"], "SubnetMax": given["subnet_max"]}
    return DesiredNetwork(
        network=given["network"],
        limits={name: value for name, value in limits.items() if value},
        backend=given["backend"],
        backend_options=dict(given["backend_options"]),
        backend_change=given["backend_change"],
        daemon=given["daemon"],
        nodes=given["nodes"],
        owner=given["owner"],
        vpc_id=given["vpc_id"],
        recover=given["recover"],
        purge=given["purge"],
        keep_ttl_below=int(given["keep_ttl_below"]),
    )


def plan_network(desired: DesiredNetwork, published: Item | None, cloud: Cloud) -> NetworkPlan:
    """Plan config and reservations; ``published`` is what etcd has, None while it was not read."""
    found = published or {}
    leases = found.get("leases") or []
    records = [*leases, *(found.get("unusable") or [])]
    live = parse_live(found.get("network"), records)
    room = find_room(desired.nodes, cloud.vpc or {}, cloud.tables, desired.network, desired.owner)
    choice = choose_backend(
        desired.backend, live, room, daemon=desired.daemon, change=desired.backend_change, options=desired.backend_options
    )
    config = desired.config(TYPES[choice.backend])
    parsed = _parse(config)
    held = {record["public_ip"] for record in records}
    some_unleased = any(node["address"] not in held for node in desired.nodes)
    return NetworkPlan(
        config=config,
        choice=choice,
        live=live,
        unfit=_explain_unfit(desired, config, choice, cloud),
        refusal=_explain_refusal(config, choice, found),
        publish=not _is_published(parsed, found),
        reserve=not _are_reserved(desired, parsed, found),
        recover=desired.recover == FROM_ROUTES and (some_unleased or not found.get("network")),
        needs_entries=some_unleased and desired.recover == "" and (live is None or live.backend != "vxlan"),
    )


def _explain_unfit(desired: DesiredNetwork, config: Item, choice: Choice, cloud: Cloud) -> str:
    """Return why flannel, the VPC, the nodes or the route quota do not take the network; empty when all do."""
    problems = network_problems(config, desired.nodes, reserved_ranges(cloud.vpc) if cloud.vpc else [])
    problems = [*(problems or reservation_problems(config, desired.nodes)), *choice.problems]
    if problems:
        return f"The network {desired.network} cannot be used; nothing was changed. {' '.join(problems)}"
    # A reservation for a wrong address would stay. VXLAN needs no routes in the VPC.
    if cloud.instances is None or desired.backend == "vxlan":
        return ""
    unknown = unknown_nodes(desired.nodes, cloud.instances, cloud.tables, desired.vpc_id, desired.owner)
    return "\n".join([*unknown, "Nothing was changed."]) if unknown else ""


def _explain_refusal(config: Item, choice: Choice, published: Item) -> str:
    """Return why the published config may not become this one; empty when it may."""
    problems = change_problems(config, published.get("network"), published.get("leases") or [])
    if problems:
        return f"{' '.join(problems)} Nothing was changed. {_CHANGE_NETWORK}"
    return f"{' '.join(choice.problems)} Nothing was changed." if choice.problems else ""


def _is_published(config: NetworkConfig | None, published: Item) -> bool:
    """Return whether etcd has the config. One with credentials in it, which nobody is shown, is always written anew."""
    return config is not None and not published.get("advice") and config.public() == published.get("network")


def _are_reserved(desired: DesiredNetwork, config: NetworkConfig | None, published: Item) -> bool:
    """Return whether flannel_lease would find nothing to do, and nothing to say."""
    if config is None or published.get("advice") or not published.get("network"):
        return False
    held: dict[str, list[Item]] = {}
    for lease in published["leases"]:
        held.setdefault(lease["public_ip"], []).append(lease)
    if desired.purge and set(held) - {node["address"] for node in desired.nodes}:
        return False
    return all(_is_reserved(node, held.get(node["address"], []), desired.keep_ttl_below, config) for node in desired.nodes)


def _is_reserved(node: Item, held: t.Sequence[Item], keep_ttl_below: int, config: NetworkConfig) -> bool:
    if len(held) != 1:
        return False
    (lease,) = held
    is_lasting = not lease["leased"] or (lease["ttl"] is not None and lease["ttl"] >= keep_ttl_below)
    has_its_own = not node["subnet"] or node["subnet"] == lease["subnet"]
    return is_lasting and has_its_own and config.refusal(IPv4Network(lease["subnet"])) is None


def _parse(config: Item) -> NetworkConfig | None:
    try:
        return parse_config(config)
    except InvalidInput:
        return None
