# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: whether a cluster can be restored from a snapshot, and whether it was already."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.cluster.restore import DesiredRestore, plan_restore
from ..plugin_utils._filters import as_data, filter_module
from ..plugin_utils._yaml import load_mapping

Variables = t.Mapping[str, t.Any]


def etcd_restore_plan(
    names: t.Sequence[str], hostvars: t.Mapping[str, Variables], snapshot: Variables, desired: Variables
) -> dict[str, t.Any]:
    """Return the plan, from what was observed on these hosts, and a result of etcd_snapshot_info."""
    results = {str(name): hostvars[name].get("_etcd_observed") or {} for name in names}
    texts = {name: str(desired[name]) for name in ("file", "folder", "host", "group", "initial_cluster", "data_dir")}
    absent, needed = (tuple(map(str, desired[name])) for name in ("absent", "needed"))
    return as_data(plan_restore(results, snapshot, DesiredRestore(**texts, absent=absent, needed=needed), load_mapping))


FilterModule = filter_module(etcd_restore_plan=etcd_restore_plan)
