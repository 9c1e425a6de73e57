# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short ways to make entries, routes and policies for the tests of the route engine."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.alicloud.flannel.plugins.module_utils._core.disruption import MaxDisruption
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.entry import (
    INSTANCE,
    DesiredRoute,
    RouteEntry,
    RoutePolicy,
)

TABLE = "vtb-1"


def entry(destination: str, hop: str, name: str = "", **fields: t.Any) -> RouteEntry:
    """Return an entry to an instance; its id says its destination."""
    fields.setdefault("next_hops", ((INSTANCE, hop),))
    return RouteEntry(f"rte-{destination}", TABLE, destination, name=name, **fields)


def route(destination: str, hop: str | None, name: str | None = None, description: str | None = None) -> DesiredRoute:
    """Return a desired route."""
    return DesiredRoute(destination, hop, name, description)


def networks(*blocks: str) -> tuple[ipaddress.IPv4Network, ...]:
    """Return the blocks as networks."""
    return tuple(ipaddress.IPv4Network(block) for block in blocks)


def policy(**fields: t.Any) -> RoutePolicy:
    """Return the policy of owner k1 in flannel's usual network; nothing is disrupted too much unless the test says so."""
    values: dict[str, t.Any] = {"owner": "k1", "scope": networks("10.24.0.0/16"), "max_disruption": MaxDisruption(100, percent=True)}
    return RoutePolicy(**{**values, **fields})
