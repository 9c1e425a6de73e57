# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.endpoint import check_endpoint, proxies_for
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput

ENDPOINTS = [
    ("https://vpc.example.com", "https://vpc.example.com"),
    ("https://vpc.example.com:8443/", "https://vpc.example.com:8443"),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("vpc.example.com", "https://vpc.example.com"),
    ("https://{product}-vpc.cn-hangzhou.aliyuncs.com", "https://{product}-vpc.cn-hangzhou.aliyuncs.com"),
]


@pytest.mark.parametrize(("endpoint", "expected"), ENDPOINTS)
def test_an_endpoint_is_https_unless_it_says_http(endpoint: str, expected: str) -> None:
    assert check_endpoint(endpoint) == expected


@pytest.mark.parametrize(
    "endpoint",
    [
        "ftp://h",
        "https://",
        "https://h/path",
        "https://h?x=1",
        "https://h/#x",
        "https://me:pass@h",
        "https://{region}.h",
        "https://{h",
        "https://h:port",
    ],
)
def test_any_other_endpoint_is_refused_without_being_repeated(endpoint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_endpoint(endpoint)
    assert "pass" not in str(caught.value)


PROXIES = [
    ({}, "https://h", ""),
    ({"HTTPS_PROXY": "http://p:1"}, "https://h", "http://p:1"),
    ({"https_proxy": "http://p:1"}, "https://h", "http://p:1"),
    ({"HTTPS_PROXY": "http://p:1"}, "http://h", ""),
    ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "127.0.0.1,localhost"}, "http://127.0.0.1:8080", ""),
    ({"HTTP_PROXY": "http://p:1", "no_proxy": ".example.com"}, "http://vpc.example.com", ""),
    ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "*"}, "http://h", ""),
    ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "other"}, "http://h", "http://p:1"),
]


@pytest.mark.parametrize(("environment", "url", "expected"), PROXIES)
def test_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, expected: str) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxies_for(url)[url.partition(":")[0]] == expected
