# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.errors import BadReply
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.messages import (
    Alarm,
    ListedMember,
    Permission,
    parse_alarms,
    parse_auth_enabled,
    parse_member_list,
    parse_names,
    parse_permissions,
    parse_status,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.protobuf import encode

HEADER = encode({1: 2**64 - 1, 2: 0xCAFE, 3: 42, 4: 7})


def member(number: int, name: str = "n1") -> bytes:
    return encode({1: number, 2: name, 3: f"https://{name}:2380", 4: f"https://{name}:2379"})


def test_members_are_listed_with_their_ids_in_hexadecimal() -> None:
    learner = encode({1: 0xB, 3: "https://n2:2380", 5: True})
    found = parse_member_list(encode({1: HEADER}) + encode({2: member(0xA)}) + encode({2: learner}))
    assert (found.cluster_id, found.member_id) == ("f" * 16, "cafe")
    assert found.members == (
        ListedMember("a", "n1", ("https://n1:2380",), ("https://n1:2379",), is_learner=False),
        ListedMember("b", "", ("https://n2:2380",), (), is_learner=True),
    )


def test_more_members_than_are_managed_are_refused() -> None:
    with pytest.raises(BadReply, match="33 members"):
        parse_member_list(b"".join(encode({2: member(number)}) for number in range(1, 34)))


def test_text_of_etcd_is_one_line_of_bounded_length() -> None:
    (found,) = parse_member_list(encode({2: member(1, "n\n\x1b[31m" + "x" * 1000)})).members
    assert found.name.startswith("n??[31m")
    assert len(found.name) == 300


def test_a_status_has_what_each_version_says() -> None:
    old = encode({1: HEADER, 2: "3.4.23", 3: 24576, 4: 0xCAFE, 5: 9, 6: 7, 7: 8, 8: "etcdserver: no leader", 9: 16384})
    status = parse_status(old)
    assert (status.cluster_id, status.member_id, status.leader_id, status.version) == ("f" * 16, "cafe", "cafe", "3.4.23")
    assert (status.revision, status.db_size, status.db_size_in_use, status.quota) == (42, 24576, 16384, None)
    assert (status.raft_index, status.raft_applied_index, status.raft_term) == (9, 8, 7)
    assert (status.is_learner, status.errors) == (False, ("etcdserver: no leader",))
    new = parse_status(old + encode({10: True, 11: "3.6.0", 12: 2**31}))
    assert (new.is_learner, new.quota) == (True, 2**31)
    assert parse_status(encode({1: HEADER})).leader_id == ""


def test_alarms_have_names() -> None:
    found = b"".join(encode({2: encode({1: 0xA, 2: kind})}) for kind in (0, 1, 2, 9))
    assert parse_alarms(found) == [Alarm("a", "NOSPACE"), Alarm("a", "CORRUPT"), Alarm("a", "UNKNOWN 9")]


def test_users_and_roles_are_read() -> None:
    assert parse_auth_enabled(encode({1: HEADER, 2: True, 3: 5}))
    assert not parse_auth_enabled(encode({1: HEADER}))
    assert parse_names(encode({1: HEADER}) + encode({2: "root"}) + encode({2: "flannel"})) == ["root", "flannel"]
    granted = encode({2: encode({2: b"/a"})}) + encode({2: encode({1: 2, 2: b"/b", 3: b"/c"})})
    assert parse_permissions(granted) == [Permission(0, b"/a", b""), Permission(2, b"/b", b"/c")]
