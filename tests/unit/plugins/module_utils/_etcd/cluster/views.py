# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How members see their cluster, for tests."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.cluster_view import Alarm, ClusterView, Endpoint, ListedMember

MIB = 1024**2


def url(name: str) -> str:
    return f"https://192.0.2.{name[1:]}:2379"


def view(name: str, alarms: t.Sequence[Alarm] = (), alarms_error: str = "", **status: t.Any) -> ClusterView:
    """Return what a member sees that serves, unless told otherwise; of the others it knows their names."""
    values = {"member_id": f"a{name[1:]}", "has_leader": True, "serves": True, "version": "3.5.1", **status}
    own = Endpoint(url(name), **values)
    members = tuple(ListedMember(f"a{other[1:]}", other, (), (url(other),), is_learner=False) for other in ("n1", "n2", "n3"))
    return ClusterView("", "c", f"a{name[1:]}", members, (own,), tuple(alarms), alarms_error)


def silent(error: str = "refused") -> ClusterView:
    """Return what is known where a member did not answer."""
    return ClusterView(error=error)
