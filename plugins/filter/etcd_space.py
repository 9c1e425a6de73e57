# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: which members of an etcd cluster to defragment."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.cluster.space import plan_defrag
from ..plugin_utils._filters import filter_module


def etcd_space(members: t.Sequence[t.Mapping[str, t.Any]], alarms: str = "", min_free_percent: float = 40) -> dict[str, t.Any]:
    """Return which members to defragment, and what prevents it."""
    return plan_defrag(members, alarms, float(min_free_percent))


FilterModule = filter_module(etcd_space=etcd_space)
