# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: how a member is removed from an etcd cluster."""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict

from ..module_utils._etcd.cluster.members import parse_hosts
from ..module_utils._etcd.cluster.membership import plan_member_removal
from ..plugin_utils._filters import filter_module


def etcd_removal(desired: t.Sequence[str], observed: t.Sequence[t.Mapping[str, t.Any]], member: str) -> dict[str, t.Any]:
    """Return the plan."""
    return t.cast("dict[str, t.Any]", json.loads(json.dumps(asdict(plan_member_removal(parse_hosts(desired, observed), member)))))


FilterModule = filter_module(etcd_removal=etcd_removal)
