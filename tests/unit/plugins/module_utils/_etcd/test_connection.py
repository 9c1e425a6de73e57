# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.connection import (
    Connection,
    Endpoint,
    make_tls_context,
    parse_endpoint,
)

PARAMS: dict[str, t.Any] = {
    "endpoints": ["http://192.0.2.1:2379"],
    "ca_cert": None,
    "client_cert": None,
    "client_key": None,
    "username": None,
    "password": None,
    "timeout": 30,
}


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port"),
    [
        ("http://192.0.2.1:2379", "http", "192.0.2.1", 2379),
        ("https://etcd-1.example.com:4001/", "https", "etcd-1.example.com", 4001),
        (" https://etcd-1.example.com ", "https", "etcd-1.example.com", 2379),
        ("HTTPS://[2001:db8::1]:2379", "https", "2001:db8::1", 2379),
    ],
)
def test_endpoint(url: str, scheme: str, host: str, port: int) -> None:
    assert parse_endpoint(url) == Endpoint(url.strip().rstrip("/"), scheme, host, port)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "192.0.2.1:2379",
        "ftp://192.0.2.1",
        "http://",
        "http://192.0.2.1:x",
        "http://192.0.2.1:99999",
        "http://192.0.2.1/v3",
        "http://192.0.2.1?x=1",
        "http://192.0.2.1#x",
        "http://two words:2379",
        "http://[192.0.2.1:2379",
        "http://user:hunter2@192.0.2.1:2379",
    ],
)
def test_anything_else_is_no_endpoint_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInput, match="must be http://HOST:PORT") as caught:
        parse_endpoint(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"endpoints": []}, "endpoints is empty"),
        ({"timeout": 9}, "at least 10"),
        ({"endpoints": ["https://192.0.2.1"]}, "needs ca_cert"),
        ({"endpoints": ["http://192.0.2.1"], "ca_cert": "/ca"}, "plain http"),
        ({"endpoints": ["http://192.0.2.1"], "client_cert": "/c", "client_key": "/k"}, "plain http"),
        ({"endpoints": ["https://192.0.2.1", "http://192.0.2.2"], "ca_cert": "/ca"}, r"http://192.0.2.2 is plain http"),
        ({"endpoints": ["http://192.0.2.1", "https://192.0.2.2"]}, "https://192.0.2.2 needs ca_cert"),
    ],
)
def test_a_connection_that_cannot_work_or_is_unsafe_is_refused(changes: dict[str, t.Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Connection.from_params({**PARAMS, **changes})


def test_secrets_are_not_in_its_representation() -> None:
    connection = Connection.from_params({**PARAMS, "username": "u", "password": "hunter2"})
    assert "hunter2" not in repr(connection)
    assert (connection.username, connection.password, connection.tls) == ("u", "hunter2", False)


@pytest.mark.parametrize("ca_cert", ["-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "-----BEGIN nothing"])
def test_a_ca_that_is_none_is_refused(ca_cert: str) -> None:
    connection = Connection.from_params({**PARAMS, "endpoints": ["https://192.0.2.1"], "ca_cert": ca_cert})
    assert connection.tls
    with pytest.raises(InvalidInput, match="does not hold a certificate"):
        make_tls_context(connection)
