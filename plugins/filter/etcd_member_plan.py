# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: what is to be done on the hosts of etcd's members, from what was observed on all of them."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.member.addresses import member_addresses
from ..module_utils._etcd.member.desired import DesiredCluster
from ..module_utils._etcd.member.plan import plan_cluster
from ..plugin_utils._filters import filter_module
from ..plugin_utils._variables import file_sum
from ..plugin_utils._yaml import dump_mapping, load_mapping

Variables = t.Mapping[str, t.Any]


def etcd_member_plan(
    members: t.Sequence[str], hostvars: t.Mapping[str, Variables], present: t.Sequence[str], group: str
) -> dict[str, t.Any]:
    """Return the plan for the hosts of a run, from what the role has left in the variables of each host."""
    hosts = [str(name) for name in present]
    names = dict.fromkeys([*map(str, members), *hosts])
    observed = {name: hostvars[name].get("_etcd_observed") or {} for name in names}
    answers = {name: answer["etcd_member"] for name, answer in observed.items() if "etcd_member" in answer}
    # Hosts of the play that the role does not run on have none.
    given = {name: _with_source(hostvars[name]["_etcd_desired"]) for name in hosts if "_etcd_desired" in hostvars[name]}
    cluster = DesiredCluster(group, member_addresses(members, hostvars), tuple(given))
    return plan_cluster(answers, given, cluster, load_mapping, dump_mapping).public()


def _with_source(desired: Variables) -> Variables:
    """Return what the role gives, with the sum of the archive on the controller."""
    install = dict(desired["install"])
    path = str(install.pop("file"))
    return {**desired, "install": {**install, "source": file_sum(path) if install["method"] == "file" else ""}}


FilterModule = filter_module(etcd_member_plan=etcd_member_plan)
