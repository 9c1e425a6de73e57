# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.status import EndpointStatus, load_answer, parse_statuses

STATUS = {
    "header": {"cluster_id": 1, "member_id": 10, "revision": 7},
    "version": "3.5.1",
    "leader": 10,
    "dbSize": 4096,
    "dbSizeInUse": 1024,
}


def test_the_status_of_each_member_that_answered_is_read() -> None:
    printed = json.dumps(
        [{"Endpoint": "a", "Status": STATUS}, {"Endpoint": "b"}, {"Endpoint": "c", "Status": {"header": {"member_id": 11}}}]
    )
    leader, other = parse_statuses(printed)
    assert leader == EndpointStatus(10, 10, "3.5.1", 7, size=4096, in_use=1024, quota=0)
    assert (leader.leads, other.leads, other.version) == (True, False, "")


def test_a_member_without_a_leader_does_not_lead() -> None:
    (status,) = parse_statuses(json.dumps([{"Status": {"header": {}}}]))
    assert not status.leads


@pytest.mark.parametrize("printed", ["", "  ", "null"])
def test_nothing_is_no_status(printed: str) -> None:
    assert parse_statuses(printed) == []


@pytest.mark.parametrize("printed", ["oops", "[" * 100_000])
def test_what_is_no_json_is_refused(printed: str) -> None:
    with pytest.raises(InvalidInput, match="should have printed JSON"):
        load_answer(printed)
