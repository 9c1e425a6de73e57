# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: the snapshot that a member has saved."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.cluster.backup import parse_saved_snapshot
from ..plugin_utils._filters import as_data, filter_module


def etcd_saved_snapshot(result: t.Mapping[str, t.Any], folder: str, prefix: str) -> dict[str, t.Any]:
    """Return the snapshot in a result of etcd_snapshot; nothing where none was saved."""
    said = result.get("snapshot")
    return as_data(parse_saved_snapshot(said, folder, prefix)) if said else {}


FilterModule = filter_module(etcd_saved_snapshot=etcd_saved_snapshot)
