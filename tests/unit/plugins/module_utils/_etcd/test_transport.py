# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.client
import socket

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.transport import explain_no_reply


@pytest.mark.parametrize(
    ("problem", "advice"),
    [
        (socket.timeout("timed out"), "no reply in 15 seconds: check that a majority of the members is up"),
        (
            ConnectionResetError(104, "Connection reset by peer"),
            "no reply: Connection reset by peer: check whether the endpoint speaks http",
        ),
        (http.client.RemoteDisconnected("closed"), "no reply: closed: check whether the endpoint speaks http"),
    ],
)
def test_silence_has_an_advice(problem: Exception, advice: str) -> None:
    assert explain_no_reply(problem).startswith(advice)
