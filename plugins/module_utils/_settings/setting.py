# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A variable that a user can set, as data."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from .forms import Form

# Who reads a variable: the hosts of these groups, or the controller.
NODES = "flannel_nodes"
MEMBERS = "etcd"
CONTROLLER = "localhost"

PAGE = "docs/variables.md"


@dataclass(frozen=True)
class Setting:
    """One variable: what it is in a few words, what it may be, and which hosts' value is read.

    ``shared``: all hosts must have the same value. ``is_file``: a path in it is one of the controller. ``environment``: variables of
    the controller's environment that do as well.
    """

    name: str
    what: str
    form: Form
    readers: tuple[str, ...] = (NODES,)
    shared: bool = False
    secret: bool = False
    is_file: bool = False
    environment: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Return where a user sets it."""
        return "for all hosts, in group_vars/all.yml" if self.shared else "for each host that it is about, in its host_vars"

    @property
    def may_use_facts(self) -> bool:
        """Return whether it is read on its host alone, after the host's facts were gathered."""
        return not self.shared and self.name.startswith(("etcd_", "flanneld_"))
