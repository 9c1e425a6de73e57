# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Turns the options of ali_vpc_route into desired routes and a policy. No I/O."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import typing as t

from .._core.disruption import MaxDisruption, parse_max_disruption
from .._core.errors import InvalidInput
from .entry import (
    ABSENT,
    ADOPT_NONE,
    DesiredRoute,
    RoutePolicy,
    is_within,
    network_of,
)

OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
NAME_MAX = 128
DESCRIPTION_MAX = 256


def parse_route_policy(params: t.Mapping[str, t.Any]) -> RoutePolicy:
    """Make the policy from the module's options; raise InvalidInput with every problem found."""
    problems: list[str] = []
    policy = RoutePolicy(
        owner=params["owner"],
        scope=_networks("scope", params["scope"], problems),
        purge=params["purge"],
        max_disruption=_max_disruption(params["max_disruption"], problems),
        allow_empty=params["allow_empty"],
        adopt=params["adopt"],
        adopt_from=frozenset(params["adopt_from"]),
        allow_overlap=_networks("allow_overlap", params["allow_overlap"], problems),
        keep_destinations=_networks("keep_destinations", params["keep_destinations"], problems),
        keep_next_hops=frozenset(params["keep_next_hops"]),
        state=params["state"],
    )
    problems.extend(_policy_problems(policy))
    _refuse(problems)
    return policy


def parse_routes(items: t.Sequence[t.Mapping[str, t.Any]], policy: RoutePolicy) -> tuple[DesiredRoute, ...]:
    """Make the desired routes from the module's option; raise InvalidInput with every problem found."""
    problems: list[str] = []
    routes = tuple(_route(item) for item in items)
    seen: dict[str, DesiredRoute] = {}
    for route in routes:
        problems.extend(_route_problems(route, policy))
        if route.destination in seen:
            first = seen[route.destination].next_hop_id
            problems.append(f"routes has {route.destination} twice (next hops {first} and {route.next_hop_id})")
        seen[route.destination] = route
    _refuse(problems)
    return routes


def _route(item: t.Mapping[str, t.Any]) -> DesiredRoute:
    destination = item["destination"].strip()
    with contextlib.suppress(ValueError):  # _destination_problems says what is wrong with it
        destination = str(ipaddress.ip_network(destination))
    return DesiredRoute(destination, item.get("next_hop_id"), item.get("name"), item.get("description") or None)


def _route_problems(route: DesiredRoute, policy: RoutePolicy) -> t.Iterator[str]:
    yield from _destination_problems(route.destination, policy)
    hop = route.next_hop_id
    if hop is None and policy.state != ABSENT:
        yield f"{route.destination} has no next_hop_id"
    if hop is not None and not hop.startswith("i-"):
        yield f"{route.destination}: next_hop_id '{hop}' isn't the id of an instance (i-…)"
    name = f"{policy.owner}/{route.name or ''}"
    if route.name == "" or len(name) > NAME_MAX:
        yield f"{route.destination}: name '{route.name}' must have 1 to {NAME_MAX - len(policy.owner) - 1} characters"
    if route.description and (len(route.description) > DESCRIPTION_MAX or route.description.startswith(("http://", "https://"))):
        yield f"{route.destination}: description must have at most {DESCRIPTION_MAX} characters and not start with http:// or https://"


def _destination_problems(destination: str, policy: RoutePolicy) -> t.Iterator[str]:
    network = network_of(destination)
    if not isinstance(network, ipaddress.IPv4Network):
        yield f"destination '{destination}' isn't an IPv4 CIDR such as 10.24.3.0/24"
    elif str(network) != destination:
        yield f"destination {destination} has host bits set; did you mean {network}?"
    elif network.prefixlen == 0:
        yield f"destination {destination} is the default route, which is never touched"
    elif not is_within(network, policy.scope):
        yield f"destination {destination} is outside scope ({', '.join(map(str, policy.scope))})"


def _policy_problems(policy: RoutePolicy) -> t.Iterator[str]:
    for owner in (policy.owner, *sorted(policy.adopt_from)):
        if not OWNER.match(owner):
            yield f"owner '{owner}' must be 1 to 63 letters, digits, dots, underscores or hyphens, the first a letter or digit"
    if not policy.scope:
        yield "scope is empty; list the CIDRs that contain this owner's entries, such as flannel's Network"
    if any(block.prefixlen == 0 for block in policy.scope):
        yield "scope may not be 0.0.0.0/0; list the CIDRs that contain this owner's entries, such as flannel's Network"
    if policy.adopt_from and policy.adopt == ADOPT_NONE:
        yield "adopt_from says whose entries may be adopted, and needs adopt=matching or adopt=all"
    if policy.state == ABSENT and (policy.purge or policy.adopt != ADOPT_NONE):
        yield "purge and adopt belong to state=present; with state=absent exactly the listed routes are removed"


def _networks(option: str, values: t.Sequence[str], problems: list[str]) -> tuple[ipaddress.IPv4Network, ...]:
    networks = []
    for value in values:
        try:
            networks.append(ipaddress.IPv4Network(value.strip()))
        except ValueError as exc:
            problems.append(f"{option}: '{value}' isn't an IPv4 CIDR ({exc})")
    return tuple(networks)


def _max_disruption(value: str, problems: list[str]) -> MaxDisruption:
    try:
        return parse_max_disruption(value)
    except ValueError as exc:
        problems.append(str(exc))
        return MaxDisruption(0, percent=False)


def _refuse(problems: t.Sequence[str]) -> None:
    if problems:
        raise InvalidInput(refusal(problems), problems=list(problems))


def refusal(problems: t.Sequence[str], most: int = 10) -> str:
    """Return one message for the problems; the first ones in full."""
    more = f"; and {len(problems) - most} more (see problems)" if len(problems) > most else ""
    return f"Refused, nothing was written: {'; '.join(problems[:most])}{more}."
