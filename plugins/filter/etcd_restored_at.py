# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: when a cluster was restored last."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.cluster.restore import last_restore
from ..plugin_utils._filters import filter_module


def etcd_restored_at(names: t.Sequence[str], hostvars: t.Mapping[str, t.Mapping[str, t.Any]]) -> int:
    """Return the time in seconds since 1970, 0 for never, from what was observed on these hosts."""
    return last_restore(hostvars[name].get("_etcd_observed") or {} for name in names)


FilterModule = filter_module(etcd_restored_at=etcd_restored_at)
