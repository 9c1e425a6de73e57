# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: whether a running etcd may be taken to another version."""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict

from ..module_utils._etcd.cluster.versions import plan_versions
from ..plugin_utils._filters import filter_module


def etcd_version_step(members: t.Sequence[t.Mapping[str, t.Any]], desired: str, config_keys: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """Return the step."""
    running = {member["name"]: member["version"] for member in members if member["name"]}
    return t.cast("dict[str, t.Any]", json.loads(json.dumps(asdict(plan_versions(running, desired, config_keys)))))


FilterModule = filter_module(etcd_version_step=etcd_version_step)
