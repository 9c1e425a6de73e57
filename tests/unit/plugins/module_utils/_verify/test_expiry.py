# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of certificates that run out."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._verify.expiry import check_expiry

Told = t.List[t.Tuple[str, str, str]]

CASES: list[tuple[dict[str, dict[str, int]], Told]] = [
    ({}, []),
    ({"n1": {"/etc/etcd/pki/ca.crt": 30, "/etc/etcd/pki/server.crt": 30}, "n2": {}}, []),
    (
        {"n2": {"/etc/etcd/pki/server.crt": 29}, "n1": {"/etc/flannel/etcd/client.crt": -1}},
        [
            ("n1", "broken", "/etc/flannel/etcd/client.crt has expired"),
            ("n2", "warning", "/etc/etcd/pki/server.crt expires in 29 day(s)"),
        ],
    ),
    # One CA on many hosts is one finding.
    (
        {
            "n1": {"/etc/etcd-ca/ca.crt": 5, "/etc/etcd/pki/ca.crt": 5},
            "n2": {"/etc/etcd/pki/ca.crt": 5},
            "n3": {"/etc/etcd/pki/ca.crt": 99},
        },
        [("", "warning", "The CA that n1, n2 trust(s) expires in 5 day(s)")],
    ),
    ({"n1": {"/etc/etcd/pki/ca.crt": -3}}, [("", "broken", "The CA that n1 trust(s) has expired")]),
    # What is about to go may run out.
    (
        {"n1": {"/etc/etcd-ca/ca.crt": 900, "/etc/etcd-ca/previous/ca.crt": 2}},
        [("", "warning", "The rollover of etcd's CA on n1 is only partly complete")],
    ),
    (
        {"n1": {"/etc/etcd-ca/ca.crt": 3, "/etc/etcd-ca/next/ca.crt": 900}},
        [
            ("", "warning", "The rollover of etcd's CA on n1 is only partly complete"),
            ("", "warning", "The CA that n1 trust(s) expires in 3 day(s)"),
        ],
    ),
]


@pytest.mark.parametrize(("days_left", "expected"), CASES)
def test_what_runs_out_is_told(days_left: dict[str, dict[str, int]], expected: Told) -> None:
    found = check_expiry(days_left, 30)
    assert [(finding["node"], finding["level"], finding["problem"]) for finding in found] == expected
    assert all(finding["repair"] and finding["link"] == "certificate" and finding["pairs"] == [] for finding in found)
