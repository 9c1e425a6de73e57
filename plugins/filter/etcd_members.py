# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: which hosts join an etcd cluster, and which must not."""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict

from ..module_utils._etcd.cluster.members import parse_hosts
from ..module_utils._etcd.cluster.membership import plan_members
from ..plugin_utils._filters import filter_module


def etcd_members(desired: t.Sequence[str], observed: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """Return the plan."""
    return t.cast("dict[str, t.Any]", json.loads(json.dumps(asdict(plan_members(parse_hosts(desired, observed))))))


FilterModule = filter_module(etcd_members=etcd_members)
