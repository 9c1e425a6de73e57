# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: whether etcd may lose a member for a moment, from what one of its members says of the cluster."""

from __future__ import annotations

import typing as t

from ..module_utils._core.answer import Answer, BadAnswer
from ..module_utils._etcd.member.cluster_view import ClusterView, parse_view
from ..module_utils._etcd.member.gate import describe_gate
from ..plugin_utils._filters import filter_module


def etcd_gate(result: t.Mapping[str, t.Any], names: t.Sequence[str] | None = None, peer_url: str = "") -> dict[str, t.Any]:
    """Return the hurdles and what a change of members needs to know, from a result of etcd_member_info that may have failed."""
    return describe_gate(_view(result), names, peer_url)


def _view(result: t.Mapping[str, t.Any]) -> ClusterView | None:
    if "etcd_member" not in result:
        return ClusterView(error=str(result["msg"])[:500]) if result.get("msg") else None
    try:
        return Answer(result["etcd_member"], "its answer")["cluster"].or_none(parse_view)
    except BadAnswer as exc:
        return ClusterView(error=str(exc))


FilterModule = filter_module(etcd_gate=etcd_gate)
