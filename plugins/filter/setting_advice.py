# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the playbook preflight, not for others: which variables of an inventory look like ours and are not."""

from __future__ import annotations

import typing as t

from ..module_utils._settings.advice import find_advice
from ..module_utils._settings.setting import MEMBERS, NODES
from ..plugin_utils._filters import filter_module


def setting_advice(groups: t.Mapping[str, t.Sequence[str]], hostvars: t.Mapping[str, t.Iterable[str]]) -> list[str]:
    """Return a sentence for each variable of nodes and members that nobody reads although it looks as if somebody should."""
    hosts = dict.fromkeys(str(host) for group in (NODES, MEMBERS) for host in groups.get(group, ()))
    return find_advice({host: list(hostvars[host]) for host in hosts})


FilterModule = filter_module(setting_advice=setting_advice)
