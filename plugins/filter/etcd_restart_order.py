# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: which members are restarted, and in which order."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.member.order import order_restarts
from ..plugin_utils._filters import filter_module


def etcd_restart_order(
    plan: t.Mapping[str, t.Any], present: t.Sequence[str], renewed: t.Sequence[str], gate: t.Mapping[str, t.Any]
) -> list[str]:
    """Return the members, of a plan of etcd_member_plan and what etcd_gate says now."""
    return order_restarts(plan, present, renewed, str(gate["leader"]))


FilterModule = filter_module(etcd_restart_order=etcd_restart_order)
