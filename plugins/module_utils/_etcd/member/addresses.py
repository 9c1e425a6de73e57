# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Where members are, by the inventory alone: a member that is limited out or unreachable stays one. Pure."""

from __future__ import annotations

import typing as t

from .desired import url

if t.TYPE_CHECKING:
    from ..._core.item import Item


def member_addresses(names: t.Iterable[str], hostvars: t.Mapping[str, Item]) -> dict[str, str]:
    """Return the address of each member by its name, in the inventory's order."""
    return {str(name): _address(str(name), hostvars[name]) for name in names}


def member_urls(names: t.Iterable[str], hostvars: t.Mapping[str, Item], port: t.Any) -> dict[str, str]:
    """Return the URL of a port on each member, by the member's name."""
    return {name: url(address, int(port)) for name, address in member_addresses(names, hostvars).items()}


def _address(name: str, variables: Item) -> str:
    return str(variables.get("etcd_member_address") or variables.get("ansible_host") or name)
