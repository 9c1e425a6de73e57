# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which backend a cluster gets: the configured one, the one it already has, or by the route quota. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network

from .._core.errors import InvalidInput
from .._core.text import show

if t.TYPE_CHECKING:
    from .._core.item import Item

# flannel's name for each backend: with routes in the VPC, flanneld only takes its lease.
TYPES = {"vpc": "alloc", "vxlan": "vxlan"}
BACKENDS = {flannel: name for name, flannel in TYPES.items()}
AUTO = "auto"
_LONGEST = 2000
CHANGE = "run alicloud.flannel.change_backend"


@dataclass(frozen=True)
class Room:
    """What is left in the fullest of the route tables that the nodes use, once every node has its entry."""

    table: str
    left: int
    limit: int
    source: str
    others: int

    def __str__(self) -> str:
        """Say where the number comes from."""
        return f"route table {self.table}: quota {self.limit} ({self.source}), {self.others} entries of others"


@dataclass(frozen=True)
class Live:
    """What the config in etcd says; ``in_use`` when there are leases under it."""

    type: str
    options: Item
    in_use: bool

    @property
    def backend(self) -> str:
        """Return our name for it, empty for one that the roles do not run."""
        return BACKENDS.get(self.type, "")


@dataclass(frozen=True)
class Choice:
    """The backend to use, why, and what prevents it."""

    backend: str
    reason: str
    room: Room | None
    problems: tuple[str, ...]

    def public(self, live: Live | None) -> dict[str, t.Any]:
        """Return the choice as the filter returns it."""
        return {
            "backend": self.backend,
            "type": TYPES[self.backend],
            "live": live.backend if live else "",
            "routes_left": self.room.left if self.room else None,
            "message": show(f"The backend is {self.backend}: {self.reason}.{_say_room(self.room)}", _LONGEST),
            "problems": [show(problem, _LONGEST) for problem in self.problems],
        }


def find_room(nodes: t.Sequence[Item], vpc: Item, tables: t.Sequence[Item], network: str, owner: str) -> Room | None:
    """Return the room in the table that has least, of those that the nodes' vSwitches use; None when no table is known."""
    used = _tables_of(nodes, vpc) or {table["route_table_id"] for table in tables}
    rooms = [_room_in(table, len(nodes), IPv4Network(network), owner) for table in tables if table["route_table_id"] in used]
    return min(rooms, key=lambda room: room.left, default=None)


def parse_live(published: Item | None, leases: t.Sequence[t.Any]) -> Live | None:
    """Return what is live, from the config as flannel_lease_info returns it."""
    if not published:
        return None
    options = dict(published["Backend"])
    return Live(options.pop("Type"), options, bool(leases))


def choose_backend(
    desired: str, live: Live | None, room: Room | None, *, daemon: bool = True, change: bool = False, options: Item | None = None
) -> Choice:
    """Return the backend to use. ``change`` allows replacing a live one, which ``auto`` never does."""
    if desired not in (AUTO, *TYPES):
        raise InvalidInput(f"The backend {desired!r} is not one of {AUTO}, {', '.join(TYPES)}.")
    backend, reason = _choose(desired, live, room)
    problems = [
        *([] if change else _change_problems(backend, live, options or {})),
        *_room_problems(backend, live, room),
        *([_NEEDS_DAEMON] if backend == "vxlan" and not daemon else []),
    ]
    return Choice(backend, reason, room, tuple(problems))


_NEEDS_DAEMON = (
    "The backend vxlan needs flanneld on every node. Set flannel_mode to daemon for each of them, "
    "or have the route quota raised and use vpc."
)


def _choose(desired: str, live: Live | None, room: Room | None) -> tuple[str, str]:
    if desired != AUTO:
        return desired, "the inventory says so"
    if live and live.backend:
        return live.backend, "the cluster uses it, and auto never changes that"
    if room and room.left < 0:
        return "vxlan", f"the nodes are {-room.left} too many for the route quota"
    return "vpc", "every node's route fits the quota"


def _change_problems(backend: str, live: Live | None, options: Item) -> list[str]:
    if live is None or not live.in_use:
        return []
    if live.backend != backend:
        return [f"The cluster runs with the backend {live.backend or live.type}, desired is {backend}. To change it, {CHANGE}."]
    if dict(live.options) != dict(options):
        return [f"The backend's options are {dict(live.options)}, desired are {dict(options)}. To change them, {CHANGE}."]
    return []


def _room_problems(backend: str, live: Live | None, room: Room | None) -> list[str]:
    if backend != "vpc" or room is None or room.left >= 0:
        return []
    way = f"move to VXLAN: set flannel_backend to vxlan and {CHANGE}" if live and live.in_use else "set flannel_backend to vxlan"
    return [f"The nodes need {-room.left} route entries more than fit in {room}. Have the quota raised, or {way}."]


def _say_room(room: Room | None) -> str:
    if room is None:
        return ""
    count = f"{room.left} route(s) left" if room.left >= 0 else f"{-room.left} route(s) too few"
    return f" With an entry for every node: {count} in {room}."


def _tables_of(nodes: t.Sequence[Item], vpc: Item) -> set[str]:
    """Return the tables of the vSwitches that the nodes' addresses are in."""
    addresses = [IPv4Address(node["address"]) for node in nodes]
    return {
        vswitch["route_table_id"]
        for vswitch in vpc.get("vswitches", [])
        if any(address in IPv4Network(vswitch["cidr_block"]) for address in addresses)
    }


def _room_in(table: Item, count: int, network: IPv4Network, owner: str) -> Room:
    own = sum(1 for entry in table["entries"] if entry["owner"] == owner and _is_inside(entry["destination"], network))
    quota = table["quota"]
    others = quota["used"] - own
    return Room(table["route_table_id"], quota["limit"] - others - count, quota["limit"], quota["source"], others)


def _is_inside(cidr: str, network: IPv4Network) -> bool:
    destination = ip_network(cidr, strict=False)
    return isinstance(destination, IPv4Network) and destination.subnet_of(network)
