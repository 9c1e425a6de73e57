# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.read_journal import last_error


def entry(level: str, msg: str, **more: object) -> str:
    return json.dumps({"level": level, "ts": "2026-01-01T00:00:00Z", "caller": "x.go:1", "msg": msg, **more})


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([entry("info", "ready"), entry("warn", "slow"), entry("info", "closed")], "warn: slow"),
        ([entry("warn", "slow"), entry("fatal", "gone", error="no such file", stacktrace="a\nb")], "fatal: gone (error: no such file)"),
        ([entry("error", "bad", error="x"), "systemd: stopped", "{", "[]", '{"level"'], "error: bad (error: x)"),
        ([entry("error", "{{ x }}\n\x1b[31m")], "error: {{ x }}  [31m"),
        ([entry("error", "y" * 1000)], "error: " + "y" * 493),
        ([json.dumps({"level": ["error"]})], "['error']: "),
        ([entry("info", "ready"), "-- No entries --", "{" * 5000], ""),
        ([], ""),
    ],
)
def test_the_last_complaint_is_told(lines: list[str], said: str) -> None:
    assert last_error("\n".join(lines)) == said
