# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: what a defragmentation has brought, or would."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.cluster.space import report_space
from ..plugin_utils._filters import filter_module

Item = t.Dict[str, t.Any]


def etcd_space_report(before: Item, after: Item, is_planned: bool = False) -> list[Item]:
    """Return a line for each member, from what etcd_space has returned before and after."""
    return report_space(before["sizes"], before["members"], after["sizes"], is_planned=bool(is_planned))


FilterModule = filter_module(etcd_space_report=etcd_space_report)
