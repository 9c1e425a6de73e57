# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the playbook preflight, not for others: what is wrong with the variables of an inventory."""

from __future__ import annotations

import os
import typing as t

from ansible import constants
from jinja2 import pass_context

from ..module_utils._settings.gathering import HostVars, gather
from ..module_utils._settings.inventory import Inventory
from ..module_utils._settings.problems import find_problems
from ..plugin_utils._filters import filter_module
from ..plugin_utils._variables import TaskVariables, is_file

if t.TYPE_CHECKING:
    from jinja2.runtime import Context


_PRIVATE = (
    "Ansible's setting private_role_vars is on, and with it the playbooks don't see the variables of their roles. Take it out of "
    "ansible.cfg, or set ANSIBLE_PRIVATE_ROLE_VARS=false."
)


@pass_context
def setting_problems(
    context: Context, groups: t.Mapping[str, t.Sequence[str]], hostvars: HostVars, runs_on: str, required: t.Sequence[str] = ()
) -> list[str]:
    """Return what is wrong with the variables of nodes and members, and of the controller where the playbook runs there."""
    # Ansible's own lists evaluate each item whenever they are read.
    plain = {str(group): [str(host) for host in hosts] for group, hosts in groups.items()}
    values = gather(plain, hostvars, runs_on, TaskVariables(context))
    problems = find_problems(Inventory(values, plain, os.environ, is_file), runs_on, required)
    return [_PRIVATE, *problems] if constants.config.get_config_value("DEFAULT_PRIVATE_ROLE_VARS") else problems


FilterModule = filter_module(setting_problems=setting_problems)
