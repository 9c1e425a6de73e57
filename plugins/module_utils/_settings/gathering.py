# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Gathers the settings of all hosts that a playbook reads. No I/O of its own."""

from __future__ import annotations

import functools
import typing as t

from .catalogue import SETTINGS, role_settings
from .reading import Variables, read_settings
from .setting import CONTROLLER, MEMBERS, NODES


class HostVars(t.Protocol):
    """What Ansible calls ``hostvars``."""

    def __getitem__(self, host: str) -> Variables:
        """Return a host's variables, each worked out when it is asked for."""

    def raw_get(self, host: str) -> Variables:
        """Return a host's variables as they are written."""


def gather(groups: t.Mapping[str, t.Sequence[str]], hostvars: HostVars, runs_on: str, play: Variables) -> dict[str, dict[str, t.Any]]:
    """Return the settings of nodes, members and, where the playbook runs there, the controller; ``play`` gives what no host has itself."""
    readers = {name: groups.get(name, ()) for name in (NODES, MEMBERS)}
    readers.update({CONTROLLER: [CONTROLLER]} if runs_on == CONTROLLER else {})
    found = {}
    for host in dict.fromkeys(host for hosts in readers.values() for host in hosts):
        settings = [setting for setting in SETTINGS.values() if any(host in readers.get(group, ()) for group in setting.readers)]
        values = hostvars[host]
        given = [setting for setting in settings if setting.name not in values]
        found[host] = {
            **read_settings(settings, values, functools.partial(hostvars.raw_get, host)),
            **read_settings(given, play, dict),
        }
    return found


def gather_role(role: str, host: str, members: t.Sequence[str], hostvars: HostVars, task: Variables) -> dict[str, dict[str, t.Any]]:
    """Return the settings of a role on the host that it runs on, out of the task's variables, and the addresses of the members of etcd."""
    addresses = [SETTINGS[name] for name in ("ansible_host", "etcd_member_address")]
    found = {one: read_settings(addresses, hostvars[one], functools.partial(hostvars.raw_get, one)) for one in members}
    own = read_settings([*role_settings(role).values(), SETTINGS["etcd_pki_client_cn"]], task, dict)
    return {**found, host: {**found.get(host, {}), **own}}
