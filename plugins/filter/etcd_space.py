# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: which members of an etcd cluster to defragment."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.cluster.space import plan_defrag
from ..module_utils._etcd.member.results import views_of
from ..plugin_utils._filters import as_data, filter_module
from ..plugin_utils._yaml import load_mapping

Variables = t.Mapping[str, t.Any]


def etcd_space(
    names: t.Sequence[str], hostvars: t.Mapping[str, Variables], min_free_percent: float = 40, absent: t.Sequence[str] = ()
) -> dict[str, t.Any]:
    """Return the plan, from what was observed on these hosts."""
    quotas = {str(name): _quota(hostvars[name].get("_etcd_observed")) for name in names}
    return as_data(plan_defrag(views_of(names, hostvars), quotas, float(min_free_percent), [str(name) for name in absent]))


def _quota(observed: Variables | None) -> int:
    member = (observed or {}).get("etcd_member") or {}
    quota = load_mapping(str(member.get("config") or "")).get("quota-backend-bytes")
    return quota if isinstance(quota, int) else 0


FilterModule = filter_module(etcd_space=etcd_space)
