# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: the member that a backup is taken from."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.cluster.backup import choose_source
from ..module_utils._etcd.member.results import views_of
from ..plugin_utils._filters import as_data, filter_module


def etcd_backup_source(
    names: t.Sequence[str], hostvars: t.Mapping[str, t.Any], preferred: str, with_quorum: bool = True
) -> dict[str, t.Any]:
    """Return the member or the problem, from what was observed on these hosts."""
    return as_data(choose_source(views_of(names, hostvars), preferred, with_quorum=with_quorum))


FilterModule = filter_module(etcd_backup_source=etcd_backup_source)
