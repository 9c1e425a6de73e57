# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: whether etcd may lose a member for a moment, from what one of its members says of the cluster."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.member.gate import describe_gate
from ..module_utils._etcd.member.results import view_of
from ..plugin_utils._filters import filter_module


def etcd_gate(result: t.Mapping[str, t.Any], names: t.Sequence[str] | None = None, peer_url: str = "") -> dict[str, t.Any]:
    """Return the hurdles and what a change of members needs to know, from a result of etcd_member_info that may have failed."""
    return describe_gate(view_of(result), names, peer_url)


FilterModule = filter_module(etcd_gate=etcd_gate)
