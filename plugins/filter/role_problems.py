# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the roles of this collection, not for playbooks: what is wrong with a role's variables on the host that it runs on."""

from __future__ import annotations

import typing as t

from jinja2 import pass_context

from ..module_utils._settings.gathering import HostVars, gather_role
from ..module_utils._settings.inventory import Inventory
from ..module_utils._settings.problems import find_role_problems
from ..module_utils._settings.setting import MEMBERS, NODES
from ..plugin_utils._filters import filter_module
from ..plugin_utils._variables import TaskVariables, is_file

if t.TYPE_CHECKING:
    from jinja2.runtime import Context


@pass_context
def role_problems(
    context: Context, role: str, hostvars: HostVars, groups: t.Mapping[str, t.Sequence[str]], host: str, members: t.Sequence[str] = ()
) -> list[str]:
    """Return what is wrong with the variables of a role on a host; ``members`` are those of etcd, for the role etcd."""
    values = gather_role(role, host, members, hostvars, TaskVariables(context))
    known = {"all": [str(one) for one in groups["all"]], NODES: [host], MEMBERS: [str(one) for one in members]}
    return find_role_problems(Inventory(values, known, is_file=is_file), role, host)


FilterModule = filter_module(role_problems=role_problems)
