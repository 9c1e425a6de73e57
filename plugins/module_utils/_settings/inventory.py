# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the checks know of an inventory. No I/O of its own."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .setting import CONTROLLER, MEMBERS, NODES, Setting


def _no_file(_path: str) -> bool:
    return False


@dataclass(frozen=True)
class Inventory:
    """The settings of each host that is read, the groups, the names of all hosts, and the controller that they are read on."""

    values: t.Mapping[str, t.Mapping[str, t.Any]]
    groups: t.Mapping[str, t.Sequence[str]]
    environment: t.Mapping[str, str] = field(default_factory=dict)
    is_file: t.Callable[[str], bool] = _no_file

    @property
    def nodes(self) -> t.Sequence[str]:
        """Return the nodes."""
        return self.groups.get(NODES, ())

    @property
    def members(self) -> t.Sequence[str]:
        """Return the members of etcd."""
        return self.groups.get(MEMBERS, ())

    def knows(self, host: str) -> bool:
        """Say whether a host is in the inventory; the controller always is."""
        return host == CONTROLLER or host in self.groups.get("all", ())

    def readers(self, setting: Setting) -> list[str]:
        """Return the hosts whose value of the setting is read."""
        hosts = [host for group in setting.readers for host in ([group] if group == CONTROLLER else self.groups.get(group, ()))]
        return [host for host in dict.fromkeys(hosts) if host in self.values]

    def get(self, host: str, name: str, default: t.Any = None) -> t.Any:
        """Return a host's value of a setting; what is empty counts as not set."""
        value = self.values.get(host, {}).get(name)
        return default if value in (None, "") else value

    def shared(self, name: str, default: t.Any = None) -> t.Any:
        """Return the value that all hosts have of a setting."""
        found = (self.get(host, name) for host in self.values)
        return next((value for value in found if value is not None), default)
