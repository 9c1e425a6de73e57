# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.certificate_common_names import certificate_common_names
from ansible_collections.alicloud.flannel.tests.unit.plugins.plugin_utils._pki.made import make

PATH = "/etc/etcd/pki/root.crt"


def seen(pem: str) -> dict[str, t.Any]:
    file = {"path": PATH, "exists": bool(pem), "owner": "root", "group": "root", "mode": "0644"}
    return {"time": "2026-06-01T12:00:00Z", "openssl": True, "certificates": [{"cert": {**file, "pem": pem}}], "folders": []}


TEST_NAMES = [(make("root").pem, ["root"]), (make("", organization="x").pem, []), ("", []), ("-----BEGIN nonsense", [])]


@pytest.mark.parametrize(("pem", "names"), TEST_NAMES)
def test_the_names_are_those_of_the_first_certificate(pem: str, names: list[str]) -> None:
    assert certificate_common_names(seen(pem), PATH) == names
    assert certificate_common_names(seen(make("first").pem + pem), PATH) == ["first"]
