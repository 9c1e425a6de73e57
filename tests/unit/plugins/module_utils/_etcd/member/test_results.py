# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.results import view_of, views_of


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (None, "no answer"),
        ({}, "no answer"),
        ({"unreachable": True, "msg": "no {{ route }}\n"}, "no { { route }}"),
        ({"failed": True, "msg": "no python"}, "no python"),
        ({"etcd_member": {"cluster": None}}, "it has no data"),
        ({"etcd_member": {"cluster": {"error": "refused"}}}, "refused"),
        ({"etcd_member": {"cluster": {"error": "", "cluster_id": "x"}}}, "its answer.cluster.cluster_id is not a hexadecimal number."),
        ({"etcd_member": ["{{ x }}"]}, "its answer is not a dictionary."),
    ],
)
def test_what_is_no_answer_says_why(result: t.Any, error: str) -> None:
    view = view_of(result)
    assert view.error == error
    assert (view.own.error, view.own.serves) == (error, False)


def test_each_host_has_a_view() -> None:
    hostvars = {"n1": {"_etcd_observed": {"msg": "gone"}}, "n2": {}}
    assert {name: view.error for name, view in views_of(["n1", "n2"], hostvars).items()} == {"n1": "gone", "n2": "no answer"}
