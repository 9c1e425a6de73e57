# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.names import certificate_names

MEMBER = ["n1", "localhost", "192.0.2.1", "127.0.0.1"]
OF_MEMBER = ["IP:192.0.2.1", "IP:127.0.0.1", "DNS:n1", "DNS:localhost"]


def test_addresses_and_names_are_told_apart() -> None:
    assert certificate_names([*MEMBER, "2001:db8::1", "etcd.example.com", "*.etcd.example.com", "my_host"], "host-1") == [
        *("IP:192.0.2.1", "IP:127.0.0.1", "IP:2001:db8::1"),
        *("DNS:n1", "DNS:localhost", "DNS:etcd.example.com", "DNS:*.etcd.example.com", "DNS:my_host", "DNS:host-1"),
    ]


def test_a_name_stands_once() -> None:
    assert certificate_names(MEMBER, "n1") == OF_MEMBER


@pytest.mark.parametrize(
    "hostname",
    [
        "x, DNS:root",
        "x\nbasicConstraints = critical, CA:TRUE",
        "x\n",
        "URI:spiffe",
        "$ENV::HOME",
        "{{ x }}",
        "",
        "-x",
        "x" * 300,
        "192.0.2.2",
        "2001:db8::2",
    ],
)
def test_a_host_cannot_ask_for_more_by_what_it_calls_itself(hostname: str) -> None:
    assert certificate_names(MEMBER, hostname) == OF_MEMBER


@pytest.mark.parametrize("name", ["x, DNS:root", "x\ny", "", "fe80::1%eth0"])
def test_a_name_of_the_inventory_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="etcd_pki_extra_names"):
        certificate_names([*MEMBER, name], "n1")
