# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: how a member is removed from an etcd cluster."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.cluster.membership import plan_member_removal
from ..module_utils._etcd.member.addresses import member_urls
from ..module_utils._etcd.member.observed import observed_host
from ..plugin_utils._filters import as_data, filter_module
from ..plugin_utils._yaml import load_mapping

Variables = t.Mapping[str, t.Any]


def etcd_removal(members: t.Sequence[str], hostvars: t.Mapping[str, Variables], member: str, port: int) -> dict[str, t.Any]:
    """Return the plan, from what was observed on the hosts of the members that can be reached."""
    urls = member_urls(members, hostvars, port)
    hosts = [observed_host(name, url, hostvars[name].get("_etcd_observed") or {}, load_mapping) for name, url in urls.items()]
    return as_data(plan_member_removal(hosts, member))


FilterModule = filter_module(etcd_removal=etcd_removal)
