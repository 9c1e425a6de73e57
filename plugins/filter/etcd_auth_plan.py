# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: the etcdctl commands that bring etcd's users and roles to what flannel needs."""

from __future__ import annotations

import typing as t
from dataclasses import asdict

from ..module_utils._etcd.cluster.auth import parse_auth_state, plan_auth
from ..plugin_utils._filters import filter_module


def etcd_auth_plan(lines: t.Sequence[str], prefixes: t.Sequence[str], flannel: str, control: str) -> dict[str, t.Any]:
    """Return the plan as a dictionary."""
    return asdict(plan_auth(parse_auth_state(lines), prefixes, flannel, control))


FilterModule = filter_module(etcd_auth_plan=etcd_auth_plan)
