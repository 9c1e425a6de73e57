# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which hosts there must be, and what they must have in common. Pure."""

from __future__ import annotations

import functools
import typing as t

from ..._core.errors import InvalidInput
from ..._flannel.nodes import parse_nodes
from ..catalogue import SETTINGS
from ..rule import SettingRule
from ..setting import CONTROLLER, Setting
from ..show import name_some, show

if t.TYPE_CHECKING:
    from ..inventory import Inventory


def node_address_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield the nodes that have no address of their own."""
    alone = [problem for name in inventory.nodes for problem in _node_problems([name], inventory)]
    yield from alone or (_node_problems(inventory.nodes, inventory) if inventory.nodes else [])


def host_problems(inventory: Inventory) -> t.Iterator[str]:
    """Yield the settings that name a host which is not in the inventory."""
    for name in ("etcd_pki_ca_host", "etcd_backup_host", "flannel_control_host"):
        host = inventory.shared(name)
        if host is not None and not inventory.knows(host):
            said = f"{name} ({SETTINGS[name].what}) is {show(host)}, which is not in the inventory"
            yield f"{said}. Put that host into the inventory, or name another."


def _node_problems(names: t.Sequence[str], inventory: Inventory) -> list[str]:
    try:
        parse_nodes(names, inventory.values)
    except InvalidInput as exc:
        return [str(exc)]
    return []


def _difference(setting: Setting, inventory: Inventory) -> t.Iterator[str]:
    """Yield whether hosts differ in a setting of the whole cluster."""
    hosts = [host for host in inventory.readers(setting) if host != CONTROLLER]
    found: dict[str, list[str]] = {}
    for host in hosts:
        found.setdefault(repr(inventory.values[host].get(setting.name)), []).append(host)
    if len(found) > 1:
        said = "; ".join(f"{_say(setting, inventory, some[0])} on {name_some(some)}" for some in found.values())
        yield f"{setting.name} ({setting.what}) must be the same on all hosts, but is {said}. Set it {setting.place}."


def _say(setting: Setting, inventory: Inventory, host: str) -> str:
    values = inventory.values[host]
    return show(values[setting.name], secret=setting.secret) if setting.name in values else "not set"


RULES = (
    *(SettingRule((setting.name,), functools.partial(_difference, setting)) for setting in SETTINGS.values() if setting.shared),
    SettingRule(("flannel_address", "ansible_host", "flannel_subnet", "alicloud_instance_id"), node_address_problems),
    SettingRule(("etcd_pki_ca_host", "etcd_backup_host", "flannel_control_host"), host_problems, ("etcd", "etcd_pki")),
)
