# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What M(alicloud.flannel.etcd_member_info) has left of a host: an observation, a failure, or nothing. Pure."""

from __future__ import annotations

import typing as t

from ..._core.answer import Answer, BadAnswer
from .cluster_view import ClusterView, parse_view
from .text import harmless

if t.TYPE_CHECKING:
    from ..._core.item import Item


def view_of(result: Item | None) -> ClusterView:
    """Return how the member sees its cluster; with an error where it was not asked or did not answer, for whatever reason."""
    if not isinstance(result, dict) or "etcd_member" not in result:
        return ClusterView(error=harmless(str((result or {}).get("msg") or "no answer")))
    try:
        view = Answer(result["etcd_member"], "its answer")["cluster"].or_none(parse_view)
    except BadAnswer as exc:
        return ClusterView(error=str(exc))
    return view or ClusterView(error="it has no data")


def views_of(names: t.Iterable[str], hostvars: t.Mapping[str, Item]) -> dict[str, ClusterView]:
    """Return how the members on these hosts see their cluster, as this run has observed them."""
    return {str(name): view_of(hostvars[name].get("_etcd_observed")) for name in names}
